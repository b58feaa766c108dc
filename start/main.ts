// npm start: the life of a service in the sandbox, a local AWS emulator, with real Terraform and Berth's own functions. Each step
// checks its result; the exit code is 1 if one of them is not as expected. It needs no AWS account.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply, deploy, destroy, type ServiceResult } from "../src/app/index.ts";
import { deploymentProblems } from "../src/cli/deployment-text.ts";
import { startSandbox } from "../src/sandbox/index.ts";
import { duration, wrap } from "../src/shared/index.ts";
import { ExampleImages } from "./images.ts";
import { sendRequest, sendRequestsDuring } from "./requests.ts";

const folder = mkdtempSync(join(tmpdir(), "berth-start-"));
const config = join(folder, "berth.config.ts");
for (const name of ["berth.config.ts", "Dockerfile", ".dockerignore"])
  cpSync(join("examples/hello", name), join(folder, name));
const sandbox = await startSandbox({ listenerPorts: true });
const project = { config, sandbox: sandbox.url, yes: true };
const images = new ExampleImages(config, sandbox);
const started = Date.now();

/** The time since a start. */
const timeSince = (start: number): string => duration((Date.now() - start) / 1000);

/** Runs a step, and prints what it found. */
async function step(title: string, run: () => Promise<readonly string[]>): Promise<void> {
  const start = Date.now();
  console.log(`\n${title}`);
  for (const line of await run()) for (const part of wrap(line, "   ")) console.log(part);
  console.log(`   ${timeSince(start)}`);
}

function expect(isAsExpected: boolean, expected: string, found: unknown): void {
  if (isAsExpected) return;
  throw new Error(`expected ${expected}, found ${JSON.stringify(found, undefined, 2)}`);
}

/** Deploys the service of the example. @param image @default the image of the last successful deployment */
async function deployWeb(image?: string): Promise<ServiceResult> {
  const { services } = await deploy({ ...project, build: false, ...(image && { image }) });
  const [result] = services;
  if (result === undefined) throw new Error("no service was deployed");
  return result;
}

/** The lines of a failed deployment: what happened, at which hop, and the fix. */
function explain(result: Extract<ServiceResult, { outcome: "failed" }>): string[] {
  const { service, taskDefinition, deployment } = result;
  return deploymentProblems(service, taskDefinition, deployment).flatMap(({ what, where, fix }) => [
    what,
    ...(where === undefined || where === service ? [] : [`at: ${where}`]),
    ...(fix === undefined ? [] : [`fix: ${fix}`]),
  ]);
}

try {
  console.log(`Real Terraform, and the sandbox at ${sandbox.url}. No AWS account is used.`);

  await step("1. Apply the foundation (Terraform waits 60 s for a new load balancer)", async () => {
    const result = await apply(project);
    expect(result.outcome === "applied", "an applied foundation", result);
    return [`${result.counts.add} resources created`];
  });

  await step("2. Push and deploy version v1 of the service, and send a request", async () => {
    const { tag, lines } = await images.push("v1");
    const { outcome } = await deployWeb(`:${tag}`);
    expect(outcome === "deployed", "a deployed service", outcome);
    const answers = await sendRequest(sandbox);
    expect(answers.failures.length === 0, "an answer", answers.failures);
    return [...lines, String(answers)];
  });

  await step("3. Push version v2, update the service, and send requests all the time", async () => {
    const { tag, lines } = await images.push("v2");
    const { result, answers } = await sendRequestsDuring(sandbox, () => deployWeb(`:${tag}`));
    expect(result.outcome === "deployed", "a deployed service", result);
    expect(answers.failures.length === 0, "no failed request", answers.failures);
    expect(answers.revisions.size === 2, "answers of both versions", [...answers.revisions]);
    return [...lines, String(answers)];
  });

  await step(
    "4. Deploy a bad version: its image is on Docker Hub, which tasks cannot reach",
    async () => {
      const { result, answers } = await sendRequestsDuring(sandbox, () => deployWeb("nginx:1.27"));
      if (result.outcome !== "failed")
        throw new Error(`expected a failure, found ${result.outcome}`);
      const { outcome, causes } = result.deployment;
      expect(outcome === "rolled-back", "a rollback", outcome);
      expect(
        causes[0]?.failure !== undefined && causes[0].hop !== undefined,
        "a failure at a hop",
        causes,
      );
      expect(answers.failures.length === 0, "no failed request", answers.failures);
      return [...explain(result), String(answers)];
    },
  );

  await step("5. Deploy again without a change", async () => {
    const { outcome } = await deployWeb();
    expect(outcome === "unchanged", "an unchanged service", outcome);
    return ["the service runs what the config and the last successful deployment describe"];
  });

  await step("6. Destroy the service and the foundation", async () => {
    const { outcome, destroyed } = await destroy(project);
    expect(outcome === "destroyed", "a destroyed foundation", outcome);
    const left = sandbox.contents().flatMap(({ kind, ids }) => ids.map((id) => `${kind} ${id}`));
    expect(left.length === 0, "an empty account", left);
    return [`${destroyed} resources destroyed, no resources left`];
  });

  console.log(
    `\npass: every step had the expected result (${timeSince(started)}, ${sandbox.callCount} AWS calls)`,
  );
} catch (error) {
  console.error(`\nfail: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
}
