import { defineConfig } from 'vitest/config';

const common = {
  testTimeout: 30_000,
  hookTimeout: 30_000,
  setupFiles: ['./test/support/fixed-seed.ts'],
};

/** Fills the kernel's table of neighbours, which is one for the whole machine: others would send nothing meanwhile. */
const ALONE = ['test/lab/scanner/syn-neighbours.test.ts'];

export default defineConfig({
  test: {
    // Lab and e2e tests own namespaces, ports and processes; on two cores more workers only make them wait for each other.
    maxWorkers: 2,
    projects: [
      { test: { ...common, name: 'parts', include: ['test/**/*.test.ts'], exclude: ['test/e2e/**', ...ALONE] } },
      {
        // One after the other: they share the namespace's firewall and addresses.
        test: {
          ...common,
          name: 'whole',
          include: ['test/e2e/**/*.test.ts', ...ALONE],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
