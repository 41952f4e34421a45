import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/leak-check.ts'],
    pool: 'forks',
    // PostgreSQL and the load of the tests themselves share the cores with the workers.
    maxWorkers: 2,
    // They end what hangs, and say nothing of how fast anything is: far beyond what a busy machine needs.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
  },
})
