import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { parse } from "yaml";
import { attachedProvider } from "./provider/attach.ts";

type Json = Readonly<Record<string, unknown>>;

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Json;
  readonly env?: Readonly<Record<string, string>>;
  readonly "working-directory"?: string;
}

export interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly permissions?: Json;
  readonly environment?: string;
  readonly "runs-on"?: unknown;
  readonly concurrency?: { readonly group: string };
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: Json;
  readonly env?: Readonly<Record<string, string>>;
  readonly permissions?: Json;
  readonly defaults?: { readonly run?: { readonly "working-directory"?: string } };
  readonly jobs: Readonly<Record<string, Job>>;
}

export const readWorkflow = (text: string): Workflow => parse(text) as Workflow; // a workflow of Berth

/** The contexts of a workflow run that expressions can use. */
export interface Event {
  readonly github: Json;
  readonly inputs?: Readonly<Record<string, string>>;
}

export type Outcome = "success" | "failure" | "skipped";

/** The outcome of a job, and its outputs. */
export interface JobResult {
  readonly outcome: Outcome;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Converts a value for GitHub's expression evaluator. */
function toData(value: unknown): data.ExpressionData {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(toData));
  return new data.Dictionary(
    ...Object.entries(value).map(([key, entry]) => ({ key, value: toData(entry) })),
  );
}

/** The input of the status functions: the needed jobs of a job, or the previous steps of a step. */
interface Status {
  readonly failed: boolean;
  readonly skipped: boolean;
}

const STATUS_FUNCTIONS = ["success", "failure", "always", "cancelled"] as const;

function evaluate(expression: string, contexts: Json, status: Status): data.ExpressionData {
  const functions = STATUS_FUNCTIONS.map((name) => ({ name, minArgs: 0, maxArgs: 0 }));
  const parser = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), functions);
  const message: Readonly<Record<(typeof STATUS_FUNCTIONS)[number], boolean>> = {
    success: !status.failed && !status.skipped,
    failure: status.failed,
    always: true,
    cancelled: false,
  };
  const own = functions.map(
    (otherFunction) =>
      [
        otherFunction.name,
        { ...otherFunction, call: () => new data.BooleanData(message[otherFunction.name]) },
      ] as const,
  );
  const context = toData(contexts) as data.Dictionary; // contexts are an object
  return new Evaluator(parser.parse(), context, new Map(own)).evaluate();
}

const isTrue = (value: data.ExpressionData): boolean =>
  !["", "false", "0"].includes(value.coerceString());

/** Whether the condition `if` of a job or a step is true. Source: GitHub Docs, "Evaluate expressions in workflows and actions". */
function isConditionTrue(condition: string | undefined, contexts: Json, status: Status): boolean {
  const bare = (condition ?? "success()").replace(/^\s*\$\{\{(.*)\}\}\s*$/s, "$1");
  const hasStatusFunction = STATUS_FUNCTIONS.some((name) => bare.includes(`${name}()`));
  // A condition without a status function also requires success().
  return isTrue(evaluate(hasStatusFunction ? bare : `success() && (${bare})`, contexts, status));
}

/** Replaces the expressions in a text by their values. */
export const interpolate = (text: string, contexts: Json): string =>
  text.replace(/\$\{\{(.*?)\}\}/gs, (_, inner: string) =>
    evaluate(inner, contexts, { failed: false, skipped: false }).coerceString(),
  );

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

/** Whether an event triggers the workflow, including its branch filter. */
export function isTriggered({ on }: Workflow, { github }: Event): boolean {
  const name = String(github["event_name"]);
  const filter = on[name] as { readonly branches?: readonly string[] } | null | undefined; // the shape of Berth's workflows
  if (!(name in on)) return false;
  const branches = filter?.branches;
  if (branches === undefined) return true;
  const branch =
    name === "pull_request"
      ? String(github["base_ref"])
      : String(github["ref"]).replace("refs/heads/", "");
  return branches.includes(branch);
}

/**
 * Simulates the jobs of a workflow in order.
 *
 * @param run runs a job. If it returns only the outcome, each output of the job has an arbitrary value.
 * @default all jobs succeed
 */
export async function simulate(
  workflow: Workflow,
  event: Event,
  run: (id: string, job: Job, contexts: Json) => Promise<Outcome | JobResult> = () =>
    Promise.resolve("success"),
): Promise<Readonly<Record<string, Outcome>>> {
  const done: Record<string, Outcome> = {};
  const outputs: Record<string, JobResult["outputs"]> = {};
  if (!isTriggered(workflow, event)) return done;
  for (const [id, job] of Object.entries(workflow.jobs)) {
    const needs = listOf(job.needs);
    const before = ancestors(workflow, id);
    const contexts = {
      github: event.github,
      inputs: event.inputs ?? {},
      env: workflow.env ?? {},
      needs: Object.fromEntries(
        needs.map((need) => [need, { result: done[need], outputs: outputs[need] ?? {} }]),
      ),
    };
    const status = {
      failed: before.some((value) => done[value] === "failure"),
      skipped: needs.some((value) => done[value] === "skipped"),
    };
    if (!isConditionTrue(job.if, contexts, status)) {
      done[id] = "skipped";
      continue;
    }
    const result = await run(id, job, contexts);
    if (typeof result === "string") {
      done[id] = result;
      outputs[id] = Object.fromEntries(
        Object.keys(job.outputs ?? {}).map((name) => [name, `some ${name}`]),
      );
    } else {
      done[id] = result.outcome;
      outputs[id] = result.outputs;
    }
  }
  return done;
}

function ancestors(workflow: Workflow, id: string): string[] {
  const needs = listOf(workflow.jobs[id]?.needs);
  return needs.flatMap((need) => [need, ...ancestors(workflow, need)]);
}

/** A simulated runner. */
export interface Runner {
  /** The working copy. */
  readonly folder: string;
  /** The folder for artifacts. */
  readonly artifacts: string;
  readonly env: Readonly<Record<string, string>>;
  /** Returns credentials, like aws-actions/configure-aws-credentials. */
  credentials(options: Json, job: Job): Promise<Readonly<Record<string, string>>>;
  /** Receives the output of the steps. */
  onOutput(text: string): void;
}

/** Runs the steps of a job. */
export async function runJob(
  runner: Runner,
  workflow: Workflow,
  job: Job,
  contexts: Json,
): Promise<JobResult> {
  const github = contexts["github"] as Json; // an event has one
  const env: Record<string, string> = {
    ...runner.env,
    ...workflow.env,
    GITHUB_RUN_ID: String(github["run_id"]),
    GITHUB_RUN_ATTEMPT: "1",
  };
  let failed = false;
  const defaultFolder = workflow.defaults?.run?.["working-directory"] ?? ".";
  const steps: Record<
    string,
    { readonly conclusion: Outcome; readonly outputs: Readonly<Record<string, string>> }
  > = {};
  const here = { ...contexts, steps };
  for (const [at, step] of job.steps.entries()) {
    const runs = isConditionTrue(step.if, here, { failed, skipped: false });
    if (step.id !== undefined)
      steps[step.id] = { conclusion: runs ? "success" : "skipped", outputs: {} };
    if (!runs) continue;
    const fail = (): void => {
      failed = true;
      if (step.id !== undefined) steps[step.id] = { conclusion: "failure", outputs: {} };
    };
    const file = join(runner.artifacts, `output-${at}`);
    writeFileSync(file, "");
    const own = {
      ...Object.fromEntries(
        Object.entries(step.env ?? {}).map(([name, text]) => [name, interpolate(text, here)]),
      ),
      GITHUB_OUTPUT: file,
    };
    const options = Object.fromEntries(
      Object.entries(step.with ?? {}).map(([name, value]) => [
        name,
        typeof value === "string" ? interpolate(value, here) : value,
      ]),
    );
    try {
      if (step.uses !== undefined)
        Object.assign(env, await useAction(runner, step.uses, options, job));
      else {
        const code = await bash(
          runner,
          step.run ?? "",
          join(runner.folder, step["working-directory"] ?? defaultFolder),
          {
            ...(await attachedProvider(env)),
            ...env,
            ...own,
          },
        );
        if (code !== 0) {
          fail();
          runner.onOutput(`Error: Process completed with exit code ${code}.\n`);
        }
      }
    } catch (error) {
      runner.onOutput(`${String(error)}\n`);
      fail();
    }
    if (step.id !== undefined)
      steps[step.id] = {
        conclusion: steps[step.id]?.conclusion ?? "success",
        outputs: Object.fromEntries(
          [...readFileSync(file, "utf8").matchAll(/^(\w+)=(.*)$/gm)].map(
            ([, name = "", value = ""]) => [name, value],
          ),
        ),
      };
  }
  return {
    outcome: failed ? "failure" : "success",
    outputs: Object.fromEntries(
      Object.entries(job.outputs ?? {}).map(([name, text]) => [name, interpolate(text, here)]),
    ),
  };
}

const filesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

async function useAction(
  runner: Runner,
  uses: string,
  options: Json,
  job: Job,
): Promise<Readonly<Record<string, string>>> {
  const [name = ""] = uses.split("@");
  switch (name) {
    // The working copy exists already. The reports of an earlier job are deleted.
    case "actions/checkout":
      rmSync(join(runner.folder, "report"), { recursive: true, force: true });
      return {};
    // Node.js and the engine are installed.
    case "actions/setup-node":
    case "hashicorp/setup-terraform":
    case "opentofu/setup-opentofu":
      return {};
    case "aws-actions/configure-aws-credentials":
      return runner.credentials(options, job);
    case "actions/upload-artifact": {
      const target = join(runner.artifacts, String(options["name"]));
      const path = join(runner.folder, String(options["path"]));
      if (options["if-no-files-found"] === "error") {
        cpSync(path, target, { recursive: true });
        // The next job has a new working copy.
        rmSync(path, { recursive: true });
        return {};
      }
      const from = dirname(path);
      mkdirSync(target, { recursive: true });
      for (const file of filesIn(from).filter((value) => value.endsWith(".md")))
        cpSync(join(from, file), join(target, file));
      return {};
    }
    case "actions/download-artifact": {
      const target = join(runner.folder, String(options["path"]));
      const { name } = options;
      if (typeof name === "string") {
        cpSync(join(runner.artifacts, name), target, { recursive: true });
        return {};
      }
      const start = String(options["pattern"]).replace(/\*$/, "");
      mkdirSync(target, { recursive: true });
      const isMerged = options["merge-multiple"] === true;
      for (const name of filesIn(runner.artifacts).filter((value) => value.startsWith(start)))
        cpSync(join(runner.artifacts, name), isMerged ? target : join(target, name), {
          recursive: true,
        });
      return {};
    }
    default:
      throw new Error(`the action ${uses} is not simulated`);
  }
}

/** Runs a script like GitHub. Source: GitHub Docs, "Workflow syntax", defaults.run.shell: bash. */
function bash(
  runner: Runner,
  script: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<number> {
  // The packages are installed already.
  const rest = script.replace(/^npm ci --ignore-scripts$/m, "true");
  return new Promise((resolve) => {
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", rest], {
      cwd,
      env: { ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => runner.onOutput(text));
    child.once("close", (code) => resolve(code ?? 1));
  });
}
