import { describe, expect, it } from "vitest";
import { FINE } from "./kit.ts";
import { network } from "./network.ts";
import { permissions } from "./permissions.ts";

const failures = [...network, ...permissions];

describe.each(failures)("$id $title", ({ says, broken, repaired }) => {
  it("fails in AWS's words", async () => {
    const words = await broken();
    if (typeof says === "string") expect(words).toContain(says);
    else expect(words).toMatch(says);
  });

  it("is fine once it is repaired", async () => {
    expect(await repaired()).toBe(FINE);
  });
});
