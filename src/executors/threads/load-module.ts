import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';

/**
 * Loads a task module. One that need not be waited for is required, which takes a third of the time that the first import
 * of a thread does: it is felt in each start, and after each kill.
 */
export async function loadModule(url: string): Promise<object> {
  return required(url) ?? ((await import(url)) as object);
}

/** The module's namespace; `undefined` where an import would do something else, or has to be waited for. */
function required(url: string): object | undefined {
  if (!/^file:[^?#]*\.m?js$/.test(url) || isCustomized()) return undefined;
  const file = fileURLToPath(url);
  if (!existsSync(file)) return undefined;
  try {
    const loaded: unknown = createRequire(url)(file);
    return types.isModuleNamespaceObject(loaded) ? (loaded as object) : undefined;
  } catch (error) {
    const { code } = Object(error) as { code?: unknown };
    // It awaits something at its top level, or this version of Node imports only.
    if (code === 'ERR_REQUIRE_ASYNC_MODULE' || code === 'ERR_REQUIRE_ESM') return undefined;
    throw error;
  }
}

/** Whether a loader may have a say in what an import gives. */
function isCustomized(): boolean {
  const options = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  return /--(import|require|loader|experimental-loader)\b|(^| )-r\b/.test(options);
}
