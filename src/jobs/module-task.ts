import { TaskNotFoundError } from '../errors.js';
import type { TaskFunction } from '../executors/task-function.js';

/** What the function's text can use where it was made, and has to do without elsewhere. */
const here = {
  load: (url: string): Promise<object> => import(/* webpackIgnore: true */ /* @vite-ignore */ url) as Promise<object>,
  NotFound: TaskNotFoundError,
};

/**
 * A self-contained function that calls a function of a module: the one called `name`, or else its default or only one.
 * It runs wherever functions run, and loads the module there, when it is first called.
 */
export function moduleTask(url: string, name: string | undefined): TaskFunction {
  // Only the text of a function is sent, so what it has to know is written into it.
  const text = String.raw`async (...args) => {
    const load = typeof here === 'object' ? here.load : (file) => import(file);
    const url = ${JSON.stringify(url)};
    const source = url.replace(/\.([mc]?)js$/, '.$1ts');
    const refused = (message, options) => {
      class TaskNotFoundError extends Error {
        name = 'TaskNotFoundError';
        code = 'ERR_TASK_NOT_FOUND';
      }
      const NotFound = typeof here === 'object' ? here.NotFound : TaskNotFoundError;
      return new NotFound('background: ' + message, options);
    };
    // A compiled program has tasks.js, one under a TypeScript loader tasks.ts.
    const module = await load(url).catch((error) => {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || error.url !== url) throw error;
      return load(source).catch((other) => {
        if (other.code === 'ERR_UNKNOWN_FILE_EXTENSION' && other.message.includes('".ts"')) {
          throw refused(source + " cannot be loaded, as Node cannot load TypeScript by itself here: compile it, or start the program with a loader that reaches worker threads, too. For tsx on Node 20, that is --import of a file that says import { register } from 'tsx/esm/api'; register();", { cause: other });
        }
        if (other.url !== source) throw other;
        throw refused('there is no ' + url + ", where a task is looked for. new URL('./tasks.js', import.meta.url) leads to a file beside the one that it is written in: where a program is built, to the built one, which a bundler makes if it is an entry of its own.", { cause: error });
      });
    });
    const names = Object.keys(module).filter((key) => key !== 'dispose' && typeof module[key] === 'function');
    const name = ${name === undefined ? `names.length === 1 ? names[0] : 'default'` : JSON.stringify(name)};
    if (names.includes(name)) return module[name](...args);
    throw refused(url + " has no task '" + name
      + "'; it must export it as a function of its own. It has: " + (names.join(', ') || 'none') + '.');
  }`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- its text is what is wanted
  const task = new Function('here', `return ${text}`)(here) as TaskFunction;
  return Object.defineProperty(task, 'name', { value: name ?? fileName(url) });
}

function fileName(url: string): string {
  return url.replace(/^.*\//, '');
}
