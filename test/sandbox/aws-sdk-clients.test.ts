import * as acm from "@aws-sdk/client-acm";
import * as scaling from "@aws-sdk/client-application-auto-scaling";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as codedeploy from "@aws-sdk/client-codedeploy";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as efs from "@aws-sdk/client-efs";
import * as ecs from "@aws-sdk/client-ecs";
import * as elasticache from "@aws-sdk/client-elasticache";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as eventbridge from "@aws-sdk/client-eventbridge";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as rds from "@aws-sdk/client-rds";
import * as route53 from "@aws-sdk/client-route-53";
import * as scheduler from "@aws-sdk/client-scheduler";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import * as sfn from "@aws-sdk/client-sfn";
import * as sqs from "@aws-sdk/client-sqs";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import * as wafv2 from "@aws-sdk/client-wafv2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildModel } from "../../tools/build-models.mjs";
import { loadModel, type ServiceModel } from "../../src/service-models/index.ts";
import { clientOptions } from "../support/clients.ts";
import { type Capture, startCapture } from "../support/capture.ts";
import { numbers, valueOf } from "../support/values.ts";

interface Sdk {
  readonly [name: string]: unknown;
}
interface Client {
  send(command: unknown): Promise<Record<string, unknown>>;
}

const sdks: readonly (readonly [service: string, sdk: Sdk, client: string])[] = [
  ["acm", acm, "ACMClient"],
  ["application-autoscaling", scaling, "ApplicationAutoScalingClient"],
  ["codedeploy", codedeploy, "CodeDeployClient"],
  ["dynamodb", dynamodb, "DynamoDBClient"],
  ["ec2", ec2, "EC2Client"],
  ["ecr", ecr, "ECRClient"],
  ["ecs", ecs, "ECSClient"],
  ["elasticache", elasticache, "ElastiCacheClient"],
  ["elasticloadbalancing", elb, "ElasticLoadBalancingV2Client"],
  ["efs", efs, "EFSClient"],
  ["events", eventbridge, "EventBridgeClient"],
  ["iam", iam, "IAMClient"],
  ["kms", kms, "KMSClient"],
  ["logs", logs, "CloudWatchLogsClient"],
  ["monitoring", cloudwatch, "CloudWatchClient"],
  ["rds", rds, "RDSClient"],
  ["route53", route53, "Route53Client"],
  ["scheduler", scheduler, "SchedulerClient"],
  ["secretsmanager", secretsmanager, "SecretsManagerClient"],
  ["servicediscovery", servicediscovery, "ServiceDiscoveryClient"],
  ["sfn", sfn, "SFNClient"],
  ["sqs", sqs, "SQSClient"],
  ["ssm", ssm, "SSMClient"],
  ["sts", sts, "STSClient"],
  ["wafv2", wafv2, "WAFV2Client"],
];

/** Operations whose client changes the input (a presigned URL, a token, a host prefix) or checks the response, and streaming operations. */
const REWRITTEN = new Set([
  "CopySnapshot",
  "StartLiveTail",
  "GetLogObject",
  "PutEvents",
  "SendMessage",
]);

/** Protocols that no service of the sandbox uses yet, tested with services that use them. */
const unusedProtocols = {
  efs: () => buildModel("efs", "client-efs", "restJson"),
  sfn: () => buildModel("sfn", "client-sfn", "json1.0"),
};
const modelOf = (service: string): Promise<ServiceModel> =>
  service === "efs" || service === "sfn"
    ? unusedProtocols[service]()
    : Promise.resolve(loadModel(service));

let capture: Capture;

beforeAll(async () => {
  capture = await startCapture();
});
afterAll(() => capture.close());

describe("AWS SDK for JavaScript", () => {
  it.each(sdks)(
    "encodes and decodes every operation of %s without loss",
    async (service, sdk, clientName) => {
      const model = await modelOf(service);
      capture.model = model;
      const Client = sdk[clientName] as new (options: object) => Client; // naming convention of the SDK
      const client = new Client({
        ...clientOptions(capture.url, "us-east-1"),
        disableHostPrefix: true,
      });
      const next = numbers(service.length * 7919);
      const problems: string[] = [];
      let passedCount = 0;
      for (const [name, operation] of Object.entries(model.operations)) {
        if (REWRITTEN.has(name)) continue;
        const Command = sdk[`${name}Command`] as new (input: object) => unknown; // as above
        const input = valueOf(model, operation.i, next) as Record<string, unknown>; // an input is a structure
        capture.reply = valueOf(model, operation.o, next) as Record<string, unknown>; // and so is an output
        try {
          const { $metadata: _, ...output } = await client.send(new Command(input));
          expect(capture.received).toEqual(input);
          expect(defined(output)).toEqual(capture.reply);
          passedCount++;
        } catch (error) {
          const cause = capture.received instanceof Error ? capture.received : (error as Error);
          problems.push(`${name}: ${cause.message.slice(0, 600)}`);
        }
      }
      expect(problems).toEqual([]);
      expect(passedCount).toBeGreaterThan(5);
    },
    120_000,
  );
});

/** Removes members that the client sets to undefined. */
function defined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(defined);
  if (
    typeof value !== "object" ||
    value === null ||
    value instanceof Date ||
    value instanceof Uint8Array
  )
    return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, defined(inner)]),
  );
}
