import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authorize, type ApplicablePolicies } from "../../src/iam/authorize.ts";
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
const otherService = { ...allow, Action: "s3:*" };
const root = { ...allow, Principal: { AWS: `arn:aws:iam::${account}:root` } };
const deny = { ...allow, Effect: "Deny" };

/** A policy of one kind: none, a policy for another service, or a policy that allows the request. */
const optionalPolicy = fc.option(fc.constantFrom(policy(otherService), policy(allow)), {
  nil: undefined,
});
const applicablePolicies: fc.Arbitrary<ApplicablePolicies> = fc
  .record({
    identity: fc.constantFrom<Policy[][]>([], [policy(otherService)], [policy(allow)]),
    boundary: optionalPolicy,
    endpoint: optionalPolicy,
    resource: optionalPolicy,
    resourceDecides: fc.boolean(),
    resourceAccount: fc.constantFrom(account, "444455556666"),
  })
  .map(
    (policies) =>
      Object.fromEntries(
        Object.entries(policies).filter(([, value]) => value !== undefined),
      ) as unknown as ApplicablePolicies, // the same type without undefined members
  );

describe("authorization", () => {
  it("is denied by an explicit deny in any policy, even if other policies allow the request", () => {
    const places = ["identity", "boundary", "endpoint", "resource", "session"] as const;
    fc.assert(
      fc.property(applicablePolicies, fc.constantFrom(...places), (policies, place) => {
        const withDeny =
          place === "identity" || place === "session"
            ? { ...policies, [place]: [...(policies[place] ?? []), policy(deny)] }
            : { ...policies, [place]: policy(deny) };
        expect(authorize(request, withDeny)).toMatchObject({ allowed: false, isExplicit: true });
      }),
    );
  });

  it("is not removed by a further identity policy that allows the request", () => {
    fc.assert(
      fc.property(applicablePolicies, (policies) => {
        const extended = { ...policies, identity: [...policies.identity, policy(allow)] };
        const before = authorize(request, policies).allowed;
        expect(!before || authorize(request, extended).allowed).toBe(true);
      }),
    );
  });

  it("is never granted by a permissions boundary, a session policy or an endpoint policy", () => {
    fc.assert(
      fc.property(applicablePolicies, (policies) => {
        const { boundary: _, endpoint: __, session: ___, ...unlimited } = policies;
        const limited = authorize(request, policies).allowed;
        expect(!limited || authorize(request, unlimited).allowed).toBe(true);
      }),
    );
  });

  it.each<[string, ApplicablePolicies, boolean | string]>([
    ["an identity policy", { identity: [policy(allow)] }, true],
    ["nothing", { identity: [] }, "because no identity-based policy allows the kms:Decrypt action"],
    ["a resource policy in the same account", { identity: [], resource: policy(allow) }, true],
    [
      "a resource policy that names only the account",
      { identity: [], resource: policy(root) },
      "because no identity-based policy allows the kms:Decrypt action",
    ],
    [
      "an identity policy and a resource policy that names the account",
      { identity: [policy(allow)], resource: policy(root), resourceDecides: true },
      true,
    ],
    [
      "an identity policy, and a resource whose policy must allow the request and does not",
      { identity: [policy(allow)], resource: policy(otherService), resourceDecides: true },
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
      "an endpoint policy that allows only another service",
      { identity: [policy(allow)], endpoint: policy(otherService) },
      "because no VPC endpoint policy allows the kms:Decrypt action",
    ],
  ])("by %s", (_title, policies, outcome) => {
    const result = authorize(request, policies);
    expect(result.allowed ? true : result.reason).toBe(outcome);
  });
});
