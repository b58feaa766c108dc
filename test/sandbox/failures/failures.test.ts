import { describe, expect, it } from "vitest";
import { failures as catalogue } from "../../../src/failures/catalogue/index.ts";
import { failures } from "./index.ts";
import { HEALTHY } from "./kit.ts";

describe.each(failures)("$id $title", ({ message, broken, repaired }) => {
  it("fails with the message of AWS", async () => {
    expect(await broken()).toMatch(message);
  });

  it("works after the repair", async () => {
    expect(await repaired()).toBe(HEALTHY);
  });
});

/** Failures that only a check or a rehearsal with Terraform finds. */
const NOT_IN_SANDBOX: readonly string[] = [
  "ALB-13",
  "CIDR-05",
  "CIDR-07",
  "DEST-17",
  "ECR-08",
  "ECR-09",
  "LOG-06",
  "LOG-08",
  "NET-17",
  "NET-40",
  "SVC-12",
  "TD-07",
  "TD-16",
  "TD-19",
  "TD-25",
  "TD-26",
  "TF-05",
  "TF-06",
];

it("covers every failure of the catalogue, except those that need Terraform or a check", () => {
  const shown = new Set(failures.map(({ id }) => id));
  expect(
    Object.keys(catalogue)
      .filter((id) => !shown.has(id))
      .sort(),
  ).toEqual(NOT_IN_SANDBOX);
});
