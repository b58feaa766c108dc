import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exclude } from "../../src/rehearsal/terraform-copy/exclusions.ts";
import { readConfiguration } from "../../src/rehearsal/terraform-copy/hcl-modules.ts";
import { excludeFrom, folderOf, runsLocalCode, skipsLocalCode } from "./excluded-folder.ts";

describe("exclusions", () => {
  it("do not change the files of a configuration without skipped blocks", async () => {
    const text = 'resource "aws_vpc" "x" {   \n}\n\n\n';
    const root = folderOf({ "main.tf": text });
    await exclude(await readConfiguration(root, "terraform"), skipsLocalCode, "terraform");
    expect(readFileSync(join(root, "main.tf"), "utf8")).toBe(text);
  });

  it("fail for an action of another provider, because actions cannot be skipped", async () => {
    await expect(excludeFrom({ "main.tf": 'action "acme_call" "x" {\n}\n' })).rejects.toMatchObject(
      {
        code: "BERTH-E5013",
      },
    );
  });

  it("fail for a duplicate key in JSON, because JSON.parse ignores the first value", async () => {
    const twice = '{"resource":{"cloudflare_record":{"x":{}}},"resource":{"aws_vpc":{"y":{}}}}';
    await expect(excludeFrom({ "main.tf.json": twice })).rejects.toMatchObject({
      code: "BERTH-E5007",
    });
  });

  it("read .tofu files with OpenTofu only", async () => {
    const files = {
      "main.tf": 'resource "aws_vpc" "x" {\n}\n',
      "main.tofu": 'resource "cloudflare_record" "x" {\n}\n',
    };
    expect((await excludeFrom(files, runsLocalCode, "tofu")).skippedProviders).toHaveLength(1);
    expect((await excludeFrom(files)).skippedProviders).toEqual([]);
  });
});
