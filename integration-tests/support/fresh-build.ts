import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Refuses to test what is not what the sources say: `tsc` alone makes the declarations only. */
export function setup(): void {
  const built = statSync(join(root, 'dist/index.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const changed = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).find(
    (file) => statSync(join(root, 'src', file)).mtimeMs > built,
  );
  if (changed !== undefined)
    throw new Error(`src/${changed} has changed since dist/ was built, which these tests are about: npm run build`);
}
