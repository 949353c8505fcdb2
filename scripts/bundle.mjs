// Makes JavaScript of the sources, beside the declarations that `tsc` makes: what entry points share is in a few chunks,
// as Node resolves, reads and links every file by itself (docs/decisions/0015). Part of `npm run build`.

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** @import { InputOptions, OutputOptions } from 'rolldown' */

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const chunks = 'chunks';
const threads = join(root, 'src', 'executors', 'threads');

/** @type {Set<string>} */
const written = new Set();

const { exports, imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = [...targets(exports), ...targets(imports)]
  .map((target) => /^\.\/dist\/(.*)\.js$/.exec(target)?.[1])
  .filter((entry) => entry !== undefined);
// What a thread of the contract's executors imports.
entries.push('testing/contract-tasks');

await bundle(
  {
    input: Object.fromEntries(entries.map((entry) => [entry, join(root, 'src', `${entry}.ts`)])),
    platform: 'neutral',
    // Packages, and what begins with `#`: another file on another platform.
    external: /^[#@a-z]/,
    transform: { target: 'es2022' },
  },
  {
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: `${chunks}/[name].js`,
    minifyInternalExports: false,
    sourcemap: true,
  },
);
// What threads start from, each in one piece, beside the chunk that looks for it.
for (const name of ['starter', 'entry']) {
  await bundle(
    { input: join(threads, `${name}.ts`), platform: 'node', transform: { target: 'node20' } },
    { format: 'cjs', entryFileNames: `${chunks}/[name].cjs`, topLevelVar: true },
  );
}
removeStrays();

/**
 * @param {InputOptions} input
 * @param {OutputOptions} output
 */
async function bundle(input, output) {
  const bundler = await rolldown(input);
  for (const { fileName } of (await bundler.write({ ...output, dir: dist })).output) written.add(join(fileName));
  await bundler.close();
}

/** What an earlier build has left would be published. */
function removeStrays() {
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (/\.c?js(\.map)?$/.test(file) && !written.has(file)) rmSync(join(dist, file));
  }
}

/**
 * @param {unknown} conditions
 * @returns {string[]}
 */
function targets(conditions) {
  return typeof conditions === 'string'
    ? [conditions]
    : Object.values(/** @type {object} */ (conditions)).flatMap(targets);
}
