import { describe, expect, it } from "vitest";
import { testInvalidRequests } from "../support/invalid-request-tests.ts";
import { invalidRequests } from "../support/invalid-requests.ts";

const requests = invalidRequests();

/** The first request of each operation and kind of constraint. The nightly tests send all. */
const firstOfKind = new Map(
  requests
    .toReversed()
    .map((request) => [`${request.service} ${request.operation} ${request.kind}`, request]),
);

testInvalidRequests([...firstOfKind.values()]);

describe("generated invalid requests", () => {
  it("cover every kind of constraint", () => {
    expect(new Set(requests.map(({ kind }) => kind))).toEqual(
      new Set(["required", "enum", "length", "range", "pattern", "elements"]),
    );
  });
});
