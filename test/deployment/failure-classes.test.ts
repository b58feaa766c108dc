import { describe, expect, it } from "vitest";
import { causesOf } from "../../src/deployment/index.ts";
import { failures } from "../sandbox/failures/index.ts";
import { REGION } from "./fake-client.ts";

/** The circuit breaker is what stops a deployment, and not why its tasks fail. */
const TRIGGER = "SVC-05";

/** Failures of a service, in the sandbox with the messages of AWS. */
const serviceFailures = failures.filter(
  ({ id, identified }) => identified !== undefined && id !== TRIGGER,
);

describe("the causes of a deployment, from the messages of AWS", () => {
  it.each(serviceFailures)("contain $id $title", async ({ id, broken }) => {
    const messages = (await broken()).split("\n");
    const causes = causesOf({
      stoppedTasks: messages.map((stoppedReason, index) => ({
        taskArn: `task/${index}`,
        stopCode: "TaskFailedToStart",
        stoppedReason,
      })),
      events: messages,
      targets: [],
      region: REGION,
    });
    expect(causes.flatMap(({ failure, alternatives }) => [failure?.id, ...alternatives])).toContain(
      id,
    );
  });
});
