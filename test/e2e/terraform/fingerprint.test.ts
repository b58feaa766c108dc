import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fingerprintOf } from "../../../src/pipeline/fingerprint/fingerprint.ts";
import { findEngine } from "../../../src/terraform/engine.ts";
import { testFolder } from "../../support/folder.ts";

/** The built-in resource terraform_data needs no provider, so that a plan takes less than a second. */
const MODULE = `
variable "name" {}
resource "terraform_data" "inner" { input = var.name }
output "name" { value = var.name }
`;

interface Wiring {
  readonly direct: string;
  readonly local: string;
  readonly module: string;
  readonly size: string;
}

const UNCHANGED: Wiring = { direct: "a", local: "a", module: "a", size: "9007199254740993" };

const configuration = ({ direct, local, module, size }: Wiring): string => `
resource "terraform_data" "a" {}
resource "terraform_data" "b" {}
locals { picked = terraform_data.${local}.id }
module "m" {
  source = "./m"
  name   = terraform_data.${module}.id
}
resource "terraform_data" "direct" { input = terraform_data.${direct}.id }
resource "terraform_data" "local" { input = local.picked }
resource "terraform_data" "output" { input = module.m.name }
resource "terraform_data" "size" { input = ${size} }
`;

it("the fingerprint of a real plan contains the references of unknown values", async () => {
  const engine = await findEngine({ env: process.env });
  const folder = testFolder();
  mkdirSync(join(folder, "m"));
  writeFileSync(join(folder, "m", "main.tf"), MODULE);
  const terraform = (...args: string[]): string =>
    execFileSync(engine.path, args, {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, CHECKPOINT_DISABLE: "1" },
      stdio: ["ignore", "pipe", "ignore"],
    });
  const print = (change: Partial<Wiring>): string | undefined => {
    writeFileSync(join(folder, "main.tf"), configuration({ ...UNCHANGED, ...change }));
    terraform("plan", "-input=false", "-out=plan.tfplan");
    return fingerprintOf(terraform("show", "-json", "plan.tfplan"));
  };
  writeFileSync(join(folder, "main.tf"), configuration(UNCHANGED));
  terraform("init", "-input=false");
  const prints = [
    print({}),
    print({ direct: "b" }),
    print({ local: "b" }),
    print({ module: "b" }),
    print({ size: "9007199254740992" }),
  ];
  expect(prints).not.toContain(undefined);
  expect(new Set(prints).size).toBe(prints.length);
  expect(print({})).toBe(prints[0]);
});
