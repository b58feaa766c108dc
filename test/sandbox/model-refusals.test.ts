import { describe, expect, it } from "vitest";
import { testModelRefusals } from "../support/model-refusal-tests.ts";
import { modelRefusals } from "../support/model-refusals.ts";

const refusals = modelRefusals();

/** The first request of each operation and kind of constraint. The nightly tests send all. */
const firstOfKind = new Map(
  refusals
    .toReversed()
    .map((refusal) => [`${refusal.service} ${refusal.operation} ${refusal.kind}`, refusal]),
);

testModelRefusals([...firstOfKind.values()]);

describe("generated refusals", () => {
  it("cover every kind of constraint", () => {
    expect(new Set(refusals.map(({ kind }) => kind))).toEqual(
      new Set(["required", "enum", "length", "range", "pattern", "elements"]),
    );
  });
});
