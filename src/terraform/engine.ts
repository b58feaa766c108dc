import { execFile } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { promisify } from "node:util";
import { berthCommand, type ErrorCode, UserError } from "../shared/index.ts";
import { withoutCliArguments } from "./working-folder.ts";

const run = promisify(execFile);

/** The oldest version of Terraform and OpenTofu that Berth supports. */
export const OLDEST_VERSION = "1.10.0";

/** An installed Terraform or OpenTofu. */
export interface Engine {
  readonly path: string;
  readonly product: "terraform" | "tofu";
  readonly version: string;
}

export interface EngineChoice {
  /** Value of --terraform-bin. */
  readonly flag?: string | undefined;
  /** Value of terraformBin in the config. */
  readonly config?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Path of the engine that `berth doctor --install` installs. */
  readonly cache?: string | undefined;
  /** Time limit for the version command, in milliseconds. @default 10000 */
  readonly timeoutMs?: number | undefined;
}

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The path of a command that is given by path, or by name on PATH. */
function locate(command: string, env: NodeJS.ProcessEnv): string | undefined {
  if (isAbsolute(command) || command.includes("/")) {
    const path = resolve(command);
    return isExecutable(path) ? path : undefined;
  }
  return (env["PATH"] ?? "")
    .split(delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, command))
    .find((path) => existsSync(path) && isExecutable(path));
}

/** True if version a is at least version b; a pre-release counts as its release. */
export function isAtLeast(a: string, b: string): boolean {
  const parts = (text: string): number[] =>
    text
      .replace(/[-+].*$/, "")
      .split(".")
      .map(Number);
  const [x, y] = [parts(a), parts(b)];
  for (let i = 0; i < 3; i++) if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) > (y[i] ?? 0);
  return true;
}

/**
 * Finds the engine: by the flag, TERRAFORM_BINARY_NAME, the config, terraform or tofu on PATH, then in the user's cache,
 * where `berth doctor --install` installs it.
 *
 * @throws UserError if no engine is found, or if it is too old or cannot be run
 */
export async function findEngine(choice: EngineChoice): Promise<Engine> {
  const { flag, config, env, cache } = choice;
  const settings: readonly (readonly [string, string | undefined])[] = [
    ["--terraform-bin", flag],
    ["TERRAFORM_BINARY_NAME", env["TERRAFORM_BINARY_NAME"]],
    ["terraformBin in the config", config],
  ];
  for (const [source, command] of settings) {
    if (command === undefined || command === "") continue;
    const path = locate(command, env);
    if (path === undefined) {
      throw new UserError(
        "BERTH-E3001",
        `${source} is ${command}, which is not an executable program`,
        {
          fix: "correct the value, or remove it to use terraform or tofu from PATH",
        },
      );
    }
    return identify(path, choice);
  }
  const path =
    locate("terraform", env) ??
    locate("tofu", env) ??
    (cache === undefined ? undefined : locate(cache, env));
  if (path === undefined) {
    throw new UserError("BERTH-E3001", "neither terraform nor tofu is on PATH", {
      fix: `run ${berthCommand()} doctor --install to install OpenTofu into your cache, or see https://opentofu.org/docs/intro/install/`,
    });
  }
  return identify(path, choice);
}

async function identify(
  path: string,
  { env: inheritedEnv, timeoutMs = 10_000 }: EngineChoice,
): Promise<Engine> {
  const engineError = (problem: string, code: ErrorCode = "BERTH-E3017"): UserError =>
    new UserError(code, `${path} ${problem}`, {
      fix: `install Terraform or OpenTofu ${OLDEST_VERSION} or newer`,
    });
  const { TF_LOG: _log, ...env } = withoutCliArguments(inheritedEnv);
  const versionText = async (): Promise<string> => {
    try {
      const { stdout } = await run(path, ["version"], {
        env: { ...env, CHECKPOINT_DISABLE: "1" },
        timeout: timeoutMs,
        killSignal: "SIGKILL",
      });
      return stdout;
    } catch (error) {
      const { killed, message } = error as Error & { readonly killed?: boolean }; // execFile's documented rejection
      throw engineError(
        killed === true
          ? `did not print its version within ${timeoutMs / 1000} s`
          : `cannot print its version: ${message.split("\n")[0]}`,
      );
    }
  };
  const text = await versionText();
  const [, name, version] = /^(Terraform|OpenTofu) v(\d+\.\d+\S*)/.exec(text) ?? [];
  if (version === undefined)
    throw engineError(`printed no version, but ${JSON.stringify(text.split("\n")[0])}`);
  if (!isAtLeast(version, OLDEST_VERSION))
    throw engineError(`is version ${version}`, "BERTH-E3002");
  return { path, version, product: name === "OpenTofu" ? "tofu" : "terraform" };
}
