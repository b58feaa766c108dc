import { expect, it } from "vitest";
import { differencesIn } from "../../src/rehearsal/terraform-copy/plan-differences.ts";

const plan = (change: object, output_changes: object = {}): object => ({
  resource_changes: [{ address: "aws_lb.l", change }],
  output_changes,
});

it("lists nested attributes one by one", () => {
  const [found] = differencesIn(
    plan({
      actions: ["update"],
      before: { id: "x", tags: { a: "1", b: "2" }, rules: [{ port: 80 }] },
      after: { id: "x", tags: { a: "1", b: "3" }, rules: [{ port: 81 }] },
      after_unknown: {},
    }),
  );
  expect(found?.attributes).toEqual([
    { path: "tags.b", before: '"2"', after: '"3"', replaces: false },
    { path: "rules.0.port", before: "80", after: "81", replaces: false },
  ]);
});

it("marks attributes that force a replacement, and values that are known after apply", () => {
  const [found] = differencesIn(
    plan({
      actions: ["delete", "create"],
      before: { id: "x", name: "a" },
      after: { name: "b" },
      after_unknown: { id: true },
      replace_paths: [["name"]],
    }),
  );
  expect(found?.attributes).toEqual([
    { path: "id", before: '"x"', after: "(known after apply)", replaces: false },
    { path: "name", before: '"a"', after: '"b"', replaces: true },
  ]);
});

it("hides sensitive values", () => {
  const shown = JSON.stringify(
    differencesIn(
      plan(
        {
          actions: ["update"],
          before: { secret: "hunter2", map: { inner: "hunter3" } },
          after: { secret: "hunter4", map: { inner: "hunter5" } },
          before_sensitive: { secret: true, map: { inner: true } },
          after_sensitive: { secret: true, map: { inner: true } },
        },
        {
          password: {
            actions: ["update"],
            before: "hunter6",
            after: "hunter7",
            after_sensitive: true,
          },
        },
      ),
    ),
  );
  expect(shown).toContain("(sensitive)");
  expect(shown).not.toContain("hunter");
});

it("ignores unchanged resources and data sources", () => {
  expect(differencesIn(plan({ actions: ["no-op"] }))).toEqual([]);
  expect(differencesIn(plan({ actions: ["read"] }))).toEqual([]);
});
