import { describe, expect, it } from "vitest";
import { loadModel, structureAt } from "../../../src/service-models/index.ts";
import {
  requestMembers,
  returnableMembers,
} from "../../../src/sandbox/resource-store/model-members.ts";
import { services } from "../../../src/sandbox/services/all.ts";

/** Operations that resource types have generated. */
const generated = services.flatMap(({ name, operations }) =>
  Object.entries(operations).flatMap(([operation, { storedParameters, supportedParameters }]) =>
    storedParameters === undefined
      ? []
      : [{ service: name, operation, storedParameters, supportedParameters }],
  ),
);

describe("stored resources", () => {
  it("keep the members of a request that the description has with the same type", () => {
    const kept = returnableMembers("rds", "CreateDBInstance", "DBInstance");
    expect(kept).toContain("BackupRetentionPeriod");
    // A list of names in the request, and a list of structures in the description.
    expect(kept).not.toContain("DBSecurityGroups");
    // Only the request has the password.
    expect(kept).not.toContain("MasterUserPassword");
  });

  it("compare types at every depth", () => {
    expect(returnableMembers("dynamodb", "CreateTable", "TableDescription")).toEqual(
      expect.arrayContaining(["KeySchema", "GlobalSecondaryIndexes", "OnDemandThroughput"]),
    );
    // The rules of a bucket that are named in the request are not those of the description.
    expect(
      returnableMembers("elasticache", "CreateReplicationGroup", "ReplicationGroup"),
    ).not.toContain("LogDeliveryConfigurations");
  });

  it("support only members of the request, each once", () => {
    const wrong = generated.filter(({ service, operation, supportedParameters }) => {
      const members = Object.keys(requestMembers(service, operation));
      return (
        supportedParameters.some((name) => !members.includes(name)) ||
        new Set(supportedParameters).size < supportedParameters.length
      );
    });
    expect(generated.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  it("support the required members of a request", () => {
    const missing = generated.flatMap(({ service, operation, supportedParameters }) => {
      const model = loadModel(service);
      const required = structureAt(model, model.operations[operation]?.i ?? -1).r ?? [];
      return required
        .filter((name) => !supportedParameters.includes(name))
        .map((name) => `${service}:${operation} ${name}`);
    });
    expect(missing).toEqual([]);
  });
});
