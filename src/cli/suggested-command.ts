/** Flags that select config, environment and target. A suggested command repeats those of the current run. */
export interface ScopeFlags {
  readonly config?: string | undefined;
  readonly env?: string | undefined;
  readonly terraformBin?: string | undefined;
  readonly sandbox?: boolean | undefined;
  readonly sandboxUrl?: string | undefined;
}

const CONFIG = "berth.config.ts";
const PROJECT = ["config", "env"] as const;
const ENGINE = [...PROJECT, "terraformBin"] as const;
const SANDBOX = [...ENGINE, "sandbox", "sandboxUrl"] as const;

/** Commands that messages suggest. */
export type SuggestedCommand =
  | "init"
  | "pipeline"
  | "doctor"
  | "plan"
  | "apply"
  | "destroy"
  | "drift"
  | "output"
  | "recover"
  | "bootstrap";

/** The flags that each command accepts; main.ts declares them. */
const SUPPORTED_FLAGS: Readonly<Record<SuggestedCommand, readonly (keyof ScopeFlags)[]>> = {
  init: ["config"],
  pipeline: ["config"],
  doctor: ENGINE,
  plan: SANDBOX,
  apply: SANDBOX,
  destroy: SANDBOX,
  drift: SANDBOX,
  output: SANDBOX,
  recover: SANDBOX,
  bootstrap: SANDBOX,
};

/** Quotes an argument for a POSIX shell if necessary. */
export const shellQuote = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;

const FLAG_ARGUMENTS: Readonly<
  Record<keyof ScopeFlags, (flags: ScopeFlags) => readonly (string | undefined)[]>
> = {
  config: ({ config }) => (config === CONFIG ? [] : ["--config", config]),
  env: ({ env }) => ["--env", env],
  terraformBin: ({ terraformBin }) => ["--terraform-bin", terraformBin],
  sandbox: ({ sandbox }) => (sandbox === true ? ["--sandbox"] : []),
  sandboxUrl: ({ sandboxUrl }) => ["--sandbox-url", sandboxUrl],
};

/**
 * The next command to run, for the same config, environment and sandbox as the current run.
 *
 * @param moreArguments further arguments, such as "--yes"
 * @example
 * suggest("destroy", { config: "berth.config.ts", env: "prod", sandbox: true }); // berth destroy --env prod --sandbox
 */
export function suggest(
  command: SuggestedCommand,
  flags: ScopeFlags,
  ...moreArguments: readonly string[]
): string {
  const scope = SUPPORTED_FLAGS[command].flatMap((name) => {
    const parts = FLAG_ARGUMENTS[name](flags);
    return parts.includes(undefined) ? [] : parts.map((part) => shellQuote(part ?? ""));
  });
  return ["berth", command, ...scope, ...moreArguments.map(shellQuote)].join(" ");
}
