import { defineConfig, type ViteUserConfig } from "vitest/config";

const conditions = ["@berth/source"];

/** The tests of the sandbox's services, with every call observed. The results of these tests themselves are not relevant. */
const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/sandbox/services/**/*.test.ts"],
    setupFiles: new URL("setup.ts", import.meta.url).pathname,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
    isolate: false,
    env: { BERTH_TEST_IN_PROCESS: "1" },
  },
});

export default config;
