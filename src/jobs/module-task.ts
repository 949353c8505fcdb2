import type { TaskFunction } from '../executors/task-function.js';

/**
 * A self-contained function that calls a function of a module: the one called `name`, or else its default or only one.
 * It runs wherever functions run, and loads the module there, when it is first called.
 */
export function moduleTask(url: string, name: string | undefined): TaskFunction {
  // Only the text of a function is sent, so what it has to know is written into it.
  const text = String.raw`async (...args) => {
    const url = ${JSON.stringify(url)};
    const source = url.replace(/\.([mc]?)js$/, '.$1ts');
    // A compiled program has tasks.js, one under a TypeScript loader tasks.ts.
    const module = await import(url).catch((error) => {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || error.url !== url || source === url) throw error;
      return import(source).catch((other) => { throw other.url === source ? error : other; });
    });
    const names = Object.keys(module).filter((key) => key !== 'dispose' && typeof module[key] === 'function');
    const name = ${name === undefined ? `names.length === 1 ? names[0] : 'default'` : JSON.stringify(name)};
    if (names.includes(name)) return module[name](...args);
    class TaskNotFoundError extends Error {
      name = 'TaskNotFoundError';
      code = 'ERR_TASK_NOT_FOUND';
    }
    throw new TaskNotFoundError('background: ' + url + " has no task '" + name
      + "'; it must export it as a function of its own. It has: " + (names.join(', ') || 'none') + '.');
  }`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- its text is what is wanted
  const task = new Function(`return ${text}`)() as TaskFunction;
  return Object.defineProperty(task, 'name', { value: name ?? fileName(url) });
}

function fileName(url: string): string {
  return url.replace(/^.*\//, '');
}
