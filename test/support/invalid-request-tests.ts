import * as acm from "@aws-sdk/client-acm";
import * as scaling from "@aws-sdk/client-application-auto-scaling";
import * as cloudfront from "@aws-sdk/client-cloudfront";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as codedeploy from "@aws-sdk/client-codedeploy";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as elasticache from "@aws-sdk/client-elasticache";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as eventbridge from "@aws-sdk/client-eventbridge";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as rds from "@aws-sdk/client-rds";
import * as route53 from "@aws-sdk/client-route-53";
import * as s3 from "@aws-sdk/client-s3";
import * as scheduler from "@aws-sdk/client-scheduler";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import * as sqs from "@aws-sdk/client-sqs";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import * as wafv2 from "@aws-sdk/client-wafv2";
import { describe, expect, it } from "vitest";
import type { InvalidRequest } from "./invalid-requests.ts";
import { useSandbox } from "./sandbox-calls.ts";

interface Sdk {
  readonly [name: string]: unknown;
}
interface Client {
  send(command: unknown): Promise<unknown>;
}

const sdks: Readonly<Record<string, readonly [Sdk, string]>> = {
  acm: [acm, "ACMClient"],
  "application-autoscaling": [scaling, "ApplicationAutoScalingClient"],
  cloudfront: [cloudfront, "CloudFrontClient"],
  codedeploy: [codedeploy, "CodeDeployClient"],
  dynamodb: [dynamodb, "DynamoDBClient"],
  ec2: [ec2, "EC2Client"],
  ecr: [ecr, "ECRClient"],
  ecs: [ecs, "ECSClient"],
  elasticache: [elasticache, "ElastiCacheClient"],
  elasticloadbalancing: [elb, "ElasticLoadBalancingV2Client"],
  events: [eventbridge, "EventBridgeClient"],
  iam: [iam, "IAMClient"],
  kms: [kms, "KMSClient"],
  logs: [logs, "CloudWatchLogsClient"],
  monitoring: [cloudwatch, "CloudWatchClient"],
  rds: [rds, "RDSClient"],
  route53: [route53, "Route53Client"],
  s3: [s3, "S3Client"],
  scheduler: [scheduler, "SchedulerClient"],
  secretsmanager: [secretsmanager, "SecretsManagerClient"],
  servicediscovery: [servicediscovery, "ServiceDiscoveryClient"],
  sqs: [sqs, "SQSClient"],
  ssm: [ssm, "SSMClient"],
  sts: [sts, "STSClient"],
  wafv2: [wafv2, "WAFV2Client"],
};

/** Error codes by service. */
const CODES: Readonly<Record<string, RegExp>> = {
  acm: /^ValidationException$/,
  "application-autoscaling": /^ValidationException$/,
  cloudfront: /^(InvalidArgument|MalformedXML)$/,
  codedeploy: /^(Invalid\w+Exception|\w+RequiredException|ValidationException)$/,
  dynamodb: /^ValidationException$/,
  ec2: /^(InvalidParameterValue|MissingParameter)$/,
  ecr: /^InvalidParameterException$/,
  ecs: /^InvalidParameterException$/,
  elasticache: /^ValidationError$/,
  elasticloadbalancing: /^ValidationError$/,
  events: /^ValidationException$/,
  iam: /^ValidationError$/,
  kms: /^ValidationException$/,
  logs: /^InvalidParameterException$/,
  // The client names the error ValidationError by its alias.
  monitoring: /^Validation(Error|Exception)$/,
  rds: /^ValidationError$/,
  route53: /^InvalidInput$/,
  s3: /^(InvalidArgument|MalformedXML)$/,
  scheduler: /^ValidationException$/,
  secretsmanager: /^(ValidationException|InvalidParameterException)$/,
  servicediscovery: /^InvalidInput$/,
  sqs: /^(MissingParameter|InvalidAttributeName|InvalidParameterValue)$/,
  ssm: /^(ValidationException|InvalidResourceType)$/,
  sts: /^ValidationError$/,
  wafv2: /^ValidationException$/,
};

/** Services that report one violation, with another message than most. */
const OTHER_MESSAGES = new Set(["codedeploy", "ec2", "ecr", "ecs", "s3", "sqs"]);

/** True if an error is the one that the invalid request must get. */
function isExpected(
  { service, kind, path, requirement, isOnly }: InvalidRequest,
  error: Error,
): boolean {
  if (CODES[service]?.test(error.name) !== true) return false;
  if (OTHER_MESSAGES.has(service)) return true;
  // IAM lists the allowed characters; Secrets Manager has a message for tokens.
  if (error.message.startsWith("The specified value for "))
    return service === "iam" && kind === "pattern";
  if (error.message.startsWith("ClientRequestToken ")) return service === "secretsmanager";
  const clause = ` at '${path}' failed to satisfy constraint: ${requirement}`;
  return isOnly
    ? error.message.startsWith("1 validation error detected: Value") &&
        error.message.endsWith(clause)
    : error.message.includes(clause);
}

/** Sends each request with the client of its service, and compares the error. */
export function testInvalidRequests(requests: readonly InvalidRequest[]): void {
  const fixture = useSandbox();

  describe.each(Object.keys(sdks))("requests that the model of %s does not allow", (service) => {
    const ofService = requests.filter((request) => request.service === service);

    it("are rejected with the error of the service", async () => {
      const [sdk, clientName] = sdks[service] ?? [{}, ""];
      const ClientClass = sdk[clientName] as new (options: object) => Client; // naming convention of the SDK
      const client = new ClientClass({
        ...fixture.clientOptions,
        disableHostPrefix: true,
        ...(service === "s3" ? { forcePathStyle: true } : {}),
      });
      const problems: string[] = [];
      for (const request of ofService) {
        const Command = sdk[`${request.operation}Command`] as new (input: object) => unknown; // as above
        try {
          await client.send(new Command(request.input));
          problems.push(`${request.operation} accepts ${request.path} (${request.requirement})`);
        } catch (error) {
          if (!(error instanceof Error) || !isExpected(request, error))
            problems.push(
              `${request.operation} ${request.path} (${request.kind}, ${request.requirement}): ${String(error).slice(0, 300)}`,
            );
        }
      }
      expect(problems).toEqual([]);
    }, 120_000);
  });
}
