import { describe, expect, it } from "vitest";
import {
  apiErrorIn,
  type ErrorKind,
  errorKindOf,
  errorText,
  failureOf,
  hclErrorIn,
  isBucketMissing,
  isDeploymentBlocked,
  isKmsAliasMissing,
  isOidcProviderMissing,
  notImplementedIn,
  missingImportIn,
  providerNamedIn,
  shortSummary,
  stopKindOf,
} from "../../src/failures/match-aws-error.ts";
import { notImplementedMessage } from "../../src/failures/not-implemented.ts";

/** An API error as the AWS provider prints it. */
const PROVIDER =
  "creating EC2 VPC Endpoint (com.amazonaws.eu-west-1.x): operation error EC2: CreateVpcEndpoint, https response error StatusCode: 400, RequestID: 6a1e2f4b-9c5d-4f7e-8a3b-000000000000, api error InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.eu-west-1.x' does not exist";

describe("failureOf", () => {
  it.each([
    [PROVIDER, "NET-41"],
    ["InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid.", "CIDR-01"],
    ["User: … is not authorized to perform: iam:PassRole on resource: …", "IAM-11"],
    // The first match counts: iam:PassRole is missing in the policy, not in the boundary.
    ["iam:PassRole on … because no permissions boundary allows the iam:PassRole action", "IAM-11"],
    ["because no permissions boundary allows the ecs:RunTask action", "IAM-13"],
    ["something else", undefined],
  ])("identifies %s", (text, id) => {
    expect(failureOf(text)).toBe(id);
  });
});

describe("errorKindOf", () => {
  it.each<[string, ErrorKind | undefined]>([
    ["Error: No valid credential sources found", "no-credentials"],
    ["ExpiredToken: The security token included in the request is expired", "expired-credentials"],
    ["AWS account ID not allowed: 111122223333", "wrong-account"],
    [
      "AccessDeniedException: User … is not authorized to perform: ecs:CreateCluster",
      "access-denied",
    ],
    ["OperationNotPermitted: … because deletion protection is enabled", "deletion-protection"],
    ["RepositoryNotEmptyException: The repository … cannot be deleted", "repository-not-empty"],
    [
      "AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn '…'",
      "kms-key-denied",
    ],
    ["VpcLimitExceeded: The maximum number of VPCs has been reached.", "quota-reached"],
    ["EntityAlreadyExists: Role with name x already exists.", "already-exists"],
    ["NoSuchBucket: The specified bucket does not exist", "bucket-not-found"],
    [`NotImplemented: ${notImplementedMessage("IPv6 CIDR blocks of a VPC")}`, "not-implemented"],
    ["something else", undefined],
  ])("classifies %s", (text, kind) => {
    expect(errorKindOf(text)).toBe(kind);
  });
});

describe("an error message of the AWS provider", () => {
  it("contains the code and message of the API error", () => {
    expect(apiErrorIn(PROVIDER)).toEqual({
      code: "InvalidServiceName",
      message: "The Vpc Endpoint Service 'com.amazonaws.eu-west-1.x' does not exist",
    });
    expect(apiErrorIn("Error: Unsupported argument")).toBeUndefined();
  });

  it("is shortened to the action, the error code and the message", () => {
    expect(shortSummary(PROVIDER)).toBe(
      "creating EC2 VPC Endpoint (com.amazonaws.eu-west-1.x): InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.eu-west-1.x' does not exist",
    );
    expect(shortSummary("Unsupported argument")).toBe("Unsupported argument");
  });

  it.each([
    ["no detail", "Invalid value", "", "Invalid value"],
    [
      "a detail",
      "Invalid value",
      "It must be\npositive.\n\nMore.",
      "Invalid value: It must be positive.",
    ],
    ["a repeated detail", "creating X: AccessDenied", "AccessDenied", "creating X: AccessDenied"],
  ])("is one line with %s", (_, summary, detail, text) => {
    expect(errorText(summary, detail)).toBe(text);
  });
});

describe("an error about a missing resource", () => {
  it.each([
    [isBucketMissing, 'S3 bucket "x" does not exist.', "AccessDenied: Access Denied"],
    [
      isOidcProviderMissing,
      "finding IAM OIDC Provider by url (https://token.actions.githubusercontent.com): not found",
      "finding IAM OIDC Provider by url (https://x): AccessDenied",
    ],
    [
      isKmsAliasMissing,
      "reading KMS Alias (alias/x): empty result",
      "reading KMS Alias (alias/x): AccessDenied",
    ],
  ])("%o distinguishes it from other errors", (isMissing, missing, otherError) => {
    expect([isMissing(missing), isMissing(otherError)]).toEqual([true, false]);
  });

  it("contains the name of the provider if terraform init fails to install it", () => {
    expect(providerNamedIn("could not query provider registry.terraform.io/hashicorp/aws")).toBe(
      "hashicorp/aws",
    );
    expect(providerNamedIn("Failed to install provider hashicorp/random v3")).toBe(
      "hashicorp/random",
    );
    expect(providerNamedIn("no network")).toBeUndefined();
  });
});

describe("missingImportIn", () => {
  it("finds the resource whose import block names an object that does not exist", () => {
    const detail = (address: string): string =>
      `While attempting to import an existing object to "${address}", the provider detected that no object exists with the given id.`;
    expect(
      missingImportIn(`Cannot import non-existent remote object ${detail("aws_lb.web")}`),
    ).toBe("aws_lb.web");
    expect(missingImportIn(detail('aws_subnet.web[\\"a\\"]'))).toBe('aws_subnet.web["a"]');
    expect(missingImportIn("reading aws_lb.web: no object exists")).toBeUndefined();
  });
});

describe("an error of the HCL parser", () => {
  it.each([
    ["one line", "parse config: [main.tf:3,5-9: Invalid expression; Expected a value.]"],
    [
      "several lines",
      "parse config: [/a:b/main.tf:3,5-4,1: Invalid expression; Expected a value.]",
    ],
  ])("contains its position in %s, and its message", (_, text) => {
    expect(hclErrorIn(text)).toEqual({
      line: "3",
      column: "5",
      message: "Invalid expression: Expected a value.",
    });
  });

  it("is not in another text", () => {
    expect(hclErrorIn("unexpected end of input")).toBeUndefined();
  });
});

describe("a NotImplemented message of the sandbox", () => {
  it("contains the feature that is not implemented", () => {
    const message = `api error NotImplemented: ${notImplementedMessage("peering with another region")}.\n\nwith aws_vpc.x`;
    expect(notImplementedIn(message)).toBe("peering with another region");
    expect(notImplementedIn("api error InvalidParameterValue: x")).toBeUndefined();
  });
});

describe("messages of Amazon ECS", () => {
  it("report why a task stopped: scaling, container health check or another reason", () => {
    expect(
      [
        "Scaling activity initiated by (deployment ecs-svc/1)",
        "Task failed container health checks",
        "Essential container in task exited",
      ].map(stopKindOf),
    ).toEqual(["scaling", "container-health-check", undefined]);
  });

  it("report a deployment that is blocked by its deployment configuration", () => {
    expect(
      [
        "(service app) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
        "(service app) has reached a steady state.",
      ].map(isDeploymentBlocked),
    ).toEqual([true, false]);
  });
});
