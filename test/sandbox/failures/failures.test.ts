import { describe, expect, it } from "vitest";
import { failures } from "./index.ts";
import { FINE } from "./kit.ts";

describe.each(failures)("$id $title", ({ says, broken, repaired }) => {
  it("fails in AWS's words", async () => {
    expect(await broken()).toMatch(says);
  });

  it("is fine once it is repaired", async () => {
    expect(await repaired()).toBe(FINE);
  });
});

it("shows at least 90 of the catalogue's failures", () => {
  expect(new Set(failures.map(({ id }) => id)).size).toBeGreaterThanOrEqual(90);
});
