import { afterEach, describe, expect, it, vi } from "vitest";
import { StallDetector } from "../../src/rehearsal/control/stall-detector.ts";
import { terraformErrorOf } from "../../src/rehearsal/diagnosis/terraform-errors.ts";
import type { InterceptedCall } from "../../src/sandbox/index.ts";

const callOf = (service: string, operation: string): InterceptedCall => ({
  account: "111122223333",
  region: "eu-west-1",
  isRepeatable: true,
  service,
  operation,
  input: {},
});

const call = callOf("ecs", "DescribeCapacityProviders");

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

describe("the finding of a wait that was ended", () => {
  /** The error that the AWS provider prints for the last of five equal polls. */
  function findingOf(address: string, service: string, operation: string): object {
    const detector = new StallDetector(() => [address]);
    const faults = Array.from({ length: 5 }, () =>
      detector.abortStalledWait(callOf(service, operation)),
    );
    const fault = faults.at(-1);
    const code = fault?.kind === "error" ? fault.code : "";
    return terraformErrorOf(
      {
        severity: "error",
        summary: `waiting for x: operation error X: ${operation}, https response error StatusCode: 400, RequestID: 1, api error ${code}: stalled`,
        detail: "",
        address,
      },
      detector,
    );
  }

  it.each([
    ["aws_ecs_service.web", "ecs", "DescribeServices", "SVC-12"],
    ["aws_ecs_task_set.web", "ecs", "DescribeTaskSets", "SVC-12"],
    ['aws_ecs_capacity_provider.pool["a"]', "ecs", "DescribeCapacityProviders", "DEST-09"],
    ["module.a.aws_acm_certificate_validation.main", "acm", "DescribeCertificate", "ALB-15"],
  ])("of %s has the failure of its type", (address, service, operation, id) => {
    expect(findingOf(address, service, operation)).toMatchObject({
      id,
      address,
      message: `${service}:${operation} always returns the same status, and no pending change can end this wait (Berth ended the wait: Terraform would repeat this call until its timeout)`,
    });
  });
});

describe("a call that AWS rejects again and again", () => {
  afterEach(() => void vi.useRealTimers());

  it.each([
    ["AccessDenied", "User x is not authorized to perform: iam:PassRole", "IAM-11"],
    ["ThrottlingException", "Rate exceeded", undefined],
  ])("has the failure of its error %s, if the catalogue has one", (error, message, id) => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const create = callOf("ecs", "CreateService");
    const detector = new StallDetector(() => ["aws_ecs_service.web"]);
    for (let count = 0; count < 5; count++)
      detector.observeCall({ ...create, changed: false, error, message });
    expect(detector.abortStalledWait(create)).toBeUndefined();
    vi.advanceTimersByTime(4000);
    const fault = detector.abortStalledWait(create);
    const code = fault?.kind === "error" ? fault.code : "";
    expect(detector.endedWait(code)).toEqual({ message: `${error}: ${message}` });
    const finding = terraformErrorOf(
      {
        severity: "error",
        summary: "creating ECS Service",
        detail: `RequestID: 1, api error ${code}: x`,
      },
      detector,
    );
    expect(finding.id).toBe(id);
    expect(finding.message).toContain(`${error}: ${message} (Berth ended the wait`);
  });
});
