import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authorize } from "../../src/iam/authorize.ts";
import { type AccessRequest, evaluate } from "../../src/iam/evaluate.ts";
import { type Policy, parsePolicy } from "../../src/iam/policy.ts";

type Json = Record<string, unknown>;

const ACTIONS = ["s3:Get", "s3:Put", "kms:Get"] as const;
const RESOURCES = ["arn:aws:s3:::a/b", "arn:aws:s3:::b/a", "arn:aws:kms:r:1:key/a"] as const;
const USERS = ["arn:aws:iam::111122223333:user/a", "arn:aws:iam::111122223333:user/b"] as const;

const some = <T>(...items: readonly T[]): fc.Arbitrary<readonly T[]> =>
  fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 2 });

const condition = fc.constantFrom<Json | undefined>(
  undefined,
  { StringEquals: { tag: ["x"] } },
  { StringNotEquals: { tag: ["x"] } },
  { StringLike: { tag: ["x*", "y"] } },
  { StringEqualsIfExists: { tag: ["x"] } },
  { Null: { tag: ["true"] } },
);

const statement: fc.Arbitrary<Json> = fc
  .record({
    Effect: fc.constantFrom("Allow", "Deny"),
    actions: fc.tuple(fc.boolean(), some("*", "s3:*", "s3:Get", "*:Get", "kms:?et")),
    resources: fc.tuple(
      fc.boolean(),
      some("*", "arn:aws:s3:::*", "arn:aws:s3:::a/*", "arn:aws:s3:::*a", "arn:aws:s3:::?/b"),
    ),
    Principal: fc.constantFrom<unknown>("*", { AWS: USERS[0] }, { AWS: [...USERS] }),
    Condition: condition,
  })
  .map(
    ({
      actions: [hasAction, actions],
      resources: [hasResource, resources],
      Condition,
      ...rest
    }) => ({
      ...rest,
      [hasAction ? "Action" : "NotAction"]: actions,
      [hasResource ? "Resource" : "NotResource"]: resources,
      ...(Condition === undefined ? {} : { Condition }),
    }),
  );

const statements = fc.array(statement, { minLength: 1, maxLength: 4 });

const request: fc.Arbitrary<AccessRequest> = fc.record({
  principal: fc.constantFrom(...USERS).map((arn) => ({ arn })),
  action: fc.constantFrom(...ACTIONS),
  resource: fc.constantFrom(...RESOURCES),
  context: fc.constantFrom<AccessRequest["context"]>({}, { tag: "x" }, { tag: "xy" }, { tag: "z" }),
});

const policy = (list: readonly Json[]): Policy =>
  parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: list }));

const isAllowed = (list: readonly Json[], asked: AccessRequest): boolean =>
  authorize(asked, { identity: [], resource: policy(list) }).allowed;

/** The same by the sentences of AWS's pages, one after the other, with regular expressions. */
function naive(list: readonly Json[], asked: AccessRequest): "allow" | "deny" | "none" {
  const fits = (pattern: string, text: string, flags: string): boolean =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\/]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".")}$`,
      flags,
    ).test(text);
  const any = (patterns: unknown, text: string, flags: string): boolean =>
    (patterns as string[]).some((pattern) => fits(pattern, text, flags)); // the arbitrary's own
  const tag = asked.context?.["tag"];
  const holds = (operator: string, values: readonly string[]): boolean => {
    switch (operator) {
      case "StringEquals":
        return tag !== undefined && values.includes(String(tag));
      case "StringNotEquals":
        return tag === undefined || !values.includes(String(tag));
      case "StringLike":
        return tag !== undefined && any(values, String(tag), "");
      case "StringEqualsIfExists":
        return tag === undefined || values.includes(String(tag));
      default:
        return tag === undefined;
    }
  };
  const effects = list
    .filter((value) => {
      const isNamed =
        value["Principal"] === "*" ||
        [(value["Principal"] as Json)["AWS"]]
          .flat()
          .includes((asked.principal as { arn: string }).arn);
      const isAction =
        value["Action"] === undefined
          ? !any(value["NotAction"], asked.action, "i")
          : any(value["Action"], asked.action, "i");
      const isResource =
        value["Resource"] === undefined
          ? !any(value["NotResource"], asked.resource, "")
          : any(value["Resource"], asked.resource, "");
      const [[operator, keys] = []] = Object.entries((value["Condition"] ?? {}) as Json);
      return (
        isNamed &&
        isAction &&
        isResource &&
        (operator === undefined || holds(operator, (keys as Record<string, string[]>)["tag"] ?? []))
      );
    })
    .map((value) => value["Effect"]);
  if (effects.some((effect) => effect === "Deny")) return "deny";
  return effects.some((effect) => effect === "Allow") ? "allow" : "none";
}

describe("evaluation of any policies", () => {
  it("is what a plain reading of the rules gives", () => {
    fc.assert(
      fc.property(statements, request, (list, asked) => {
        expect(evaluate(policy(list), asked).effect).toBe(naive(list, asked));
      }),
    );
  });

  it("never allows more with one more Deny", () => {
    fc.assert(
      fc.property(statements, statement, request, (list, more, asked) => {
        const denying = [...list, { ...more, Effect: "Deny" }];
        expect(isAllowed(list, asked) || !isAllowed(denying, asked)).toBe(true);
      }),
    );
  });

  it("never denies more with one more Allow", () => {
    fc.assert(
      fc.property(statements, statement, request, (list, more, asked) => {
        const allowing = [...list, { ...more, Effect: "Allow" }];
        expect(!isAllowed(list, asked) || isAllowed(allowing, asked)).toBe(true);
      }),
    );
  });

  it("does not depend on the order of statements", () => {
    fc.assert(
      fc.property(statements, request, fc.nat(), (list, asked, shift) => {
        const moved = list.map((_, index) => list[(index + shift) % list.length] ?? {});
        expect(isAllowed(moved.toReversed(), asked)).toBe(isAllowed(list, asked));
      }),
    );
  });
});
