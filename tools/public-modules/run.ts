// npm run public-modules -- <folder>: applies examples of public modules in a sandbox, plans again and destroys them. The modules
// are not in this repository. The folder contains vpc (terraform-aws-modules/terraform-aws-vpc v5.21.0), ecs (terraform-aws-ecs
// v5.12.1) and alb (terraform-aws-alb v9.17.0). Exits with 1 if a plan has changes, resources remain or a call is not implemented.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runLifecycle } from "../../test/support/terraform-lifecycle.ts";

const MODULES = ["vpc", "ecs", "alb"];
const EXAMPLES = ["vpc/examples/simple", "ecs/examples/fargate", "ecs/examples/complete"];

const [source] = process.argv.slice(2);
if (source === undefined) throw new TypeError("pass the folder that contains vpc, ecs and alb");

/** Copies the modules, and replaces the registry addresses in an example by the folders of the copies. */
function prepare(directory: string, example: string): void {
  for (const name of MODULES)
    cpSync(join(source ?? "", name), join(directory, name), {
      recursive: true,
      filter: (path) => !path.includes(".terraform") && !path.includes("terraform.tfstate"),
    });
  const file = join(directory, example, "main.tf");
  const text = readFileSync(file, "utf8").replaceAll(
    /source\s*= "terraform-aws-modules\/(\w+)\/aws"\n\s*version\s*= "[^"]*"/g,
    'source = "../../../$1"',
  );
  writeFileSync(file, text);
  // The override of the root module connects the provider to the sandbox.
  const override = "berth_override.tf.json";
  cpSync(join(directory, override), join(directory, example, override));
}

for (const example of EXAMPLES) {
  const { isStable, left, notImplemented } = await runLifecycle({
    region: "eu-west-1",
    folder: example,
    prepare: (directory) => prepare(directory, example),
  });
  const problems = [
    ...(isStable ? [] : ["the second plan has changes"]),
    ...left.map((resource) => `${resource} remains`),
    ...notImplemented.map((call) => `${call} is not implemented`),
  ];
  console.log(`${example}: ${problems.length === 0 ? "pass" : problems.join(", ")}`);
  if (problems.length > 0) process.exitCode = 1;
}
