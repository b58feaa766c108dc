import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dataSourcesIn, deferReads } from "../../src/rehearsal/terraform-copy/deferred-reads.ts";
import { readConfiguration, readModule } from "../../src/rehearsal/terraform-copy/hcl-modules.ts";
import { blocksByTypeAndName } from "../../src/rehearsal/terraform-copy/module-blocks.ts";
import { testFolder } from "../support/folder.ts";

const DEPENDENCY = "terraform_data.later";

/** A configuration with a root module and a module that is called twice. */
async function configurationOf(files: Readonly<Record<string, string>>) {
  const root = testFolder();
  mkdirSync(join(root, "child"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  const { modules } = await readConfiguration(root, "terraform");
  return { root, modules };
}

const dependsOnOf = async (directory: string): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    blocksByTypeAndName(await readModule(directory), "data").map(({ type, name, bodies }) => [
      `${type}.${name}`,
      bodies.map((body) => body["depends_on"]),
    ]),
  );

describe("deferred reads", () => {
  it("get a dependency on a terraform_data, in each form of a block", async () => {
    const { root, modules } = await configurationOf({
      "main.tf": [
        'data "aws_vpc" "empty" {}',
        'data "aws_vpc" "line" { default = true }',
        'data "aws_vpc" "existing" {\n  depends_on = [aws_eip.a]\n}',
        'data "aws_vpc" "other" {\n  default = true\n}',
        'resource "aws_eip" "a" {}\n',
      ].join("\n"),
      "more.tf.json": '{"data":{"aws_subnet":{"json":{"depends_on":["aws_eip.a"]}}}}',
      "main_override.tf": 'data "aws_vpc" "line" {\n  default = false\n}\n',
    });
    const addresses = ["aws_vpc.empty", "aws_vpc.line", "aws_vpc.existing", "aws_subnet.json"];
    deferReads(modules, new Set(addresses.map((address) => `data.${address}`)), "later");
    expect(await dependsOnOf(root)).toEqual({
      "aws_vpc.empty": [[`\${${DEPENDENCY}}`]],
      "aws_vpc.line": [[`\${${DEPENDENCY}}`], undefined],
      "aws_vpc.existing": [[`\${${DEPENDENCY}}`, "${aws_eip.a}"]],
      "aws_vpc.other": [undefined],
      "aws_subnet.json": [[DEPENDENCY, "aws_eip.a"]],
    });
    expect(JSON.parse(readFileSync(join(root, "zzzz_berth_deferred.tf.json"), "utf8"))).toEqual({
      resource: { terraform_data: { later: {} } },
    });
  });

  it("are found by the address of any call of their module", async () => {
    const { root, modules } = await configurationOf({
      "main.tf": 'module "a" {\n  source = "./child"\n}\nmodule "b" {\n  source = "./child"\n}\n',
      "child/main.tf": 'data "aws_vpc" "main" {\n  default = true\n}\n',
    });
    expect(dataSourcesIn(modules)).toEqual(
      ["a", "b"].map((call) => ({
        type: "aws_vpc",
        address: `module.${call}.data.aws_vpc.main`,
      })),
    );
    deferReads(modules, new Set(["module.b.data.aws_vpc.main"]), "later");
    expect(await dependsOnOf(join(root, "child"))).toEqual({
      "aws_vpc.main": [[`\${${DEPENDENCY}}`]],
    });
  });
});
