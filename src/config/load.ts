import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { z } from "zod";
import { rejectUndefined, UserError, UserErrors, isObject } from "../shared/index.ts";
import type { Config, EnvironmentOptions, Settings } from "./options.ts";
import { nearestSuggestion } from "./nearest.ts";
import { configSchema, settingsSchema } from "./schema.ts";

/** The default name of the config file. */
export const DEFAULT_CONFIG_FILE = "berth.config.ts";

/** Converts an issue of Zod into an error text: what is wrong, and what is expected. */
function issueText(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? `is missing: expected ${withArticle(issue.expected)}`
        : issue.message.replace(/^Invalid input: /, "");
    case "invalid_value": {
      const values = issue.values.map(String);
      return `${JSON.stringify(issue.input)} is not accepted; ${nearestSuggestion(String(issue.input), values)}`;
    }
    case "invalid_key":
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

const withArticle = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

const pathOf = (path: readonly PropertyKey[]): string => path.map(String).join(".");

function userErrors(file: string, issues: readonly z.core.$ZodIssue[]): UserErrors {
  return new UserErrors(
    issues.map((issue) => {
      const path = pathOf(issue.path);
      const what = issueText(issue);
      return new UserError("BERTH-E1003", path === "" ? what : `${path}: ${what}`, { where: file });
    }),
  );
}

/** Merges objects key by key; all other values of `over` replace those of `base`. */
function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isObject(base) || !isObject(over)) return over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], over[key])]));
}

/** Validates a config and its environments, before they are merged. */
function parse(value: unknown, file: string): Config {
  rejectUndefined(value, file);
  const config = configSchema.safeParse(value, { reportInput: true });
  if (!config.success) throw userErrors(file, config.error.issues);
  return config.data;
}

/**
 * Validates a config and merges one environment into it.
 *
 * @param value the default export of the config file
 * @param environment name of the environment; required if the config defines environments, else not allowed
 * @param file name of the file in errors
 * @throws UserErrors with one error for each invalid value
 */
export function resolveConfig(
  value: unknown,
  environment?: string,
  file: string = DEFAULT_CONFIG_FILE,
): Settings {
  const { environments = {}, ...base } = parse(value, file);
  const names = Object.keys(environments);
  if (environment === undefined && names.length > 0) {
    throw new UserError("BERTH-E1004", "the environment is not set", {
      where: file,
      fix: `pass --env with one of ${names.join(", ")}`,
      exitCode: 64,
    });
  }
  if (environment !== undefined && !Object.hasOwn(environments, environment)) {
    throw new UserError("BERTH-E1007", `there is no environment "${environment}" in the config`, {
      where: file,
      fix:
        names.length > 0
          ? nearestSuggestion(environment, names)
          : "remove --env, or add environments to the config",
      exitCode: 64,
    });
  }
  const over: EnvironmentOptions =
    environment === undefined ? {} : (environments[environment] ?? {});
  const merged = merge(base, over) as Config; // both were validated by the schema
  const withName = {
    ...merged,
    name:
      environment === undefined || over.name !== undefined
        ? merged.name
        : `${merged.name}-${environment}`,
  };
  const settings = settingsSchema.safeParse(withName, { reportInput: true });
  if (!settings.success) {
    throw userErrors(
      environment === undefined ? file : `${file} (environment ${environment})`,
      settings.error.issues,
    );
  }
  return { ...settings.data, environment: environment ?? "default" };
}

/**
 * Loads a config file, validates it, and merges one environment into it.
 *
 * @throws UserError if the file does not exist or cannot be loaded, UserErrors for invalid values
 */
export async function loadConfig(file: string, environment?: string): Promise<Settings> {
  const { value, displayPath } = await read(file);
  return resolveConfig(value, environment, displayPath);
}

/** A config with all of its environments. */
export interface Project {
  /** The foundation's name, without an environment suffix. */
  readonly name: string;
  /** The environments in the order of the config; one environment "default" if the config defines none. */
  readonly environments: readonly Settings[];
}

/**
 * Loads a config file, validates it, and merges each environment into it.
 *
 * @throws UserError if the file does not exist or cannot be loaded, UserErrors for invalid values
 */
export async function loadProject(file: string): Promise<Project> {
  const { value, displayPath } = await read(file);
  const { name, environments = {} } = parse(value, displayPath);
  const names = Object.keys(environments);
  return {
    name,
    environments:
      names.length === 0
        ? [resolveConfig(value, undefined, displayPath)]
        : names.map((name) => resolveConfig(value, name, displayPath)),
  };
}

async function read(
  file: string,
): Promise<{ readonly value: unknown; readonly displayPath: string }> {
  const path = resolve(file);
  const displayPath = relative(process.cwd(), path) || file;
  if (!existsSync(path)) {
    throw new UserError("BERTH-E1001", `${displayPath} does not exist`, {
      fix: "run berth init to create a config, or pass its path with --config",
    });
  }
  return { value: await importDefault(path, displayPath), displayPath };
}

async function importDefault(path: string, displayPath: string): Promise<unknown> {
  const { createJiti } = await import("jiti");
  // An import of "berth-ecs" in the config resolves to this program, not to the version that is installed near the config.
  const jiti = createJiti(import.meta.url, {
    virtualModules: { "berth-ecs": await import("../index.ts") },
    interopDefault: false,
    fsCache: false,
    moduleCache: false,
  });
  try {
    const module = await jiti.import<Record<string, unknown>>(path);
    if (module["default"] === undefined) {
      throw new UserError("BERTH-E1006", "the config has no default export", {
        where: displayPath,
        fix: "add export default defineConfig({ … })",
      });
    }
    return module["default"];
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new UserError("BERTH-E1002", `the config cannot be loaded: ${text.split("\n")[0]}`, {
      where: displayPath,
      fix: "run npx tsc --noEmit to find the position of the error",
    });
  }
}
