import { output } from "../../app/index.ts";
import { nearestSuggestion } from "../../config/index.ts";
import { UserError } from "../../shared/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { runOperation } from "../host/operation-host.ts";
import { infrastructureOptions, type ProjectFlags } from "../project-flags.ts";
import { renderOutputs, renderValue } from "../render-outputs.ts";

export interface OutputFlags extends ProjectFlags {
  /** Print only this output. @default all outputs */
  readonly name?: string | undefined;
}

/** Prints the outputs of the last apply. */
export async function run({ name, ...flags }: OutputFlags, host: Host): Promise<ExitCode> {
  return runOperation(
    host,
    (operationHost) => output(infrastructureOptions(flags), operationHost),
    (outputs) => {
      if (name === undefined) {
        host.result(renderOutputs(outputs), outputs);
        return 0;
      }
      if (!Object.hasOwn(outputs, name))
        throw new UserError("BERTH-E6005", `there is no output "${name}"`, {
          fix: nearestSuggestion(name, Object.keys(outputs)),
          exitCode: 64,
        });
      host.result(renderValue(outputs[name]), outputs[name]);
      return 0;
    },
  );
}
