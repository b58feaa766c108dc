import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { findConfig, type Settings } from "../config/index.ts";
import { loadConfig } from "../config/load.ts";
import {
  synthHcl,
  synthJobHcl,
  synthJobJson,
  synthJson,
  synthServiceHcl,
  synthServiceJson,
} from "../constructs/synth/index.ts";
import { makeFolder, rejectUndefined, replaceFile, UserError } from "../shared/index.ts";
import type { ConfigOptions } from "./options.ts";

/** Options of {@link synth}. */
export interface SynthOptions extends ConfigOptions {
  /** The syntax of the configuration. @default json */
  readonly format?: "json" | "hcl";
  /** Writes the files to this folder. @default nothing is written */
  readonly outputFolder?: string;
}

/** The Terraform configuration of a config. */
export interface SynthResult {
  /**
   * The text of each file by its path: main.tf.json, or versions.tf, providers.tf, main.tf and others in HCL. Files of a service
   * or job, which is a separate root module, are in services/<name> or jobs/<name>.
   */
  readonly files: Readonly<Record<string, string>>;
  /** Paths of the written files; absent without `outputFolder`. */
  readonly paths?: readonly string[];
}

const JSON_FILE = "main.tf.json";

export async function synthesize(options: SynthOptions): Promise<SynthResult> {
  rejectUndefined(options, "the options of synth()");
  const { config = findConfig(), environment, format = "json", outputFolder } = options;
  const settings = await loadConfig(config, environment);
  const isHcl = format === "hcl";
  const files = isHcl ? hclFiles(settings) : jsonFiles(settings);
  const result = { files: Object.fromEntries(files) };
  if (outputFolder === undefined) return result;
  for (const folder of new Set([...files.keys()].map((name) => dirname(name))))
    checkFolder(join(outputFolder, folder), isHcl);
  const paths = [...files].map(([name, text]) => {
    const path = join(outputFolder, name);
    makeFolder(dirname(path));
    replaceFile(path, text);
    return path;
  });
  return { ...result, paths };
}

/** Rejects a folder with the other syntax: Terraform would read both, and every resource would be defined twice. */
function checkFolder(folder: string, isHcl: boolean): void {
  const otherFile = join(folder, isHcl ? JSON_FILE : "main.tf");
  if (existsSync(otherFile))
    throw new UserError(
      "BERTH-E6008",
      `${otherFile} already exists; with ${isHcl ? "main.tf" : JSON_FILE}, every resource would be defined twice`,
      { fix: "delete it, or choose another folder" },
    );
}

/** The files of the foundation, and those of each service and job in its folder. */
function jsonFiles(settings: Settings): ReadonlyMap<string, string> {
  const { services = {}, jobs = {} } = settings;
  return new Map([
    [JSON_FILE, synthJson(settings)],
    ...Object.keys(services).map((name): [string, string] => [
      `services/${name}/${JSON_FILE}`,
      synthServiceJson(settings, name),
    ]),
    ...Object.keys(jobs).map((name): [string, string] => [
      `jobs/${name}/${JSON_FILE}`,
      synthJobJson(settings, name),
    ]),
  ]);
}

/** As `jsonFiles`, in HCL. */
function hclFiles(settings: Settings): ReadonlyMap<string, string> {
  const { services = {}, jobs = {} } = settings;
  const inFolder = (folder: string, files: ReadonlyMap<string, string>): [string, string][] =>
    [...files].map(([name, text]) => [`${folder}/${name}`, text]);
  return new Map([
    ...synthHcl(settings),
    ...Object.keys(services).flatMap((name) =>
      inFolder(`services/${name}`, synthServiceHcl(settings, name)),
    ),
    ...Object.keys(jobs).flatMap((name) => inFolder(`jobs/${name}`, synthJobHcl(settings, name))),
  ]);
}
