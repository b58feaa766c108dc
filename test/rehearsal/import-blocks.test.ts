import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { notImplementedMessage } from "../../src/failures/not-implemented.ts";
import { readConfiguration } from "../../src/rehearsal/terraform-copy/hcl-modules.ts";
import { removeFailedImports } from "../../src/rehearsal/terraform-copy/import-blocks.ts";
import type { Diagnostic } from "../../src/terraform/events.ts";
import { folderOf } from "./excluded-folder.ts";

const FILES = {
  "main.tf": `import {
  to = aws_cloudwatch_log_group.app
  id = "/app"
}
import {
  for_each = toset(["a", "b"])
  to       = aws_subnet.app[each.key] # one for each zone
  id       = each.key
}
resource "aws_cloudwatch_log_group" "app" {
  name = "/app"
}
`,
  "more.tf.json": JSON.stringify({
    import: [
      { to: "aws_vpc.app", id: "vpc-1" },
      { to: "${aws_lb.app}", id: "arn" },
    ],
  }),
};

const problem = (detail: string, address?: string): Diagnostic => ({
  severity: "error",
  summary: "Cannot import non-existent remote object",
  detail,
  ...(address === undefined ? {} : { address }),
});

const missing = (address: string): Diagnostic =>
  problem(
    `While attempting to import an existing object to ${JSON.stringify(address)}, the provider detected that no object exists with the given id.`,
  );

/** The addresses and the remaining text after import blocks were removed. */
async function removed(
  problems: readonly Diagnostic[],
): Promise<{ addresses: readonly string[]; hcl: string; json: string }> {
  const root = folderOf(FILES);
  const [loaded] = (await readConfiguration(root, "terraform")).modules;
  const addresses = loaded ? removeFailedImports(loaded.module, problems) : [];
  const text = (name: string): string => readFileSync(join(root, name), "utf8");
  return { addresses, hcl: text("main.tf"), json: text("more.tf.json") };
}

describe("import blocks of objects that do not exist in the sandbox", () => {
  it("are removed, with every key of a for_each", async () => {
    const { addresses, hcl, json } = await removed([
      missing("aws_cloudwatch_log_group.app"),
      missing('aws_subnet.app["a"]'),
    ]);
    expect(addresses).toEqual(["aws_cloudwatch_log_group.app", "aws_subnet.app"]);
    expect(hcl.trim()).toBe(FILES["main.tf"].slice(FILES["main.tf"].indexOf("resource")).trim());
    expect(json).toBe(FILES["more.tf.json"]);
  });

  it("are removed from files in Terraform's JSON syntax", async () => {
    const { addresses, hcl, json } = await removed([missing("aws_lb.app")]);
    expect(addresses).toEqual(["aws_lb.app"]);
    expect(hcl).toBe(FILES["main.tf"]);
    expect(JSON.parse(json)).toEqual({ import: [{ to: "aws_vpc.app", id: "vpc-1" }] });
  });

  it("are all removed if the sandbox cannot read an object, because Terraform does not name it", async () => {
    const { addresses, hcl } = await removed([problem(notImplementedMessage("rds:DescribeX"))]);
    expect(addresses).toEqual([
      "aws_cloudwatch_log_group.app",
      "aws_subnet.app",
      "aws_vpc.app",
      "aws_lb.app",
    ]);
    expect(hcl).not.toContain("import");
  });

  it("are kept after any other error", async () => {
    const { addresses, hcl } = await removed([
      problem("api error InvalidParameterValue: x"),
      problem(notImplementedMessage("rds:CreateX"), "aws_db_instance.app"),
      missing("aws_db_instance.app"),
    ]);
    expect(addresses).toEqual([]);
    expect(hcl).toBe(FILES["main.tf"]);
  });
});
