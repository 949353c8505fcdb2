import { describe, expect, it } from 'vitest';
import { startError } from '../../src/executors/threads/death.js';

describe('a thread that cannot be started', () => {
  const messageOf = (by: 'host' | 'error', message: string): string =>
    startError({ by, error: new Error(message) }, "task 'hash'", 'threads(tasks.js)', undefined).message;

  it.each([
    ['host', "Cannot find module 'piscina'\nRequire stack:\n- /app/main.mjs"],
    ['host', "ENOENT: no such file or directory, open '/app/entry.cjs'"],
  ] as const)('asks, by %s, whether the package was bundled: %j', (by, message) => {
    expect(messageOf(by, message)).toBe(
      `task 'hash' on threads(tasks.js): no worker could be started: what threads start from is not beside this program: Error: ${message}. ` +
        "Leave 'rxjs-background' out of the bundle of a program for Node (mark it as external), and install it beside the program.",
    );
  });

  it('does not, where another module is missing', () => {
    expect(messageOf('error', "Cannot find module '/app/other.cjs' imported from /app/node_modules/piscina/dist/worker.js")).toMatch(
      /a worker died before it had run anything.*Look at what the module does when it is loaded\.$/,
    );
  });
});
