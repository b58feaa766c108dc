import { dirname, resolve } from "node:path";
import { AwsCallError, AwsClient } from "../aws-client/index.ts";
import { loadConfig } from "../config/load.ts";
import type { Settings } from "../config/index.ts";
import { interruptionOf, WorkingFolder } from "../terraform/index.ts";
import { awsCallError } from "./aws-errors.ts";
import type { OperationHost } from "./host.ts";
import { type ConfigOptions, resolveOptions } from "./options.ts";
import { openSandbox } from "./sandbox.ts";
import type { CommandScope } from "./suggested-command.ts";

/** Selects the services and jobs that an operation without Terraform works on. */
export interface AwsOptions extends ConfigOptions {
  /**
   * `true` starts the sandbox of the project; its state is kept in .berth. A URL selects a sandbox that is already running.
   *
   * @default false: the AWS account of the credentials in `env`
   */
  readonly sandbox?: boolean | string;
  /** Environment variables, which contain the AWS credentials. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the operation. @default none */
  readonly signal?: AbortSignal;
}

/** A client of the account or of the sandbox that the options select. */
export interface AwsSession {
  readonly settings: Settings;
  readonly client: AwsClient;
  /** The client for another region of the same account. */
  readonly clientIn: (region: string) => AwsClient;
  readonly env: NodeJS.ProcessEnv;
  /** The options that a suggested command repeats. */
  readonly scope: CommandScope & { readonly config: string };
  readonly signal: AbortSignal | undefined;
}

/**
 * Loads the config, starts the sandbox if the options request one, and works with a client.
 *
 * @throws UserError with the code of its kind for an error of AWS, BERTH-E3004 if the signal of the options is aborted
 */
export async function withAwsSession<Result>(
  operation: string,
  unresolvedOptions: AwsOptions,
  host: OperationHost,
  work: (session: AwsSession) => Promise<Result>,
): Promise<Result> {
  const options = resolveOptions(operation, unresolvedOptions);
  const { config, env, sandbox = false, signal } = options;
  host.event?.({ type: "step-started", step: "config" });
  const settings = await loadConfig(config, options.environment);
  const openedSandbox =
    sandbox === false
      ? undefined
      : await openSandbox(
          { sandbox, env },
          sandboxFolder(config, settings),
          { account: settings.account, settings },
          host,
        );
  try {
    const clientEnv = openedSandbox?.environment ?? env;
    const clientIn = (region: string): AwsClient => new AwsClient({ region, env: clientEnv });
    const client = clientIn(settings.region);
    return await work({ settings, client, clientIn, env, scope: options, signal });
  } catch (error) {
    throw error instanceof AwsCallError
      ? awsCallError(error, options)
      : interruptionOf(error, signal);
  } finally {
    await openedSandbox?.close();
  }
}

const sandboxFolder = (config: string, { environment }: Settings): string =>
  new WorkingFolder({ project: dirname(resolve(config)), environment, sandbox: true }).directory;
