import { defineConfig } from "vitest/config";
import { Progress } from "./test/support/progress.ts";
import { TerraformFirstSequencer } from "./test/support/sequencer.ts";

const conditions = ["@berth/source"];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
};

/** Tests of the sandbox, by AWS clients, and of the built command line. `npm run check` leaves them out. */
const SLOWER = ["test/sandbox/**/*.test.ts", "test/cli/**/*.test.ts"];
/** Tests by real Terraform and the real AWS provider. */
const WITH_TERRAFORM = ["test/e2e/terraform/**/*.test.ts"];
/** Tests that only `npm run test:all` runs. */
const NIGHTLY = ["test/e2e/nightly/**/*.test.ts", "test/e2e/stacks/**/*.test.ts"];

const workers = {
  // The modules that most files import are loaded once for each worker.
  isolate: false,
  // The tests allocate many short-lived objects: a larger young generation needs fewer garbage collections.
  execArgv: ["--max-semi-space-size=64"],
};

const withTerraform = {
  globalSetup: ["test/support/build.ts", "test/support/provider/global-setup.ts"],
  setupFiles: "test/support/provider/attach-all.ts",
  testTimeout: 600_000,
  hookTimeout: 300_000,
  // Most of the time Terraform waits for the provider's fixed delays, so that several tests of a file run at the same time.
  maxConcurrency: 8,
};

export default defineConfig({
  ...shared,
  test: {
    coverage: { include: ["src/**"] },
    // Twice the cores of the smallest machine: the tests with Terraform wait more than they compute.
    maxWorkers: 4,
    reporters: ["default", new Progress()],
    sequence: { sequencer: TerraformFirstSequencer },
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          globalSetup: "test/support/build.ts",
          env: { BERTH_TEST_IN_PROCESS: "1" },
          ...workers,
          include: ["test/**/*.test.ts"],
          exclude: [
            ...WITH_TERRAFORM,
            ...NIGHTLY,
            ...(process.env["TEST_QUICK"] === "1" ? SLOWER : []),
          ],
          // Tests that start a process can take many seconds on a machine with other work.
          testTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: "terraform",
          include: WITH_TERRAFORM,
          ...workers,
          ...withTerraform,
        },
      },
      {
        ...shared,
        test: {
          name: "nightly",
          include: NIGHTLY,
          ...withTerraform,
        },
      },
    ],
  },
});
