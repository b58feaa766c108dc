import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runLifecycle } from "../../support/terraform-lifecycle.ts";

/**
 * A folder with public modules: vpc (terraform-aws-modules/terraform-aws-vpc v5.21.0), ecs (terraform-aws-ecs v5.12.1) and
 * alb (terraform-aws-alb v9.17.0). They are not in this repository. Without them, the tests are skipped.
 */
const modules = process.env["BERTH_TEST_MODULES"] ?? "";

/** Replaces the registry addresses of modules by their folders. */
function useLocalModules(example: string): void {
  const file = join(example, "main.tf");
  const text = readFileSync(file, "utf8").replaceAll(
    /source\s*= "terraform-aws-modules\/(\w+)\/aws"\n\s*version\s*= "[^"]*"/g,
    'source = "../../../$1"',
  );
  writeFileSync(file, text);
}

describe.skipIf(modules === "").concurrent("examples of public modules", () => {
  it.each(["vpc/examples/simple", "ecs/examples/fargate", "ecs/examples/complete"])(
    "%s is applied, has no changes and is destroyed",
    async (folder) => {
      const result = await runLifecycle({
        region: "eu-west-1",
        // The shared provider of the tests does not know all resource types of the modules.
        startsProvider: true,
        folder,
        prepare: (directory) => {
          for (const name of ["vpc", "ecs", "alb"])
            cpSync(join(modules, name), join(directory, name), {
              recursive: true,
              filter: (path) => !path.includes(".terraform") && !path.includes("terraform.tfstate"),
            });
          useLocalModules(join(directory, folder));
          // The override of the root module points the provider to the sandbox.
          const override = "berth_override.tf.json";
          cpSync(join(directory, override), join(directory, folder, override));
        },
      });
      expect(result).toEqual({ isStable: true, left: [], notImplemented: [] });
    },
  );
});
