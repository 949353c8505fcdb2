import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  test: {
    teardownTimeout: 30_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reportsDirectory: 'coverage' },
    projects: [
      {
        // Virtual time only, straight from the sources: quick, and no build needed.
        resolve: {
          alias: {
            '#default-executor': here('./src/executors/threads/default-executor.ts'),
            '#messages': here('./src/messages/messages.ts'),
            '#platform': here('./src/node/platform.ts'),
          },
        },
        test: {
          name: 'marbles',
          include: ['marble-tests/**/*.test.ts'],
          pool: 'threads',
          maxWorkers: 2,
          testTimeout: 10_000,
        },
      },
      {
        // Real promises, threads and servers, against the built package under its own name, as a user imports it.
        test: {
          name: 'integration',
          include: ['integration-tests/**/*.test.ts'],
          globalSetup: ['integration-tests/support/fresh-build.ts'],
          pool: 'forks',
          // Each file starts threads of its own; two files at once is what two cores can bear.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Node loads the built files itself: workers and URLs beside them are found as they are at a user's.
          server: { deps: { external: [/\/dist\//] } },
        },
      },
    ],
  },
});
