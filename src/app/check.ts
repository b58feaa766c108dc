import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { evaluateChecks, suppressionsIn } from "../checks/engine/index.ts";
import type { CheckOptions as CheckPlanOptions, CheckResult } from "../checks/index.ts";
import { findConfig } from "../config/index.ts";
import type { Settings } from "../config/index.ts";
import { parsePlanJson, readSourceExpressions, type SourceExpressions } from "../plan/index.ts";
import { DEFAULT_ACCOUNT } from "../sandbox/default-account.ts";
import { rejectUndefined, UserError } from "../shared/index.ts";
import { findEngine, Terraform, terraformEnvironment } from "../terraform/index.ts";
import { checkOptionsOf } from "./check-plan.ts";
import type { OperationHost } from "./host.ts";
import type { ConfigOptions } from "./options.ts";
import { type FolderParts, planFolder } from "./plan-folder.ts";
import { engineCache } from "./engine-cache.ts";

/** Options of {@link check}. */
export interface CheckOptions extends Omit<CheckPlanOptions, "sources">, ConfigOptions {
  /** The root module's folder, for expressions that the JSON of a plan omits. @default the folder of a saved plan */
  readonly sources?: string;
  /** Terraform variables of a folder: name=value. @default none */
  readonly variables?: readonly string[];
  /** Files with Terraform variables of a folder. @default none */
  readonly variableFiles?: readonly string[];
  /** Sources of providers of a folder that run, such as cloudflare/cloudflare. @default none: their values are unknown */
  readonly allowProviders?: readonly string[];
  /** Whether provisioners, programs, network requests and files of a folder run. @default true */
  readonly exec?: boolean;
  /** Path or name of Terraform or OpenTofu, for a folder or a saved plan. @default terraform or tofu on PATH */
  readonly terraformBin?: string;
  /** Environment variables of Terraform. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** The result of {@link check}. */
export interface CheckedInput extends CheckResult {
  /** The parts of a folder that do not run in the sandbox; absent for a plan or state. */
  readonly folder?: FolderParts;
  /** The config in a folder; absent without one. */
  readonly project?: {
    readonly name: string;
    /** The verdict for which `berth check` fails. */
    readonly failOn: "unknown" | "fail";
  };
}

/** A plan or state, and what its JSON does not contain. */
interface PlanInput {
  readonly text: string;
  readonly sources?: SourceExpressions;
  readonly account?: string;
  readonly settings?: Settings | undefined;
  readonly folder?: FolderParts;
}

/** First bytes of a ZIP file: a saved plan is one. */
const ZIP_SIGNATURE = "PK";

/** Checks a folder, a file, or the output of `terraform show -json`. */
export async function checkInput(
  input: string | object,
  options: CheckOptions,
  host: OperationHost,
): Promise<CheckedInput> {
  const { env = process.env, ...withoutEnv } = options;
  rejectUndefined(withoutEnv, "the options of check()");
  const suppressions = suppressionsIn(options.suppressions ?? [], "the options of check()");
  const { text, sources, account, settings, folder } =
    typeof input === "string"
      ? await readPath(input, { ...options, env }, host)
      : { text: JSON.stringify(input), ...(await givenFacts(options)) };
  const checks = settings?.checks ?? {};
  const defaults = checkOptionsOf(checks, options.config ?? findConfig());
  const result = evaluateChecks(
    parsePlanJson(text, typeof input === "string" ? input : "the plan or state"),
    {
      today: options.today ?? defaults.today,
      suppressions: [...defaults.suppressions, ...suppressions],
      isolated: options.isolated ?? defaults.isolated,
      images: options.images ?? {},
      ...(account === undefined ? {} : { account }),
      ...(sources === undefined ? {} : { sources }),
    },
  );
  return {
    ...result,
    ...(folder === undefined ? {} : { folder }),
    ...(settings === undefined
      ? {}
      : { project: { name: settings.name, failOn: checks.failOn ?? "unknown" } }),
  };
}

/** The facts about a plan or state that the options contain. */
async function givenFacts({
  account,
  sources,
}: CheckOptions): Promise<Pick<PlanInput, "account" | "sources">> {
  return {
    ...(account === undefined ? {} : { account }),
    ...(sources === undefined ? {} : { sources: await readSourceExpressions(sources) }),
  };
}

type OptionsWithEnv = CheckOptions & { readonly env: NodeJS.ProcessEnv };

/** Reads a JSON file or a saved plan, or plans a folder. */
async function readPath(
  path: string,
  options: OptionsWithEnv,
  host: OperationHost,
): Promise<PlanInput> {
  if (!existsSync(path))
    throw new UserError("BERTH-E7003", `${path} does not exist`, {
      fix: "pass a plan or state (terraform show -json), a saved plan, or a folder",
      exitCode: 64,
    });
  if (statSync(path).isDirectory()) return readFolder(path, options, host);
  const bytes = readFileSync(path);
  const facts = await givenFacts(options);
  return bytes.subarray(0, 2).toString("latin1") === ZIP_SIGNATURE
    ? { ...(await readSavedPlan(path, options)), ...facts }
    : { text: bytes.toString("utf8"), ...facts };
}

/** Plans a folder in an empty sandbox. */
async function readFolder(
  path: string,
  options: OptionsWithEnv,
  host: OperationHost,
): Promise<PlanInput> {
  host.event?.({ type: "folder-planning", folder: path });
  const { env, account } = options;
  const { plan, sources, settings, parts } = await planFolder(
    {
      dir: path,
      config: basename(options.config ?? findConfig()),
      variables: options.variables ?? [],
      variableFiles: options.variableFiles ?? [],
      engineCache: engineCache(env),
      allowProviders: options.allowProviders ?? [],
      exec: options.exec ?? true,
      environment: options.environment,
      account,
      terraformBin: options.terraformBin,
      env,
    },
    (code) => host.event?.({ type: "local-code", code }),
  );
  return {
    text: JSON.stringify(plan),
    sources,
    account: account ?? DEFAULT_ACCOUNT,
    settings,
    folder: parts,
  };
}

/** Reads a saved plan with `terraform show`, in the plan's folder. */
async function readSavedPlan(
  path: string,
  { terraformBin, env }: OptionsWithEnv,
): Promise<PlanInput> {
  const directory = dirname(resolve(path));
  const engine = await findEngine({ flag: terraformBin, env, cache: engineCache(env) });
  const terraform = new Terraform({
    engine,
    directory,
    env: terraformEnvironment(engine, env, undefined),
  });
  const text = JSON.stringify(await terraform.showJson(resolve(path)));
  return { text, sources: await readSourceExpressions(directory) };
}
