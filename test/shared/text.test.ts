import { describe, expect, it } from "vitest";
import { countOf, duration, withoutColor, wrap } from "../../src/shared/text.ts";

describe("wrap", () => {
  it("breaks a text between words, with lines of at most 100 characters", () => {
    const lines = wrap(Array.from({ length: 40 }, () => "word").join(" "), "    ");
    expect(lines.map(({ length }) => length)).toEqual([98, 98, 13]);
    expect(lines[2]).toBe("    word word");
  });

  it("puts a longer word on a separate line", () => {
    const long = "x".repeat(120);
    expect(wrap(`a ${long} b`, "  ")).toEqual(["  a", `  ${long}`, "  b"]);
  });

  it("joins lines and repeated spaces", () => {
    expect(wrap("a\n b   c", "")).toEqual(["a b c"]);
  });
});

describe("duration", () => {
  it.each([
    [0, "0s"],
    [4.6, "5s"],
    [59.4, "59s"],
    [59.6, "1m00s"],
    [60, "1m00s"],
    [65, "1m05s"],
    [119.6, "2m00s"],
    [3_725, "62m05s"],
  ])("of %d seconds is %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe("countOf", () => {
  it("adds an s except for one", () => {
    expect([0, 1, 2].map((count) => countOf(count, "error"))).toEqual([
      "0 errors",
      "1 error",
      "2 errors",
    ]);
  });
});

describe("withoutColor", () => {
  it("returns the text", () => {
    expect(withoutColor("red", "a")).toBe("a");
  });
});
