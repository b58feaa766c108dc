import { defineConfig } from "vitest/config";

const conditions = ["@berth/source"];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
};

const lives = {
  globalSetup: "test/support/build.ts",
  testTimeout: 600_000,
  hookTimeout: 300_000,
  // Terraform waits more than it works: more lives at a time than cores.
  maxConcurrency: 6,
};

export default defineConfig({
  ...shared,
  test: {
    coverage: { include: ["src/**"] },
    // Vitest would leave one of two cores to itself; most of these tests wait for Terraform.
    maxWorkers: 2,
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          globalSetup: "test/support/build.ts",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["test/terraform/**", "test/stacks/**"],
          // A process that a test starts takes a second, and ten where others are at work.
          testTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: { name: "terraform", include: ["test/terraform/**/*.test.ts"], ...lives },
      },
      {
        ...shared,
        test: { name: "stacks", include: ["test/stacks/**/*.test.ts"], ...lives },
      },
    ],
  },
});
