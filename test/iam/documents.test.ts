import { describe, expect, it } from "vitest";
import { rejectionOf } from "../../src/iam/malformed-policy.ts";
import { documentViolation } from "../../src/iam/validate.ts";
import { SOURCES } from "./cases/case.ts";
import { type DocumentCase, documentCases } from "./cases/documents.ts";

function answerOf({ document, kind, message }: DocumentCase): object {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  const violation = documentViolation(text, kind);
  return {
    rule: violation?.rule,
    ...(message === undefined || !violation
      ? {}
      : { message: rejectionOf(kind, violation, "app").message }),
  };
}

describe("policy documents that AWS accepts or rejects", () => {
  it("have the violated rule and AWS's message", () => {
    const answers = documentCases.map((documentTestCase) => [
      documentTestCase.title,
      answerOf(documentTestCase),
    ]);
    expect(Object.fromEntries(answers)).toEqual(
      Object.fromEntries(
        documentCases.map(({ title, rule, message }) => [
          title,
          { rule, ...(message === undefined ? {} : { message }) },
        ]),
      ),
    );
  });

  it("have a unique title and a source each", () => {
    const sources = new Set<string>(Object.values(SOURCES));
    expect(new Set(documentCases.map(({ title }) => title)).size).toBe(documentCases.length);
    expect(documentCases.filter(({ source }) => !sources.has(source))).toEqual([]);
  });

  it("have the number of the statement in the message if the policy has several statements", () => {
    const s3 = { Effect: "Allow", Action: "s3:*", Resource: "*" };
    const text = JSON.stringify({
      Version: "2012-10-17",
      Statement: [s3, { ...s3, Resource: "bucket" }],
    });
    expect(documentViolation(text, "role")?.message).toBe(
      'statement 2: Resource bucket must be an ARN or "*"',
    );
  });
});
