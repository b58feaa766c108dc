import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import {
  githubAnnotationsOf,
  junitOf,
  markdownOf,
  sarifOf,
  textOf,
} from "../../checks/report/index.ts";
import type { CheckResult } from "../../checks/index.ts";
import { evaluateChecks, readSuppressions } from "../../checks/engine/index.ts";
import type { Settings } from "../../config/index.ts";
import { UserError } from "../../shared/index.ts";
import { DEFAULT_ACCOUNT } from "../../sandbox/default-account.ts";
import { type SourceExpressions, parsePlanJson } from "../../plan/index.ts";
import type { Host, ResultFormat } from "../host/host.ts";
import { paintFor } from "../host/paint.ts";
import { parseImages } from "../parse-images.ts";
import type { PlannedFolder } from "../plan-folder.ts";
import { engineCache } from "../project-folder.ts";
import { checkOptionsOf } from "../check-plan.ts";

export interface CheckFlags {
  /** A file, a folder, or "-" for stdin. @default the folder of the config */
  readonly input?: string | undefined;
  readonly config: string;
  readonly env?: string;
  readonly terraformBin?: string;
  readonly var?: readonly string[];
  readonly varFile?: readonly string[];
  readonly sources?: string;
  readonly suppressions?: string;
  readonly failOn?: "unknown" | "fail";
  readonly isolated?: boolean;
  readonly image?: readonly string[];
  readonly account?: string;
  readonly all?: boolean;
  readonly format?: "text" | "markdown" | "sarif" | "junit" | "github";
  readonly allowProvider?: readonly string[];
  readonly exec?: boolean;
}

/** 0: pass, 3: fail, 1: unknown, unless `failOn` is "fail". */
function exitCodeOf(verdict: CheckResult["verdict"], failOn: "unknown" | "fail"): number {
  switch (verdict) {
    case "pass":
      return 0;
    case "fail":
      return 3;
    case "unknown":
      return failOn === "unknown" ? 1 : 0;
  }
}

/** The writers of machine-readable formats escape their text. */
const RESULT_FORMATS: Readonly<Record<NonNullable<CheckFlags["format"]>, ResultFormat>> = {
  text: "text",
  markdown: "text",
  sarif: "format",
  junit: "format",
  github: "format",
};

interface CheckInput {
  readonly text: string;
  readonly name: string;
  readonly sources?: SourceExpressions;
  readonly account?: string;
  /** The settings in the folder's config, if it has one. */
  readonly settings?: Settings | undefined;
  /** Skipped and allowed parts of a planned folder. */
  readonly folder?: Pick<
    PlannedFolder,
    "skippedResources" | "skippedProviders" | "allowedProviders" | "localCode"
  >;
}

/** First bytes of a ZIP file: a saved plan is one. */
const ZIP_SIGNATURE = "PK";

async function readStdin(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(Buffer.from(part as Uint8Array)); // a stream without an encoding gives bytes
  return Buffer.concat(parts).toString("utf8");
}

/** Reads the input: a JSON file, a saved plan, a folder, or stdin. */
async function readInput(flags: CheckFlags, host: Host): Promise<CheckInput> {
  const { readSourceExpressions } = await import("../../plan/index.ts");
  const fromFlags = {
    ...(flags.account === undefined ? {} : { account: flags.account }),
    ...(flags.sources === undefined ? {} : { sources: await readSourceExpressions(flags.sources) }),
  };
  if (flags.input === "-") return { text: await readStdin(), name: "stdin", ...fromFlags };
  const path = flags.input ?? dirname(flags.config);
  if (!existsSync(path))
    throw new UserError("BERTH-E7001", `${path} does not exist`, {
      fix: "pass a plan or state (terraform show -json), a saved plan, or a folder",
      exitCode: 64,
    });
  if (statSync(path).isDirectory()) return readFolder(path, flags, host);
  const bytes = readFileSync(path);
  if (bytes.subarray(0, 2).toString("latin1") !== ZIP_SIGNATURE)
    return { text: bytes.toString("utf8"), name: path, ...fromFlags };
  return { ...(await readSavedPlan(path, flags)), ...fromFlags };
}

/** Plans a folder in an empty sandbox. */
async function readFolder(path: string, flags: CheckFlags, host: Host): Promise<CheckInput> {
  const [{ planFolder }, { skipReason, localCodeLines }] = await Promise.all([
    import("../plan-folder.ts"),
    import("../../rehearsal/report/index.ts"),
  ]);
  host.phase(`planning ${path}`);
  const { plan, sources, settings, ...folder } = await planFolder(
    {
      dir: path,
      config: basename(flags.config),
      variables: flags.var ?? [],
      variableFiles: flags.varFile ?? [],
      engineCache: engineCache(process.env),
      allowProviders: flags.allowProvider ?? [],
      exec: flags.exec !== false,
      environment: flags.env,
      account: flags.account,
      terraformBin: flags.terraformBin,
    },
    (code) => {
      for (const line of localCodeLines(code)) host.note(line);
    },
  );
  for (const skipped of folder.skippedResources)
    host.note(`${skipped.address} is unknown: ${skipReason(skipped)}`);
  return {
    text: JSON.stringify(plan),
    name: path,
    sources,
    account: flags.account ?? DEFAULT_ACCOUNT,
    settings,
    folder,
  };
}

/** Reads a saved plan with `terraform show`, in the plan's folder. */
async function readSavedPlan(path: string, flags: CheckFlags): Promise<CheckInput> {
  const [{ findEngine }, { Terraform }, { terraformEnvironment }, { readSourceExpressions }] =
    await Promise.all([
      import("../../terraform/index.ts"),
      import("../../terraform/index.ts"),
      import("../../terraform/index.ts"),
      import("../../plan/index.ts"),
    ]);
  const directory = dirname(resolve(path));
  const engine = await findEngine({
    flag: flags.terraformBin,
    env: process.env,
    cache: engineCache(process.env),
  });
  const terraform = new Terraform({
    engine,
    directory,
    env: terraformEnvironment(engine, process.env, undefined),
  });
  const text = JSON.stringify(await terraform.showJson(resolve(path)));
  return { text, name: path, sources: await readSourceExpressions(directory) };
}

/** Checks whether the ECS tasks in a plan, a state or a folder will start. */
export async function run(flags: CheckFlags, host: Host): Promise<number> {
  const fileSuppressions =
    flags.suppressions === undefined
      ? []
      : readSuppressions(readFile(flags.suppressions), flags.suppressions);
  const { text, name, sources, account, settings, folder } = await readInput(flags, host);
  const checks = settings?.checks ?? {};
  const options = await checkOptionsOf(checks, flags.config);
  const result = evaluateChecks(parsePlanJson(text, name), {
    ...options,
    suppressions: [...options.suppressions, ...fileSuppressions],
    isolated: flags.isolated ?? options.isolated,
    images: parseImages(flags.image ?? []),
    ...(account === undefined ? {} : { account }),
    ...(sources === undefined ? {} : { sources }),
  });
  const rendered = await render(result, { name, settings }, flags, host);
  host.result(rendered, { ...result, ...folder }, RESULT_FORMATS[flags.format ?? "text"]);
  return exitCodeOf(result.verdict, flags.failOn ?? checks.failOn ?? "unknown");
}

function readFile(file: string): string {
  if (!existsSync(file))
    throw new UserError("BERTH-E7002", `${file} does not exist`, {
      fix: "pass an existing file",
      exitCode: 64,
    });
  return readFileSync(file, "utf8");
}

async function render(
  result: CheckResult,
  { name, settings }: Pick<CheckInput, "name" | "settings">,
  { format = "text", all: showAll }: CheckFlags,
  host: Host,
): Promise<string> {
  switch (format) {
    case "markdown":
      return markdownOf(result, settings?.name);
    case "sarif": {
      const { version } = await import("../version.ts");
      return sarifOf(result, name, version);
    }
    case "junit":
      return junitOf(result);
    case "github":
      return githubAnnotationsOf(result);
    case "text":
      return textOf(result, paintFor(host), showAll === true);
  }
}
