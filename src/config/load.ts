import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { z } from "zod";
import { rejectUndefined } from "../shared/reject-undefined.ts";
import { UserError, UserErrors } from "../shared/errors.ts";
import type { Config, EnvironmentOptions, Settings } from "./options.ts";
import { nearest } from "./nearest.ts";
import { configSchema, settingsSchema } from "./schema.ts";

/** The file that is looked for where none is named. */
export const CONFIG_FILE = "berth.config.ts";

/** Zod's words, turned into ours: what is wrong, and what would be right. */
function words(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? `is missing: expected ${article(issue.expected)}`
        : issue.message.replace(/^Invalid input: /, "");
    case "invalid_value": {
      const values = issue.values.map(String);
      return `${JSON.stringify(issue.input)} is not accepted; ${nearest(String(issue.input), values)}`;
    }
    case "invalid_key":
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

const pathOf = (path: readonly PropertyKey[]): string => path.map(String).join(".");

function problems(file: string, issues: readonly z.core.$ZodIssue[]): UserErrors {
  return new UserErrors(
    issues.map((issue) => {
      const path = pathOf(issue.path);
      const what = words(issue);
      return new UserError("BERTH-E1003", path === "" ? what : `${path}: ${what}`, { where: file });
    }),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Objects are merged key by key; everything else is replaced by what comes later. */
function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isObject(base) || !isObject(over)) return over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], over[key])]));
}

/** A config with all of its environments, each by itself as the schema wants it. */
function parse(value: unknown, file: string): Config {
  rejectUndefined(value, file);
  const config = configSchema.safeParse(value, { reportInput: true });
  if (!config.success) throw problems(file, config.error.issues);
  return config.data;
}

/**
 * Checks a config and settles one environment of it.
 *
 * @param value what the config file exports
 * @param environment the environment asked for; needed exactly where the config names environments
 * @param file how errors name the file
 * @throws UserErrors with one error for each thing that is wrong
 */
export function resolveConfig(
  value: unknown,
  environment?: string,
  file: string = CONFIG_FILE,
): Settings {
  const { environments = {}, ...base } = parse(value, file);
  const names = Object.keys(environments);
  if (environment === undefined && names.length > 0) {
    throw new UserError("BERTH-E1004", "which environment?", {
      where: file,
      fix: `pass --env with one of ${names.join(", ")}`,
      exitCode: 64,
    });
  }
  if (environment !== undefined && !Object.hasOwn(environments, environment)) {
    throw new UserError("BERTH-E1004", `the config names no environment "${environment}"`, {
      where: file,
      fix:
        names.length > 0
          ? nearest(environment, names)
          : "leave --env out, or add environments to the config",
      exitCode: 64,
    });
  }
  const over: EnvironmentOptions =
    environment === undefined ? {} : (environments[environment] ?? {});
  const merged = merge(base, over) as Config; // both halves have passed the schema
  const named = {
    ...merged,
    name:
      environment === undefined || over.name !== undefined
        ? merged.name
        : `${merged.name}-${environment}`,
  };
  const settings = settingsSchema.safeParse(named, { reportInput: true });
  if (!settings.success) {
    throw problems(
      environment === undefined ? file : `${file} (environment ${environment})`,
      settings.error.issues,
    );
  }
  return { ...settings.data, environment: environment ?? "default" };
}

/**
 * Loads a config file and settles one environment of it.
 *
 * @throws UserError where the file is missing or does not load, UserErrors for what it says
 */
export async function loadConfig(file: string, environment?: string): Promise<Settings> {
  const { value, shown } = await read(file);
  return resolveConfig(value, environment, shown);
}

/** A config with all of its environments. */
export interface Project {
  /** The foundation's name before an environment is added to it. */
  readonly name: string;
  /** In the config's order; one named "default" where it names none. */
  readonly environments: readonly Settings[];
}

/**
 * Loads a config file and settles every environment of it.
 *
 * @throws UserError where the file is missing or does not load, UserErrors for what it says
 */
export async function loadProject(file: string): Promise<Project> {
  const { value, shown } = await read(file);
  const { name, environments = {} } = parse(value, shown);
  const names = Object.keys(environments);
  return {
    name,
    environments:
      names.length === 0
        ? [resolveConfig(value, undefined, shown)]
        : names.map((name) => resolveConfig(value, name, shown)),
  };
}

async function read(file: string): Promise<{ readonly value: unknown; readonly shown: string }> {
  const path = resolve(file);
  const shown = relative(process.cwd(), path) || file;
  if (!existsSync(path)) {
    throw new UserError("BERTH-E1001", `there is no ${shown} here`, {
      fix: "run berth init to make one, or name one with --config",
    });
  }
  return { value: await importDefault(path, shown), shown };
}

async function importDefault(path: string, shown: string): Promise<unknown> {
  const { createJiti } = await import("jiti");
  // A config that imports "berth" gets this program's own modules, whatever version is installed beside the config.
  const jiti = createJiti(import.meta.url, {
    virtualModules: { berth: await import("../index.ts") },
    interopDefault: false,
    fsCache: false,
    moduleCache: false,
  });
  try {
    const module = await jiti.import<Record<string, unknown>>(path);
    if (module["default"] === undefined) {
      throw new UserError("BERTH-E1002", "the config exports nothing by default", {
        where: shown,
        fix: "write export default defineConfig({ … })",
      });
    }
    return module["default"];
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new UserError("BERTH-E1002", `the config does not load: ${text.split("\n")[0]}`, {
      where: shown,
      fix: "it is TypeScript; npx tsc --noEmit shows the place",
    });
  }
}
