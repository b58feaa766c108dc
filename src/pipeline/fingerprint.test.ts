import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprintOf, isFingerprint } from "./fingerprint.ts";

type Json = Record<string, unknown>;

interface Changed extends Json {
  address: string;
  change: Json & { actions: string[]; before: unknown; after: unknown };
}

const key = fc.stringMatching(/^[a-z_]{1,8}$/);
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const content = fc.dictionary(
  key,
  fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(key, scalar, { maxKeys: 3 })),
  { minKeys: 1, maxKeys: 5 },
);

const actions = fc.constantFrom(
  ["create"],
  ["update"],
  ["delete"],
  ["delete", "create"],
  ["create", "delete"],
);

const changed = fc
  .record({ name: key, actions, before: content, after: content })
  .map(({ name, actions, before, after }): Changed => ({
    address: `aws_thing.${name}`,
    type: "aws_thing",
    name,
    change: {
      actions: [...actions],
      before: actions[0] === "create" && actions.length === 1 ? null : before,
      after: actions[0] === "delete" && actions.length === 1 ? null : after,
      after_unknown: {},
      before_sensitive: {},
      after_sensitive: {},
      replace_paths: actions.length > 1 ? [["zone"], ["tags", "a"]] : [],
    },
  }));

const plans = fc
  .uniqueArray(changed, { selector: ({ address }) => address, minLength: 1, maxLength: 5 })
  .map((resource_changes) => ({
    format_version: "1.2",
    terraform_version: "1.11.4",
    timestamp: "2026-11-24T00:00:00Z",
    resource_changes,
    output_changes: {},
    configuration: {
      provider_config: {
        aws: { name: "aws", expressions: { region: { constant_value: "eu-west-1" } } },
      },
    },
  }));

/** The same JSON with the keys of every object the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, one]) => [name, turned(one)]),
  );
}

const planOf = (change: Json): Json => ({
  resource_changes: [{ address: "aws_thing.a", change }],
});

const update = (before: Json, after: Json, more: Json = {}): string =>
  fingerprintOf(planOf({ actions: ["update"], before, after, after_unknown: {}, ...more }));

describe("a fingerprint is the same", () => {
  it("in whatever order keys and resources come", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const other = turned({ ...plan, resource_changes: [...plan.resource_changes].reverse() });
        expect(fingerprintOf(other)).toBe(fingerprintOf(plan));
        expect(isFingerprint(fingerprintOf(plan))).toBe(true);
      }),
    );
  });

  it("on another day, with another engine, and beside resources that stay as they are", () => {
    fc.assert(
      fc.property(plans, content, (plan, before) => {
        const idle = ["no-op", "read"].map((action) => ({
          address: `aws_thing.idle_${action}`,
          change: { actions: [action], before, after: before },
        }));
        const later = {
          ...plan,
          terraform_version: "1.13.5",
          timestamp: "2026-11-26T00:00:00Z",
          prior_state: { values: before },
          relevant_attributes: [{ resource: "aws_thing.a", attribute: ["id"] }],
          resource_changes: [...idle, ...plan.resource_changes],
          output_changes: { same: { actions: ["no-op"], before: 1, after: 1 } },
        };
        expect(fingerprintOf(later)).toBe(fingerprintOf(plan));
      }),
    );
  });

  it("whatever a secret is, and whatever an update leaves alone", () => {
    const mask = { before_sensitive: { password: true }, after_sensitive: { password: true } };
    const secret = (before: string, after: string): string =>
      update({ password: before, size: 1 }, { password: after, size: 2 }, mask);
    expect(secret("a", "b")).toBe(secret("hunter2", "hunter3"));
    expect(update({ size: 1, calls: 7 }, { size: 2, calls: 7 })).toBe(
      update({ size: 1, calls: 9 }, { size: 2, calls: 9 }),
    );
    expect(update({ size: 1, note: null }, { size: 2 })).toBe(
      update({ size: 1 }, { size: 2, note: null }),
    );
  });
});

describe("a fingerprint is another", () => {
  it("for another value anywhere in what is created, destroyed or replaced", () => {
    fc.assert(
      fc.property(plans, fc.nat(), (plan, at) => {
        const index = at % plan.resource_changes.length;
        const side = (one: Changed): "before" | "after" =>
          one.change.after === null ? "before" : "after";
        const other = plan.resource_changes.map((one, i) =>
          i === index
            ? {
                ...one,
                change: {
                  ...one.change,
                  [side(one)]: { ...(one.change[side(one)] as Json), zz: "new" },
                },
              }
            : one,
        ); // a side that is not null is an object
        expect(fingerprintOf({ ...plan, resource_changes: other })).not.toBe(fingerprintOf(plan));
      }),
    );
  });

  it("for another address, another action, and one change more or less", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const [first, ...rest] = plan.resource_changes;
        const own = fingerprintOf(plan);
        const withFirst = (changes: Json): string =>
          fingerprintOf({ ...plan, resource_changes: [{ ...first, ...changes }, ...rest] });
        expect(fingerprintOf({ ...plan, resource_changes: rest })).not.toBe(own);
        expect(withFirst({ address: "aws_thing.ZZ" })).not.toBe(own);
        expect(withFirst({ change: { ...first?.change, actions: ["forget"] } })).not.toBe(own);
        expect(withFirst({ previous_address: "aws_thing.ZZ" })).not.toBe(own);
        expect(withFirst({ deposed: "00000001" })).not.toBe(own);
        expect(withFirst({ change: { ...first?.change, replace_paths: [["other"]] } })).not.toBe(
          own,
        );
        expect(withFirst({ change: { ...first?.change, importing: { id: "vpc-1" } } })).not.toBe(
          own,
        );
      }),
    );
  });

  it.each<[string, string, string]>([
    [
      "a secret that changes, and one that does not",
      update(
        { a: "x", b: 1 },
        { a: "y", b: 2 },
        { before_sensitive: { a: true }, after_sensitive: { a: true } },
      ),
      update(
        { a: "x", b: 1 },
        { a: "x", b: 2 },
        { before_sensitive: { a: true }, after_sensitive: { a: true } },
      ),
    ],
    [
      "a value that is not known yet, and one that is",
      update({ a: 1 }, {}, { after_unknown: { a: true } }),
      update({ a: 1 }, { a: 2 }),
    ],
    [
      "what is unknown, and a text that says so",
      update({ a: 1 }, {}, { after_unknown: { a: true } }),
      update({ a: 1 }, { a: "!unknown" }),
    ],
    [
      "what is secret, and a text that says so",
      update({ a: "x" }, { a: "y" }, { after_sensitive: { a: true } }),
      update({ a: "x" }, { a: "!sensitive" }),
    ],
    ["a number, and the same as text", update({ a: 1 }, { a: 2 }), update({ a: 1 }, { a: "2" })],
    ["an old value", update({ a: 1 }, { a: 3 }), update({ a: 2 }, { a: 3 })],
    ["the order of a list", update({ a: [] }, { a: [1, 2] }), update({ a: [] }, { a: [2, 1] })],
    [
      "an element of a list that is not known",
      update({ a: [1] }, { a: [1, null] }, { after_unknown: { a: [false, true] } }),
      update({ a: [1] }, { a: [1, 2] }),
    ],
    [
      "a path that looks like another",
      update({ a: { "b/c": 1 } }, { a: { "b/c": 2 } }),
      update({ a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }),
    ],
  ])("for %s", (_, one, other) => {
    expect(one).not.toBe(other);
  });

  it("for what is only imported, or only moved", () => {
    const idle = (more: Json, change: Json = {}): string =>
      fingerprintOf({
        resource_changes: [
          { address: "aws_thing.a", ...more, change: { actions: ["no-op"], ...change } },
        ],
      });
    const all = [
      idle({}),
      idle({ previous_address: "aws_thing.b" }),
      idle({ previous_address: "aws_thing.c" }),
      idle({}, { importing: { id: "vpc-1" } }),
      idle({}, { importing: { id: "vpc-2" } }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it("for another region, another account, and another output", () => {
    const at = (expressions: Json): string =>
      fingerprintOf({ configuration: { provider_config: { aws: { expressions } } } });
    expect(at({ region: { constant_value: "eu-west-1" } })).not.toBe(
      at({ region: { constant_value: "eu-west-2" } }),
    );
    expect(at({ allowed_account_ids: { constant_value: ["1"] } })).not.toBe(
      at({ allowed_account_ids: { constant_value: ["2"] } }),
    );
    expect(at({ access_key: { constant_value: "a" } })).toBe(
      at({ access_key: { constant_value: "b" } }),
    );
    const output = (after: unknown): string =>
      fingerprintOf({ output_changes: { url: { actions: ["create"], before: null, after } } });
    expect(output("a")).not.toBe(output("b"));
  });
});

it("holds no secret, and nothing of one", () => {
  const mask = { after_sensitive: { password: true } };
  const own = (password: string): string => update({ size: 1 }, { size: 1, password }, mask);
  expect(own("hunter2")).toBe(own("correct horse"));
});
