import { describe, expect, it } from "vitest";
import { failures as catalogue } from "../../../src/failures/catalogue/index.ts";
import { failureOf } from "../../../src/failures/match-aws-error.ts";
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
  "IAM-19",
  "LOG-06",
  "LOG-08",
  "NET-17",
  "NET-40",
  "SVC-12",
  "SVC-15",
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

/** Failures that are identified as another one, because the message of AWS and the trace are equal. */
const IDENTIFIED_AS: Readonly<Record<string, string>> = {
  "RACE-01": "KMS-01",
  "RACE-02": "ALB-02",
  "RACE-03": "IAM-04",
  "RACE-04": "IAM-12",
  "RACE-05": "NET-07",
  "RACE-08": "SVC-02",
  "RACE-09": "ALB-15",
  "DEST-03": "KMS-05",
  "IAM-06": "IAM-05",
  "KMS-03": "IAM-10",
  "LOG-02": "LOG-01",
  "SVC-05": "ECR-01",
};

const allowed = (id: string): (string | undefined)[] => [id, IDENTIFIED_AS[id]];

it("every failure that the sandbox shows has a title and a fix", () => {
  expect([...new Set(failures.map(({ id }) => id))].filter((id) => !(id in catalogue))).toEqual([]);
});

describe.each(failures.filter((failure) => failure.identified))(
  "$id $title",
  ({ id, identified }) => {
    it("is identified by its ID", async () => {
      const names = (await identified?.()) ?? [];
      expect(names.length).toBeGreaterThan(0);
      expect(names.filter((name) => !allowed(id).includes(name))).toEqual([]);
    });
  },
);

/** True for an error code with a message; false for the stopped reason of a task. */
const isAwsError = (message: string): boolean =>
  /^[A-Z][\w.]+: /.test(message) && !/^(ResourceInitialization|CannotPull)/.test(message);

describe.each(failures.filter((failure) => !failure.identified))("$id $title", ({ id, broken }) => {
  it("is not identified by the ID of another failure", async () => {
    const message = await broken();
    const expected = isAwsError(message) ? allowed(id) : [undefined, ...allowed(id)];
    expect(expected).toContain(failureOf(message));
  });
});
