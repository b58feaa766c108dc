import { UserError } from "../shared/errors.ts";
import { isJson, type Json } from "../plan/plan-json.ts";
import type { TerraformWorkspace } from "./terraform-session.ts";

/**
 * What a data source of Terraform's says of an account: Terraform looks, with whatever credentials it has, and keeps no
 * state of it.
 *
 * @throws UserError BERTH-E3003, in Terraform's words, where it refuses
 */
export async function readDataSource(
  room: TerraformWorkspace,
  at: { readonly account: string; readonly region: string },
  source: string,
  options: Json,
): Promise<Json> {
  const { REQUIRED_PROVIDER } = await import("../constructs/synth/root-module.ts");
  room.write(
    `${JSON.stringify({
      terraform: {
        backend: { local: { path: "terraform.tfstate" } },
        required_providers: { aws: { source: "hashicorp/aws", version: REQUIRED_PROVIDER } },
      },
      provider: { aws: { region: at.region, allowed_account_ids: [at.account] } },
      data: { [source]: { seen: options } },
      output: { seen: { value: `\${data.${source}.seen}` } },
    })}\n`,
  );
  await room.init("leave");
  room.plan.prepare();
  const outcome = await room.terraform.plan(room.plan.path, { lock: false }, () => {});
  const refusal = outcome.diagnostics.find((diagnostic) => diagnostic.severity === "error");
  if (refusal) throw new UserError("BERTH-E3003", `${refusal.summary} ${refusal.detail}`);
  const plan = await room.terraform.showJson(room.plan.path);
  const found = ["planned_values", "outputs", "seen", "value"].reduce<unknown>(
    (value, key) => (isJson(value) ? value[key] : undefined),
    plan,
  );
  if (!isJson(found)) throw new TypeError(`terraform planned without reading ${source}`);
  return found;
}
