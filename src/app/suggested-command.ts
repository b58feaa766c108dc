import { findConfig } from "../config/index.ts";
import { berthCommand } from "../shared/index.ts";

/** Options that select config, environment and target. A suggested command repeats those of the current run. */
export interface CommandScope {
  readonly config?: string | undefined;
  readonly environment?: string | undefined;
  readonly terraformBin?: string | undefined;
  readonly sandbox?: boolean | string | undefined;
}

const PROJECT = ["config", "environment"] as const;
const PROJECT_AND_SANDBOX = [...PROJECT, "sandbox"] as const;
const ENGINE = [...PROJECT, "terraformBin"] as const;
const SANDBOX = [...ENGINE, "sandbox"] as const;

/** Commands that messages suggest. */
export type SuggestedCommand =
  | "init"
  | "check"
  | "pipeline"
  | "doctor"
  | "plan"
  | "apply"
  | "destroy"
  | "drift"
  | "output"
  | "recover"
  | "bootstrap"
  | "build"
  | "push"
  | "deploy"
  | "rollback"
  | "status"
  | "logs";

/** The options that each command accepts; src/cli/program.ts declares them. */
const SUPPORTED_OPTIONS: Readonly<Record<SuggestedCommand, readonly (keyof CommandScope)[]>> = {
  init: ["config"],
  check: ENGINE,
  pipeline: ["config"],
  doctor: ENGINE,
  plan: SANDBOX,
  apply: SANDBOX,
  destroy: SANDBOX,
  drift: SANDBOX,
  output: SANDBOX,
  recover: SANDBOX,
  bootstrap: SANDBOX,
  build: PROJECT,
  push: PROJECT_AND_SANDBOX,
  deploy: SANDBOX,
  rollback: SANDBOX,
  status: PROJECT_AND_SANDBOX,
  logs: PROJECT_AND_SANDBOX,
};

/** Quotes an argument for a POSIX shell if necessary. */
export const shellQuote = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;

const flag = (name: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [name, value];

const FLAG_ARGUMENTS: Readonly<
  Record<keyof CommandScope, (scope: CommandScope) => readonly string[]>
> = {
  // A command without --config finds the same file.
  config: ({ config }) => (config === findConfig() ? [] : flag("--config", config)),
  environment: ({ environment }) => flag("--env", environment),
  terraformBin: ({ terraformBin }) => flag("--terraform-bin", terraformBin),
  sandbox: ({ sandbox }) => {
    if (typeof sandbox === "string") return ["--sandbox-url", sandbox];
    return sandbox === true ? ["--sandbox"] : [];
  },
};

/**
 * The next command to run, for the same config, environment and sandbox as the current run, with the package manager of the
 * project.
 *
 * @param moreArguments further arguments, such as "--yes"
 * @example
 * suggest("destroy", { config: "berth.config.ts", environment: "prod", sandbox: true }); // npx berth destroy --env prod --sandbox
 */
export function suggest(
  command: SuggestedCommand,
  scope: CommandScope,
  ...moreArguments: readonly string[]
): string {
  const flags = SUPPORTED_OPTIONS[command].flatMap((name) => FLAG_ARGUMENTS[name](scope));
  return [berthCommand(), command, ...[...flags, ...moreArguments].map(shellQuote)].join(" ");
}
