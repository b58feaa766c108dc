import { execFile } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../shared/errors.ts";
import { withoutArguments } from "./workspace.ts";

const run = promisify(execFile);

/** The oldest Terraform and OpenTofu that Berth drives. */
export const OLDEST = "1.10.0";

/** A Terraform or OpenTofu that can be run. */
export interface Engine {
  readonly path: string;
  readonly product: "terraform" | "tofu";
  readonly version: string;
}

export interface EngineChoice {
  /** From the command line. */
  readonly flag?: string | undefined;
  /** From the config. */
  readonly config?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Where an engine installed by `berth doctor --install` lies. */
  readonly cache?: string | undefined;
  /** How long the engine may take to say its version, in milliseconds. @default 10000 */
  readonly patience?: number | undefined;
}

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** A command by path, or by name on PATH. */
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

/** True where version a is at least b; pre-releases count as their release. */
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
 * Finds the engine: the flag, TERRAFORM_BINARY_NAME, the config, terraform or tofu on PATH, then one that
 * `berth doctor --install` has put into the user's cache.
 *
 * @throws UserError where none is found, or the one found is too old or does not answer
 */
export async function findEngine(choice: EngineChoice): Promise<Engine> {
  const { flag, config, env, cache } = choice;
  const named: readonly (readonly [string, string | undefined])[] = [
    ["--terraform-bin", flag],
    ["TERRAFORM_BINARY_NAME", env["TERRAFORM_BINARY_NAME"]],
    ["terraformBin in the config", config],
  ];
  for (const [source, command] of named) {
    if (command === undefined || command === "") continue;
    const path = locate(command, env);
    if (path === undefined) {
      throw new UserError(
        "BERTH-E3001",
        `${source} names ${command}, which is not a program here`,
        {
          fix: "correct it, or leave it out to take terraform or tofu from PATH",
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
      fix: "berth doctor --install puts OpenTofu into your cache; or see https://opentofu.org/docs/intro/install/",
    });
  }
  return identify(path, choice);
}

async function identify(
  path: string,
  { env: given, patience = 10_000 }: EngineChoice,
): Promise<Engine> {
  const refuse = (why: string): UserError =>
    new UserError("BERTH-E3002", `${path} ${why}`, {
      fix: `install Terraform or OpenTofu ${OLDEST} or newer`,
    });
  const { TF_LOG: _log, ...env } = withoutArguments(given);
  const versionText = async (): Promise<string> => {
    try {
      const { stdout } = await run(path, ["version"], {
        env: { ...env, CHECKPOINT_DISABLE: "1" },
        timeout: patience,
        killSignal: "SIGKILL",
      });
      return stdout;
    } catch (error) {
      const { killed, message } = error as Error & { readonly killed?: boolean }; // execFile's documented rejection
      throw refuse(
        killed === true
          ? `does not answer "version" within ${patience / 1000} s`
          : `does not answer "version": ${message.split("\n")[0]}`,
      );
    }
  };
  const [, name, version] = /^(Terraform|OpenTofu) v(\d+\.\d+\S*)/.exec(await versionText()) ?? [];
  if (version === undefined) throw refuse("does not say its version");
  if (!isAtLeast(version, OLDEST)) throw refuse(`is version ${version}`);
  return { path, version, product: name === "OpenTofu" ? "tofu" : "terraform" };
}
