import { inline } from 'rxjs-background';
import { threads } from 'rxjs-background/node';
import { describeExecutorContract, type TestLibrary } from 'rxjs-background/testing';
import { describe, expect, it } from 'vitest';

const library: TestLibrary = { describe, it, expect };

describeExecutorContract('inline', ({ tasks, capacity }) => inline(tasks, { capacity }), {
  ...library,
  capabilities: { copies: false, kills: false, dies: false, functions: true, streams: true },
});

describeExecutorContract('threads', ({ url, capacity }) => threads(url, { maxThreads: capacity }), {
  ...library,
  capabilities: { copies: true, kills: true, dies: true, functions: true, chunks: true, streams: true },
});

describeExecutorContract(
  'threads with spare ones',
  ({ url, capacity }) => threads(url, { maxThreads: capacity, spareThreads: 1, idleTimeoutMs: 1 }),
  { ...library, capabilities: { copies: true, kills: true, dies: true, functions: true, chunks: true, streams: true } },
);
