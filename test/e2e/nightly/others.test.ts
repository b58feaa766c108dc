import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runLifecycle } from "../../support/terraform-lifecycle.ts";

describe.concurrent("the sandbox supports a configuration that Berth did not generate", () => {
  it.each([
    ["with many kinds of resources", "wide.tf", "us-east-1"],
    ["with what every account has, and defaults of public modules", "defaults.tf", "eu-west-1"],
  ])("%s", async (_name, file, region) => {
    const result = await runLifecycle({
      region,
      prepare: (directory) =>
        copyFileSync(new URL(file, import.meta.url), join(directory, "main.tf")),
    });
    expect(result).toEqual({ isStable: true, left: [], notImplemented: [] });
  });
});
