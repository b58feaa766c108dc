import { existsSync } from "node:fs";
import { join } from "node:path";
import { findConfig } from "../config/index.ts";
import { loadConfig } from "../config/load.ts";
import { synthHcl, synthJson } from "../constructs/synth/index.ts";
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
  /** The text of each file by its name: main.tf.json, or versions.tf, providers.tf, main.tf and others in HCL. */
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
  const files = isHcl ? synthHcl(settings) : new Map([[JSON_FILE, synthJson(settings)]]);
  const result = { files: Object.fromEntries(files) };
  if (outputFolder === undefined) return result;
  const otherFile = join(outputFolder, isHcl ? JSON_FILE : "main.tf");
  if (existsSync(otherFile))
    throw new UserError(
      "BERTH-E6008",
      `${otherFile} already exists; with ${[...files.keys()].join(", ")}, every resource would be defined twice`,
      { fix: "delete it, or choose another folder" },
    );
  makeFolder(outputFolder);
  const paths = [...files].map(([name, text]) => {
    const path = join(outputFolder, name);
    replaceFile(path, text);
    return path;
  });
  return { ...result, paths };
}
