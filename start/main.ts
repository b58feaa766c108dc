// npm start: the life of a service in the sandbox, a local AWS emulator, with real Terraform and Berth's own functions. Each step
// checks its result; the exit code is 1 if one of them is not as expected. It needs no AWS account.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply, deploy, destroy, type ServiceResult } from "../src/app/index.ts";
import { deploymentProblems } from "../src/cli/deployment-text.ts";
import { startSandbox } from "../src/sandbox/index.ts";
import { countOf } from "../src/shared/index.ts";
import { sendRequest, sendRequestsDuring } from "./requests.ts";

const folder = mkdtempSync(join(tmpdir(), "berth-start-"));
const config = join(folder, "berth.config.ts");
cpSync("examples/hello/berth.config.ts", config);
const sandbox = await startSandbox({ listenerPorts: true });
const project = { config, sandbox: sandbox.url, yes: true };
const started = Date.now();

const seconds = (since: number): string => `${Math.round((Date.now() - since) / 1000)} s`;

/** Runs a step, and prints what it found. */
async function step(title: string, run: () => Promise<readonly string[]>): Promise<void> {
  const start = Date.now();
  console.log(`\n${title}`);
  for (const line of await run()) console.log(`  ${line}`);
  console.log(`  (${seconds(start)})`);
}

function expect(isAsExpected: boolean, expectation: string, actual: unknown): void {
  if (!isAsExpected)
    throw new Error(`expected ${expectation}, but found ${JSON.stringify(actual, undefined, 2)}`);
}

/** Puts an image into the foundation's repository, as docker push does. */
function pushImage(tag: string): void {
  sandbox.invoke("ecr", "PutImage", {
    repositoryName: "hello",
    imageTag: tag,
    imageManifest: JSON.stringify({ schemaVersion: 2, layers: [], annotations: { version: tag } }),
  });
}

async function deployImage(image?: string): Promise<ServiceResult> {
  const { services } = await deploy({ ...project, ...(image && { image }) });
  const [result] = services;
  if (result === undefined) throw new Error("no service was deployed");
  return result;
}

const runs = (result: ServiceResult): string => {
  expect(result.outcome === "deployed", "a deployed service", result);
  return result.outcome === "deployed"
    ? `${result.service} runs ${result.image.replace(/^.*\/|(?<=sha256:.{8}).*$/g, "")}`
    : "";
};

try {
  console.log(`Berth with real Terraform and a local AWS emulator at ${sandbox.url}`);

  await step(
    "1. Apply the foundation (60 s of it are Terraform's fixed wait for a load balancer)",
    async () => {
      const result = await apply(project);
      expect(result.outcome === "applied", "an applied foundation", result);
      return [`${result.counts.add} resources created`];
    },
  );

  await step("2. Deploy the service with version v1, and send a request", async () => {
    pushImage("v1");
    const result = await deployImage(":v1");
    const answers = await sendRequest(sandbox);
    expect(answers.failed === 0, "an answer", answers);
    return [runs(result), String(answers)];
  });

  await step("3. Update it to v2, and send requests all the time", async () => {
    pushImage("v2");
    const { result, answers } = await sendRequestsDuring(sandbox, () => deployImage(":v2"));
    expect(answers.failed === 0, "no failed request", answers);
    expect(answers.byRevision.size === 2, "answers of both revisions", [...answers.byRevision]);
    return [runs(result), String(answers)];
  });

  await step(
    "4. Deploy a bad version: its image is on Docker Hub, and the tasks have no route to the internet",
    async () => {
      const { result, answers } = await sendRequestsDuring(sandbox, () =>
        deployImage("nginx:1.27"),
      );
      if (result.outcome !== "failed" || result.deployment.outcome !== "rolled-back")
        throw new Error(`expected a rollback, but found ${JSON.stringify(result, undefined, 2)}`);
      const [cause] = result.deployment.causes;
      expect(
        cause?.failure !== undefined && cause.hop !== undefined,
        "a known failure with its hop",
        cause,
      );
      expect(answers.failed === 0, "no failed request", answers);
      const problems = deploymentProblems(result.service, result.taskDefinition, result.deployment);
      return [
        ...problems.flatMap(({ what, where, fix }) => [
          what,
          ...(where === undefined ? [] : [`  at   ${where}`]),
          ...(fix === undefined ? [] : [`  fix  ${fix}`]),
        ]),
        String(answers),
      ];
    },
  );

  await step("5. Plan again: nothing may have changed", async () => {
    const foundation = await apply(project);
    expect(foundation.outcome === "no-changes", "an unchanged foundation", foundation);
    const service = await deployImage();
    expect(service.outcome === "unchanged", "an unchanged service", service);
    return ["no changes of the foundation, no changes of the service"];
  });

  await step("6. Destroy the service and the foundation", async () => {
    const { outcome, destroyed } = await destroy(project);
    expect(outcome === "destroyed", "a destroyed foundation", outcome);
    const left = sandbox.contents();
    expect(
      left.every(({ kind }) => kind === "ecs/task-definition"),
      "an empty account",
      left,
    );
    const revisions = left.flatMap(({ ids }) => ids).length;
    return [
      `${destroyed} resources destroyed; ${countOf(revisions, "task definition revision")} left (ECS keeps them, at no cost)`,
    ];
  });

  console.log(
    `\npass: 6 steps as expected in ${seconds(started)}, ${sandbox.callCount} AWS calls, no AWS account`,
  );
} catch (error) {
  console.error(`\nfail: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
}
