import { describe, expect, it } from "vitest";
import type { Config } from "../../src/config/options.ts";
import { type FakeAnswer, runWithFakeBerth } from "../support/fake-berth.ts";
import { generateWorkflow, pipelineConfig } from "../support/pipeline-config.ts";
import { EVENTS, jobsFor, manualRun } from "../support/workflow-policy.ts";
import { readWorkflow, type Workflow } from "../support/workflow-simulator.ts";

const config: Config = {
  ...pipelineConfig,
  services: { web: { image: { build: "." } }, proxy: { image: { tag: "v1" } } },
  jobs: { nightly: { image: { build: "jobs" } } },
  environments: { dev: {}, prod: {} },
};

const generate = (changed: Partial<Config> = {}): string =>
  generateWorkflow({ ...config, ...changed });

const workflow = readWorkflow(generate());

const WEB = `sha256:${"a".repeat(64)}`;
const NIGHTLY = `sha256:${"b".repeat(64)}`;
const fingerprint = (digit: string): string => `berth2-${digit.repeat(64)}`;

/** Both images are built, and the foundations have no changes. */
const BUILT: Readonly<Record<string, FakeAnswer>> = {
  "build --env dev --github-output": { outputs: { web: WEB, nightly: NIGHTLY } },
  ...Object.fromEntries(
    ["dev", "prod"].map((environment) => [
      `plan --env ${environment} --no-lock --markdown --github-output`,
      { outputs: { fingerprint: "" } },
    ]),
  ),
};

const planOf = (service: string, environment: string, image = ""): string =>
  `plan ${service} --env ${environment} --no-lock --markdown${image} --github-output`;

/** The plan of each service has this fingerprint in an environment; the plan of proxy is empty. */
const planned = (environment: string, digit: string): Readonly<Record<string, FakeAnswer>> => ({
  [planOf("web", environment, ` --image @${WEB}`)]: {
    outputs: { fingerprint: fingerprint(digit) },
  },
  [planOf("nightly", environment, ` --image @${NIGHTLY}`)]: {
    outputs: { fingerprint: fingerprint(digit) },
  },
  [planOf("proxy", environment)]: { outputs: { fingerprint: "" } },
});

const deployment = (service: string, digest: string, environment: string, digit: string): string =>
  `deploy ${service} --env ${environment} --image @${digest} --yes --approved ${fingerprint(digit)}`;

const run = (answers: Readonly<Record<string, FakeAnswer>>, event = EVENTS["push to main"]) =>
  runWithFakeBerth(workflow, event, { ...BUILT, ...answers });

describe("a pull request", () => {
  it("builds the images without a role, and plans the services as a preview", async () => {
    const { calls, outcomes, printed } = await run({}, EVENTS["pull request"]);
    expect(outcomes, printed).toMatchObject({
      "build-pull-request": "success",
      build: "skipped",
      comment: "success",
    });
    expect(calls.filter((call) => / (build|plan [a-z])/.test(call))).toEqual([
      "- build --env dev --github-output",
      ...["dev", "prod"].flatMap((environment) =>
        ["web", "proxy", "nightly"].map(
          (service) =>
            `shop-${environment}-plan plan ${service} --env ${environment} --no-lock --markdown --preview`,
        ),
      ),
    ]);
    expect(calls.at(-1)).toContain("report/report-plan-dev/1-service-dev-web.md");
  });

  it("of a fork builds the images, and gets no credentials", async () => {
    expect(await jobsFor(workflow, EVENTS["pull request of a fork"])).toEqual([
      "build-pull-request",
      "check-dev",
      "check-prod",
      "fork",
    ]);
  });
});

describe("a merge", () => {
  it("deploys the same images to each environment, with the role of each step", async () => {
    const { calls, outcomes, printed } = await run({
      ...planned("dev", "1"),
      ...planned("prod", "2"),
    });
    expect(outcomes, printed).toMatchObject({ "deploy-dev": "success", "deploy-prod": "success" });
    expect(calls).toEqual([
      "- build --env dev --github-output",
      ...[
        ["dev", "1"],
        ["prod", "2"],
      ].flatMap(([environment = "", digit = ""]) => [
        `shop-${environment}-plan plan --env ${environment} --no-lock --markdown --github-output`,
        `shop-${environment}-image push --env ${environment}`,
        `shop-${environment}-plan ${planOf("web", environment, ` --image @${WEB}`)}`,
        `shop-${environment}-plan ${planOf("proxy", environment)}`,
        `shop-${environment}-plan ${planOf("nightly", environment, ` --image @${NIGHTLY}`)}`,
        `shop-${environment}-deploy ${deployment("web", WEB, environment, digit)}`,
        `shop-${environment}-deploy ${deployment("nightly", NIGHTLY, environment, digit)}`,
      ]),
    ]);
  });

  it("stops before the next environment if a deployment fails", async () => {
    const { calls, outcomes } = await run({
      ...planned("dev", "1"),
      [deployment("web", WEB, "dev", "1")]: { code: 1 },
    });
    // The state of the service is saved, if the deployment could not save it.
    expect(calls.slice(-2)).toEqual([
      `shop-dev-deploy ${deployment("web", WEB, "dev", "1")}`,
      "shop-dev-deploy recover web --env dev --yes",
    ]);
    expect(outcomes).toMatchObject({
      "deploy-dev": "failure",
      "preview-prod": "skipped",
      "service-preview-prod": "skipped",
      "deploy-prod": "skipped",
    });
  });

  it("requests no review if no service changes, and continues with the next environment", async () => {
    const { outcomes, printed } = await run({
      [planOf("web", "dev", ` --image @${WEB}`)]: { outputs: { fingerprint: "" } },
      ...planned("prod", "2"),
    });
    expect(outcomes, printed).toMatchObject({
      "service-preview-dev": "success",
      "deploy-dev": "skipped",
      "deploy-prod": "success",
    });
  });

  it.each([
    ["a build", "build --env dev --github-output"],
    ["a push", "push --env dev"],
    ["a plan of a service", planOf("proxy", "dev")],
  ])("requests no review after %s that fails", async (_, command) => {
    const { outcomes } = await run({ ...planned("dev", "1"), [command]: { code: 1 } });
    expect(outcomes).toMatchObject({ "deploy-dev": "skipped", "preview-prod": "skipped" });
  });

  it("plans the services only after the foundation was applied", async () => {
    const plan = "plan --env dev --no-lock --markdown --github-output";
    const foundation = {
      [plan]: { outputs: { fingerprint: fingerprint("9") } },
      "approved --env dev": { stdout: fingerprint("9") },
    };
    const { calls, outcomes } = await run({
      ...foundation,
      [`apply --env dev --yes --approved ${fingerprint("9")}`]: { code: 1 },
    });
    expect(outcomes).toMatchObject({ "apply-dev": "failure", "service-preview-dev": "skipped" });
    expect(calls.filter((call) => call.includes("push"))).toEqual([]);
  });
});

describe("a manual start", () => {
  it("rolls back a service with the deploy role, in the environment", async () => {
    const event = manualRun("rollback", "prod");
    const { calls, outcomes } = await run(
      {},
      { ...event, inputs: { ...event.inputs, service: "web" } },
    );
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome !== "skipped")).toEqual([
      ["rollback-prod", "success"],
    ]);
    expect(calls).toEqual(["shop-prod-deploy rollback web --env prod --yes"]);
    expect(workflow.jobs["rollback-prod"]?.environment).toBe("prod");
  });

  it.each([
    [
      "a rollback",
      manualRun("rollback", "prod"),
      "rollback web --env prod --yes",
      ["shop-prod-deploy recover web --env prod --yes"],
    ],
    [
      "a destroy of the services",
      manualRun("destroy", "dev"),
      "destroy web proxy nightly --env dev --yes",
      ["web", "proxy", "nightly"].map((name) => `shop-dev-deploy recover ${name} --env dev --yes`),
    ],
    [
      "a destroy of the foundation",
      manualRun("destroy", "dev"),
      "destroy --env dev --yes",
      ["shop-dev-apply recover --env dev --yes"],
    ],
  ])("saves the states after %s that fails", async (_, event, failing, recoveries) => {
    const inputs = { ...event.inputs, service: "web", confirm: "destroy shop-dev" };
    const { calls, printed } = await run({ [failing]: { code: 1 } }, { ...event, inputs });
    const failed = calls.findIndex((call) => call.endsWith(` ${failing}`));
    expect(failed, printed).toBeGreaterThanOrEqual(0);
    expect(calls.slice(failed + 1), printed).toEqual(recoveries);
  });

  it("passes the name of the service as one argument", async () => {
    const event = manualRun("rollback", "prod");
    const { calls } = await run(
      {},
      { ...event, inputs: { ...event.inputs, service: "web; berth destroy" } },
    );
    expect(calls).toEqual(["shop-prod-deploy rollback web; berth destroy --env prod --yes"]);
  });

  it("offers the services in a list, so that GitHub rejects every other text", () => {
    expect(workflow.on).toMatchObject({
      workflow_dispatch: { inputs: { service: { type: "choice", options: ["web", "proxy"] } } },
    });
  });

  it("of apply builds and deploys nothing: a repetition of the merge's run does, with the same images", async () => {
    const { outcomes } = await run(planned("prod", "2"), manualRun("apply", "prod"));
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome !== "skipped")).toEqual([
      ["preview-prod", "success"],
    ]);
  });

  it("destroys the services before the foundation, each with its role", async () => {
    const event = manualRun("destroy", "dev");
    const { calls } = await run(
      {},
      { ...event, inputs: { ...event.inputs, confirm: "destroy shop-dev" } },
    );
    expect(calls).toEqual([
      "shop-dev-deploy destroy web proxy nightly --env dev --yes",
      "shop-dev-apply destroy --env dev --yes",
    ]);
  });
});

describe("options of the images", () => {
  const steps = (generated: Workflow, id: string): string[] =>
    (generated.jobs[id]?.steps ?? []).flatMap(({ run: text = "" }) => text.trim());

  it("scan each image after the build, and wait for the scan of Amazon ECR", () => {
    const generated = readWorkflow(
      generate({ pipeline: { scanCommand: 'scan "$IMAGE_ARCHIVE"', failOn: "critical" } }),
    );
    for (const id of ["build-pull-request", "build"])
      expect(steps(generated, id)).toContain(
        'for IMAGE_ARCHIVE in .berth/images/*.tar; do\n  export IMAGE_ARCHIVE\n  scan "$IMAGE_ARCHIVE"\ndone',
      );
    expect(steps(generated, "service-preview-prod")).toContain(
      "npx --no-install berth push --env prod --fail-on critical",
    );
  });

  it.each<[Config["pipeline"], string | string[], string[]]>([
    [
      {},
      "ubuntu-24.04",
      [
        "sudo apt-get update\nsudo apt-get install --yes qemu-user-static",
        "docker buildx create --use",
      ],
    ],
    [{ buildsRunOn: "ubuntu-24.04-arm" }, "ubuntu-24.04-arm", ["docker buildx create --use"]],
    [{ buildsRunOn: ["self-hosted", "builder"] }, ["self-hosted", "builder"], []],
  ])("prepare the runner of the builds: %j", (pipeline, runner, preparation) => {
    const generated = readWorkflow(generate({ pipeline: pipeline ?? {} }));
    for (const id of ["build-pull-request", "build"]) {
      expect(generated.jobs[id]?.["runs-on"]).toEqual(runner);
      expect(steps(generated, id).filter((text) => /^(sudo|docker)/.test(text))).toEqual(
        preparation,
      );
    }
  });

  it("must be equal in all environments", () => {
    expect(() =>
      generate({
        environments: { dev: {}, prod: { services: { web: { architecture: "x86_64" } } } },
      }),
    ).toThrow("the environments dev and prod do not build the same image of web");
  });
});
