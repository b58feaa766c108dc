import { beforeAll, describe, expect, it } from "vitest";
import {
  attributeCoverage,
  attributeStatus,
  coveredFamilies,
  coverageOf,
  entriesOf,
  irrelevantTypeReason,
} from "../../../src/checks/attribute-coverage/index.ts";
import { GENERATED_VERSION, readSchema } from "../../../tools/provider-types/provider-types.ts";
import { configurablePaths, type ProviderSchema } from "../../../tools/provider-types/schema.ts";

/** The attribute coverage of the checks, compared with the schema of the installed AWS provider. */
describe("the attribute coverage", () => {
  let schema: ProviderSchema;
  beforeAll(async () => {
    ({ schema } = await readSchema(GENERATED_VERSION));
  }, 300_000);

  it("has every type that can affect tasks", () => {
    const missing = Object.keys(schema.resource_schemas).filter(
      (type) =>
        coveredFamilies.test(type) &&
        coverageOf(type) === undefined &&
        irrelevantTypeReason(type) === undefined,
    );
    expect(missing).toEqual([]);
  });

  it("has every attribute that a configuration can set", () => {
    const missing = Object.entries(attributeCoverage).flatMap(([type, coverage]) => {
      const resource = schema.resource_schemas[type];
      if (!resource || entriesOf(coverage).has("*")) return [];
      return configurablePaths(resource.block)
        .filter((path) => {
          const status = attributeStatus(coverage, path);
          return status.kind === "unread" && !status.isListed;
        })
        .map((path) => `${type}.${path}`);
    });
    expect(missing).toEqual([]);
  });
});
