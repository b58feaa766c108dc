import { UserError } from "../../shared/index.ts";
import { nearestSuggestion } from "../../config/index.ts";
import type { Host } from "../host/host.ts";
import { renderOutputs, renderValue, visibleOutputs } from "../outputs.ts";
import type { ProjectFlags } from "../project-folder.ts";
import { openSession } from "../terraform-workspace.ts";

export interface OutputFlags extends ProjectFlags {
  /** Print only this output. @default all outputs */
  readonly name?: string | undefined;
}

/** Prints the outputs of the last apply. */
export async function run({ name, ...flags }: OutputFlags, host: Host): Promise<number> {
  const session = await openSession(flags, host, "output");
  try {
    const outputs = visibleOutputs(await session.terraform.outputs());
    if (Object.keys(outputs).length === 0) {
      throw new UserError("BERTH-E3003", "there are no outputs", {
        fix: `run ${session.suggest("apply")} first`,
      });
    }
    if (name === undefined) {
      host.result(renderOutputs(outputs), outputs);
      return 0;
    }
    if (!Object.hasOwn(outputs, name)) {
      throw new UserError("BERTH-E6001", `there is no output "${name}"`, {
        fix: nearestSuggestion(name, Object.keys(outputs)),
        exitCode: 64,
      });
    }
    host.result(renderValue(outputs[name]), outputs[name]);
    return 0;
  } finally {
    await session.close();
  }
}
