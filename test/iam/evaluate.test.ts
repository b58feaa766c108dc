import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conditionsHold } from "../../src/iam/conditions.ts";
import { evaluate } from "../../src/iam/evaluate.ts";
import { matches } from "../../src/iam/match.ts";
import { parsePolicy, PolicySyntaxError } from "../../src/iam/policy.ts";

const policy = (...statements: object[]) =>
  parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: statements }));
const allow = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" };
const account = "arn:aws:iam::111122223333:root";
const request = {
  principal: { arn: "arn:aws:iam::111122223333:user/a" },
  action: "kms:Decrypt",
  resource: "arn:aws:kms:us-east-1:111122223333:key/1",
};

describe("wildcards", () => {
  it("match the same texts as an equivalent regular expression", () => {
    const part = fc.constantFrom("a", "b", "*", "?", ":");
    const text = fc
      .array(fc.constantFrom("a", "b", ":"), { maxLength: 8 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), text, (parts, value) => {
        const pattern = parts.join("");
        const oracle = new RegExp(
          `^${pattern.replace(/[*?]/g, (c) => (c === "*" ? ".*" : "."))}$`,
          "s",
        );
        expect(matches(pattern, value)).toBe(oracle.test(value));
      }),
    );
  });
});

describe("evaluation", () => {
  it("denies if any statement denies, allows if a statement allows, and is none if no statement applies", () => {
    expect(evaluate(policy(allow, { ...allow, Effect: "Deny" }), request).effect).toBe("deny");
    expect(evaluate(policy(allow), request).effect).toBe("allow");
    expect(evaluate(policy({ ...allow, Action: "s3:*" }), request).effect).toBe("none");
  });

  it("matches a principal by its ARN, the root user of its account and its account ID", () => {
    for (const AWS of [
      "*",
      request.principal.arn,
      "arn:aws:iam::111122223333:root",
      "111122223333",
    ]) {
      expect(evaluate(policy({ ...allow, Principal: { AWS } }), request).effect).toBe("allow");
    }
    for (const AWS of ["arn:aws:iam::999999999999:root", "arn:aws:iam::111122223333:user/b"]) {
      expect(evaluate(policy({ ...allow, Principal: { AWS } }), request).effect).toBe("none");
    }
  });

  it("distinguishes services from accounts", () => {
    const logs = { ...request, principal: { service: "logs.us-east-1.amazonaws.com" } };
    const statement = { ...allow, Principal: { Service: "logs.us-east-1.amazonaws.com" } };
    expect(evaluate(policy(statement), logs).effect).toBe("allow");
    expect(evaluate(policy(statement), request).effect).toBe("none");
    expect(evaluate(policy({ ...allow, Principal: { AWS: account } }), logs).effect).toBe("none");
  });

  it("applies NotAction, NotResource and NotPrincipal to everything that they do not contain", () => {
    const { Action: _a, ...noAction } = allow;
    expect(evaluate(policy({ ...noAction, NotAction: "KMS:decrypt" }), request).effect).toBe(
      "none",
    );
    expect(evaluate(policy({ ...noAction, NotAction: "s3:*" }), request).effect).toBe("allow");
    const { Resource: _r, ...noResource } = allow;
    expect(evaluate(policy({ ...noResource, NotResource: "arn:aws:kms:*" }), request).effect).toBe(
      "none",
    );
    const { Principal: _p, ...noPrincipal } = allow;
    expect(
      evaluate(policy({ ...noPrincipal, NotPrincipal: { AWS: request.principal.arn } }), request)
        .effect,
    ).toBe("none");
  });
});

describe("conditions", () => {
  it.each([
    ["StringEquals", "a", "a", true],
    ["StringEquals", "a", "A", false],
    ["StringEqualsIgnoreCase", "a", "A", true],
    ["StringNotEquals", "a", "b", true],
    ["StringLike", "hello", "he*", true],
    ["ArnEquals", "arn:aws:logs:r:1:log-group:a", "arn:aws:logs:*:1:log-group:*", true],
    ["ArnLike", "arn:aws:logs:r:1:log-group:a", "arn:aws:*:log-group:a", false],
    ["NumericLessThan", "5", "6", true],
    ["NumericGreaterThanEquals", "6", "6", true],
    ["DateGreaterThan", "2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z", true],
    ["Bool", "true", "true", true],
    ["IpAddress", "10.1.2.3", "10.0.0.0/8", true],
    ["NotIpAddress", "10.1.2.3", "10.0.0.0/8", false],
    ["Null", "present", "false", true],
  ])("%s of %s and %s is %s", (operator, value, wanted, expected) => {
    expect(conditionsHold({ [operator]: { Key: [wanted] } }, { key: value })).toBe(expected);
  });

  it("fail for a missing key, unless the operator is negated or ends with IfExists", () => {
    expect(conditionsHold({ StringEquals: { key: ["a"] } }, {})).toBe(false);
    expect(conditionsHold({ StringNotEquals: { key: ["a"] } }, {})).toBe(true);
    expect(conditionsHold({ StringEqualsIfExists: { key: ["a"] } }, {})).toBe(true);
    expect(conditionsHold({ Null: { key: ["true"] } }, {})).toBe(true);
  });

  it("compare all values, or any value, of a multivalued key", () => {
    const context = { key: ["a", "b"] };
    expect(conditionsHold({ "ForAllValues:StringEquals": { key: ["a"] } }, context)).toBe(false);
    expect(conditionsHold({ "ForAnyValue:StringEquals": { key: ["a"] } }, context)).toBe(true);
    expect(conditionsHold({ "ForAllValues:StringEquals": { key: ["a"] } }, {})).toBe(true);
  });
});

describe("an invalid policy", () => {
  it.each([
    ["{", "not JSON"],
    ["[]", "must be an object"],
    ["{}", "needs a statement"],
    ['{"Version":"2020-01-01","Statement":[]}', "Version must be"],
    ['{"Statement":{"Effect":"Maybe"}}', "Effect must be"],
    ['{"Statement":{"Effect":"Allow"}}', "one of Action and NotAction"],
    ['{"Statement":{"Effect":"Allow","Action":{}}}', "Action must be a string"],
    ['{"Statement":{"Effect":"Allow","Action":"*","Colour":"red"}}', "no element Colour"],
    [
      '{"Statement":{"Effect":"Allow","Action":"*","Condition":{"StringSortOf":{"a":"b"}}}}',
      "condition operator StringSortOf does not exist",
    ],
  ])("%s is rejected: %s", (text, message) => {
    expect(() => parsePolicy(text)).toThrow(PolicySyntaxError);
    expect(() => parsePolicy(text)).toThrow(message);
  });
});
