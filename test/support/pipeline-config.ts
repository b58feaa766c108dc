import { resolveConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/options.ts";
import { workflowText } from "../../src/pipeline/workflow.ts";
import { type PackageManagerName, packageManagerNamed } from "../../src/shared/package-manager.ts";

/** The smallest config with a pipeline. */
export const pipelineConfig: Config = {
  name: "shop",
  region: "eu-west-1",
  account: "111122223333",
  loadBalancer: false,
  state: { bucket: "shop-states" },
  pipeline: {},
};

/** The GitHub Actions workflow of a config, with all its environments. */
export function generateWorkflow(
  config: Config,
  file = "berth.config.ts",
  packageManager: PackageManagerName = "npm",
): string {
  const names = Object.keys(config.environments ?? {});
  const environments =
    names.length === 0 ? [resolveConfig(config)] : names.map((name) => resolveConfig(config, name));
  return workflowText(
    { name: config.name, environments },
    file,
    packageManagerNamed(packageManager),
  );
}
