import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { check, type CheckedInput } from "../../app/index.ts";
import { readSuppressions, withLocations } from "../../checks/engine/index.ts";
import { checkPlan, type CheckResult } from "../../checks/index.ts";
import {
  githubAnnotationsOf,
  junitOf,
  markdownOf,
  sarifOf,
  textOf,
} from "../../checks/report/index.ts";
import { parsePlanJson, planLocator, readSourceExpressions } from "../../plan/index.ts";
import { skipReason } from "../../rehearsal/report/index.ts";
import { locationPath, UserError } from "../../shared/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host, ResultFormat } from "../host/host.ts";
import { operationHost } from "../host/operation-host.ts";
import { paintFor } from "../host/paint.ts";
import { parseAccount } from "../parse-account.ts";
import { parseImages } from "../parse-images.ts";
import { defined } from "../project-flags.ts";
import { readInputFile } from "../read-input-file.ts";

export interface CheckFlags {
  /** Files and folders in the order in which they are applied, or "-" for stdin. @default the folder of the config */
  readonly inputs: readonly string[];
  readonly config: string;
  readonly env?: string;
  readonly terraformBin?: string;
  readonly var?: readonly string[];
  readonly varFile?: readonly string[];
  readonly workspace?: string;
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

/** 0: pass, 3: fail, 5: unknown, unless `failOn` is "fail". */
function exitCodeOf(verdict: CheckResult["verdict"], failOn: "unknown" | "fail"): ExitCode {
  switch (verdict) {
    case "pass":
      return 0;
    case "fail":
      return 3;
    case "unknown":
      return failOn === "unknown" ? 5 : 0;
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

async function readStdin(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(Buffer.from(part as Uint8Array)); // a stream without an encoding gives bytes
  return Buffer.concat(parts).toString("utf8");
}

/** The inputs as they are named in a result. */
const pathsOf = ({ inputs, config }: CheckFlags): readonly string[] =>
  inputs.length === 0 ? [dirname(config)] : inputs;

/** Checks the inputs: stdin, or paths. */
async function checkInputs(flags: CheckFlags, host: Host): Promise<CheckedInput> {
  const { suppressions, isolated, config, env: environment, terraformBin } = flags;
  for (const file of flags.varFile ?? []) readInputFile(file, `--var-file ${file}`);
  const options = defined({
    suppressions:
      suppressions === undefined ? [] : readSuppressions(readInputFile(suppressions), suppressions),
    images: parseImages(flags.image ?? []),
    isolated,
    account: parseAccount(flags.account),
  });
  if (flags.inputs.includes("-")) {
    if (flags.inputs.length > 1)
      throw new UserError("BERTH-E7006", "stdin cannot be checked together with other inputs", {
        fix: "write the plan to a file, and pass its path instead of -",
        exitCode: 64,
      });
    const sources =
      flags.sources === undefined ? undefined : await readSourceExpressions(flags.sources);
    const text = await readStdin();
    const result = await checkPlan(text, { ...options, ...defined({ sources }) }, "stdin");
    const locate = planLocator(parsePlanJson(text, "stdin"), flags.sources, [process.cwd()]);
    return withLocations(result, ({ address }) => locate(address));
  }
  return check(
    pathsOf(flags),
    {
      ...options,
      ...defined({
        config,
        environment,
        terraformBin,
        sources: flags.sources,
        variables: flags.var,
        variableFiles: flags.varFile,
        workspace: flags.workspace,
        allowProviders: flags.allowProvider,
        exec: flags.exec,
      }),
    },
    operationHost(host),
  );
}

/** The closest folder around the working directory that is a Git working tree; the working directory itself if none is. */
function repositoryFolder(): string {
  const start = process.cwd();
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder;
    if (dirname(folder) === folder) return start;
  }
}

/** A result whose locations are relative to the repository, as GitHub requires. */
function withRepositoryPaths(result: CheckResult): CheckResult {
  const repository = repositoryFolder();
  return withLocations(
    result,
    ({ location }) => location && { ...location, file: locationPath(location.file, repository) },
  );
}

/** Checks whether the ECS tasks in plans, a state or folders will start. */
export async function run(flags: CheckFlags, host: Host): Promise<ExitCode> {
  const { folder, project, ...result } = await checkInputs(flags, host);
  const { verdict, notChecked = [] } = result;
  for (const skipped of folder?.skippedResources ?? [])
    host.note(`${skipped.address} is unknown: ${skipReason(skipped)}`);
  if (notChecked.length > 0)
    host.note(`not checked: ${notChecked.join(", ")} (nothing in the plan starts a task)`);
  // Values that were not read matter only if they leave the verdict open.
  for (const { stack, address, message } of (verdict === "unknown" && folder?.deferredReads) || [])
    host.note(`${stack}: ${address} was not read: ${message}`);
  const paths = flags.inputs.includes("-") ? ["stdin"] : pathsOf(flags);
  const names = paths.length === 1 ? paths : (result.inputs ?? paths);
  const rendered = await render(result, { names, project: project?.name }, flags, host);
  host.result(rendered, { ...result, ...folder }, RESULT_FORMATS[flags.format ?? "text"]);
  return exitCodeOf(verdict, flags.failOn ?? project?.failOn ?? "unknown");
}

async function render(
  result: CheckResult,
  { names, project }: { readonly names: readonly string[]; readonly project: string | undefined },
  { format = "text", all: showAll }: CheckFlags,
  host: Host,
): Promise<string> {
  switch (format) {
    case "markdown":
      return markdownOf(result, project);
    case "sarif": {
      const { version } = await import("../version.ts");
      return sarifOf(withRepositoryPaths(result), names, version);
    }
    case "junit":
      return junitOf(result);
    case "github":
      return githubAnnotationsOf(withRepositoryPaths(result));
    case "text":
      return textOf(result, paintFor(host), showAll === true);
  }
}
