import { describe, it } from "vitest";
import { rehearse } from "../../../src/app/index.ts";
import type { Rehearsal } from "../../../src/rehearsal/index.ts";
import { writeConfig } from "../../support/config-folder.ts";
import { testFolder } from "../../support/folder.ts";

const rehearseConfig = (options: string, more: object = {}): Promise<Rehearsal> => {
  const folder = testFolder();
  writeConfig(folder, options);
  return rehearse({ dir: folder, ...more });
};

/** Each deployment as service, change, outcome, end in ECS and explanation. */
const deploymentsOf = ({ deployments = [] }: Rehearsal): readonly (string | undefined)[][] =>
  deployments.map(({ service, change, outcome, ended, explainedBy }) => [
    service,
    change,
    outcome,
    ended,
    explainedBy,
  ]);

describe.concurrent("berth rehearse of a config with services, with real Terraform", () => {
  it("deploys, updates, rolls back, scales and destroys", async ({ expect }) => {
    const result = await rehearseConfig(
      `loadBalancer: { allowFrom: ["0.0.0.0/0"] },
      services: {
        web: {
          image: { build: "." }, port: 8080, route: { path: "/*" }, before: { command: ["migrate"] },
          secrets: { PASSWORD: { secret: "shop/database", key: "password" } },
        },
        worker: { image: { tag: "v1" }, scale: { min: 1, max: 2, cpu: 60 } },
      },
      jobs: { nightly: { image: { build: "." }, schedule: "rate(1 day)" }, manual: { image: { tag: "v1" } } }`,
    );
    expect(result).toMatchObject({ errors: [], differences: [], remainingResources: [] });
    expect(result.phases.map(({ name, outcome }) => [name, outcome])).toEqual(
      ["apply", "deploy", "traffic", "plan", "update", "rollback", "scale", "destroy"].map(
        (name) => [name, "pass"],
      ),
    );
    expect(deploymentsOf(result)).toEqual([
      ["web", "first", "pass", "successful", undefined],
      ["worker", "first", "pass", "successful", undefined],
      ["nightly", "job", "pass", undefined, undefined],
      ["manual", "job", "pass", undefined, undefined],
      ["web", "update", "pass", "successful", undefined],
      ["worker", "update", "pass", "successful", undefined],
      ["web", "program-exits", "pass", "rolled-back", "TD-09"],
      ["web", "health-check-fails", "pass", "rolled-back", "ALB-12"],
      ["web", "secret-missing", "pass", "rolled-back", "TD-11"],
      ["web", "image-missing", "pass", "rolled-back", "ECR-01"],
      ["worker", "program-exits", "pass", "rolled-back", "TD-09"],
      ["worker", "image-missing", "pass", "rolled-back", "ECR-01"],
      ["web", "scale", "pass", undefined, undefined],
      ["worker", "scale", "pass", undefined, undefined],
    ]);
    expect(result.deploymentRequests?.failed).toEqual([]);
    expect(result.deploymentRequests?.sent).toBeGreaterThan(100);
    expect(result.assumptions).toEqual([
      "the secret shop/database exists, with the keys password",
      "the repository hello has an image with the tag v1",
    ]);
    expect(result.notRehearsed).toBeUndefined();
    expect(result.verdict).toBe("pass");
  });

  it("finds the failure of a service that cannot start, at its option in the config", async ({
    expect,
  }) => {
    const result = await rehearseConfig(
      `zones: 1, loadBalancer: false, services: { worker: { image: { build: "." }, architecture: "x86_64" } }`,
      { images: { "*": "arm64" } },
    );
    expect(result.phases.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["apply", "pass"],
      ["deploy", "fail"],
      ["traffic", "fail"],
      ["plan", "pass"],
      ["destroy", "pass"],
    ]);
    expect(result.deployments).toMatchObject([
      {
        service: "worker",
        change: "first",
        outcome: "fail",
        ended: "rollback-failed",
        findings: [{ id: "ECR-05", location: { line: 2 } }],
      },
    ]);
    expect(result.services).toMatchObject([
      { service: "services/worker: aws_ecs_service.service", findings: [{ id: "ECR-05" }] },
    ]);
    expect(result.verdict).toBe("fail");
  });

  it("names the services that were not deployed", async ({ expect }) => {
    const result = await rehearseConfig(
      `zones: 1, loadBalancer: false, services: { worker: { image: { build: "." } } }`,
      { until: "apply" },
    );
    expect(result).toMatchObject({ verdict: "applied", notRehearsed: ["worker"] });
    expect(result.deployments).toBeUndefined();
  });
});
