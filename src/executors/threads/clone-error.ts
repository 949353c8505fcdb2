import { TaskCloneError } from '../../errors.js';
import { whyNotCloneable } from '../../worker/why-not-cloneable.js';

/** The error of a call that could not be sent: it names the argument, and where in it. */
export function argumentCloneError(subject: string, args: readonly unknown[], cause: unknown): TaskCloneError {
  let why: string | undefined;
  for (const [position, argument] of args.entries()) {
    why ??= whyNotCloneable(`argument ${String(position + 1)}`, argument);
  }
  why ??=
    'what `transfer` lists cannot be moved. List every buffer once, only what can be moved (the `buffer` of a typed array), and nothing that has been moved before.';
  return new TaskCloneError(`${subject}: ${why}`, { cause });
}

/** The error of a call of which something was sent, but could not be read. */
export function unreadableError(subject: string, cause: unknown): TaskCloneError {
  return new TaskCloneError(
    `${subject}: an argument or the result could be sent, but not read on the other side. Send plain data in its place, and move no buffer twice.`,
    { cause },
  );
}
