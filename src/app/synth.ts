import { existsSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_CONFIG_FILE, loadConfig } from "../config/load.ts";
import { synthHcl, synthJson } from "../constructs/synth/index.ts";
import { makeFolder, rejectUndefined, replaceFile, UserError } from "../shared/index.ts";
import type { ConfigOptions } from "./options.ts";

/** Options of {@link synth}. */
export interface SynthOptions extends ConfigOptions {
  /** The syntax of the configuration. @default json */
  readonly format?: "json" | "hcl";
  /** Writes the configuration to main.tf.json or main.tf in this folder. @default nothing is written */
  readonly outputFolder?: string;
}

/** The Terraform configuration of a config. */
export interface SynthResult {
  /** The configuration, in Terraform's JSON syntax or in HCL. */
  readonly text: string;
  /** Path of the written file; absent without `outputFolder`. */
  readonly file?: string;
}

export async function synthesize(options: SynthOptions): Promise<SynthResult> {
  rejectUndefined(options, "the options of synth()");
  const { config = DEFAULT_CONFIG_FILE, environment, format = "json", outputFolder } = options;
  const settings = await loadConfig(config, environment);
  const text = format === "hcl" ? synthHcl(settings) : synthJson(settings);
  if (outputFolder === undefined) return { text };
  const names = ["main.tf.json", "main.tf"] as const;
  const [name, otherName] = format === "hcl" ? names.toReversed() : names;
  const file = join(outputFolder, name ?? "");
  const otherFile = join(outputFolder, otherName ?? "");
  if (existsSync(otherFile))
    throw new UserError(
      "BERTH-E6008",
      `${otherFile} already exists; with ${name}, every resource would be defined twice`,
      { fix: "delete it, or choose another folder" },
    );
  makeFolder(outputFolder);
  replaceFile(file, text);
  return { text, file };
}
