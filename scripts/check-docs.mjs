// Holds the code in README.md, docs/, examples/*/README.md and doc comments. Needs the build.
//
// In Markdown, the first line of a fence says what its code is:
//
//   ```ts runnable         compiled and run; an output fence right behind it is what it has to print
//   ```ts file=tasks.ts    a file beside the runnable ones of the same document
//   ```ts                  a fragment: compiled
//
// The `@example` of a doc comment is a fragment. Fragments may leave out their imports from this package and from rxjs,
// and may use names that they do not declare (`pages$`, `save`), but not as an operator, a class or a constant: those
// have to exist.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** @typedef {{ where: string, code: string, language: string, info: string, output?: string | undefined }} Block */

const root = join(import.meta.dirname, '..');
const build = join(root, 'build', 'docs');
const limitMs = 60_000;

const settings = {
  target: 'ES2022',
  lib: ['ES2023'],
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  strict: true,
  skipLibCheck: true,
  types: ['node'],
  rootDir: build,
  outDir: build,
};
const programOptions = compilerOptions(settings);
// Without a platform: `fetch` and `name` in a fragment are the reader's own, not the globals.
const fragmentOptions = compilerOptions({ ...settings, noImplicitAny: false, noEmit: true, types: [] });
/** What platforms have beyond Node's own globals. */
const browserNames = new Set(['Worker', 'HTMLElement', 'HTMLButtonElement', 'IntersectionObserver']);

/** @type {string[]} */
const failures = [];
let passed = 0;

rmSync(build, { recursive: true, force: true });
checkMarkdown();
checkFragments();

for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${passed} pieces of documentation hold, ${failures.length} do not.`);
const tally = process.env['CHECK_TALLY'];
if (tally) writeFileSync(tally, JSON.stringify({ passed, failed: failures.length }));
process.exitCode = failures.length === 0 ? 0 : 1;

function checkMarkdown() {
  for (const path of markdownFiles()) {
    const document = relative(root, path);
    const blocks = fences(readFileSync(path, 'utf8'), document);
    const folder = join(build, document.replaceAll(/[/.]/g, '-'));
    for (const block of blocks) {
      const file = /file=(\S+)/.exec(block.info)?.[1];
      if (file !== undefined) write(join(folder, file), block.code);
    }
    for (const [i, block] of blocks.entries()) {
      if (!/\brunnable\b/.test(block.info)) continue;
      const file = join(folder, `runnable-${i + 1}.ts`);
      write(file, block.code);
      report(block.where, compile(file) ?? runAndCompare(file, block.output));
    }
  }
}

function checkFragments() {
  const fragments = [...sourceFiles().flatMap(examplesOf), ...markdownFiles().flatMap(fragmentsOf)];
  const known = knownNames();
  const files = fragments.map((fragment, i) => ({ fragment, file: join(build, 'fragments', `fragment-${i + 1}.ts`) }));
  for (const { fragment, file } of files) write(file, `${fragment.code}\nexport {};\n`);

  // Once to learn which names are missing, and once more with them in place.
  const missing = problemsByFile(files.map(({ file }) => file));
  for (const { fragment, file } of files) {
    const names = new Set((missing.get(file) ?? []).flatMap((problem) => missingName(problem) ?? []));
    const prelude = [...names].map((name) => {
      const from = known.get(name);
      if (from !== undefined) return `import { ${name} } from '${from}';`;
      if (/^[A-Z]/.test(name)) return `declare const ${name}: any; type ${name} = any;`;
      return name.endsWith('$')
        ? `declare const ${name}: import('rxjs').Observable<any>;`
        : `declare const ${name}: any;`;
    });
    const invented = [...names].filter((name) => !known.has(name) && hasToExist(fragment.code, name));
    if (invented.length > 0) report(fragment.where, `there is no ${invented.join(', ')}`);
    write(file, `${prelude.join(' ')}\n${fragment.code}\nexport {};\n`);
  }
  const problems = problemsByFile(files.map(({ file }) => file));
  for (const { fragment, file } of files) {
    if (failures.some((failure) => failure.startsWith(`${fragment.where}:`))) continue;
    const found = problems.get(file);
    report(fragment.where, found && found.map((problem) => shown(problem, 1)).join('\n'));
  }
}

/** @param {object} json as in a tsconfig.json */
function compilerOptions(json) {
  const { options, errors } = ts.convertCompilerOptionsFromJson(json, root);
  if (errors[0]) throw new Error(shown(errors[0]));
  return options;
}

/**
 * @param {string} where
 * @param {string | undefined} problem
 */
function report(where, problem) {
  if (problem === undefined) passed++;
  else failures.push(`${where}: ${problem}`);
}

/**
 * The fences of a Markdown text.
 *
 * @param {string} text
 * @param {string} document
 * @param {number} firstLine
 * @returns {Block[]}
 */
function fences(text, document, firstLine = 1) {
  const pattern = /^[ \t]*```(\w+)?[ \t]*([^\n]*)\n([\s\S]*?)^[ \t]*```[ \t]*$(?:\n+```output\n([\s\S]*?)^```$)?/gm;
  return [...text.matchAll(pattern)].map(([, language = '', info = '', code = '', output], i, all) => {
    const line = firstLine + text.slice(0, all[i]?.index).split('\n').length - 1;
    return { where: `${document}:${line}`, code, language, info: info.trim(), output };
  });
}

/**
 * @param {string} path
 * @returns {Block[]}
 */
function fragmentsOf(path) {
  const blocks = fences(readFileSync(path, 'utf8'), relative(root, path));
  return blocks.filter(({ language, info }) => language === 'ts' && info === '');
}

/**
 * The `@example`s of a source file's doc comments.
 *
 * @param {string} path
 * @returns {Block[]}
 */
function examplesOf(path) {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) => {
    const line = text.slice(0, comment.index).split('\n').length;
    const prose = comment[0]
      .replace(/^\/\*\*/, '')
      .replace(/\*\/$/, '')
      .replaceAll(/^[ \t]*\* ?/gm, '');
    return fences(prose, relative(root, path), line).filter(({ language }) => language === 'ts');
  });
}

function markdownFiles() {
  const readme = join(root, 'README.md');
  const rest = [...filesUnder('docs', '.md'), ...filesUnder('examples', '.md')];
  const held = rest.filter((path) => !/[\\/](decisions|node_modules)[\\/]/.test(path));
  return [...(existsSync(readme) ? [readme] : []), ...held];
}

function sourceFiles() {
  return filesUnder('src', '.ts');
}

/**
 * @param {string} folder
 * @param {string} ending
 */
function filesUnder(folder, ending) {
  if (!existsSync(join(root, folder))) return [];
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith(ending))
    .map((file) => join(root, folder, file))
    .sort();
}

/** What a fragment may use without an import: the entry points of this package, and rxjs. */
function knownNames() {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const own = Object.keys(exports)
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => name + entry.slice(1));
  const modules = [...own, 'rxjs'];
  const file = join(build, 'known-names.ts');
  write(file, modules.map((module, i) => `import * as module${i} from '${module}'; module${i};`).join('\n'));
  const program = ts.createProgram([file], programOptions);
  const checker = program.getTypeChecker();
  /** @type {Map<string, string>} */
  const known = new Map();
  for (const statement of program.getSourceFile(file)?.statements ?? []) {
    if (!ts.isImportDeclaration(statement)) continue;
    const symbol = checker.getSymbolAtLocation(statement.moduleSpecifier);
    for (const exported of symbol ? checker.getExportsOfModule(symbol) : []) {
      if (!known.has(exported.name))
        known.set(exported.name, /** @type {ts.StringLiteral} */ (statement.moduleSpecifier).text);
    }
  }
  return known;
}

/**
 * True when `name` stands where only an export can: as `name(...)` among the arguments of a `pipe`, or, with a capital,
 * as a class or constant.
 *
 * @param {string} code
 * @param {string} name
 */
function hasToExist(code, name) {
  const source = ts.createSourceFile('fragment.ts', code, ts.ScriptTarget.ES2022, true);
  const isClass = /^[A-Z]/.test(name) && !(name in globalThis) && !browserNames.has(name);
  let found = false;
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === 'pipe'
    ) {
      found ||= node.arguments.some(
        (argument) => ts.isCallExpression(argument) && argument.expression.getText(source) === name,
      );
    }
    found ||= isClass && ts.isIdentifier(node) && node.text === name && !ts.isTypeReferenceNode(node.parent);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** @param {string[]} files */
function problemsByFile(files) {
  /** @type {Map<string, ts.Diagnostic[]>} */
  const problems = new Map();
  const platform = join(build, 'platform.d.ts');
  write(platform, 'interface ImportMeta { readonly url: string }');
  for (const problem of ts.getPreEmitDiagnostics(ts.createProgram([platform, ...files], fragmentOptions))) {
    if (problem.file === undefined) throw new Error(shown(problem));
    const message = ts.flattenDiagnosticMessageText(problem.messageText, '\n');
    // A fragment speaks of files that it does not show, and what is inferred from a name it does not declare is unknown.
    if (/^Cannot find module '\.{1,2}\/|\bunknown\b/.test(message)) continue;
    problems.set(problem.file.fileName, [...(problems.get(problem.file.fileName) ?? []), problem]);
  }
  return problems;
}

/** @param {ts.Diagnostic} problem */
function missingName(problem) {
  const names = /^(?:Cannot find name|No value exists in scope for the shorthand property) '([^']+)'/;
  return names.exec(ts.flattenDiagnosticMessageText(problem.messageText, '\n'))?.[1];
}

/**
 * @param {ts.Diagnostic} problem
 * @param {number} linesAdded lines that were put before the code
 */
function shown(problem, linesAdded = 0) {
  const line = problem.file ? problem.file.getLineAndCharacterOfPosition(problem.start ?? 0).line + 1 - linesAdded : 0;
  return `line ${line}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`;
}

/**
 * @param {string} file
 * @returns {string | undefined} what does not compile
 */
function compile(file) {
  const program = ts.createProgram([file], programOptions);
  const problems = ts.getPreEmitDiagnostics(program);
  if (problems.length > 0) return problems.map((problem) => shown(problem)).join('\n');
  program.emit();
  return undefined;
}

/**
 * @param {string} file
 * @param {string | undefined} expected
 * @returns {string | undefined} what went wrong
 */
function runAndCompare(file, expected) {
  // Task modules are found by URL, so the compiler does not see them as part of the program.
  for (const beside of readdirSync(dirname(file)).filter(
    (name) => name.endsWith('.ts') && !name.startsWith('runnable-'),
  )) {
    const problem = compile(join(dirname(file), beside));
    if (problem !== undefined) return `${beside}: ${problem}`;
  }
  const script = file.replace(/\.ts$/, '.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: limitMs });
  if (status !== 0)
    return `${status === null ? `did not end within ${limitMs / 1000} s` : `exit code ${status}`}\n${stdout}${stderr}`;
  if (expected !== undefined && stdout.trim() !== expected.trim()) return `printed\n${stdout}\ninstead of\n${expected}`;
  return undefined;
}

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
