import { WorkerCrashError, WorkerStartError } from '../../errors.js';
import { isError } from '../../worker/is-error.js';

/** Why a thread is gone. */
export type Death =
  /** Stopped by its executor. */
  | { readonly by: 'executor' }
  /** Nothing caught this. */
  | { readonly by: 'error'; readonly error: unknown }
  | { readonly by: 'memory'; readonly error: unknown }
  | { readonly by: 'exit'; readonly code: number }
  /** Its module could not be loaded. */
  | { readonly by: 'module'; readonly error: unknown }
  /** It was not ready in time. */
  | { readonly by: 'timeout'; readonly ms: number }
  /** There could be no thread at all. */
  | { readonly by: 'host'; readonly error: unknown };

/** The death of a thread that an `'error'` event of its Worker announced. */
export function deathBy(error: unknown): Death {
  const code = isError(error) ? (error as { code?: unknown }).code : undefined;
  return { by: code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'error', error };
}

/** Whether another try could help. A module that is not there, or not JavaScript, stays so. */
export function isHopeless(death: Death): boolean {
  if (death.by === 'timeout' || death.by === 'host') return true;
  if (death.by !== 'module' || !isError(death.error)) return false;
  const { code } = death.error as { code?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNKNOWN_FILE_EXTENSION' || death.error.name === 'SyntaxError';
}

/** The error of the call that a thread died of. */
export function crashError(death: Death, called: string, executor: string): WorkerCrashError {
  const [what, advice] = crashStory(death);
  return new WorkerCrashError(
    `${called}: the worker of ${executor} that ran it died: ${what}. ${advice}`,
    causeOf(death),
  );
}

/** The error of calls whose thread could not be started. */
export function startError(
  death: Death,
  called: string | undefined,
  executor: string,
  module: string | undefined,
): WorkerStartError {
  const [what, advice] = startStory(death, module);
  const subject = called === undefined ? executor : `${called} on ${executor}`;
  return new WorkerStartError(`${subject}: no worker could be started: ${what}. ${advice}`, causeOf(death));
}

/** What is told about a death that is no call's. */
export function deathStory(death: Death): string {
  return crashStory(death)[0];
}

function crashStory(death: Death): readonly [what: string, advice: string] {
  switch (death.by) {
    case 'memory':
      return ['it ran out of memory', 'Give each call less to do, or raise resourceLimits.maxOldGenerationSizeMb.'];
    case 'exit':
      return [
        `process.exit(${String(death.code)}) was called in it`,
        'A task ends by returning or throwing; process.exit() ends the whole thread.',
      ];
    case 'executor':
      return ['it was stopped', ''];
    default:
      return [
        `nothing caught ${inWords((death as { error?: unknown }).error)}`,
        'A task has to await the promises it makes, and to catch what its callbacks throw.',
      ];
  }
}

function startStory(death: Death, module: string | undefined): readonly [what: string, advice: string] {
  if ('error' in death && isBundled(death.error)) {
    return [
      `what threads start from is not beside this program: ${inWords(death.error)}`,
      "Leave 'rxjs-background' out of the bundle of a program for Node (mark it as external), and install it beside the program.",
    ];
  }
  const moduleName = module === undefined ? 'it' : `the task module ${module}`;
  switch (death.by) {
    case 'module':
      return [`loading ${moduleName} failed with ${inWords(death.error)}`, moduleAdvice(death.error, module)];
    case 'timeout':
      return [
        `${moduleName} was not loaded within ${String(death.ms)} ms`,
        'Look for a top-level await that never ends, or raise startTimeoutMs.',
      ];
    case 'host':
      return [inWords(death.error), "Is the package 'piscina' installed, and may this process start threads?"];
    default:
      return [
        `a worker died before it had run anything: ${crashStory(death)[0]}`,
        'Look at what the module does when it is loaded.',
      ];
  }
}

/** Whether this package was put into one file with the program that uses it, away from its own files and dependencies. */
function isBundled(error: unknown): boolean {
  // A bundle of CommonJS has no URL.
  const hasPlace = (import.meta.url as string | undefined) !== undefined;
  return (
    !hasPlace ||
    (isError(error) && /^Cannot find (module|package) 'piscina'|^ENOENT\b.*\bentry\.cjs'/.test(error.message))
  );
}

function moduleAdvice(error: unknown, module: string | undefined): string {
  const { code, url } = error as { code?: unknown; url?: unknown };
  if (code === 'ERR_MODULE_NOT_FOUND') {
    if (url !== module) return 'Check the imports of that file.';
    return "Check the URL given to threads(): new URL('./tasks.js', import.meta.url) leads to a file beside the one that it is written in: where a program is built, to the built one, which a bundler makes if it is an entry of its own.";
  }
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && module !== undefined && /\.[mc]?tsx?([?#]|$)/.test(module)) {
    return "Node cannot load TypeScript by itself here: compile it, start the program with a loader that reaches worker threads, too, or, in tests, run the module with inline(). The loader of tsx on Node 20 is --import of a file that says import { register } from 'tsx/esm/api'; register();";
  }
  return 'Look at what the module does when it is loaded.';
}

function inWords(error: unknown): string {
  return isError(error) ? `${error.name}: ${error.message}` : String(error);
}

function causeOf(death: Death): ErrorOptions {
  return 'error' in death ? { cause: death.error } : {};
}
