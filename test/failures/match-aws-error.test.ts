import { describe, expect, it } from "vitest";
import {
  apiErrorIn,
  type ErrorKind,
  errorKindOf,
  failureOf,
  isBucketMissing,
  isDeploymentBlocked,
  isKmsAliasMissing,
  isOidcProviderMissing,
  notImplementedIn,
  notImplementedMessage,
  providerNamedIn,
  shortSummary,
  stopKindOf,
} from "../../src/failures/match-aws-error.ts";

/** As the AWS provider prints an error of an API. */
const PROVIDER =
  "creating EC2 VPC Endpoint (com.amazonaws.eu-west-1.x): operation error EC2: CreateVpcEndpoint, https response error StatusCode: 400, RequestID: 6a1e2f4b-9c5d-4f7e-8a3b-000000000000, api error InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.eu-west-1.x' does not exist";

describe("failureOf", () => {
  it.each([
    [PROVIDER, "NET-41"],
    ["InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid.", "CIDR-01"],
    ["User: … is not authorized to perform: iam:PassRole on resource: …", "IAM-11"],
    // The first row that matches counts: the role's policy, not its boundary, is what PassRole lacks.
    ["iam:PassRole on … because no permissions boundary allows the iam:PassRole action", "IAM-11"],
    ["because no permissions boundary allows the ecs:RunTask action", "IAM-13"],
    ["something else", undefined],
  ])("%s", (text, id) => {
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
  ])("%s", (text, kind) => {
    expect(errorKindOf(text)).toBe(kind);
  });
});

describe("the AWS provider's sentence", () => {
  it("holds the API's code and message", () => {
    expect(apiErrorIn(PROVIDER)).toEqual({
      code: "InvalidServiceName",
      message: "The Vpc Endpoint Service 'com.amazonaws.eu-west-1.x' does not exist",
    });
    expect(apiErrorIn("Error: Unsupported argument")).toBeUndefined();
  });

  it("is shortened to what failed, the code and the message", () => {
    expect(shortSummary(PROVIDER)).toBe(
      "creating EC2 VPC Endpoint (com.amazonaws.eu-west-1.x): InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.eu-west-1.x' does not exist",
    );
    expect(shortSummary("Unsupported argument")).toBe("Unsupported argument");
  });
});

describe("what is not there", () => {
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
  ])("%o tells it from another error", (isMissing, missing, other) => {
    expect([isMissing(missing), isMissing(other)]).toEqual([true, false]);
  });

  it("is a provider by its name, where terraform init names one", () => {
    expect(providerNamedIn("could not query provider registry.terraform.io/hashicorp/aws")).toBe(
      "hashicorp/aws",
    );
    expect(providerNamedIn("Failed to install provider hashicorp/random v3")).toBe(
      "hashicorp/random",
    );
    expect(providerNamedIn("no network")).toBeUndefined();
  });
});

describe("what the sandbox does not implement", () => {
  it("is found in its message, among other text", () => {
    const message = `api error NotImplemented: ${notImplementedMessage("peering with another region")}.\n\nwith aws_vpc.x`;
    expect(notImplementedIn(message)).toBe("peering with another region");
    expect(notImplementedIn("api error InvalidParameterValue: x")).toBeUndefined();
  });
});

describe("Amazon ECS", () => {
  it("stops tasks to scale, for their health checks, or for another reason", () => {
    expect(
      [
        "Scaling activity initiated by (deployment ecs-svc/1)",
        "Task failed container health checks",
        "Essential container in task exited",
      ].map(stopKindOf),
    ).toEqual(["scaling", "container-health-check", undefined]);
  });

  it("reports a deployment that its configuration blocks", () => {
    expect(
      [
        "(service app) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
        "(service app) has reached a steady state.",
      ].map(isDeploymentBlocked),
    ).toEqual([true, false]);
  });
});
