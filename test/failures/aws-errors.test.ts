import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { awsErrorOf, awsErrors, awsErrorsOf, sourceTextOf } from "../../src/failures/aws-errors.ts";
import { failures } from "../../src/failures/catalogue/index.ts";

const entries = Object.entries(awsErrors);
const root = new URL("../../src/", import.meta.url);

describe("awsErrors", () => {
  it.each(entries)("%s has a source", (_name, { source }) => {
    expect(sourceTextOf(source)).toMatch(
      source.kind === "issue"
        ? /^GitHub, [\w.-]+\/[\w.-]+#[1-9]\d*$/
        : /^(Amazon|AWS|IAM|Elastic) .+, “.+”$/,
    );
  });

  it("belong to failures of the catalogue, and no text is listed twice", () => {
    for (const [, error] of entries) {
      expect(error.failures.filter((id) => !(id in failures))).toEqual([]);
      expect(error.failures.length).toBeGreaterThan(0);
    }
    expect(new Set(entries.map(([, { text }]) => text)).size).toBe(entries.length);
  });

  it("are all shown by a check or explained for a failure that only a rehearsal finds", () => {
    const code = readdirSync(new URL("checks/", root), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(new URL(`checks/${file}`, root), "utf8"))
      .join("\n");
    expect(entries.map(([name]) => name).filter((name) => !code.includes(`"${name}"`))).toEqual([
      "endpoint-zone-not-supported",
      "service-linked-role-missing",
    ]);
  });

  it("are the only texts of errors in the checks", () => {
    const rules = new URL("checks/rules/", root);
    const literals = readdirSync(rules, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .filter((file) => /awsError:\s*["'`]/.test(readFileSync(new URL(file, rules), "utf8")));
    expect(literals).toEqual([]);
  });
});

describe("awsErrorOf", () => {
  it("replaces the names that have a value", () => {
    expect(awsErrorOf("route-exists", { cidr: "0.0.0.0/0" }).text).toBe(
      "RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists.",
    );
    expect(awsErrorOf("route-exists").text).toBe(
      "RouteAlreadyExists: The route identified by <cidr> already exists.",
    );
  });
});

describe("awsErrorsOf", () => {
  it("lists the errors of a failure, with their sources", () => {
    expect(awsErrorsOf("NET-39").map(({ text, source }) => [text, sourceTextOf(source)])).toEqual([
      [
        "RouteAlreadyExists: The route identified by <cidr> already exists.",
        "GitHub, terraform-aws-modules/terraform-aws-vpc#108",
      ],
    ]);
    expect(awsErrorsOf("TD-19")).toEqual([]);
  });
});
