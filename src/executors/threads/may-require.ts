import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Whether a thread may require its task module, in a quarter of the time that its first import takes: where that is
 * CommonJS, whatever it holds, and no loader has a say in what an import gives.
 */
export function mayRequire(module: string): boolean {
  if (!module.endsWith('.cjs') || isCustomized()) return false;
  const file = fileURLToPath(module);
  // A link may lead to an ES module.
  return existsSync(file) && realpathSync(file).endsWith('.cjs');
}

/** Whether threads are started with loaders. They have the options of this process. */
function isCustomized(): boolean {
  const options = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  return /--(import|require|loader|experimental-loader)\b|(^|\s)-r\b/.test(options);
}
