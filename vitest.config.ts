import { defineConfig } from "vitest/config";
import { Progress } from "./test/support/progress.ts";
import { InterleavedSequencer } from "./test/support/sequencer.ts";

const conditions = ["@berth/source"];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
};

/** Tests of the sandbox, of operations in a sandbox, of other programs, and with hundreds of random plans. `npm run check` leaves them out. */
const SLOWER = [
  "test/{app,cli,deployment,images,rehearsal,sandbox,start}/**/*.test.ts",
  "test/**/*.property.test.ts",
  "test/meta/package.test.ts",
];
/** Tests by real Terraform and the real AWS provider. */
const WITH_TERRAFORM = ["test/e2e/terraform/**/*.test.ts"];
/** Tests that only `npm run test:all` runs. */
const NIGHTLY = ["test/e2e/nightly/**/*.test.ts", "test/e2e/stacks/**/*.test.ts"];

/** `npm run check`: the unit tests without the slower ones. */
const isQuick = process.env["TEST_QUICK"] === "1";
/** The build instead of the sources: it is what the package contains, and Node.js loads it faster than Vitest transforms them. */
const BUILT = {
  alias: [{ find: /^((?:\.\.\/)+)src\/(.*)\.ts$/, replacement: "$1dist/$2.js" }],
};

const common = {
  // Node.js loads the built command line itself: Vitest would transform its modules again for each run.
  server: { deps: { external: [/\/dist\/.+\.js(\?|$)/] } },
  // CDK Terrain would record a stack trace for each reference.
  env: { CDKTN_DISABLE_CREATION_STACK: "true" },
  setupFiles: "test/support/setup-file.ts",
  // Most of the time Terraform waits for the provider's fixed delays, so that several tests of a file run at the same time.
  maxConcurrency: 8,
};
const workers = {
  // The modules that most files import are loaded once for each worker.
  isolate: false,
  // The tests allocate many short-lived objects: a larger young generation needs fewer garbage collections.
  execArgv: ["--max-semi-space-size=64"],
};

const BUILD = "test/support/build.ts";
const PROVIDER = "test/support/provider/global-setup.ts";

export default defineConfig({
  ...shared,
  test: {
    coverage: { include: ["src/**"] },
    // Twice the cores of the smallest machine: the tests with Terraform wait more than they compute.
    maxWorkers: 4,
    reporters: ["default", new Progress()],
    sequence: { sequencer: InterleavedSequencer },
    projects: [
      {
        resolve: BUILT,
        test: {
          // The two following projects in one, so that their files can share workers.
          name: "default",
          ...common,
          ...workers,
          globalSetup: [BUILD, PROVIDER],
          include: ["test/**/*.test.ts"],
          exclude: NIGHTLY,
        },
      },
      {
        ...(isQuick ? { resolve: BUILT } : shared),
        test: {
          name: "unit",
          ...common,
          ...workers,
          globalSetup: BUILD,
          include: ["test/**/*.test.ts"],
          exclude: [...WITH_TERRAFORM, ...NIGHTLY, ...(isQuick ? SLOWER : [])],
        },
      },
      {
        ...shared,
        test: {
          name: "terraform",
          ...common,
          ...workers,
          globalSetup: [BUILD, PROVIDER],
          include: WITH_TERRAFORM,
        },
      },
      {
        ...shared,
        test: {
          name: "nightly",
          ...common,
          globalSetup: [BUILD, PROVIDER],
          include: NIGHTLY,
        },
      },
    ],
  },
});
