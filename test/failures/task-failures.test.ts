import { describe, expect, it } from "vitest";
import { awsErrors, type AwsErrorName } from "../../src/failures/aws-errors.ts";
import {
  taskFailureIn,
  unhealthyKindOf,
  unhealthyReasonIn,
} from "../../src/failures/match-aws-error.ts";

/** Errors of a task that starts, from src/failures/aws-errors.ts, with the failure that their text identifies. */
const QUOTED: Readonly<Partial<Record<AwsErrorName, string>>> = {
  "ecr-api-unreachable": "NET-09",
  "secrets-manager-unreachable": "NET-14",
  "parameter-store-unreachable": "NET-15",
  "cloudwatch-logs-unreachable": "NET-13",
  "load-balancer-health-check-failed": "ALB-12",
  "role-not-assumable": "IAM-04",
  "kms-access-denied": "IAM-10",
  "image-not-found": "ECR-01",
  "image-platform": "ECR-05",
  "pull-rate-limit": "ECR-08",
  "log-group-not-found": "LOG-01",
  "secret-not-found": "TD-11",
  "secret-without-value": "RACE-07",
  "deployment-blocked": "SVC-06",
  "zone-without-fargate": "SVC-08",
};

const REF = "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop:v1";
const SECRETS = "ResourceInitializationError: unable to pull secrets or registry auth:";
const denied = (action: string, reason: string): string =>
  `User: arn:aws:sts::111122223333:assumed-role/shop-web-execution/0123 is not authorized to perform: ${action} on resource: arn:aws:x ${reason}`;

describe("taskFailureIn", () => {
  it.each(Object.entries(QUOTED))("identifies the quoted error %s", (name, id) => {
    const { text, failures } = awsErrors[name as AwsErrorName]; // the keys of QUOTED
    const identified = taskFailureIn(text);
    expect(identified?.id).toBe(id);
    expect(failures).toContain(identified?.id);
  });

  it.each([
    [
      `${SECRETS} execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): operation error ECR: GetAuthorizationToken, api error AccessDeniedException: ${denied("ecr:GetAuthorizationToken", "because no identity-based policy allows the ecr:GetAuthorizationToken action")}`,
      "IAM-05",
    ],
    [
      `${SECRETS} ${denied("ecr:GetAuthorizationToken", "because no VPC endpoint policy allows the ecr:GetAuthorizationToken action")}`,
      "NET-27",
    ],
    [
      `${SECRETS} ${denied("ecr:GetAuthorizationToken", "with an explicit deny in a service control policy")}`,
      "IAM-13",
    ],
    [
      `CannotPullContainerError: failed to resolve ref ${REF}: 403 Forbidden: ${denied("ecr:BatchGetImage", "because no resource-based policy allows the ecr:BatchGetImage action")}`,
      "ECR-04",
    ],
    [
      `CannotPullContainerError: failed to resolve ref ${REF}: 403 Forbidden: ${denied("ecr:BatchGetImage", "because no identity-based policy allows the ecr:BatchGetImage action")}`,
      "IAM-05",
    ],
    [
      `ResourceInitializationError: failed to validate logger args: ${denied("logs:CreateLogStream", "because")}`,
      "IAM-07",
    ],
    [
      `ResourceInitializationError: failed to validate logger args: ${denied("logs:CreateLogGroup", "because")}`,
      "IAM-08",
    ],
    [
      `${SECRETS} unable to retrieve secret from asm: ${denied("secretsmanager:GetSecretValue", "because")}`,
      "IAM-09",
    ],
    [
      `${SECRETS} unable to retrieve secrets from ssm: ${denied("ssm:GetParameters", "because")}`,
      "IAM-09",
    ],
    [
      `${SECRETS} unable to retrieve secret from asm: retrieved secret from Secrets Manager did not contain json key url`,
      "TD-10",
    ],
    [
      `${SECRETS} unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: /shop/token`,
      "TD-11",
    ],
    [
      "ResourceInitializationError: failed to download env files: file download command: non empty error stream: AccessDenied: Access Denied status code: 403",
      "IAM-15",
    ],
    [
      "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: unexpected status code https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/: 403 Forbidden",
      "NET-28",
    ],
    [
      "CannotPullContainerError: failed to extract layer: write /var/lib/containerd: no space left on device",
      "ECR-07",
    ],
    [
      "CannotPullContainerError: failed to resolve ref docker.io/x/y:1: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://auth.docker.io/token: 401 Unauthorized",
      "IAM-16",
    ],
    [
      'ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve "fs-1.efs.us-east-1.amazonaws.com"',
      "TD-16",
    ],
    ["Task failed container health checks", "TD-06"],
    ["Essential container in task exited", "TD-09"],
    ["Scaling activity initiated by (deployment ecs-svc/1)", undefined],
    ["(service web) has reached a steady state.", undefined],
  ])("identifies %s", (text, id) => {
    expect(taskFailureIn(text)?.id).toBe(id);
  });

  // A private address is the address of an interface endpoint: a filter drops the packets.
  it.each([
    [
      `CannotPullContainerError: failed to resolve ref ${REF}: failed to do request: Head "https://111122223333.dkr.ecr.us-east-1.amazonaws.com/v2/shop/manifests/v1": dial tcp 44.1.2.3:443: i/o timeout`,
      "NET-10",
      {
        host: "111122223333.dkr.ecr.us-east-1.amazonaws.com",
        address: "44.1.2.3",
        port: 443,
        problem: "timeout",
      },
    ],
    [
      `CannotPullContainerError: failed to resolve ref ${REF}: failed to do request: Head "https://111122223333.dkr.ecr.us-east-1.amazonaws.com/v2/shop/manifests/v1": dial tcp 10.0.3.4:443: i/o timeout`,
      "NET-23",
      {
        host: "111122223333.dkr.ecr.us-east-1.amazonaws.com",
        address: "10.0.3.4",
        port: 443,
        problem: "timeout",
      },
    ],
    [
      'CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/": dial tcp 52.1.2.3:443: i/o timeout',
      "NET-11",
      {
        host: "prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com",
        address: "52.1.2.3",
        port: 443,
        problem: "timeout",
      },
    ],
    [
      'CannotPullContainerError: failed to resolve ref docker.io/library/nginx:1: failed to do request: Head "https://registry-1.docker.io/v2/library/nginx/manifests/1": dial tcp 3.1.2.3:443: i/o timeout',
      "NET-33",
      { host: "registry-1.docker.io", address: "3.1.2.3", port: 443, problem: "timeout" },
    ],
    [
      `${SECRETS} There is a connection issue between the task and Amazon ECR. request send failed, Post "https://api.ecr.us-east-1.amazonaws.com/": dial tcp: lookup api.ecr.us-east-1.amazonaws.com on 10.0.0.2:53: no such host`,
      "NET-21",
      { host: "api.ecr.us-east-1.amazonaws.com", problem: "name-not-resolved" },
    ],
    [
      `${SECRETS} unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration.`,
      "NET-14",
      { problem: "timeout" },
    ],
  ])("has the connection in %s", (text, id, connection) => {
    expect(taskFailureIn(text)).toMatchObject({ id, connection });
  });
});

describe("a connection that failed without the address of a VPC endpoint", () => {
  const text = `${SECRETS} There is a connection issue between the task and Amazon ECR. request send failed, Post "https://api.ecr.us-east-1.amazonaws.com/": dial tcp 52.1.2.3:443: i/o timeout`;

  it.each([
    ["endpoints", "NET-09", "NET-19"],
    ["nat", "NET-01", "NET-06"],
    ["public", "NET-03", "NET-02"],
  ] as const)("is first a failure of the outbound path %s", (outboundPath, id, next) => {
    const identified = taskFailureIn(text, outboundPath);
    expect([identified?.id, identified?.alternatives[0]]).toEqual([id, next]);
    expect(new Set([id, ...(identified?.alternatives ?? [])])).toContain("NET-09");
    expect(identified?.alternatives).not.toContain(id);
  });

  it("is a failure of the security groups if the address is one of a VPC endpoint", () => {
    const ofEndpoint = text.replace("52.1.2.3", "10.0.3.4");
    expect(taskFailureIn(ofEndpoint, "nat")?.id).toBe("NET-23");
  });
});

describe("a service event about an unhealthy target", () => {
  it.each([
    ["Health checks failed with these codes: [502]", "Target.ResponseCodeMismatch"],
    ["Request timed out", "Target.Timeout"],
    ["Health checks failed", "Target.FailedHealthChecks"],
  ])("has the reason %s", (reason, kind) => {
    const event = `(service web) (port 8080) is unhealthy in (target-group arn:aws:x) due to (reason ${reason})`;
    expect(unhealthyReasonIn(event)).toBe(reason);
    expect(unhealthyKindOf(reason)).toBe(kind);
    expect(unhealthyReasonIn("(service web) has reached a steady state.")).toBeUndefined();
  });
});
