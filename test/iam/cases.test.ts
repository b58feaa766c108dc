import { describe, expect, it } from "vitest";
import { authorize, type ApplicablePolicies } from "../../src/iam/authorize.ts";
import { type Policy, parsePolicy } from "../../src/iam/policy.ts";
import { type AccessCase, type Document, type Documents, SOURCES } from "./cases/case.ts";
import { conditionCases } from "./cases/conditions.ts";
import { elementAndVariableCases } from "./cases/elements.ts";
import { policyCases } from "./cases/policies.ts";
import { principalCases } from "./cases/principals.ts";

const TABLES: Readonly<Record<string, readonly AccessCase[]>> = {
  conditions: conditionCases,
  "elements and variables": elementAndVariableCases,
  principals: principalCases,
  "policies together": policyCases,
};

const policy = (document: Document): Policy =>
  parsePolicy(
    JSON.stringify(
      Array.isArray(document) ? { Version: "2012-10-17", Statement: document } : document,
    ),
  );

function policiesOf({
  identity,
  resource,
  boundary,
  session,
  endpoint,
  ...rest
}: Documents): ApplicablePolicies {
  return {
    ...rest,
    identity: identity ? [policy(identity)] : [],
    ...(resource ? { resource: policy(resource) } : {}),
    ...(boundary ? { boundary: policy(boundary) } : {}),
    ...(session ? { session: [policy(session)] } : {}),
    ...(endpoint ? { endpoint: policy(endpoint) } : {}),
  };
}

function answerOf({ documents, request }: AccessCase): AccessCase["answer"] {
  const result = authorize(request, policiesOf(documents));
  if (result.allowed) return "allowed";
  return result.isExplicit ? "explicit deny" : "implicit deny";
}

describe("policy evaluation as AWS documents it", () => {
  it.each(Object.entries(TABLES))("%s", (_name, cases) => {
    const answers = Object.fromEntries(
      cases.map((testCase) => [testCase.title, answerOf(testCase)]),
    );
    expect(answers).toEqual(
      Object.fromEntries(cases.map((testCase) => [testCase.title, testCase.answer])),
    );
  });

  it("has cases with a unique title and a source", () => {
    const cases = Object.values(TABLES).flat();
    const titles = new Set(cases.map(({ title }) => title));
    const sources = new Set<string>(Object.values(SOURCES));
    expect(cases).toHaveLength(394);
    expect(titles.size).toBe(cases.length);
    expect(cases.filter(({ source }) => !sources.has(source))).toEqual([]);
  });
});
