import { defineConfig } from "vitest/config";

const conditions = ["@berth/source"];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
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
          exclude: ["test/terraform/**"],
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        test: {
          name: "terraform",
          globalSetup: "test/support/build.ts",
          include: ["test/terraform/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          // Terraform waits more than it works: more lives at a time than cores.
          maxConcurrency: 6,
        },
      },
    ],
  },
});
