import { describe, expect, it } from "vitest";
import { isObject } from "../../src/shared/json.ts";

describe("isObject", () => {
  it.each([
    ["{}", true],
    ['{"a":1}', true],
    ["[]", false],
    ["null", false],
    ['"text"', false],
    ["1", false],
    ["true", false],
  ])("of %s is %s", (json, expected) => {
    expect(isObject(JSON.parse(json))).toBe(expected);
  });

  it("is false without a value", () => {
    expect(isObject(undefined)).toBe(false);
  });
});
