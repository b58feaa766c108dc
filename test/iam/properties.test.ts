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

const isAllowed = (list: readonly Json[], accessRequest: AccessRequest): boolean =>
  authorize(accessRequest, { identity: [], resource: policy(list) }).allowed;

/** A direct implementation of the rules on AWS's pages, with regular expressions. */
function evaluateNaively(
  list: readonly Json[],
  accessRequest: AccessRequest,
): "allow" | "deny" | "none" {
  const matchesPattern = (pattern: string, text: string, flags: string): boolean =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\/]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".")}$`,
      flags,
    ).test(text);
  const any = (patterns: unknown, text: string, flags: string): boolean =>
    (patterns as string[]).some((pattern) => matchesPattern(pattern, text, flags)); // generated as a list of strings
  const tag = accessRequest.context?.["tag"];
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
          .includes((accessRequest.principal as { arn: string }).arn);
      const isAction =
        value["Action"] === undefined
          ? !any(value["NotAction"], accessRequest.action, "i")
          : any(value["Action"], accessRequest.action, "i");
      const isResource =
        value["Resource"] === undefined
          ? !any(value["NotResource"], accessRequest.resource, "")
          : any(value["Resource"], accessRequest.resource, "");
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
  it("agrees with a direct implementation of the rules", () => {
    fc.assert(
      fc.property(statements, request, (list, accessRequest) => {
        expect(evaluate(policy(list), accessRequest).effect).toBe(
          evaluateNaively(list, accessRequest),
        );
      }),
    );
  });

  it("never allows more with an additional Deny statement", () => {
    fc.assert(
      fc.property(statements, statement, request, (list, additional, accessRequest) => {
        const withDeny = [...list, { ...additional, Effect: "Deny" }];
        expect(isAllowed(list, accessRequest) || !isAllowed(withDeny, accessRequest)).toBe(true);
      }),
    );
  });

  it("never denies more with an additional Allow statement", () => {
    fc.assert(
      fc.property(statements, statement, request, (list, additional, accessRequest) => {
        const withAllow = [...list, { ...additional, Effect: "Allow" }];
        expect(!isAllowed(list, accessRequest) || isAllowed(withAllow, accessRequest)).toBe(true);
      }),
    );
  });

  it("does not depend on the order of statements", () => {
    fc.assert(
      fc.property(statements, request, fc.nat(), (list, accessRequest, shift) => {
        const moved = list.map((_, index) => list[(index + shift) % list.length] ?? {});
        expect(isAllowed(moved.toReversed(), accessRequest)).toBe(isAllowed(list, accessRequest));
      }),
    );
  });
});
