import { TaskCloneError } from '../errors.js';
import type { TaskFunction } from '../executors/task-function.js';
import { isError } from './is-error.js';
import type { FunctionSource } from './protocol.js';

/** Function texts kept compiled; beyond this many the oldest goes. */
const mostKept = 1000;

const compiled = new Map<string, TaskFunction>();

/** Makes a function from its text again; the same text gives the same function. */
export function functionFrom({ name, text }: FunctionSource): TaskFunction {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const made = compile(name, text);
  if (compiled.size === mostKept) compiled.delete(compiled.keys().next().value as string);
  compiled.set(text, made);
  return made;
}

function compile(name: string, text: string): TaskFunction {
  try {
    // The text is the caller's own program, which runs here anyway. Strict, as the module it was written in.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- that is the feature
    return new Function(
      '__name',
      `"use strict"; ${defined} return (${text}\n);\n//# sourceURL=function-${name || 'anonymous'}`,
    )(nameFunction) as TaskFunction;
  } catch (error) {
    throw new TaskCloneError(
      `the function${name === '' ? '' : ` ${name}`} could not be made again from its text in the worker. Move it to a task module.`,
      { cause: error },
    );
  }
}

/** What test runners on Vite make of `import()`. */
const defined = 'const __vite_ssr_dynamic_import__ = (specifier) => import(specifier);';

/** What compilers call to keep a function's name when they rename it. */
function nameFunction<F extends object>(target: F, value: string): F {
  return Object.defineProperty(target, 'name', { value, configurable: true });
}

/**
 * The error of a function that was sent as text. A `ReferenceError` is nearly always a variable of the function's
 * surroundings, which were not sent: it becomes advice. So does an import of what was beside the function.
 */
export function withAdvice(error: unknown): unknown {
  if (!isError(error)) return error;
  const missing = error.name === 'ReferenceError' && /^(\S+) is not defined$/.exec(error.message)?.[1];
  if (typeof missing === 'string') {
    const what = /^(__vite_ssr_import|__vi_import|import_)/.test(missing)
      ? `${missing} (an import of its module)`
      : missing;
    return advised(
      new ReferenceError(
        `${what} is not defined where the function runs: only the text of a function is sent to a worker, not the variables and imports around it. Pass ${missing} as an argument (\`args\`), import what is needed inside the function, or move the function to a task module.`,
        { cause: error },
      ),
      error,
    );
  }
  const { code } = error as { code?: unknown };
  const [lost = ''] = error.message.split('\n');
  // From the file in which texts are made functions.
  if (code !== 'ERR_MODULE_NOT_FOUND' || !lost.endsWith('starter.cjs')) return error;
  return Object.assign(
    advised(
      new Error(
        `${lost}. Only the text of a function is sent to a worker, and its imports do not start where it was written: import a URL that is given as an argument, such as new URL('./file.js', import.meta.url).href, or move the function to a task module.`,
        { cause: error },
      ),
      error,
    ),
    { code },
  );
}

/** Gives the error that takes the place of `cause` the stack of that. */
function advised<E extends Error>(error: E, { message, stack }: Error): E {
  if (stack !== undefined) error.stack = stack.replace(message, error.message);
  return error;
}
