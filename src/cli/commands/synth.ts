import { synth } from "../../app/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { defined } from "../project-flags.ts";

export interface SynthFlags {
  readonly config: string;
  readonly env?: string;
  readonly hcl?: boolean;
  readonly out?: string;
}

/** Writes the Terraform configuration to stdout, or to a folder that Terraform can use without Berth. */
export async function run(flags: SynthFlags, host: Host): Promise<ExitCode> {
  const { config, env: environment, hcl: isHcl = false, out: outputFolder } = flags;
  const { files, paths } = await synth({
    ...defined({ config, environment, outputFolder }),
    format: isHcl ? "hcl" : "json",
  });
  if (paths !== undefined) {
    host.result(paths.join("\n"), { files: paths });
    return 0;
  }
  const texts = Object.entries(files);
  if (isHcl) {
    const text = texts.map(([name, part]) => `# ${name}\n\n${part}`).join("\n");
    host.result(text, { files }, "format");
  } else if (texts.length === 1) {
    const [[, text] = ["", ""]] = texts;
    host.result(text, JSON.parse(text), "format");
  } else {
    // Several root modules: the JSON of each by the path of its file.
    const modules = Object.fromEntries(
      texts.map(([name, text]): [string, unknown] => [name, JSON.parse(text)]),
    );
    host.result(`${JSON.stringify(modules, undefined, 2)}\n`, modules, "format");
  }
  return 0;
}
