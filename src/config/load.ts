import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import type { z } from "zod";
import {
  berthCommand,
  isObject,
  packageManagerOf,
  pathText,
  rejectUndefined,
  UserError,
  UserErrors,
} from "../shared/index.ts";
import { DEFAULT_CONFIG_FILE, findConfig } from "./find.ts";
import { optionPosition } from "./locate.ts";
import type { Config, EnvironmentOptions, Settings } from "./options.ts";
import { nearestSuggestion } from "./nearest.ts";
import { withoutExit } from "./process-exit.ts";
import { configSchema, settingsSchema } from "./schema.ts";
import { PARSE_OPTIONS, typeName, typeOf } from "./schema-parts.ts";

/** Where a config comes from, for errors. */
interface Origin {
  /** The path of the file, as shown to the user. */
  readonly file: string;
  /** The text of the file; undefined for a value that is not from a file. */
  readonly source?: string;
}

/**
 * The file with the line and column of an option, as far as they are known.
 *
 * @param environment the environment that may override the option
 */
function placeOf(
  { file, source }: Origin,
  path: readonly PropertyKey[],
  environment?: string,
): string {
  const position = source === undefined ? undefined : optionPosition(source, path, environment);
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return environment === undefined ? place : `${place} (environment ${environment})`;
}

/** Converts an issue of Zod into error texts: what is wrong, and what is expected. */
function issueTexts(issue: z.core.$ZodIssue): string[] {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined)
        return [
          `is missing: expected ${typeName(issue.expected)}${issue.path.join(".") === "loadBalancer" ? ", or false to create no load balancer" : ""}`,
        ];
      return [issue.message];
    case "invalid_value": {
      const values = issue.values.map(String);
      return [
        `${JSON.stringify(issue.input)} is not accepted; ${nearestSuggestion(String(issue.input), values)}`,
      ];
    }
    case "invalid_key":
      return [issue.issues[0]?.message ?? issue.message];
    case "unrecognized_keys":
      // The schema writes a line for each key.
      return issue.message.split("\n");
    default:
      return [issue.message];
  }
}

/** The position of an issue: for unknown keys that of each key, for other issues that of the value. */
const pathsOf = (issue: z.core.$ZodIssue): readonly (readonly PropertyKey[])[] =>
  issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];

/** @param environment the environment whose options were merged into the config */
function userErrors(
  origin: Origin,
  issues: readonly z.core.$ZodIssue[],
  environment?: string,
): UserErrors {
  return new UserErrors(
    issues.flatMap((issue) => {
      const path = pathText(issue.path);
      const paths = pathsOf(issue);
      return issueTexts(issue).map((what, index) => {
        return new UserError("BERTH-E1003", path === "" ? what : `${path}: ${what}`, {
          where: placeOf(origin, paths[index] ?? issue.path, environment),
        });
      });
    }),
  );
}

/** Whether a value of the config is one of several alternatives, so that an environment replaces it as a whole. */
function isAlternative([kind, , ...path]: readonly string[]): boolean {
  if (kind !== "services" && kind !== "jobs") return false;
  const ofContainer = path[0] === "sidecars" ? path.slice(2) : path;
  return (
    (path.length === 1 && path[0] === "image") ||
    (ofContainer.length === 2 && ofContainer[0] === "secrets")
  );
}

/** Merges objects key by key; all other values of `over` replace those of `base`. */
function merge(base: unknown, over: unknown, path: readonly string[] = []): unknown {
  if (over === undefined) return base;
  if (!isObject(base) || !isObject(over) || isAlternative(path)) return over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries(
    [...keys].map((key) => [key, merge(base[key], over[key], [...path, key])]),
  );
}

/** Validates a config and its environments, before they are merged. */
function parse(value: unknown, origin: Origin): Config {
  rejectUndefined(value, (path) => placeOf(origin, path));
  const config = configSchema.safeParse(value, PARSE_OPTIONS);
  if (!config.success) throw userErrors(origin, config.error.issues);
  return config.data;
}

/**
 * Validates a config and merges one environment into it.
 *
 * @param value the config
 * @param environment name of the environment; required if the config defines environments, else not allowed
 * @param origin the file in errors
 * @throws UserErrors with one error for each invalid value
 */
export function resolveConfig(
  value: unknown,
  environment?: string,
  origin: Origin = { file: DEFAULT_CONFIG_FILE },
): Settings {
  const { environments = {}, ...base } = parse(value, origin);
  const names = Object.keys(environments);
  if (environment === undefined && names.length > 0) {
    throw new UserError("BERTH-E1004", "the environment is not set", {
      where: origin.file,
      fix: `pass --env with one of ${names.join(", ")}`,
      exitCode: 64,
    });
  }
  if (environment !== undefined && !Object.hasOwn(environments, environment)) {
    throw new UserError("BERTH-E1007", `there is no environment "${environment}" in the config`, {
      where: origin.file,
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
  const settings = settingsSchema.safeParse(withName, PARSE_OPTIONS);
  if (!settings.success) throw userErrors(origin, settings.error.issues, environment);
  return { ...settings.data, environment: environment ?? "default" };
}

/**
 * Loads a config file, validates it, and merges one environment into it.
 *
 * @throws UserError if the file does not exist or cannot be loaded, UserErrors for invalid values
 */
export async function loadConfig(
  file: string = findConfig(),
  environment?: string,
): Promise<Settings> {
  const { value, origin } = await read(file);
  return resolveConfig(value, environment, origin);
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
export async function loadProject(file: string = findConfig()): Promise<Project> {
  const { value, origin } = await read(file);
  const { name, environments = {} } = parse(value, origin);
  const names = Object.keys(environments);
  return {
    name,
    environments:
      names.length === 0
        ? [resolveConfig(value, undefined, origin)]
        : names.map((environment) => resolveConfig(value, environment, origin)),
  };
}

async function read(file: string): Promise<{ readonly value: unknown; readonly origin: Origin }> {
  const path = resolve(file);
  const displayPath = relative(process.cwd(), path) || file;
  const source = readOptional(path);
  if (source === undefined) {
    throw new UserError("BERTH-E1001", `${displayPath} does not exist`, {
      fix: `run ${berthCommand()} init to create a config, or pass its path with --config`,
    });
  }
  // The loader reads backslashes as separators of folders.
  if (process.platform !== "win32" && path.includes("\\"))
    throw new UserError("BERTH-E1002", "the config cannot be loaded: its path has a backslash", {
      where: path,
      fix: "rename the file or folder",
    });
  loadEnvFile(join(dirname(path), ".env"));
  return { value: await evaluate(path, displayPath), origin: { file: displayPath, source } };
}

/**
 * The text of a file; undefined if it does not exist.
 *
 * @throws UserError BERTH-E1002 if it cannot be read
 */
function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // readFileSync throws system errors
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    const reason = code === "EISDIR" ? "it is a folder" : message.split(",")[0];
    throw new UserError("BERTH-E1002", `the file cannot be read: ${reason}`, {
      where: relative(process.cwd(), path) || path,
      fix:
        code === "EISDIR"
          ? "rename the folder, or pass the path of a file"
          : "make it a readable file, or delete it",
    });
  }
}

/** Sets the environment variables of a .env file. Variables that are set already keep their values. */
function loadEnvFile(path: string): void {
  const text = readOptional(path);
  if (text === undefined) return;
  for (const [name, value] of Object.entries(parseEnv(text)))
    if (value !== undefined) process.env[name] ??= value;
}

/** The config that a file exports: an object, a promise of it, or a function that returns one of them. */
async function evaluate(path: string, displayPath: string): Promise<unknown> {
  const { createJiti } = await import("jiti");
  // An import of "berth-ecs" in the config resolves to this program, not to the version that is installed near the config.
  const jiti = createJiti(import.meta.url, {
    virtualModules: { "berth-ecs": await import("../index.ts") },
    interopDefault: false,
    fsCache: false,
    moduleCache: false,
  });
  try {
    return await withoutExit(async () =>
      valueOf(await settle(jiti.import(path), displayPath), displayPath),
    );
  } catch (cause) {
    if (cause instanceof UserError || cause instanceof UserErrors) throw cause;
    throw loadError(cause, path, displayPath);
  }
}

/** The config that a module exports. */
async function valueOf(module: unknown, displayPath: string): Promise<unknown> {
  // A CommonJS module that exports a function has no member default.
  const exported = isObject(module) ? module["default"] : module;
  if (exported === undefined) {
    throw new UserError("BERTH-E1006", "the config has no default export", {
      where: displayPath,
      fix: "add export default defineConfig({ … })",
    });
  }
  const value: unknown = await settle(isFunction(exported) ? exported() : exported, displayPath);
  if (value === undefined)
    throw new UserError(
      "BERTH-E1006",
      "the function or promise that the config exports has no result",
      {
        where: displayPath,
        fix: "return the options from it, such as defineConfig(async () => ({ … }))",
      },
    );
  if (!isObject(value))
    throw new UserError("BERTH-E1006", `the config is not an object: it is ${typeOf(value)}`, {
      where: displayPath,
      fix: "export the options, such as export default defineConfig({ … })",
    });
  return value;
}

/** Waits for a promise of a config. Node.js would end without an error if nothing that runs can settle the promise. */
async function settle(result: unknown, displayPath: string): Promise<unknown> {
  let fail = (): void => {};
  const noResult = new Promise<never>((_, reject) => {
    fail = (): void =>
      reject(
        new UserError("BERTH-E1006", "the config waits for a promise that is never resolved", {
          where: displayPath,
          fix: "resolve the promise, or reject it with an error",
        }),
      );
  });
  process.once("beforeExit", fail);
  try {
    return await Promise.race([result, noResult]);
  } finally {
    process.off("beforeExit", fail);
  }
}

const isFunction = (value: unknown): value is () => unknown => typeof value === "function";

/** The error for a config that cannot be evaluated, with the position in the file that the cause names. */
function loadError(cause: unknown, path: string, displayPath: string): UserError {
  const error: NodeJS.ErrnoException = cause instanceof Error ? cause : new Error(String(cause));
  const { message, stack = "", code } = error;
  const [first = ""] = message.split("\n");
  if (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND") {
    const [, name = ""] = /'([^']+)'/.exec(first) ?? [];
    const importer = (cause as { readonly requireStack?: readonly string[] }).requireStack?.[0];
    const isFile = /^[./]/.test(name);
    const packageName = name
      .split("/")
      .slice(0, name.startsWith("@") ? 2 : 1)
      .join("/");
    return new UserError(
      "BERTH-E1002",
      `the config cannot be loaded: the module "${name}" is not found`,
      {
        where: importPlace(importer ?? path, name),
        fix: isFile
          ? "correct the path of the import, or create the file"
          : `run ${packageManagerOf(dirname(path)).addDevelopment} ${packageName}`,
      },
    );
  }
  // The loader adds the position of a syntax error to the message, with columns that start at 0.
  const isSyntaxError = first.startsWith("ParseError: ");
  const [, file, line, column] =
    /^\s*(?:at .*?\(?)?(\/[^\n]*?|[A-Za-z]:[^\n]*?):(\d+):(\d+)\)?$/m.exec(
      isSyntaxError ? message.split("\n").slice(1).join("\n") : framesIn(stack, path),
    ) ?? [];
  const shown = file === undefined ? displayPath : relative(process.cwd(), file);
  const where =
    line === undefined
      ? displayPath
      : `${shown}:${line}:${Number(column) + (isSyntaxError ? 1 : 0)}`;
  return new UserError(
    "BERTH-E1002",
    `the config cannot be loaded: ${first.replace(/^ParseError: /, "").trim()}`,
    {
      where,
      fix: isSyntaxError ? "correct the syntax" : "correct the code that throws this error",
    },
  );
}

/** The position of the name of a module in the file that imports it. */
function importPlace(file: string, name: string): string {
  const shown = relative(process.cwd(), file);
  const lines = (readOptional(file) ?? "").split("\n");
  const index = lines.findIndex((line) => line.includes(`"${name}"`) || line.includes(`'${name}'`));
  return index === -1 ? shown : `${shown}:${index + 1}:${(lines[index] ?? "").indexOf(name)}`;
}

/** The lines of a stack that are in the folder of the config, without installed packages. ES modules have URLs in it. */
const framesIn = (stack: string, path: string): string =>
  stack
    .split("\n")
    .map((line) =>
      // The message, which is a part of the stack, may contain any text.
      line.replace(/(?<=^ {4}at .*)file:\/\/\/\S+?(?=:\d+:\d+\)?$)/, (url) => fileURLToPath(url)),
    )
    .filter((line) => line.includes(dirname(path)) && !line.includes("node_modules"))
    .join("\n");
