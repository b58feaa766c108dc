import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { styleText } from "node:util";
import { githubAnnotationsOf } from "../../checks/report/github-annotations.ts";
import { junitOf } from "../../checks/report/junit.ts";
import { markdownOf } from "../../checks/report/markdown.ts";
import { sarifOf } from "../../checks/report/sarif.ts";
import type { CheckResult } from "../../checks/engine/result.ts";
import { evaluateChecks } from "../../checks/engine/evaluate.ts";
import { readSuppressions } from "../../checks/engine/suppressions.ts";
import { type Paint, textOf } from "../../checks/report/text.ts";
import type { Settings } from "../../config/options.ts";
import { UserError } from "../../shared/errors.ts";
import { DEFAULT_ACCOUNT } from "../../sandbox/authorization/callers.ts";
import type { SourceExpressions } from "../../plan/source-expressions.ts";
import { parsePlanJson } from "../../plan/plan-json.ts";
import type { Host, ResultForm } from "../host/host.ts";
import { imagesOf } from "../images-file.ts";
import type { PlannedFolder } from "../plan-folder.ts";
import { engineCache } from "../terraform-session.ts";
import { checksBy } from "../check-plan.ts";

export interface CheckFlags {
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

/** 0 where all is proved, 3 where something is refuted, 1 where a fact is missing, unless that may be. */
function exitOf(verdict: CheckResult["verdict"], failOn: "unknown" | "fail"): number {
  switch (verdict) {
    case "pass":
      return 0;
    case "fail":
      return 3;
    case "unknown":
      return failOn === "unknown" ? 1 : 0;
  }
}

/** What is made for programs is safe to show by its own rules. */
const FORMS: Readonly<Record<NonNullable<CheckFlags["format"]>, ResultForm>> = {
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
  /** What the folder's config says, where it has one. */
  readonly settings?: Settings | undefined;
  /** What of a folder took part in its plan, and what did not. */
  readonly planned?: Pick<
    PlannedFolder,
    "skippedResources" | "skippedProviders" | "allowedProviders" | "localCode"
  >;
}

const FIRST_OF_ZIP = "PK";

async function readStdin(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(Buffer.from(part as Uint8Array)); // a stream without an encoding gives bytes
  return Buffer.concat(parts).toString("utf8");
}

/** What is to be checked: a file of JSON, a saved plan, a folder, or stdin. */
async function givenBy(
  what: string | undefined,
  flags: CheckFlags,
  host: Host,
): Promise<CheckInput> {
  const { readSourceExpressions } = await import("../../plan/source-expressions.ts");
  const own = {
    ...(flags.account === undefined ? {} : { account: flags.account }),
    ...(flags.sources === undefined ? {} : { sources: await readSourceExpressions(flags.sources) }),
  };
  if (what === "-") return { text: await readStdin(), name: "stdin", ...own };
  const path = what ?? dirname(flags.config);
  if (!existsSync(path))
    throw new UserError("BERTH-E7001", `there is no ${path}`, {
      fix: "name a plan or state (terraform show -json), a saved plan, or a folder",
      exitCode: 64,
    });
  if (statSync(path).isDirectory()) return planned(path, flags, host);
  const bytes = readFileSync(path);
  if (bytes.subarray(0, 2).toString("latin1") !== FIRST_OF_ZIP)
    return { text: bytes.toString("utf8"), name: path, ...own };
  return { ...(await saved(path, flags)), ...own };
}

/** A folder is planned from nothing, in a sandbox. */
async function planned(path: string, flags: CheckFlags, host: Host): Promise<CheckInput> {
  const [{ planFolder }, { skipReason, localCodeLines }] = await Promise.all([
    import("../plan-folder.ts"),
    import("../../rehearsal/report/shared.ts"),
  ]);
  host.phase(`planning ${path}`);
  const { plan, sources, settings, ...planned } = await planFolder(
    {
      dir: path,
      config: basename(flags.config),
      variables: flags.var ?? [],
      variableFiles: flags.varFile ?? [],
      engineCache: engineCache(process.env),
      allowProviders: flags.allowProvider ?? [],
      exec: flags.exec !== false,
      ...(flags.env === undefined ? {} : { environment: flags.env }),
      ...(flags.account === undefined ? {} : { account: flags.account }),
      ...(flags.terraformBin === undefined ? {} : { terraformBin: flags.terraformBin }),
    },
    (code) => {
      for (const line of localCodeLines(code)) host.note(line);
    },
  );
  for (const skipped of planned.skippedResources)
    host.note(`${skipped.address} is unknown: ${skipReason(skipped)}`);
  return {
    text: JSON.stringify(plan),
    name: path,
    sources,
    account: flags.account ?? DEFAULT_ACCOUNT,
    settings,
    planned,
  };
}

/** A saved plan is shown by the engine that made it, in the folder where it lies. */
async function saved(path: string, flags: CheckFlags): Promise<CheckInput> {
  const [{ findEngine }, { Terraform }, { workEnvironment }, { readSourceExpressions }] =
    await Promise.all([
      import("../../terraform/engine.ts"),
      import("../../terraform/terraform.ts"),
      import("../../terraform/workspace.ts"),
      import("../../plan/source-expressions.ts"),
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
    env: workEnvironment(engine, process.env, undefined),
  });
  const shown = JSON.stringify(await terraform.showJson(resolve(path)));
  return { text: shown, name: path, sources: await readSourceExpressions(directory) };
}

/** Proves or refutes that what a plan, a state or a folder describes will launch. */
export async function run(
  what: string | undefined,
  flags: CheckFlags,
  host: Host,
): Promise<number> {
  const given =
    flags.suppressions === undefined
      ? []
      : readSuppressions(readFile(flags.suppressions), flags.suppressions);
  const { text, name, sources, account, settings, planned } = await givenBy(what, flags, host);
  const checks = settings?.checks ?? {};
  const own = await checksBy(checks, flags.config);
  const result = evaluateChecks(parsePlanJson(text, name), {
    ...own,
    suppressions: [...own.suppressions, ...given],
    isolated: flags.isolated ?? own.isolated,
    images: imagesOf(flags.image ?? []),
    ...(account === undefined ? {} : { account }),
    ...(sources === undefined ? {} : { sources }),
  });
  const rendered = await shown(result, { name, settings }, flags, host);
  host.result(rendered, { ...result, ...planned }, FORMS[flags.format ?? "text"]);
  return exitOf(result.verdict, flags.failOn ?? checks.failOn ?? "unknown");
}

function readFile(file: string): string {
  if (!existsSync(file))
    throw new UserError("BERTH-E7002", `there is no ${file}`, {
      fix: "name a file that is there",
      exitCode: 64,
    });
  return readFileSync(file, "utf8");
}

async function shown(
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
    case "text": {
      const paint: Paint = (color, words) =>
        host.hasColor ? styleText(color, words, { validateStream: false }) : words;
      return textOf(result, paint, showAll === true);
    }
  }
}
