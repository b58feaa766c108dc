import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BlockSchema } from "../../../src/constructs/provider/arguments.ts";
import { REQUIRED_PROVIDER } from "../../../src/constructs/provider/aws-resource.ts";
import { PROVIDER_SCHEMA } from "../../../src/constructs/provider/provider-arguments.generated.ts";
import {
  folder,
  GENERATED_VERSION,
  readSchema,
  writeTypes,
} from "../../../tools/provider-types/provider-types.ts";
import { differences } from "../../../tools/provider-types/schema.ts";
import { resourceTypes } from "../../../tools/provider-types/types.ts";
import { testFolder } from "../../support/folder.ts";

const generatedFiles = (directory: string): Map<string, string> =>
  new Map(
    readdirSync(directory)
      .filter((name) => name.endsWith(".generated.ts"))
      .map((name) => [name, readFileSync(join(directory, name), "utf8")]),
  );

describe("the types of the AWS provider", () => {
  it("are in the schema of the installed provider", async () => {
    const { schema, version } = await readSchema(REQUIRED_PROVIDER);
    const found = differences("provider", PROVIDER_SCHEMA, schema.provider.block);
    for (const [type, className] of Object.entries(resourceTypes)) {
      const file = `${type.replace(/^aws_/, "").replaceAll("_", "-")}.generated.ts`;
      const module = (await import(join(folder, file))) as Readonly<
        Record<string, { readonly schema: BlockSchema }> // as generate.ts writes it
      >;
      const own = module[className]?.schema ?? {};
      expect(Object.keys(own), type).not.toEqual([]);
      found.push(...differences(type, own, schema.resource_schemas[type]?.block ?? {}));
    }
    expect(found).toEqual([]);
    if (version !== GENERATED_VERSION) return;
    const target = testFolder();
    writeTypes(target, schema, version);
    expect(generatedFiles(folder)).toEqual(generatedFiles(target));
  });
});
