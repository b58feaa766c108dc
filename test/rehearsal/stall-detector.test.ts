import { expect, it } from "vitest";
import { StallDetector } from "../../src/rehearsal/control/stall-detector.ts";

const call = {
  account: "111122223333",
  region: "eu-west-1",
  isRepeatable: true,
  service: "ecs",
  operation: "DescribeCapacityProviders",
  input: { capacityProviders: ["pool"] },
} as const;

/** The calls of six equal polls that the detector aborts. */
const abortedPolls = (inFlight: readonly string[]): readonly boolean[] => {
  const detector = new StallDetector(() => inFlight);
  return Array.from({ length: 6 }, () => detector.abortStalledWait(call) !== undefined);
};

it("ends the wait for a capacity provider that no pending change can delete", () => {
  expect(abortedPolls(["aws_ecs_capacity_provider.pool"])).toEqual([
    false,
    false,
    false,
    false,
    true,
    true,
  ]);
});

it("does not end a wait while Terraform processes other resources", () => {
  expect(abortedPolls(["aws_ecs_capacity_provider.pool", "aws_instance.web"])).toEqual(
    Array.from({ length: 6 }, () => false),
  );
});
