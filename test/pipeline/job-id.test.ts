import { expect, it } from "vitest";
import { resolveConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/options.ts";
import { ENVIRONMENT_JOBS, jobId, SINGLE_JOBS } from "../../src/pipeline/jobs/job-id.ts";
import { workflowText } from "../../src/pipeline/workflow.ts";
import { packageManagerNamed } from "../../src/shared/package-manager.ts";
import { readWorkflow } from "../support/workflow-simulator.ts";

it("no kind of job starts with another kind and a hyphen, so that no name of an environment makes two IDs equal", () => {
  for (const kind of ENVIRONMENT_JOBS)
    for (const other of [...ENVIRONMENT_JOBS, ...SINGLE_JOBS])
      expect(other.startsWith(`${kind}-`), `${kind} and ${other}`).toBe(false);
  expect(new Set([...ENVIRONMENT_JOBS, ...SINGLE_JOBS]).size).toBe(
    ENVIRONMENT_JOBS.length + SINGLE_JOBS.length,
  );
});

it("a workflow has every job of environments whose names look like kinds of jobs", () => {
  const names = ["prod", "services-prod", "preview-prod", "pull-request", "services"];
  const config: Config = {
    name: "shop",
    region: "eu-west-1",
    account: "111122223333",
    loadBalancer: false,
    state: { bucket: "shop-states" },
    pipeline: {},
    services: { web: { image: { build: "." } } },
    environments: Object.fromEntries(names.map((name) => [name, {}])),
  };
  const { jobs } = readWorkflow(
    workflowText(
      { name: "shop", environments: names.map((name) => resolveConfig(config, name)) },
      "berth.config.ts",
      packageManagerNamed("npm"),
    ),
  );
  expect(Object.keys(jobs).sort()).toEqual(
    [
      ...SINGLE_JOBS,
      ...names.flatMap((name) =>
        ENVIRONMENT_JOBS.map((kind) => jobId(kind, { suffix: `-${name}` })),
      ),
    ].sort(),
  );
});
