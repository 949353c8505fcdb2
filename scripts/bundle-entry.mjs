// Puts what a worker thread runs into one file, and what starts it into another: a fifth of the time of a dozen small ones,
// and a thread that replaces a killed one is as much sooner there. Part of `npm run build`; without it, the single files are
// used.

import { join } from 'node:path';
import { build } from 'vite';

const folder = join(import.meta.dirname, '..', 'dist', 'executors', 'threads');

for (const name of ['starter', 'entry']) {
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: join(folder, `${name}.js`),
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rolldownOptions: { output: { format: 'cjs', entryFileNames: `${name}.bundle.cjs` } },
    },
  });
}
