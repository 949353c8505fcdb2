import { defineConfig } from 'eslint/config';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

const coreMessage =
  'The core runs everywhere: it imports rxjs, its own modules and what package.json imports for the platform, nothing else.';

export default defineConfig(
  { ignores: ['dist/', 'build/', 'coverage/', 'node_modules/', '**/.angular/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked, rxjsX.configs.strict],
    languageOptions: {
      parserOptions: {
        // A list and not projectService: the root tsconfig is a solution, and tests belong to no build.
        project: ['tsconfig.core.json', 'tsconfig.node.json', 'tsconfig.examples.json', 'tsconfig.test.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name what you export; a default has no name to search for.' },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => release()` and `return subscriber.error(e)` are how early exits read here.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // A parameter that documents a contract may be unused when it says so with an underscore.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // `!` is refused, so `as` has to be possible where a lookup cannot fail.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // Overloads are documented one by one, and read as a list of forms.
      '@typescript-eslint/unified-signatures': 'off',
      // RxJS's own symbol, imported under this name: a polyfill would be a second one.
      '@typescript-eslint/no-deprecated': ['error', { allow: ['observableSymbol'] }],
      // `void` is what a callback's result is when nobody reads it, in unions too: `() => Promise<void> | void`.
      '@typescript-eslint/no-invalid-void-type': [
        'error',
        { allowInGenericTypeArguments: true, allowAsThisParameter: true },
      ],
      // State of a machine is read again after a call that may have changed it; the compiler's narrowing does not know.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // A failure may be any value, `undefined` included, and has to be passed on as it came.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      'rxjs-x/throw-error': 'off',
      // `takeUntil` right behind a source stops it and lets the rest drain: the point of interrupting a pipeline.
      'rxjs-x/no-unsafe-takeuntil': 'off',
      // An empty stream is an EmptyError; a default would hide it.
      'rxjs-x/no-ignored-default-value': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.strict, tseslint.configs.stylistic],
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/executors/*/**', 'src/node/**', 'src/testing/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!rxjs$|\\.{1,2}/|#(default-executor|messages|platform)$)', message: coreMessage }] },
      ],
    },
  },
  {
    files: ['src/**/index.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportAllDeclaration',
          message: 'Entry points name what they export: the list is the public contract.',
        },
        {
          selector: 'Program > :not(ExportNamedDeclaration)',
          message: 'Entry points re-export; what does something has a file.',
        },
      ],
    },
  },
  {
    files: ['marble-tests/**/*.ts', 'integration-tests/**/*.ts'],
    rules: {
      // Marble tests pass helpers around by destructuring, and expectations are made of anything.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A test subscribes to look: without an observer, inside another, to a subject it drives.
      'rxjs-x/no-ignored-error': 'off',
      'rxjs-x/no-nested-subscribe': 'off',
      'rxjs-x/no-floating-observables': 'off',
      'rxjs-x/no-unsafe-subject-next': 'off',
    },
  },
  {
    files: ['marble-tests/types/**/*.ts'],
    rules: {
      // Lines that must not compile are followed by what they would have been: any.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      'rxjs-x/no-floating-observables': 'off',
    },
  },
  {
    files: ['*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
