// npm start: creates and destroys the foundation of the example with real Terraform in the sandbox.
import { styleText } from "node:util";
import { problemsFromError } from "../src/cli/errors.ts";
import { TextHost } from "../src/cli/host/text-host.ts";
import { engineCache } from "../src/app/engine-cache.ts";
import { fixedWait } from "../src/cli/host/action-text.ts";
import { loadConfig } from "../src/config/load.ts";
import { stepOf, stepTitles } from "../src/constructs/foundation/creation-steps.ts";
import { synthJson } from "../src/constructs/synth/synth.ts";
import { findEngine } from "../src/terraform/engine.ts";
import { temporaryFolder } from "../src/shared/temporary-folder.ts";
import { duration } from "../src/shared/text.ts";
import type { TerraformEvent } from "../src/terraform/events.ts";
import { FoundationLifecycle } from "./foundation-lifecycle.ts";
import { runTestService } from "./test-service.ts";
import { verifyFoundation } from "./verification/foundation.ts";
import type { VerifiedProperty } from "./verification/property.ts";

const host = new TextHost({
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  quiet: false,
});
const style = (format: Parameters<typeof styleText>[0], text: string): string =>
  host.hasColor ? styleText(format, text, { validateStream: false }) : text;
const mark = (isGood: boolean): string => (isGood ? style("green", "✓") : style("red", "✗"));
const print = (text = ""): void => host.result(text === "" ? " " : text, undefined);

/** How many resources of a creation step exist, and when the step began and ended, in seconds. */
interface StepProgress {
  count: number;
  from: number;
  to: number;
}

/** Runs one stage, and prints a line with its result and duration. */
async function runStage<Result>(
  name: string,
  work: () => Promise<Result>,
  describeResult: (result: Result) => string,
): Promise<Result> {
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  print(
    `${mark(true)} ${style("bold", name.padEnd(11))} ${describeResult(result)} ${style("dim", duration(seconds))}`,
  );
  return result;
}

/** Shows errors, and the resources that the provider waits for. All others take no time in the sandbox. */
function showEvent(event: TerraformEvent): void {
  if (event.type === "failed") host.failed(event);
  if (event.type !== "started" && event.type !== "finished") return;
  if (fixedWait(event.action, event.address) === undefined) return;
  if (event.type === "started") host.started(event);
  else host.finished(event);
}

/** A comma-separated list in lines of a maximum width. The second and later lines are indented. */
function wrapList(items: readonly string[], indent: number, width: number): string {
  const lines = [""];
  for (const item of items) {
    const line = lines.pop() ?? "";
    const longer = line === "" ? item : `${line}, ${item}`;
    if (longer.length + indent <= width) lines.push(longer);
    else lines.push(`${line},`, item);
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}

/** Prints each creation step with its resources, duration and properties. */
function printSteps(
  steps: ReadonlyMap<string, StepProgress>,
  properties: readonly VerifiedProperty[],
): void {
  const width = process.stdout.columns ?? 110;
  for (const [index, title] of stepTitles.entries()) {
    const step = steps.get(title);
    if (!step) continue;
    const ofStep = properties.filter((property) => property.step === index + 1);
    const isGood = ofStep.every((property) => property.isAsExpected);
    const seconds = style("dim", duration(step.to - step.from).padStart(5));
    const count = String(step.count).padStart(2);
    const list = wrapList(
      ofStep.map(({ property }) => property),
      40,
      width,
    );
    print(
      `${mark(isGood)} ${index + 1} ${style("bold", title.padEnd(16))} ${count} created ${seconds}  ${list}`,
    );
  }
}

async function main(): Promise<void> {
  const folder = temporaryFolder("start");
  let lifecycle: FoundationLifecycle | undefined;
  try {
    const settings = await loadConfig("examples/hello/berth.config.ts");
    const engine = await findEngine({ env: process.env, cache: engineCache(process.env) });
    print(
      style("bold", `Foundation "${settings.name}" in ${settings.region}, created in the sandbox`),
    );
    print(
      style(
        "dim",
        `${engine.product} ${engine.version} with the hashicorp/aws provider. No AWS account is used.`,
      ),
    );
    print();

    await runStage(
      "synth",
      () => Promise.resolve(synthJson(settings)),
      (text) =>
        `${Object.values((JSON.parse(text) as { resource: Record<string, object> }).resource).flatMap(Object.keys).length} resources as Terraform JSON`,
    );
    const started = await runStage(
      "init",
      () => FoundationLifecycle.start(folder.path, settings),
      ({ sandbox }) => `sandbox at ${sandbox.url}`,
    );
    lifecycle = started;
    const changes = await runStage(
      "plan",
      () => started.plan(),
      (plannedChanges) => `${plannedChanges.length} to create`,
    );

    const steps = new Map<string, StepProgress>();
    const start = performance.now();
    await runStage(
      "apply",
      () =>
        started.apply((event) => {
          showEvent(event);
          if (event.type !== "started" && event.type !== "finished") return;
          const title = stepOf(event.address)?.title ?? "other";
          const now = (performance.now() - start) / 1000;
          const step = steps.get(title) ?? { count: 0, from: now, to: now };
          steps.set(title, {
            ...step,
            count: step.count + (event.type === "finished" ? 1 : 0),
            to: now,
          });
        }),
      () => `${changes.length} created`,
    );

    const outputs = await started.outputs();
    const properties = await runStage(
      "verify",
      () => verifyFoundation(started.clients, settings, outputs),
      (verified) => `${verified.length} properties read back with the AWS SDK`,
    );
    const service = await runStage(
      "run tasks",
      () => runTestService(started, outputs),
      ({ running, health, status }) =>
        `${running} tasks running, ${health.filter((value) => value === "healthy").length} targets healthy, ${status === undefined ? "no response" : `HTTP ${status}`} through the load balancer`,
    );
    const secondPlan = await runStage(
      "plan again",
      () => started.plan(),
      (plannedChanges) =>
        plannedChanges.length === 0 ? "no changes" : `${plannedChanges.length} changes`,
    );
    const deletions = await started.plan({ destroy: true });
    await runStage(
      "destroy",
      () => started.apply(showEvent),
      () => `${deletions.length} destroyed`,
    );
    const remaining = started.remainingResources();
    print(
      `${mark(remaining.length === 0)} ${style("bold", "clean-up".padEnd(11))} ${remaining.length === 0 ? "no resources left, except the KMS key (pending deletion) and the service-linked role of ECS" : remaining.join(", ")}`,
    );

    print();
    printSteps(steps, properties);
    const unsupported = started.sandbox.calls.filter((call) => call.error === "NotImplemented");
    print();
    print(
      `${started.sandbox.calls.length} AWS API calls, ${unsupported.length} not implemented in the sandbox`,
    );

    const problems = [
      ...properties
        .filter((property) => !property.isAsExpected)
        .map(
          ({ step, property, actual }) => `step ${step}: ${property} is ${JSON.stringify(actual)}`,
        ),
      ...(service.running > 0 && service.status === 200 ? [] : service.events),
      ...secondPlan.map(
        (change) => `the second plan has a change: ${change.action} ${change.address}`,
      ),
      ...remaining.map((resource) => `${resource} still exists after destroy`),
      ...unsupported.map((call) => `${call.service}:${call.operation} is not implemented`),
    ];
    if (problems.length > 0) {
      host.problems(problems.map((what) => ({ what })));
      process.exitCode = 1;
    }
  } finally {
    await lifecycle?.close();
    folder.remove();
  }
}

try {
  await main();
} catch (error) {
  const { problems, exitCode } = problemsFromError(error);
  // The berth command of a clone is not on PATH.
  const install = {
    fix: "run node dist/cli/main.js doctor --install, which puts OpenTofu into your cache",
  };
  host.problems(
    problems.map((problem) =>
      problem.code === "BERTH-E3001" ? { ...problem, ...install } : problem,
    ),
  );
  process.exitCode = exitCode;
} finally {
  host.close();
}
