import { UserError } from "../shared/index.ts";
import type { OperationHost } from "./host.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { type Outputs, visibleOutputs } from "./outputs.ts";
import { openSession } from "./terraform-workspace.ts";

export async function readOutputs(
  options: InfrastructureOptions,
  host: OperationHost,
): Promise<Outputs> {
  const session = await openSession(resolveOptions("output", options), host, "output");
  try {
    const outputs = visibleOutputs(await session.terraform.outputs());
    if (Object.keys(outputs).length === 0)
      throw new UserError("BERTH-E3012", "there are no outputs", {
        fix: `run ${session.suggest("apply")} first`,
      });
    return outputs;
  } finally {
    await session.close();
  }
}
