import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authorize, type Grants } from "../../src/iam/authorize.ts";
import { type Policy, parsePolicy } from "../../src/iam/policy.ts";

const policy = (...statements: object[]): Policy =>
  parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: statements }));
const account = "111122223333";
const request = {
  principal: { arn: `arn:aws:iam::${account}:role/app` },
  action: "kms:Decrypt",
  resource: `arn:aws:kms:us-east-1:${account}:key/1`,
};
const allow = { Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" };
const elsewhere = { ...allow, Action: "s3:*" };
const root = { ...allow, Principal: { AWS: `arn:aws:iam::${account}:root` } };
const deny = { ...allow, Effect: "Deny" };

/** Policies of one kind: none, one that speaks of something else, or one that allows. */
const kind = fc.option(fc.constantFrom(policy(elsewhere), policy(allow)), { nil: undefined });
const grants: fc.Arbitrary<Grants> = fc
  .record({
    identity: fc.constantFrom<Policy[][]>([], [policy(elsewhere)], [policy(allow)]),
    boundary: kind,
    endpoint: kind,
    resource: kind,
    resourceDecides: fc.boolean(),
    resourceAccount: fc.constantFrom(account, "444455556666"),
  })
  .map(
    (policies) =>
      Object.fromEntries(
        Object.entries(policies).filter(([, value]) => value !== undefined),
      ) as unknown as Grants, // the same, without what is absent
  );

describe("authorization", () => {
  it("is refused by an explicit deny anywhere, whatever else allows", () => {
    const places = ["identity", "boundary", "endpoint", "resource", "session"] as const;
    fc.assert(
      fc.property(grants, fc.constantFrom(...places), (given, place) => {
        const denying =
          place === "identity" || place === "session"
            ? { ...given, [place]: [...(given[place] ?? []), policy(deny)] }
            : { ...given, [place]: policy(deny) };
        expect(authorize(request, denying)).toMatchObject({ allowed: false, isExplicit: true });
      }),
    );
  });

  it("is never taken away by one more identity policy that allows", () => {
    fc.assert(
      fc.property(grants, (given) => {
        const more = { ...given, identity: [...given.identity, policy(allow)] };
        const before = authorize(request, given).allowed;
        expect(!before || authorize(request, more).allowed).toBe(true);
      }),
    );
  });

  it("is never given by a boundary, a session or an endpoint policy", () => {
    fc.assert(
      fc.property(grants, (given) => {
        const { boundary: _, endpoint: __, session: ___, ...free } = given;
        const limited = authorize(request, given).allowed;
        expect(!limited || authorize(request, free).allowed).toBe(true);
      }),
    );
  });

  it.each<[string, Grants, boolean | string]>([
    ["an identity policy", { identity: [policy(allow)] }, true],
    ["nothing", { identity: [] }, "because no identity-based policy allows the kms:Decrypt action"],
    ["a resource policy in one's own account", { identity: [], resource: policy(allow) }, true],
    [
      "a resource policy that names the account alone",
      { identity: [], resource: policy(root) },
      "because no identity-based policy allows the kms:Decrypt action",
    ],
    [
      "an identity policy and a resource policy that names the account",
      { identity: [policy(allow)], resource: policy(root), resourceDecides: true },
      true,
    ],
    [
      "an identity policy, and a resource that decides and says nothing",
      { identity: [policy(allow)], resource: policy(elsewhere), resourceDecides: true },
      "because no resource-based policy allows the kms:Decrypt action",
    ],
    [
      "an identity policy for another account's resource",
      { identity: [policy(allow)], resourceAccount: "444455556666" },
      "because no resource-based policy allows the kms:Decrypt action",
    ],
    [
      "both policies across accounts",
      { identity: [policy(allow)], resource: policy(allow), resourceAccount: "444455556666" },
      true,
    ],
    [
      "an endpoint that lets other services through",
      { identity: [policy(allow)], endpoint: policy(elsewhere) },
      "because no VPC endpoint policy allows the kms:Decrypt action",
    ],
  ])("by %s", (_title, given, outcome) => {
    const verdict = authorize(request, given);
    expect(verdict.allowed ? true : verdict.because).toBe(outcome);
  });
});
