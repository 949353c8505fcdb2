import { Script } from 'node:vm';
import { TaskCloneError } from '../../errors.js';
import type { FunctionSource } from '../../worker/protocol.js';
import type { TaskFunction } from '../task-function.js';

const known = new WeakMap<TaskFunction, FunctionSource>();

/**
 * The text of a self-contained function.
 *
 * @throws TaskCloneError when its text alone does not make a function again.
 */
export function functionSource(task: TaskFunction): FunctionSource {
  let source = known.get(task);
  if (source === undefined) {
    source = { name: task.name, text: Function.prototype.toString.call(task) };
    check(source);
    known.set(task, source);
  }
  return source;
}

function check({ name, text }: FunctionSource): void {
  const shown = name === '' ? 'the function' : `the function ${name}`;
  if (/\{\s*\[native code\]\s*\}$/.test(text)) {
    const what = name.startsWith('bound ')
      ? 'it is bound, and what it is bound to is not in its text'
      : 'it is built in';
    throw new TaskCloneError(
      `${shown} cannot be sent to a worker as text: ${what}. Wrap it in an arrow function that needs nothing from outside, or move it to a task module.`,
    );
  }
  if (/^class\b/.test(text)) {
    throw new TaskCloneError(
      `${shown} cannot run as a task: it is a class. Give a function that makes what is wanted.`,
    );
  }
  try {
    // Compiled, not run.
    new Script(`"use strict"; (${text}\n);`);
  } catch (error) {
    const what = String(error).includes("'import.meta'")
      ? 'it uses import.meta, which is that of its module. Pass what it needs of it as an argument'
      : 'it is a method, whose text is no function of its own. Write it as an arrow function';
    throw new TaskCloneError(`${shown} cannot be sent to a worker as text: ${what}, or move it to a task module.`, {
      cause: error,
    });
  }
}
