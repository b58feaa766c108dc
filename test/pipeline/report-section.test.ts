import { describe, expect, it } from "vitest";
import { changesOf } from "../../src/pipeline/changes.ts";
import { reportOf } from "../../src/pipeline/report.ts";
import { sectionOf } from "../../src/pipeline/report-section.ts";

const plan = (...changes: readonly object[]): object => ({
  format_version: "1.2",
  resource_changes: changes.map((change, at) => ({
    address: `aws_thing.a${at}`,
    mode: "managed",
    type: "aws_thing",
    name: `a${at}`,
    ...change,
  })),
});

const section = (json: object): string =>
  sectionOf(
    reportOf(
      { name: "shop", environment: "prod" },
      { text: "the plan", jsonText: JSON.stringify(json), json, rootModule: "{}" },
    ),
    "### Check: pass",
  );

describe("sensitive values", () => {
  it("are listed by address and attribute if they are set, changed or removed", () => {
    const text = section(
      plan(
        {
          change: {
            actions: ["create"],
            before: null,
            after: { name: "a", user: { password: "hunter2" }, keys: ["b"], note: null },
            after_sensitive: { user: { password: true }, keys: [true], note: true },
          },
        },
        {
          change: {
            actions: ["update"],
            before: { password: "a", token: "t", rules: [{ cidr: "10.0.0.0/8" }] },
            after: { password: "b", token: "t", rules: [{ cidr: "0.0.0.0/0" }] },
            before_sensitive: { password: true, token: true, rules: true },
            after_sensitive: { password: true, token: true, rules: true },
          },
        },
        {
          change: {
            actions: ["delete"],
            before: { password: "a" },
            after: null,
            before_sensitive: { password: true },
          },
        },
      ),
    );
    expect(text).toContain(
      [
        "**Sensitive values, neither shown nor part of the fingerprint**",
        "",
        "- `aws_thing.a0`: `keys[0]`, `user.password`",
        "- `aws_thing.a1`: `password`, `rules`",
        "- `aws_thing.a2`: `password`",
      ].join("\n"),
    );
    expect(text).not.toContain("hunter2");
  });

  it("are not mentioned if there are none", () => {
    const text = section(plan({ change: { actions: ["create"], before: null, after: { a: 1 } } }));
    expect(text).not.toContain("Sensitive");
  });
});

it("imported, moved and read resources are listed and have a fingerprint", () => {
  const json = plan(
    {
      change: { actions: ["no-op"], before: {}, after: {}, importing: { id: "vpc-1" } },
    },
    { change: { actions: ["no-op"], before: {}, after: {} }, previous_address: "aws_thing.old" },
    {
      address: "data.aws_thing.a",
      mode: "data",
      change: { actions: ["read"], before: null, after: {} },
    },
    { change: { actions: ["no-op"], before: {}, after: {} } },
  );
  expect(changesOf(json).map(({ action }) => action)).toEqual(["import", "move", "read"]);
  const text = section(json);
  expect(text).toContain("**1 to import**\n\n- `aws_thing.a0`");
  expect(text).toContain("**1 to move in the state**\n\n- `aws_thing.a1` (was `aws_thing.old`)");
  expect(text).toContain("**1 to read during the apply**\n\n- `data.aws_thing.a`");
  expect(text).toMatch(/Fingerprint `berth2-[0-9a-f]{64}`/);
});

it("a plan without changes has no fingerprint", () => {
  const text = section(plan({ change: { actions: ["no-op"], before: {}, after: {} } }));
  expect(text).toMatch(/^## shop: no changes\n/);
  expect(text).not.toContain("ingerprint");
});
