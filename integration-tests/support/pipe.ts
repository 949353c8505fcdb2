import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A named pipe: who reads it is in native code, out of every termination's reach, until it is closed here. */
export class Pipe {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'pipe-'));
  #end: number | undefined;

  constructor() {
    this.path = join(this.#folder, 'pipe');
    spawnSync('mkfifo', [this.path]);
  }

  /** Somebody has opened it for reading. */
  async opened(): Promise<void> {
    while (this.#end === undefined) {
      try {
        this.#end = openSync(this.path, constants.O_WRONLY | constants.O_NONBLOCK);
      } catch {
        // ENXIO: nobody reads yet.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  close(): void {
    if (this.#end !== undefined) closeSync(this.#end);
    rmSync(this.#folder, { recursive: true });
  }
}
