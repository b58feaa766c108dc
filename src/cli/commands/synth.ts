import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../config/load.ts";
import { UserError, makeFolder, replaceFile } from "../../shared/index.ts";
import type { Host } from "../host/host.ts";

export interface SynthFlags {
  readonly config: string;
  readonly env?: string;
  readonly hcl?: boolean;
  readonly out?: string;
}

/** Writes the Terraform configuration to stdout, or to a folder that Terraform can use without Berth. */
export async function run(flags: SynthFlags, host: Host): Promise<number> {
  const settings = await loadConfig(flags.config, flags.env);
  const { synthHcl, synthJson } = await import("../../constructs/synth/index.ts");
  const text = flags.hcl === true ? synthHcl(settings) : synthJson(settings);
  if (flags.out === undefined) {
    host.result(text, flags.hcl === true ? { hcl: text } : JSON.parse(text), "format");
    return 0;
  }
  const [file, otherFile] =
    flags.hcl === true ? ["main.tf", "main.tf.json"] : ["main.tf.json", "main.tf"];
  const path = join(flags.out, file);
  if (existsSync(join(flags.out, otherFile))) {
    throw new UserError(
      "BERTH-E6003",
      `${join(flags.out, otherFile)} already exists; with ${file}, every resource would be defined twice`,
      {
        fix: "delete it, or choose another folder",
      },
    );
  }
  makeFolder(flags.out);
  replaceFile(path, text);
  host.result(path, { file: path });
  return 0;
}
