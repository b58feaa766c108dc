import { expect, it } from "vitest";
import { ENVIRONMENT_JOBS, jobId, SINGLE_JOBS } from "../../src/pipeline/jobs/job-id.ts";
import { generateWorkflow, pipelineConfig } from "../support/pipeline-config.ts";
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
  const { jobs } = readWorkflow(
    generateWorkflow({
      ...pipelineConfig,
      services: { web: { image: { build: "." } } },
      environments: Object.fromEntries(names.map((name) => [name, {}])),
    }),
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
