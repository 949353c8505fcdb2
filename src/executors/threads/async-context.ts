import { AsyncLocalStorage } from 'node:async_hooks';
import { useContextStore } from '../../worker/current-task.js';
import type { TaskContext } from '../../worker/task-context.js';

/** Lets `currentTask()` find its task behind an `await` and inside callbacks, too. */
export function followAsyncCalls(): void {
  const storage = new AsyncLocalStorage<TaskContext>();
  useContextStore({
    get: () => storage.getStore(),
    run: (context, work) => storage.run(context, work),
  });
}
