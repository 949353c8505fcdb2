import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { shown } from '#messages';

/**
 * The file of a task module. Where there is no `tasks.js`, `tasks.ts` is taken, so that the same line works compiled and
 * under a TypeScript loader.
 *
 * @throws TypeError unless `url` leads to a file from anywhere.
 */
export function moduleUrl(url: unknown): URL {
  return existing(checked(url));
}

function checked(url: unknown): URL {
  const advice = "Write new URL('./tasks.js', import.meta.url).";
  if (url instanceof URL) {
    if (url.protocol !== 'file:')
      throw new TypeError(`threads: url must be that of a file, but it is ${url.href}. ${advice}`);
    return url;
  }
  if (typeof url !== 'string')
    throw new TypeError(`threads: url must be a URL or a string, but it is ${shown(url)}. ${advice}`);
  if (isAbsolute(url)) return pathToFileURL(url);
  if (!URL.canParse(url)) {
    throw new TypeError(
      `threads: url must not be relative, as nobody knows to what, but it is ${shown(url)}. ${advice}`,
    );
  }
  return checked(new URL(url));
}

function existing(url: URL): URL {
  if (existsSync(fileURLToPath(url))) return url;
  const source = new URL(url);
  source.pathname = url.pathname.replace(/\.([mc]?)js$/, '.$1ts');
  return source.pathname !== url.pathname && existsSync(fileURLToPath(source)) ? source : url;
}
