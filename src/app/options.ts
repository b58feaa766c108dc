import { findConfig } from "../config/index.ts";
import { rejectUndefined, UserError } from "../shared/index.ts";

/** Selects an environment of a config. */
export interface ConfigOptions {
  /**
   * Path of the config file.
   *
   * @default berth.config.ts, .mts, .js or .mjs in the working directory or its closest parent
   */
  readonly config?: string;
  /** The environment of the config. Required if the config has environments. */
  readonly environment?: string;
}

/** Selects the infrastructure that an operation works on. */
export interface InfrastructureOptions extends ConfigOptions {
  /**
   * Path or name of Terraform or OpenTofu.
   *
   * @default terraformBin in the config, else terraform or tofu on PATH, else the engine that berth doctor --install installs
   */
  readonly terraformBin?: string;
  /**
   * `true` starts the sandbox of the project; its state is kept in .berth. A URL selects a sandbox that is already running.
   *
   * @default false: the AWS account of the credentials in `env`
   */
  readonly sandbox?: boolean | string;
  /** Environment variables of Terraform, which contain its AWS credentials. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** Selects services and jobs of an operation that works on several. */
export interface ServiceSelection {
  /** Names of services and jobs. @default all */
  readonly services?: readonly string[];
}

/** Options with their defaults. */
export type ResolvedOptions<Options extends InfrastructureOptions> = Options & {
  readonly config: string;
  readonly env: NodeJS.ProcessEnv;
};

/** A sandbox listens on this machine only. */
const SANDBOX_URL = /^http:\/\/(127\.0\.0\.1|localhost):\d+\/?$/;

/**
 * Validates options and sets their defaults.
 *
 * @throws UserErrors BERTH-E1005 for options that are present but undefined, UserError BERTH-E4004 for a sandbox on another machine,
 *   BERTH-E6001 for an empty list of services
 */
export function resolveOptions<Options extends InfrastructureOptions & ServiceSelection>(
  operation: string,
  options: Options,
): ResolvedOptions<Options> {
  const { env = process.env, ...others } = options;
  rejectUndefined(others, `the options of ${operation}()`);
  const { sandbox, services } = options;
  // A computed list may be empty by mistake: it must not select everything.
  if (services?.length === 0)
    throw new UserError("BERTH-E6001", "services is an empty list", {
      where: `the options of ${operation}()`,
      fix: "name at least one service or job, or omit services to select all",
      exitCode: 64,
    });
  if (typeof sandbox === "string" && !SANDBOX_URL.test(sandbox))
    throw new UserError(
      "BERTH-E4004",
      `invalid --sandbox-url ${sandbox}: it is not the URL of a port of this machine`,
      {
        fix: "pass http://127.0.0.1:<port>, as printed by berth sandbox, or use --sandbox",
        exitCode: 64,
      },
    );
  return { ...options, config: options.config ?? findConfig(), env };
}
