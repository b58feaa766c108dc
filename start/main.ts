// npm start: the whole life of the example's foundation, by real Terraform, in the embedded AWS.
import { styleText } from "node:util";
import { problemsFromError } from "../src/cli/errors.ts";
import { TextHost } from "../src/cli/host/text-host.ts";
import { engineCache } from "../src/cli/terraform-workspace.ts";
import { duration, fixedWait } from "../src/cli/host/action-text.ts";
import { loadConfig } from "../src/config/load.ts";
import { stepOf, stepTitles } from "../src/constructs/foundation/creation-steps.ts";
import { synthJson } from "../src/constructs/synth/synth.ts";
import { findEngine } from "../src/terraform/engine.ts";
import { temporaryFolder } from "../src/shared/temporary-folder.ts";
import type { TerraformEvent } from "../src/terraform/events.ts";
import { Life } from "./life.ts";
import { probe } from "./probe.ts";
import { verify } from "./verify.ts";

const host = new TextHost({
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  quiet: false,
});
const style = (format: Parameters<typeof styleText>[0], text: string): string =>
  host.hasColor ? styleText(format, text, { validateStream: false }) : text;
const say = (text = ""): void => host.result(text === "" ? " " : text, undefined);

interface Made {
  count: number;
  from: number;
  to: number;
}

/** Runs one stage and says what it came to. */
async function stage<Result>(
  name: string,
  work: () => Promise<Result>,
  words: (result: Result) => string,
): Promise<Result> {
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  say(
    `${style("green", "✓")} ${style("bold", name.padEnd(11))} ${words(result)} ${style("dim", duration(seconds))}`,
  );
  return result;
}

/** Only what keeps a person waiting is shown while it lasts; the rest takes no time here. */
function watch(event: TerraformEvent): void {
  if (event.type === "failed") host.failed(event);
  if (event.type !== "started" && event.type !== "finished") return;
  if (fixedWait(event.action, event.address) === undefined) return;
  if (event.type === "started") host.started(event);
  else host.finished(event);
}

/** Words in lines that fit, the second and later ones indented. */
function wrapped(words: readonly string[], indent: number, width: number): string {
  const lines = [""];
  for (const word of words) {
    const line = lines.pop() ?? "";
    const longer = line === "" ? word : `${line}, ${word}`;
    if (longer.length + indent <= width) lines.push(longer);
    else lines.push(`${line},`, word);
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}

async function main(): Promise<void> {
  const folder = temporaryFolder("start");
  let life: Life | undefined;
  try {
    const settings = await loadConfig("examples/hello/berth.config.ts");
    const engine = await findEngine({ env: process.env, cache: engineCache(process.env) });
    say(
      style(
        "bold",
        `The foundation of "${settings.name}" in ${settings.region}, on an embedded AWS`,
      ),
    );
    say(
      style(
        "dim",
        `${engine.product} ${engine.version} and the real hashicorp/aws provider; no account`,
      ),
    );
    say();

    await stage(
      "synth",
      () => Promise.resolve(synthJson(settings)),
      (text) =>
        `${Object.values((JSON.parse(text) as { resource: Record<string, object> }).resource).flatMap(Object.keys).length} resources as Terraform JSON`,
    );
    const begun = await stage(
      "init",
      () => Life.begin(folder.path, settings),
      ({ sandbox }) => `sandbox at ${sandbox.url}`,
    );
    life = begun;
    const changes = await stage(
      "plan",
      () => begun.plan(),
      (plannedChanges) => `${plannedChanges.length} to create`,
    );

    const steps = new Map<string, Made>();
    const start = performance.now();
    await stage(
      "apply",
      () =>
        begun.apply((event) => {
          watch(event);
          if (event.type !== "started" && event.type !== "finished") return;
          const title = stepOf(event.address)?.title ?? "other";
          const now = (performance.now() - start) / 1000;
          const made = steps.get(title) ?? { count: 0, from: now, to: now };
          steps.set(title, {
            ...made,
            count: made.count + (event.type === "finished" ? 1 : 0),
            to: now,
          });
        }),
      () => `${changes.length} created`,
    );

    const outputs = await begun.outputs();
    const facts = await stage(
      "verify",
      () => verify(begun.clients, settings, outputs),
      (collected) => `${collected.length} properties read back by AWS's own SDK`,
    );
    const probed = await stage(
      "launch",
      () => probe(begun, outputs),
      ({ running, health, status }) =>
        `${running} tasks of a probe run, ${health.filter((value) => value === "healthy").length} targets are healthy, a visitor gets ${status ?? "nothing"}`,
    );
    const again = await stage(
      "plan again",
      () => begun.plan(),
      (plannedChanges) =>
        plannedChanges.length === 0 ? "no changes" : `${plannedChanges.length} changes`,
    );
    const doomed = await begun.plan({ destroy: true });
    await stage(
      "destroy",
      () => begun.apply(watch),
      () => `${doomed.length} destroyed`,
    );
    const left = begun.left();
    const unknown = begun.sandbox.calls.filter((call) => call.error === "NotImplemented");
    say(
      `${left.length === 0 ? style("green", "✓") : style("red", "✗")} ${style("bold", "empty".padEnd(11))} ${left.length === 0 ? "nothing is left but what AWS keeps: a key that waits for its deletion, ECS's own role" : left.join(", ")}`,
    );

    say();
    for (const [index, title] of stepTitles.entries()) {
      const made = steps.get(title);
      if (!made) continue;
      const own = facts.filter((fact) => fact.step === index + 1);
      const bad = own.filter((fact) => !fact.holds);
      const mark = bad.length === 0 ? style("green", "✓") : style("red", "✗");
      const seconds = style("dim", duration(made.to - made.from).padStart(5));
      const count = String(made.count).padStart(2);
      const width = process.stdout.columns ?? 110;
      say(
        `${mark} ${index + 1} ${style("bold", title.padEnd(16))} ${count} created ${seconds}  ${wrapped(
          own.map((fact) => fact.what),
          40,
          width,
        )}`,
      );
    }
    say();
    say(
      `${begun.sandbox.calls.length} AWS calls answered, ${unknown.length} not implemented; ready for a service at ${outputs["load_balancer_dns_name"] as string}`,
    );

    const wrong = [
      ...facts
        .filter((fact) => !fact.holds)
        .map((fact) => `step ${fact.step}: ${fact.what} is ${JSON.stringify(fact.found)}`),
      ...(probed.running > 0 && probed.status === 200 ? [] : probed.events),
      ...again.map((change) => `the second plan wants to ${change.action} ${change.address}`),
      ...left.map((value) => `${value} is left after destroy`),
      ...unknown.map((call) => `${call.service}:${call.operation} is not implemented`),
    ];
    if (wrong.length > 0) {
      host.problems(wrong.map((what) => ({ what })));
      process.exitCode = 1;
    }
  } finally {
    await life?.end();
    folder.remove();
  }
}

try {
  await main();
} catch (error) {
  const { problems, exitCode } = problemsFromError(error);
  // In a clone the command is not on PATH.
  const install = {
    fix: "run node dist/cli/main.js doctor --install to install OpenTofu into your cache",
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
