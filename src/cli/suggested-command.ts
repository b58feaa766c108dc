/** Flags that choose what a command works on: a suggested command keeps those of the run that suggests it. */
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

/** Commands that are suggested somewhere. */
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

/** The flags that each command takes; main.ts declares them. */
const TAKES: Readonly<Record<SuggestedCommand, readonly (keyof ScopeFlags)[]>> = {
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

/** A word for a POSIX shell. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const WRITTEN: Readonly<
  Record<keyof ScopeFlags, (flags: ScopeFlags) => readonly (string | undefined)[]>
> = {
  config: ({ config }) => (config === CONFIG ? [] : ["--config", config]),
  env: ({ env }) => ["--env", env],
  terraformBin: ({ terraformBin }) => ["--terraform-bin", terraformBin],
  sandbox: ({ sandbox }) => (sandbox === true ? ["--sandbox"] : []),
  sandboxUrl: ({ sandboxUrl }) => ["--sandbox-url", sandboxUrl],
};

/**
 * A command to type next, for the same config, environment and sandbox as the current run.
 *
 * @param own further arguments, such as "--yes"
 * @example
 * suggest("destroy", { config: "berth.config.ts", env: "prod", sandbox: true }); // berth destroy --env prod --sandbox
 */
export function suggest(
  command: SuggestedCommand,
  flags: ScopeFlags,
  ...own: readonly string[]
): string {
  const scope = TAKES[command].flatMap((name) => {
    const parts = WRITTEN[name](flags);
    return parts.includes(undefined) ? [] : parts.map((part) => quoted(part ?? ""));
  });
  return ["berth", command, ...scope, ...own.map(quoted)].join(" ");
}
