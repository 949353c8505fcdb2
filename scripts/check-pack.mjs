// The package as its users get it: packed, unpacked into an empty project beside nothing but its declared
// dependencies, then imported, required, compiled against and run. Needs no network.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const limitMs = 60_000;
const project = mkdtempSync(join(tmpdir(), 'rxjs-background-pack-'));

try {
  const packed = unpack();
  checkFiles(packed);
  for (const name of Object.keys(packed.peerDependencies)) {
    if (packed.peerDependenciesMeta?.[name]?.optional !== true) install(name, root);
  }
  const entries = Object.keys(packed.exports).filter((entry) => !entry.endsWith('.json'));
  checkEntries(packed.name, entries);
  checkTypes(packed.name, entries);
  checkRun(packed.name);
  console.log(`The packed package works: ${entries.map((entry) => packed.name + entry.slice(1)).join(', ')}.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(project, { recursive: true, force: true });
}

function unpack() {
  const listing = execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', project], {
    cwd: root,
    encoding: 'utf8',
  });
  const [{ filename }] = JSON.parse(listing);
  execFileSync('tar', ['-xzf', filename], { cwd: project });
  const packed = JSON.parse(readFileSync(join(project, 'package', 'package.json'), 'utf8'));
  const target = join(project, 'node_modules', packed.name);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(project, 'package'), target, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "name": "user", "private": true, "type": "module" }');
  for (const name of Object.keys(packed.dependencies ?? {})) install(name, root);
  return packed;
}

/**
 * Copies an installed package, and whatever it needs, into the project.
 *
 * @param {string} name
 * @param {string} wantedBy the folder of the package that asks for it
 */
function install(name, wantedBy) {
  const source = findPackage(name, wantedBy);
  if (source === undefined) throw new Error(`${name}, which the package needs, is not installed here: run npm ci.`);
  const target = join(project, 'node_modules', name);
  if (existsSync(target)) return;
  cpSync(source, target, { recursive: true, dereference: true });
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    readFileSync(join(source, 'package.json'), 'utf8'),
  );
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) {
    if (existsSync(join(target, 'node_modules', needed))) continue;
    if (needed in optionalDependencies && findPackage(needed, source) === undefined) continue;
    install(needed, source);
  }
}

/**
 * @param {string} name
 * @param {string} from
 * @returns {string | undefined}
 */
function findPackage(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

/** @param {{ name: string, exports: Record<string, unknown>, imports?: Record<string, unknown> }} packed */
function checkFiles(packed) {
  const target = join(project, 'node_modules', packed.name);
  for (const path of [...targets(packed.exports), ...targets(packed.imports ?? {})]) {
    if (!existsSync(join(target, path)))
      throw new Error(`package.json names ${path}, which is not in the packed files.`);
  }
  const files = readdirSync(target, { recursive: true, encoding: 'utf8' });
  for (const wanted of ['LICENSE', 'README.md', 'CHANGELOG.md']) {
    if (!files.includes(wanted)) throw new Error(`${wanted} is not in the packed files.`);
  }
  const strays = files.filter((file) => /\.tsbuildinfo$|\.test\.|(^|\/)(src|build|examples|scripts)(\/|$)/.test(file));
  if (strays.length > 0) throw new Error(`These should not be packed: ${strays.join(', ')}`);
}

/**
 * @param {unknown} conditions
 * @returns {string[]}
 */
function targets(conditions) {
  if (typeof conditions === 'string') return [conditions];
  return typeof conditions === 'object' && conditions !== null ? Object.values(conditions).flatMap(targets) : [];
}

/**
 * @param {string} name
 * @param {string[]} entries
 */
function checkEntries(name, entries) {
  const specifiers = JSON.stringify(entries.map((entry) => name + entry.slice(1)));
  runNode(
    'imports.mjs',
    `for (const entry of ${specifiers}) {
       const names = Object.keys(await import(entry));
       if (names.length === 0 || names.includes('default')) throw new Error(entry + ' exports [' + names + ']');
     }`,
  );
  runNode(
    'requires.cjs',
    `for (const entry of ${specifiers}) if (Object.keys(require(entry)).length === 0) throw new Error(entry + ' exports nothing');`,
  );
}

/**
 * Compiles a user's file against the declarations alone, with everything in them checked: as a page, and in Node.
 *
 * @param {string} name
 * @param {string[]} entries
 */
function checkTypes(name, entries) {
  const portable = entries.filter((entry) => entry !== './node');
  compile(name, portable, { lib: ['ES2022', 'DOM'], types: [] });
  for (const types of ['@types/node', 'undici-types']) {
    cpSync(join(root, 'node_modules', types), join(project, 'node_modules', types), { recursive: true });
  }
  compile(name, entries, { lib: ['ES2022'], types: ['node'] });
}

/**
 * @param {string} name
 * @param {string[]} entries
 * @param {object} platform
 */
function compile(name, entries, platform) {
  const lines = entries.map((entry, i) => `export * as entry${i} from '${name}${entry.slice(1)}';`);
  writeFileSync(join(project, 'user.ts'), lines.join('\n'));
  const compilerOptions = { ...platform, noEmit: true, strict: true, target: 'ES2022', module: 'NodeNext' };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['user.ts'] }));
  run(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ['-p', project]);
}

/** @param {string} name */
function checkRun(name) {
  runNode(
    'run.mjs',
    `import { deepStrictEqual } from 'node:assert';
     import { lastValueFrom, of, toArray } from 'rxjs';
     import { backgroundMap } from '${name}';
     const doubled = await lastValueFrom(of(1, 2, 3).pipe(backgroundMap((n) => n * 2), toArray()));
     deepStrictEqual(doubled, [2, 4, 6]);`,
  );
}

/**
 * @param {string} file
 * @param {string} source
 */
function runNode(file, source) {
  writeFileSync(join(project, file), source);
  run(file, []);
}

/**
 * @param {string} script
 * @param {string[]} args
 */
function run(script, args) {
  try {
    execFileSync(process.execPath, [script, ...args], {
      cwd: project,
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: limitMs,
    });
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error);
    throw new Error(`${script} failed in a project that has the packed package:\n${stdout}${stderr}`, { cause: error });
  }
}
