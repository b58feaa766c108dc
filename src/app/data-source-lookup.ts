import { REQUIRED_PROVIDER } from "../constructs/synth/index.ts";
import { UserError } from "../shared/index.ts";
import { isObject, type Json } from "../plan/index.ts";
import type { TerraformWorkspace } from "./terraform-workspace.ts";

/**
 * Reads a Terraform data source in an account, with the credentials of the environment. No state is kept.
 *
 * @throws UserError BERTH-E3003 with Terraform's message if the data source cannot be read
 */
export async function readDataSource(
  workspace: TerraformWorkspace,
  target: { readonly account: string; readonly region: string },
  source: string,
  options: Json,
): Promise<Json> {
  workspace.writeRootModule(
    `${JSON.stringify({
      terraform: {
        backend: { local: { path: "terraform.tfstate" } },
        required_providers: { aws: { source: "hashicorp/aws", version: REQUIRED_PROVIDER } },
      },
      provider: { aws: { region: target.region, allowed_account_ids: [target.account] } },
      data: { [source]: { lookup: options } },
      output: { lookup: { value: `\${data.${source}.lookup}` } },
    })}\n`,
  );
  await workspace.init("leave");
  workspace.plan.prepare();
  const outcome = await workspace.terraform.plan(workspace.plan.path, { lock: false }, () => {});
  const error = outcome.diagnostics.find((diagnostic) => diagnostic.severity === "error");
  if (error) throw new UserError("BERTH-E3003", `${error.summary} ${error.detail}`);
  const plan = await workspace.terraform.showJson(workspace.plan.path);
  const attributes = ["planned_values", "outputs", "lookup", "value"].reduce<unknown>(
    (value, key) => (isObject(value) ? value[key] : undefined),
    plan,
  );
  if (!isObject(attributes)) throw new TypeError(`the plan does not contain ${source}`);
  return attributes;
}
