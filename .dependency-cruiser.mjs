// The architecture of docs and folders, held: engine <- backpressure <- sources/operators/sinks <- index,
// executors on top of the core, and no executor that knows another.

/** The places where backends live: one folder each under src/executors. */
const backend = '^src/executors/([^/]+)/';

/** Everything of the core entry: what may not know a platform. */
const core = '^src/';
const notCore = [backend, '^src/node/', '^src/testing/'];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Modules form a tree that can be read from the leaves up.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      comment: 'A module that nobody imports is code kept for later, or an entry point missing below.',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: [
          '\\.d\\.ts$',
          // Taken in place of messages.ts by a condition of package.json's imports.
          '^src/messages/messages-in-production\\.ts$',
          '^src/(index|(backpressure|worker|jobs|monitor|node|testing)/index)\\.ts$',
          `${backend}index\\.ts$`,
        ],
      },
      to: {},
    },
    {
      name: 'not-to-unresolvable',
      comment: 'Every import has to lead somewhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'engine-stands-alone',
      comment: 'State machines with no RxJS in them, and nothing else of this package.',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: { pathNot: '^src/engine/' },
    },
    {
      name: 'backpressure-knows-engine-only',
      comment: 'How pressure travels depends on no source, operator or executor.',
      severity: 'error',
      from: { path: '^src/backpressure/' },
      to: { path: '^src/', pathNot: '^src/((backpressure|engine)/|(subscriber-for|reporting)\\.ts$)' },
    },
    {
      name: 'sources-know-no-operators',
      comment: 'Sources stand below operators and sinks.',
      severity: 'error',
      from: { path: '^src/sources/' },
      to: { path: '^src/(operators|sinks)/' },
    },
    {
      name: 'operators-know-no-sinks',
      severity: 'error',
      from: { path: '^src/operators/' },
      to: { path: '^src/sinks/' },
    },
    {
      name: 'operators-know-the-contract-only',
      comment:
        'To an operator an executor is a contract, a task handle, and the platform’s default; never one backend.',
      severity: 'error',
      from: { path: '^src/(sources|operators|sinks)/' },
      to: {
        path: '^src/executors/',
        pathNot: '^src/executors/(executor|arrivals|lane|task|task-function|default-executor|describe-task)\\.ts$',
      },
    },
    {
      name: 'executors-know-no-operators',
      comment: 'The contract and the inline executor stand on pressure, results and errors; operators stand on them.',
      severity: 'error',
      from: { path: '^src/executors/[^/]+\\.ts$' },
      to: {
        path: '^src/',
        pathNot: [
          '^src/executors/[^/]+\\.ts$',
          '^src/(backpressure|engine|worker)/',
          '^src/sources/(stream-of|thenable)\\.ts$',
          '^src/[^/]+\\.ts$',
        ],
      },
    },
    {
      name: 'worker-stands-beneath-executors',
      comment: 'What runs inside a worker is shared by every executor and knows none.',
      severity: 'error',
      from: { path: '^src/worker/' },
      to: {
        path: '^src/(executors/(?!executor\\.ts|task\\.ts|task-function\\.ts)|operators|sinks|monitor|testing)',
      },
    },
    {
      name: 'core-knows-no-jobs',
      comment: 'Jobs stand on the core, and on Node there is more beside them; nothing of the core stands on them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(jobs|node)/' },
      to: { path: '^src/jobs/' },
    },
    {
      name: 'jobs-keep-their-machines-pure',
      comment: 'How a job lives, who waits for whom and who is let go: state, with no stream and no executor in it.',
      severity: 'error',
      from: { path: '^src/jobs/(job-life|wait-graph|retention)\\.ts$' },
      to: { pathNot: '^src/engine/' },
    },
    {
      name: 'node-by-condition',
      comment:
        'What Node alone can do is reached through the imports condition #platform, and by users as an entry point.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/node/' },
      to: { path: '^src/node/' },
    },
    {
      name: 'node-knows-the-contract-of-jobs',
      comment: 'Of jobs the platform knows what it is asked for, and nothing else.',
      severity: 'error',
      from: { path: '^src/node/' },
      to: { path: '^src/jobs/', pathNot: '^src/jobs/platform\\.ts$' },
    },
    {
      name: 'core-knows-no-backend',
      comment: 'The core runs everywhere; a backend is reached through the imports condition #default-executor only.',
      severity: 'error',
      from: { path: core, pathNot: notCore },
      to: { path: backend, pathNot: '^src/executors/threads/default-executor\\.ts$' },
    },
    {
      name: 'default-executor-by-condition',
      comment: 'One file may ask for the platform’s default executor.',
      severity: 'error',
      from: { pathNot: ['^src/executors/default-executor\\.ts$', '^src/executors/threads/'] },
      to: { path: '(^|/)default-executor\\.(js|ts)$', pathNot: '^src/executors/default-executor\\.ts$' },
    },
    {
      name: 'backends-are-strangers',
      comment: 'A backend is one folder; what two of them need lives in executors/ or worker/.',
      severity: 'error',
      from: { path: backend },
      to: { path: backend, pathNot: '^src/executors/$1/' },
    },
    {
      name: 'core-is-portable',
      comment: 'Nothing of Node and no package but rxjs in what browsers load, too.',
      severity: 'error',
      from: { path: core, pathNot: notCore },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '(^|/)node_modules/rxjs/',
      },
    },
    {
      name: 'no-development-package',
      comment: 'What is published and not of the core may import only what its users get.',
      severity: 'error',
      from: { path: notCore, pathNot: '^src/testing/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm-peer', 'npm', 'type-only'],
      },
    },
    {
      name: 'rxjs-by-its-front-door',
      comment: 'rxjs and nothing beneath it: rxjs/internal moves without notice, rxjs/operators is deprecated.',
      severity: 'error',
      from: { path: core, pathNot: '^src/testing/' },
      to: {
        path: '(^|/)node_modules/rxjs/',
        pathNot: '(^|/)node_modules/rxjs/(package\\.json$|dist/(types|esm|esm5|cjs)/index\\.)',
      },
    },
    {
      name: 'index-is-nobodys-dependency',
      comment: 'Entry points are for users. Inside, import the file itself.',
      severity: 'error',
      from: { path: core, pathNot: '(^|/)index\\.ts$' },
      to: { path: '^src/.*index\\.ts$' },
    },
    {
      name: 'tests-stay-outside',
      comment: 'Published code knows no test, example or benchmark.',
      severity: 'error',
      from: { path: core },
      to: { path: '^(marble-tests|integration-tests|examples|bench|scripts)/' },
    },
    {
      name: 'integration-tests-use-the-package',
      comment: 'They import the built package by name, as its users do.',
      severity: 'error',
      from: { path: '^(integration-tests|examples|bench)/' },
      to: { path: '^src/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^dist/', '^build/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      mainFields: ['types', 'main'],
    },
  },
};
