import { describe, expect, it } from "vitest";
import { failures as known } from "../../../src/failures/catalogue.ts";
import { failureOf } from "../../../src/failures/match-aws-error.ts";
import { failures } from "./index.ts";

/** Failures that look like another, from where AWS's words and the packet's way are all there is. */
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
  expect([...new Set(failures.map(({ id }) => id))].filter((id) => !(id in known))).toEqual([]);
});

describe.each(failures.filter((failure) => failure.identified))(
  "$id $title",
  ({ id, identified }) => {
    it("is called by its name", async () => {
      const names = (await identified?.()) ?? [];
      expect(names.length).toBeGreaterThan(0);
      expect(names.filter((name) => !allowed(id).includes(name))).toEqual([]);
    });
  },
);

/** An error code and its words, and not the reason of a task that stopped. */
const isAwsError = (message: string): boolean =>
  /^[A-Z][\w.]+: /.test(message) && !/^(ResourceInitialization|CannotPull)/.test(message);

describe.each(failures.filter((failure) => !failure.identified))("$id $title", ({ id, broken }) => {
  it("is called by its name where AWS refuses it, and by no other's anywhere", async () => {
    const message = await broken();
    const expected = isAwsError(message) ? allowed(id) : [undefined, ...allowed(id)];
    expect(expected).toContain(failureOf(message));
  });
});
