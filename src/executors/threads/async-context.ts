import { AsyncLocalStorage } from 'node:async_hooks';
import { useContextStore, type ContextStore } from '../../worker/current-task.js';

// Once in a thread, for all copies of the package: a second store would not know the tasks that already run.
const followed: unique symbol = Symbol.for('rxjs-background.async-context/1') as never;
const realm = globalThis as { [followed]?: true };

/** Lets `currentTask()` find its task behind an `await` and inside callbacks, too. */
export function followAsyncCalls(makeStore: () => ContextStore = () => new AsyncLocalStorage()): void {
  if (realm[followed] === true) return;
  realm[followed] = true;
  useContextStore(makeStore());
}
