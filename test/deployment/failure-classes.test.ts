import { describe, expect, it } from "vitest";
import { taskFailureIn } from "../../src/failures/index.ts";
import { failures } from "../sandbox/failures/index.ts";

/** Failures of a service, in the sandbox with the messages of AWS. */
const serviceFailures = failures.filter(({ identified }) => identified !== undefined);

describe("the failure of each message of AWS about a task", () => {
  it.each(serviceFailures)("$id $title", async ({ id, broken }) => {
    const identified = (await broken()).split("\n").map(taskFailureIn);
    const ids = identified.flatMap((failure) =>
      failure === undefined ? [] : [failure.id, ...failure.alternatives],
    );
    expect(ids).toContain(id);
  });
});
