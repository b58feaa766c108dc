import { UserError } from "../../shared/errors.ts";
import { nearest } from "../../config/nearest.ts";
import type { Host } from "../host/host.ts";
import { renderOutputs, renderValue, visibleOutputs } from "../outputs.ts";
import { openSession, type ProjectFlags } from "../terraform-session.ts";

/** Prints the outputs of the last apply: all of them, or one by name. */
export async function run(flags: ProjectFlags, host: Host, name?: string): Promise<number> {
  const session = await openSession(flags, host, "output");
  try {
    const outputs = visibleOutputs(await session.terraform.outputs());
    if (Object.keys(outputs).length === 0) {
      throw new UserError("BERTH-E3003", "there are no outputs yet", {
        fix: `${session.suggest("apply")} creates them`,
      });
    }
    if (name === undefined) {
      host.result(renderOutputs(outputs), outputs);
      return 0;
    }
    if (!Object.hasOwn(outputs, name)) {
      throw new UserError("BERTH-E6001", `there is no output "${name}"`, {
        fix: nearest(name, Object.keys(outputs)),
        exitCode: 64,
      });
    }
    host.result(renderValue(outputs[name]), outputs[name]);
    return 0;
  } finally {
    await session.close();
  }
}
