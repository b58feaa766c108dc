import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readSuppressions } from "../../src/checks/engine/index.ts";
import { createProgram } from "../../src/cli/program.ts";
import type { Rehearsal } from "../../src/rehearsal/result.ts";
import { parseApps } from "../../src/sandbox/client.ts";
import { lineSchemas, resultSchemas } from "../../tools/reference/json-schemas.ts";
import { berth, startBerth } from "../support/berth.ts";
import { testFolder } from "../support/folder.ts";
import { readFixture } from "../support/plan-fixtures.ts";

/** The committed JSON Schema of a file in docs/reference/schemas. */
const schemaOf = (name: string): z.ZodType =>
  z.fromJSONSchema(
    JSON.parse(
      readFileSync(new URL(`../../docs/reference/schemas/${name}.json`, import.meta.url), "utf8"),
    ) as Parameters<typeof z.fromJSONSchema>[0], // npm run reference writes JSON Schemas
  );

const CONFIG = `import { defineConfig } from "berth-ecs";
export default defineConfig({ name: "hello", region: "us-east-1", loadBalancer: { allowFrom: ["0.0.0.0/0"] }, account: "123456789012", state: { bucket: "states" }, pipeline: { repository: "o/r", repositoryId: 1, ownerId: 2 } });
`;

/** The lines of an output, each valid according to its schema. */
function linesOf(stdout: string): { readonly type: string; readonly data?: unknown }[] {
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly type: string; readonly data?: unknown }); // of Berth's JSON host
  for (const line of lines)
    expect(schemaOf(`line-${line.type}`).safeParse(line)).toEqual({ success: true, data: line });
  return lines;
}

/** What the schema of a command makes of its data: the data itself, or the errors. */
const parsed = (command: string, data: unknown): unknown => {
  const { success, data: valid, error } = schemaOf(command).safeParse(data);
  return success ? valid : error;
};

/** A plan with a failure. */
const PLAN = JSON.stringify(readFixture("cases")["no endpoint for layers"]?.plan);

/** Commands that run without Terraform. The folder contains berth.config.ts and plan.json. */
const RUNS: readonly (readonly [command: string, ...args: string[]])[] = [
  ["explain", "NET-11"],
  ["explain", "NET-39"],
  ["explain", "fargate-task-size"],
  ["doctor"],
  ["synth"],
  ["synth", "--hcl"],
  ["synth", "--out", "out"],
  ["pipeline", "--check"],
  ["check", "plan.json"],
  ["recover"],
];

/** A hand-written deployment that ECS has rolled back. */
const deployment = {
  outcome: "rolled-back",
  deploymentArn: "arn:aws:ecs:eu-west-1:111122223333:service-deployment/shop/web/a1b2",
  reason: "Service deployment rolled back because the circuit breaker threshold was exceeded.",
  trigger: { kind: "circuit-breaker", failed: 3, threshold: 3 },
  running: {
    taskDefinition: "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-web:1",
    images: ["nginx"],
    running: 2,
  },
  causes: [
    {
      failure: { id: "ECR-03", title: "the image does not exist", fix: "push the image" },
      alternatives: [],
      message: "CannotPullContainerError: not found",
      hop: { host: "111122223333.dkr.ecr.eu-west-1.amazonaws.com", port: 443, problem: "timeout" },
      tasks: ["0123abcd"],
      containers: [{ name: "web", exitCode: 1 }],
    },
  ],
  seconds: 61.5,
};

/** Hand-written results of the commands that need Terraform, GitHub or an account. */
const SAMPLES: readonly (readonly [command: string, data: unknown])[] = [
  ["apply", { add: 66, change: 0, remove: 0, outputs: { cluster_name: "hello" } }],
  ["apply", { add: 0, change: 0, remove: 0, outputs: {} }],
  ["destroy", { destroyed: 66, stoppedTasks: 1, deregisteredRevisions: 2 }],
  ["bootstrap", { add: 19, change: 0, remove: 0, outputs: { state_bucket: "hello-state" } }],
  ["bootstrap", { destroyed: 19 }],
  ["output", { cluster_name: "hello", task_subnet_ids: ["subnet-1", "subnet-2"] }],
  ["output", "hello"],
  ["comment", { url: "https://github.com/o/r/pull/1#issuecomment-2", done: "written" }],
  ["approved", { fingerprint: "berth2-9f86d0", pullRequest: 1, run: { id: 2, attempt: 1 } }],
  [
    "drift",
    {
      drifts: true,
      name: "hello",
      environment: "default",
      changes: [
        {
          address: "aws_lb.this",
          action: "update",
          replacePaths: [],
          sensitiveAttributes: ["name"],
        },
      ],
      outputs: 0,
      fingerprint: "berth2-9f86d0",
      workflow: ".github/workflows/berth.yml",
      changedOutsideTerraform: ["aws_lb.this"],
      issue: { done: "opened", url: "https://github.com/o/r/issues/1" },
    },
  ],
  [
    "init",
    {
      file: "berth.config.ts",
      name: "shop",
      region: "eu-west-1",
      service: { name: "web", port: 80 },
    },
  ],
  [
    "build",
    {
      images: [
        {
          services: ["web", "nightly"],
          tag: "web-0123456789ab",
          digest: "sha256:a1",
          platform: "linux/arm64",
          commit: "0123456789abcdef0123456789abcdef01234567",
          isModified: false,
          builder: "docker",
          hasAttestations: true,
          archive: ".berth/images/web.tar",
        },
      ],
    },
  ],
  [
    "push",
    {
      images: [
        {
          services: ["web"],
          image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:a1",
          tag: "web-0123456789ab",
          digest: "sha256:a1",
          outcome: "pushed",
          scan: {
            outcome: "complete",
            counts: { HIGH: 1 },
            findings: [
              { name: "CVE-2026-1", severity: "HIGH", package: "openssl 3.0.1", url: "https://a" },
            ],
          },
          verdict: "fail",
        },
        {
          services: ["api"],
          image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:b2",
          tag: "api-0123456789ab",
          digest: "sha256:b2",
          outcome: "unchanged",
          scan: { outcome: "unknown", reason: "the scan has the status FAILED" },
        },
      ],
    },
  ],
  [
    "deploy",
    {
      services: [
        {
          service: "web",
          outcome: "failed",
          taskDefinition: "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-web:2",
          deployment,
          restoreError: [{ what: "ssm:GetParameter: no response", code: "BERTH-E9013" }],
        },
        {
          service: "mailer",
          outcome: "unchanged",
          taskDefinition: "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-mailer:2",
          image: "nginx",
          recordError: [{ what: "ssm:PutParameter: no response", code: "BERTH-E9013" }],
        },
        { service: "api", outcome: "declined" },
        { service: "mail", outcome: "not-approved", fingerprint: "berth2-9f86d0", plan: "a plan" },
        {
          service: "worker",
          outcome: "error",
          error: [{ what: "no image of worker was deployed yet", code: "BERTH-E3103" }],
        },
      ],
    },
  ],
  [
    "rollback",
    {
      outcome: "rolled-back",
      from: "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-web:2",
      to: "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-web:1",
      deployment: { ...deployment, outcome: "successful", causes: [] },
      recordError: [{ what: "ssm:PutParameter: no response", code: "BERTH-E9013" }],
    },
  ],
  ["scale", { service: "web", from: 1, to: 3, isAutomatic: false, causes: [] }],
  ["logs", { events: 3, logGroup: "/ecs/shop/web", since: "2026-11-28T09:00:00.000Z" }],
  ["run", { task: "0123abcd", revision: "shop-web:2", exitCode: 3, reason: "exited" }],
  ["exec", { task: "0123abcd", container: "web", exitCode: 0 }],
  [
    "status",
    [
      {
        name: "web",
        kind: "service",
        exists: true,
        revision: "shop-web:2",
        image: "nginx",
        desired: 2,
        running: 2,
        pending: 0,
        lastDeployment: {
          id: "a1b2",
          status: "SUCCESSFUL",
          startedAt: "2026-11-28T09:00:00.000Z",
          finishedAt: "2026-11-28T09:01:00.000Z",
        },
        deployments: [
          {
            revision: "shop-web:2",
            status: "PRIMARY",
            rolloutState: "COMPLETED",
            reason: "ECS deployment ecs-svc/1 completed.",
            desired: 2,
            running: 2,
            pending: 0,
            failed: 0,
            startedAt: "2026-11-28T09:00:00.000Z",
          },
        ],
        targets: [{ targetGroup: "web", target: "10.0.0.4:8080", state: "healthy" }],
        events: [{ at: "2026-11-28T09:00:00.000Z", message: "steady state" }],
        stoppedTasks: [
          {
            task: "0123abcd",
            revision: "shop-web:1",
            stoppedAt: "2026-11-28T09:00:00.000Z",
            stopCode: "EssentialContainerExited",
            reason: "exited",
            exitCode: 3,
          },
        ],
      },
      {
        name: "nightly",
        kind: "job",
        exists: false,
        running: 0,
        pending: 0,
        deployments: [],
        targets: [],
        events: [],
        stoppedTasks: [],
      },
    ],
  ],
];

/** A hand-written result of `berth rehearse`. */
const REHEARSAL: Omit<Rehearsal, "policy"> = {
  verdict: "fail",
  stacks: ["."],
  phases: [{ name: "apply", outcome: "fail", seconds: 3.2, summary: "1 error" }],
  services: [
    {
      service: "aws_ecs_service.app",
      outcome: "fail",
      running: 0,
      desired: 1,
      findings: [
        { id: "NET-11", message: "the task stopped", isSandboxError: true, step: "image" },
      ],
    },
  ],
  requests: [
    { listener: "aws_lb_listener.http", url: "http://a/", from: "0.0.0.0", answeredBy: "nothing" },
  ],
  errors: [{ message: "quota", step: "apply", phase: "apply" }],
  differences: [
    {
      address: "aws_lb.this",
      actions: ["update"],
      attributes: [{ path: "name", before: "a", after: "b", replaces: false }],
    },
  ],
  outages: [
    {
      subject: "aws_lb.this",
      what: "no response",
      from: { call: "DeleteRoute", number: 4, addresses: ["aws_route.a"] },
      finding: { message: "no route", step: "change" },
    },
  ],
  remainingResources: [],
  latentRisks: [],
  skippedResources: [],
  skippedProviders: [],
  allowedProviders: [],
  localCode: [],
  unsupportedCalls: [],
  assumptions: [],
  calls: 211,
  seconds: 31.5,
};

describe("the output of --json", () => {
  it("has a schema for every command", () => {
    const program = createProgram();
    const commands = program
      .createHelp()
      .visibleCommands(program)
      .map((command) => command.name())
      .filter((name) => name !== "help");
    expect(Object.keys(resultSchemas).toSorted()).toEqual(commands.toSorted());
  });

  it.each(RUNS)("of berth %s %s is valid", async (command, ...args) => {
    const folder = testFolder();
    writeFileSync(join(folder, "berth.config.ts"), CONFIG);
    writeFileSync(join(folder, "plan.json"), PLAN);
    const { stdout } = await berth([command, ...args, "--json"], { cwd: folder });
    const last = linesOf(stdout).at(-1);
    expect(last?.type).toBe("result");
    expect(parsed(command, last?.data)).toEqual(last?.data);
  });

  it("of berth init is valid", async () => {
    const folder = join(testFolder(), "shop");
    mkdirSync(folder);
    const { stdout } = await berth(["init", "--region", "eu-west-1", "--json"], { cwd: folder });
    const data = linesOf(stdout).at(-1)?.data;
    expect(parsed("init", data)).toEqual(data);
  });

  it("of berth sandbox is valid", async () => {
    const running = startBerth(["sandbox", "--port", "0", "--json"], { cwd: testFolder() });
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    running.interrupt();
    const { stdout } = await running.done;
    const data = linesOf(stdout).find(({ type }) => type === "result")?.data;
    expect(parsed("sandbox", data)).toEqual(data);
  });

  it("of an error is valid", async () => {
    const { stdout } = await berth(["synth", "--json"], { cwd: testFolder() });
    expect(linesOf(stdout).at(-1)?.type).toBe("error");
  });

  it.each([...SAMPLES, ["rehearse", REHEARSAL] as const])(
    "of berth %s is valid in a hand-written sample",
    (command, data) => {
      expect(parsed(command, data)).toEqual(data);
    },
  );

  it("of berth plan is valid in a sample that contains the result of a real check", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "plan.json"), PLAN);
    const { stdout } = await berth(["check", "plan.json", "--json"], { cwd: folder });
    const check = linesOf(stdout).at(-1)?.data;
    const changes = [{ address: "aws_vpc.this", action: "create" }];
    const counts = { add: 1, change: 0, remove: 0 };
    const data = { check, fingerprint: "berth2-9f86d0", changed: true, ...counts, changes };
    expect(parsed("plan", data)).toEqual(data);
  });

  it("is rejected by its schema if a member is missing, unknown or of another type", () => {
    expect(schemaOf("recover").safeParse({}).success).toBe(false);
    expect(schemaOf("recover").safeParse({ recovered: true, other: 1 }).success).toBe(false);
    expect(schemaOf("recover").safeParse({ recovered: "yes" }).success).toBe(false);
    expect(schemaOf("rehearse").safeParse({ ...REHEARSAL, verdict: "passed" }).success).toBe(false);
  });

  it("has a schema for each type of line", () => {
    expect(Object.keys(lineSchemas)).toEqual(["result", "error", "message", "expect", "log"]);
  });
});

/** A suppression that is valid, with changes. */
const suppression = (changes: object = {}): object => ({
  id: "NET-11",
  reason: "layers come from a mirror",
  until: "2999-12-31",
  ...changes,
});

describe("the schema of the file of --suppressions", () => {
  it.each<readonly [what: string, file: unknown]>([
    ["an empty list", []],
    ["a failure and an address", [suppression({ address: "aws_*" })]],
    ["a check", [suppression({ id: "reach-ecr-layers" })]],
    ["an object with the list", { $schema: "x", suppressions: [suppression()] }],
    ["an object without the list", { $schema: "x" }],
    ["an object with another key", { suppressions: [], more: 1 }],
    ["no reason", [suppression({ reason: " " })]],
    ["no date", [suppression({ until: "soon" })]],
    ["a date that does not exist", [suppression({ until: "2027-13-01" })]],
    ["an unknown ID", [suppression({ id: "NET-999" })]],
    ["an unknown key", [suppression({ reson: "x" })]],
    ["an address that is not text", [suppression({ address: 1 })]],
    ["text", "x"],
  ])("accepts what Berth accepts, and nothing else: %s", (_what, file) => {
    let isAccepted = true;
    try {
      readSuppressions(JSON.stringify(file), "file");
    } catch {
      isAccepted = false;
    }
    expect(schemaOf("suppressions").safeParse(file).success).toBe(isAccepted);
  });
});

describe("the schema of the file of --apps", () => {
  it.each<readonly [what: string, file: unknown]>([
    ["the example of the guide", { images: { "a/*": { private: true } } }],
    ["a schema", { $schema: "x", containers: { app: { listens: [80], answers: { "/": 404 } } } }],
    ["a port that is too high", { containers: { app: { listens: [65_536] } } }],
    ["a path without a slash", { containers: { app: { answers: { health: 200 } } } }],
    ["an unknown key", { image: {} }],
    ["a list", []],
  ])("accepts what Berth accepts, and nothing else: %s", (_what, file) => {
    let isAccepted = true;
    try {
      expect(parseApps(JSON.stringify(file), "file")).not.toHaveProperty("$schema");
    } catch {
      isAccepted = false;
    }
    expect(schemaOf("apps").safeParse(file).success).toBe(isAccepted);
  });
});
