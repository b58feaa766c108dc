import { readFileSync } from "node:fs";
import * as acm from "@aws-sdk/client-acm";
import * as scaling from "@aws-sdk/client-application-auto-scaling";
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
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import * as wafv2 from "@aws-sdk/client-wafv2";
import { beforeEach, describe, expect, it } from "vitest";
import { services } from "../../src/sandbox/services/all.ts";
import { useSandbox } from "../support/sandbox-calls.ts";

const fixture = useSandbox();

type Tags = readonly (readonly [key: string, value: string])[];

interface TaggedService {
  /** Creates what the resource needs. */
  readonly prepare?: () => Promise<unknown>;
  /** Creates a resource with tags. Returns what identifies it. */
  readonly create: (tags: Tags) => Promise<string | undefined>;
  /** Adds tags to the resource. Undefined if the service has no such operation. */
  readonly tag?: (id: string, tags: Tags) => Promise<unknown>;
  /** True if the new tags replace all others. */
  readonly replaces?: true;
  readonly limit?: number;
  /** True if the tags of a request are a map, which cannot have a key twice. */
  readonly isMap?: true;
  /** Codes and messages that are expected. */
  readonly reserved: string;
  readonly reservedByTag?: string;
  readonly duplicate?: string;
  readonly emptyKey: string;
  readonly longKey: string;
  readonly longValue: string;
  /** The error for too many tags in a request, and for too many tags of a resource. */
  readonly request: string;
  readonly resource?: string;
}

const upper = (tags: Tags): { Key: string; Value: string }[] =>
  tags.map(([Key, Value]) => ({ Key, Value }));
const lower = (tags: Tags): { key: string; value: string }[] =>
  tags.map(([key, value]) => ({ key, value }));
const map = (tags: Tags): Record<string, string> => Object.fromEntries(tags);

const many = (count: number, from = 0): Tags =>
  Array.from({ length: count }, (_, index) => [`k${from + index}`, "v"] as const);

const RESERVED = "aws: prefixed tag key names are not allowed for external use.";
const DUPLICATE = "The specified tags have duplicate keys.";
const AT_MOST_50 = "A resource can have at most 50 tags.";
const LONG_KEY = "k".repeat(129);
const LONG_VALUE = "v".repeat(257);

const standard = (path: string, value: string, requirement: string): string =>
  `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: ${requirement}`;

/** The errors of a service whose model limits the lengths of keys and values. */
const lengths = (
  code: string,
  key = "tags.1.member.key",
  value = "tags.1.member.value",
): Pick<TaggedService, "emptyKey" | "longKey" | "longValue"> => ({
  emptyKey: `${code}: ${standard(key, "", "Member must have length greater than or equal to 1")}`,
  longKey: `${code}: ${standard(key, LONG_KEY, "Member must have length less than or equal to 128")}`,
  longValue: `${code}: ${standard(value, LONG_VALUE, "Member must have length less than or equal to 256")}`,
});

/** The errors of a service whose model limits the keys and values of a map. */
function lengthsOfMap(
  code: string,
  member: string,
  keyPattern: readonly string[],
  valueRules: readonly string[],
): Pick<TaggedService, "emptyKey" | "longKey" | "longValue"> {
  const keys = [
    "Member must have length less than or equal to 128",
    "Member must have length greater than or equal to 1",
    ...keyPattern,
  ].join(", ");
  const error = (value: string, requirement: string): string =>
    `${code}: ${standard(member, value, requirement)}`;
  return {
    emptyKey: error("{=v}", `Map keys must satisfy constraint: [${keys}]`),
    longKey: error(`{${LONG_KEY}=v}`, `Map keys must satisfy constraint: [${keys}]`),
    longValue: error(
      `{a=${LONG_VALUE}}`,
      `Map value must satisfy constraint: [${valueRules.join(", ")}]`,
    ),
  };
}

const CACHE_TAG_QUOTA =
  "The request cannot be processed because it would cause the resource to have more than the allowed number of tags.";

const requestLimit = (code: string, limit = 50): string =>
  `${code}: 1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to ${limit}`;

/** The client of a service. */
const clientOf = <Client>(make: new (options: never) => Client): Client =>
  new make({ ...fixture.clientOptions, forcePathStyle: true, disableHostPrefix: true } as never); // options of every client

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "ecs-tasks.amazonaws.com" },
      Action: "sts:AssumeRole",
    },
  ],
});
const ALLOW = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
});

const EMPTY_KEY_OF_IAM = `ValidationError: 2 validation errors detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: ${String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]+`}`;

const iamErrors = {
  reserved: `InvalidInputException: ${RESERVED}`,
  duplicate:
    "InvalidInputException: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
  ...lengths("ValidationError"),
  emptyKey: EMPTY_KEY_OF_IAM,
  request: requestLimit("ValidationError"),
  resource: "LimitExceededException: The number of tags has reached the maximum limit.",
};

const s3Errors = {
  duplicate: "InvalidTag: Cannot provide multiple Tags with the same key",
  emptyKey: "InvalidTag: The TagKey you have provided is invalid",
  longKey: "InvalidTag: The TagKey you have provided is invalid",
  longValue: "InvalidTag: The TagValue you have provided is invalid",
};

const ecrLengths =
  "InvalidTagParameterException: An invalid parameter has been specified. Tag keys can have a maximum character length of 128 characters, and tag values can have a maximum length of 256 characters.";
const cloudMapCount =
  "TooManyTagsException: The list of tags on the resource is over the quota. The maximum number of tags that can be applied to a resource is 50.";

const cases: Readonly<Record<string, TaggedService>> = {
  "acm certificate": {
    create: async (tags) => {
      const Certificate = readFileSync(new URL("../support/certificate.pem", import.meta.url));
      const PrivateKey = Buffer.from("not checked");
      const { CertificateArn } = await clientOf(acm.ACMClient).send(
        new acm.ImportCertificateCommand({ Certificate, PrivateKey, Tags: upper(tags) }),
      );
      return CertificateArn;
    },
    tag: (CertificateArn, tags) =>
      clientOf(acm.ACMClient).send(
        new acm.AddTagsToCertificateCommand({ CertificateArn, Tags: upper(tags) }),
      ),
    reserved:
      'ValidationException: Invalid Tag Key: "aws:x". AWS internal tags cannot be changed with this API',
    duplicate: "InvalidTagException: The tag key a occurs more than once.",
    ...lengths("ValidationException"),
    request: requestLimit("ValidationException"),
    resource: `TooManyTagsException: the TagSet: '{${Array.from({ length: 51 }, (_, index) => `k${index}=v`).join(", ")}}' contains too many Tags`,
  },
  "application-autoscaling target": {
    prepare: async () => {
      const client = clientOf(ecs.ECSClient);
      await client.send(new ecs.CreateClusterCommand({}));
      await client.send(
        new ecs.RegisterTaskDefinitionCommand({
          family: "web",
          networkMode: "awsvpc",
          requiresCompatibilities: ["FARGATE"],
          cpu: "256",
          memory: "512",
          containerDefinitions: [{ name: "web", image: "public.ecr.aws/nginx/nginx:1.27" }],
        }),
      );
      await client.send(
        new ecs.CreateServiceCommand({
          serviceName: "web",
          taskDefinition: "web",
          desiredCount: 0,
          launchType: "FARGATE",
          networkConfiguration: {
            awsvpcConfiguration: { subnets: [...fixture.network.privateSubnetIds] },
          },
        }),
      );
    },
    create: async (tags) => {
      const { ScalableTargetARN } = await clientOf(scaling.ApplicationAutoScalingClient).send(
        new scaling.RegisterScalableTargetCommand({
          ServiceNamespace: "ecs",
          ResourceId: "service/default/web",
          ScalableDimension: "ecs:service:DesiredCount",
          MinCapacity: 1,
          MaxCapacity: 2,
          Tags: map(tags),
        }),
      );
      return ScalableTargetARN;
    },
    tag: (ResourceARN, tags) =>
      clientOf(scaling.ApplicationAutoScalingClient).send(
        new scaling.TagResourceCommand({ ResourceARN, Tags: map(tags) }),
      ),
    isMap: true,
    reserved: `ValidationException: ${RESERVED}`,
    ...lengthsOfMap(
      "ValidationException",
      "tags",
      [],
      [
        "Member must have length less than or equal to 256",
        "Member must have length greater than or equal to 0",
      ],
    ),
    request:
      "TooManyTagsException: The request contains too many tags. Try the request again with fewer tags.",
    resource:
      "TooManyTagsException: The request contains too many tags. Try the request again with fewer tags.",
  },
  "codedeploy application": {
    create: async (tags) => {
      await clientOf(codedeploy.CodeDeployClient).send(
        new codedeploy.CreateApplicationCommand({ applicationName: "a", tags: upper(tags) }),
      );
      return "arn:aws:codedeploy:us-east-1:111122223333:application:a";
    },
    tag: (ResourceArn, tags) =>
      clientOf(codedeploy.CodeDeployClient).send(
        new codedeploy.TagResourceCommand({ ResourceArn, Tags: upper(tags) }),
      ),
    reserved: `InvalidTagsToAddException: ${RESERVED}`,
    duplicate: `InvalidTagsToAddException: ${DUPLICATE}`,
    emptyKey: "InvalidTagsToAddException: A tag key must have at least 1 character.",
    longKey: "InvalidTagsToAddException: A tag key can have at most 128 characters.",
    longValue: "InvalidTagsToAddException: A tag value can have at most 256 characters.",
    request: `InvalidTagsToAddException: ${AT_MOST_50}`,
    resource: `InvalidTagsToAddException: ${AT_MOST_50}`,
  },
  "ec2 VPC": {
    create: async (tags) => {
      const { Vpc } = await clientOf(ec2.EC2Client).send(
        new ec2.CreateVpcCommand({
          CidrBlock: "10.0.0.0/16",
          TagSpecifications: [{ ResourceType: "vpc", Tags: upper(tags) }],
        }),
      );
      return Vpc?.VpcId;
    },
    tag: (id, tags) =>
      clientOf(ec2.EC2Client).send(
        new ec2.CreateTagsCommand({ Resources: [id], Tags: upper(tags) }),
      ),
    reserved: "InvalidParameterValue: Tag keys starting with 'aws:' are reserved for internal use",
    reservedByTag:
      "InvalidParameterValue: Value ( aws:x ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
    duplicate: "InvalidParameterValue: Duplicate tag key 'a' specified.",
    emptyKey:
      "InvalidTagKey.Malformed: The specified tag key is not valid. Tag keys cannot be empty or null, and cannot start with aws:.",
    longKey: "InvalidParameterValue: Tag key exceeds the maximum length of 128 characters",
    longValue: "InvalidParameterValue: Tag value exceeds the maximum length of 256 characters",
    request: "TagLimitExceeded: The maximum number of Tags for a resource has been reached.",
    resource: "TagLimitExceeded: The maximum number of Tags for a resource has been reached.",
  },
  "ecr repository": {
    create: async (tags) => {
      const { repository } = await clientOf(ecr.ECRClient).send(
        new ecr.CreateRepositoryCommand({ repositoryName: "app", tags: upper(tags) }),
      );
      return repository?.repositoryArn;
    },
    tag: (resourceArn, tags) =>
      clientOf(ecr.ECRClient).send(new ecr.TagResourceCommand({ resourceArn, tags: upper(tags) })),
    reserved: `InvalidTagParameterException: ${RESERVED}`,
    duplicate: `InvalidTagParameterException: ${DUPLICATE}`,
    emptyKey: ecrLengths,
    longKey: ecrLengths,
    longValue: ecrLengths,
    request:
      "TooManyTagsException: The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a repository is 50.",
    resource:
      "TooManyTagsException: The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a repository is 50.",
  },
  "ecs cluster": {
    create: async (tags) => {
      const { cluster } = await clientOf(ecs.ECSClient).send(
        new ecs.CreateClusterCommand({ clusterName: "c", tags: lower(tags) }),
      );
      return cluster?.clusterArn;
    },
    tag: (resourceArn, tags) =>
      clientOf(ecs.ECSClient).send(new ecs.TagResourceCommand({ resourceArn, tags: lower(tags) })),
    reserved: `InvalidParameterException: ${RESERVED}`,
    duplicate: `InvalidParameterException: ${DUPLICATE}`,
    ...lengths("InvalidParameterException"),
    request: requestLimit("InvalidParameterException"),
    resource: "InvalidParameterException: Too many tags: a resource has at most 50.",
  },
  "elasticloadbalancing target group": {
    create: async (tags) => {
      const { TargetGroups } = await clientOf(elb.ElasticLoadBalancingV2Client).send(
        new elb.CreateTargetGroupCommand({
          Name: "web",
          Protocol: "HTTP",
          Port: 80,
          TargetType: "ip",
          VpcId: fixture.network.vpcId,
          Tags: upper(tags),
        }),
      );
      return TargetGroups?.[0]?.TargetGroupArn;
    },
    tag: (arn, tags) =>
      clientOf(elb.ElasticLoadBalancingV2Client).send(
        new elb.AddTagsCommand({ ResourceArns: [arn], Tags: upper(tags) }),
      ),
    reserved: "ValidationError: Tag key 'aws:x' cannot start with 'aws:'",
    duplicate:
      "DuplicateTagKeysException: Duplicate Tag Keys found in the request. Tag keys should be unique.",
    ...lengths("ValidationError"),
    request:
      "TooManyTagsException: You've reached the limit on the number of tags for this resource.",
    resource:
      "TooManyTagsException: You've reached the limit on the number of tags for this resource.",
  },
  "events rule": {
    create: async (tags) => {
      const { RuleArn } = await clientOf(eventbridge.EventBridgeClient).send(
        new eventbridge.PutRuleCommand({
          Name: "r",
          ScheduleExpression: "rate(1 day)",
          Tags: upper(tags),
        }),
      );
      return RuleArn;
    },
    tag: (ResourceARN, tags) =>
      clientOf(eventbridge.EventBridgeClient).send(
        new eventbridge.TagResourceCommand({ ResourceARN, Tags: upper(tags) }),
      ),
    reserved: `ValidationException: ${RESERVED}`,
    duplicate: `ValidationException: ${DUPLICATE}`,
    ...lengths("ValidationException"),
    request: `ValidationException: ${AT_MOST_50}`,
    resource: `ValidationException: ${AT_MOST_50}`,
  },
  "iam role": {
    create: async (tags) => {
      await clientOf(iam.IAMClient).send(
        new iam.CreateRoleCommand({
          RoleName: "r",
          AssumeRolePolicyDocument: TRUST,
          Tags: upper(tags),
        }),
      );
      return "r";
    },
    tag: (RoleName, tags) =>
      clientOf(iam.IAMClient).send(new iam.TagRoleCommand({ RoleName, Tags: upper(tags) })),
    ...iamErrors,
  },
  "iam user": {
    create: async (tags) => {
      await clientOf(iam.IAMClient).send(
        new iam.CreateUserCommand({ UserName: "u", Tags: upper(tags) }),
      );
      return "u";
    },
    tag: (UserName, tags) =>
      clientOf(iam.IAMClient).send(new iam.TagUserCommand({ UserName, Tags: upper(tags) })),
    ...iamErrors,
  },
  "iam policy": {
    create: async (tags) => {
      const { Policy } = await clientOf(iam.IAMClient).send(
        new iam.CreatePolicyCommand({
          PolicyName: "p",
          PolicyDocument: ALLOW,
          Tags: upper(tags),
        }),
      );
      return Policy?.Arn;
    },
    tag: (PolicyArn, tags) =>
      clientOf(iam.IAMClient).send(new iam.TagPolicyCommand({ PolicyArn, Tags: upper(tags) })),
    ...iamErrors,
  },
  "iam OpenID Connect provider": {
    create: async (tags) => {
      const { OpenIDConnectProviderArn } = await clientOf(iam.IAMClient).send(
        new iam.CreateOpenIDConnectProviderCommand({
          Url: "https://token.actions.githubusercontent.com",
          ClientIDList: ["sts.amazonaws.com"],
          Tags: upper(tags),
        }),
      );
      return OpenIDConnectProviderArn;
    },
    tag: (OpenIDConnectProviderArn, tags) =>
      clientOf(iam.IAMClient).send(
        new iam.TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: upper(tags) }),
      ),
    ...iamErrors,
  },
  "iam instance profile": {
    create: async (tags) => {
      await clientOf(iam.IAMClient).send(
        new iam.CreateInstanceProfileCommand({ InstanceProfileName: "i", Tags: upper(tags) }),
      );
      return "i";
    },
    ...iamErrors,
  },
  "kms key": {
    create: async (tags) => {
      const { KeyMetadata } = await clientOf(kms.KMSClient).send(
        new kms.CreateKeyCommand({
          Tags: tags.map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
        }),
      );
      return KeyMetadata?.KeyId;
    },
    tag: (KeyId, tags) =>
      clientOf(kms.KMSClient).send(
        new kms.TagResourceCommand({
          KeyId,
          Tags: tags.map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
        }),
      ),
    reserved: "TagException: Tags beginning with aws: are reserved",
    duplicate: "TagException: Duplicate tag keys",
    ...lengths("ValidationException", "tags.1.member.tagKey", "tags.1.member.tagValue"),
    request: "TagException: Too many tags",
    resource: "TagException: Too many tags",
  },
  "logs group": {
    create: async (tags) => {
      await clientOf(logs.CloudWatchLogsClient).send(
        new logs.CreateLogGroupCommand({ logGroupName: "g", tags: map(tags) }),
      );
      return "arn:aws:logs:us-east-1:111122223333:log-group:g";
    },
    tag: (resourceArn, tags) =>
      clientOf(logs.CloudWatchLogsClient).send(
        new logs.TagResourceCommand({ resourceArn, tags: map(tags) }),
      ),
    isMap: true,
    reserved: `InvalidParameterException: ${RESERVED}`,
    ...lengthsOfMap(
      "InvalidParameterException",
      "tags",
      [String.raw`Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$`],
      [
        "Member must have length less than or equal to 256",
        String.raw`Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`,
      ],
    ),
    request: requestLimit("InvalidParameterException").replace(
      "Value at",
      `Value '{${many(51)
        .map(([key]) => `${key}=v`)
        .join(", ")}}' at`,
    ),
    resource: "TooManyTagsException: A resource can have no more than 50 tags.",
  },
  "monitoring alarm": {
    create: async (tags) => {
      await clientOf(cloudwatch.CloudWatchClient).send(
        new cloudwatch.PutMetricAlarmCommand({
          AlarmName: "a",
          ComparisonOperator: "GreaterThanThreshold",
          EvaluationPeriods: 1,
          MetricName: "CPUUtilization",
          Namespace: "AWS/ECS",
          Period: 60,
          Statistic: "Average",
          Threshold: 1,
          Tags: upper(tags),
        }),
      );
      return "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a";
    },
    tag: (ResourceARN, tags) =>
      clientOf(cloudwatch.CloudWatchClient).send(
        new cloudwatch.TagResourceCommand({ ResourceARN, Tags: upper(tags) }),
      ),
    reserved: `InvalidParameterValueException: ${RESERVED}`,
    duplicate: `InvalidParameterValueException: ${DUPLICATE}`,
    // The client names the error ValidationError by its alias.
    ...lengths("ValidationException"),
    request: `InvalidParameterValueException: ${AT_MOST_50}`,
    resource: `InvalidParameterValueException: ${AT_MOST_50}`,
  },
  "s3 bucket": {
    create: async (tags) => {
      const Bucket = "tagged-bucket";
      await clientOf(s3.S3Client).send(
        new s3.CreateBucketCommand({
          Bucket,
          CreateBucketConfiguration: { Tags: upper(tags) },
        }),
      );
      return Bucket;
    },
    tag: (Bucket, tags) =>
      clientOf(s3.S3Client).send(
        new s3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: upper(tags) } }),
      ),
    replaces: true,
    reserved: "InvalidTag: System tags cannot be added/updated by requester",
    ...s3Errors,
    request: "BadRequest: Bucket tag count cannot be greater than 50",
  },
  "s3 object": {
    prepare: () =>
      clientOf(s3.S3Client).send(new s3.CreateBucketCommand({ Bucket: "tagged-objects" })),
    create: async (tags) => {
      await clientOf(s3.S3Client).send(
        new s3.PutObjectCommand({
          Bucket: "tagged-objects",
          Key: "o",
          Body: "x",
          Tagging: tags
            .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
            .join("&"),
        }),
      );
      return "tagged-objects";
    },
    tag: (Bucket, tags) =>
      clientOf(s3.S3Client).send(
        new s3.PutObjectTaggingCommand({ Bucket, Key: "o", Tagging: { TagSet: upper(tags) } }),
      ),
    replaces: true,
    limit: 10,
    reserved: "InvalidTag: Your TagKey cannot be prefixed with aws:",
    ...s3Errors,
    request: "BadRequest: Object tags cannot be greater than 10",
  },
  "secretsmanager secret": {
    create: async (tags) => {
      const { ARN } = await clientOf(secretsmanager.SecretsManagerClient).send(
        new secretsmanager.CreateSecretCommand({ Name: "s", Tags: upper(tags) }),
      );
      return ARN;
    },
    tag: (SecretId, tags) =>
      clientOf(secretsmanager.SecretsManagerClient).send(
        new secretsmanager.TagResourceCommand({ SecretId, Tags: upper(tags) }),
      ),
    reserved: "InvalidParameterException: You can't modify system tags. Tag key: 'aws:x'.",
    duplicate: `InvalidParameterException: ${DUPLICATE}`,
    ...lengths("ValidationException"),
    request: "InvalidParameterException: A secret can have at most 50 tags.",
    resource: "InvalidParameterException: A secret can have at most 50 tags.",
  },
  "servicediscovery namespace": {
    create: async (tags) => {
      const client = clientOf(servicediscovery.ServiceDiscoveryClient);
      await client.send(
        new servicediscovery.CreateHttpNamespaceCommand({ Name: "n", Tags: upper(tags) }),
      );
      const { Namespaces } = await client.send(new servicediscovery.ListNamespacesCommand({}));
      return Namespaces?.[0]?.Arn;
    },
    tag: (ResourceARN, tags) =>
      clientOf(servicediscovery.ServiceDiscoveryClient).send(
        new servicediscovery.TagResourceCommand({ ResourceARN, Tags: upper(tags) }),
      ),
    reserved: `InvalidInput: ${RESERVED}`,
    duplicate: `InvalidInput: ${DUPLICATE}`,
    ...lengths("InvalidInput"),
    request: cloudMapCount,
    resource: cloudMapCount,
  },
  "scheduler group": {
    create: async (tags) => {
      const { ScheduleGroupArn } = await clientOf(scheduler.SchedulerClient).send(
        new scheduler.CreateScheduleGroupCommand({ Name: "g", Tags: upper(tags) }),
      );
      return ScheduleGroupArn;
    },
    tag: (ResourceArn, tags) =>
      clientOf(scheduler.SchedulerClient).send(
        new scheduler.TagResourceCommand({ ResourceArn, Tags: upper(tags) }),
      ),
    reserved: `ValidationException: ${RESERVED}`,
    duplicate: `ValidationException: ${DUPLICATE}`,
    ...lengths("ValidationException"),
    request: `ValidationException: ${AT_MOST_50}`,
    resource: `ValidationException: ${AT_MOST_50}`,
  },
  "sns topic": {
    create: async (tags) => {
      const { TopicArn } = await clientOf(sns.SNSClient).send(
        new sns.CreateTopicCommand({ Name: "t", Tags: upper(tags) }),
      );
      return TopicArn;
    },
    tag: (ResourceArn, tags) =>
      clientOf(sns.SNSClient).send(new sns.TagResourceCommand({ ResourceArn, Tags: upper(tags) })),
    reserved: `InvalidParameterException: Invalid parameter: ${RESERVED}`,
    duplicate: "InvalidParameterException: Invalid parameter: Duplicated keys are not allowed.",
    ...lengths("ValidationError"),
    request:
      "TagLimitExceededException: Could not complete request: tag quota of per resource exceeded",
    resource:
      "TagLimitExceededException: Could not complete request: tag quota of per resource exceeded",
  },
  "ssm parameter": {
    create: async (tags) => {
      await clientOf(ssm.SSMClient).send(
        new ssm.PutParameterCommand({
          Name: "p",
          Type: "String",
          Value: "x",
          Tags: upper(tags),
        }),
      );
      return "p";
    },
    tag: (ResourceId, tags) =>
      clientOf(ssm.SSMClient).send(
        new ssm.AddTagsToResourceCommand({
          ResourceType: "Parameter",
          ResourceId,
          Tags: upper(tags),
        }),
      ),
    reserved: `ValidationException: ${RESERVED}`,
    duplicate: `ValidationException: ${DUPLICATE}`,
    ...lengths("ValidationException"),
    request:
      "TooManyTagsError: The Targets parameter includes too many tags. Remove one or more tags and try the command again.",
    resource:
      "TooManyTagsError: The Targets parameter includes too many tags. Remove one or more tags and try the command again.",
  },
  "sts session": {
    prepare: () =>
      clientOf(iam.IAMClient).send(
        new iam.CreateRoleCommand({
          RoleName: "given",
          AssumeRolePolicyDocument: TRUST.replace(
            '{"Service":"ecs-tasks.amazonaws.com"}',
            '{"AWS":"111122223333"}',
          ).replace('"sts:AssumeRole"', '["sts:AssumeRole","sts:TagSession"]'),
        }),
      ),
    create: async (tags) => {
      const { AssumedRoleUser } = await clientOf(sts.STSClient).send(
        new sts.AssumeRoleCommand({
          RoleArn: "arn:aws:iam::111122223333:role/given",
          RoleSessionName: "session",
          Tags: upper(tags),
        }),
      );
      return AssumedRoleUser?.Arn;
    },
    reserved: `InvalidParameterValue: ${RESERVED}`,
    duplicate:
      "InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ...lengths("ValidationError"),
    emptyKey: EMPTY_KEY_OF_IAM,
    request: requestLimit("ValidationError"),
  },
  "DynamoDB table": {
    create: async (tags) => {
      const { TableDescription } = await clientOf(dynamodb.DynamoDBClient).send(
        new dynamodb.CreateTableCommand({
          TableName: "orders",
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          Tags: upper(tags),
        }),
      );
      return TableDescription?.TableArn;
    },
    tag: (ResourceArn, tags) =>
      clientOf(dynamodb.DynamoDBClient).send(
        new dynamodb.TagResourceCommand({ ResourceArn, Tags: upper(tags) }),
      ),
    reserved: "ValidationException: One or more tag keys specified are reserved: aws:x",
    duplicate: "ValidationException: Duplicate tag keys are not allowed",
    ...lengths("ValidationException"),
    request: "ValidationException: Too many tags: a table can have at most 50 tags",
    resource: "ValidationException: Too many tags: a table can have at most 50 tags",
  },
  "SQS queue": {
    isMap: true,
    create: async (tags) =>
      (
        await clientOf(sqs.SQSClient).send(
          new sqs.CreateQueueCommand({ QueueName: "jobs", tags: map(tags) }),
        )
      ).QueueUrl,
    tag: (QueueUrl, tags) =>
      clientOf(sqs.SQSClient).send(new sqs.TagQueueCommand({ QueueUrl, Tags: map(tags) })),
    reserved: "InvalidParameterValue: Tag key aws:x has the reserved prefix aws:.",
    emptyKey: "InvalidParameterValue: Tag keys must be between 1 and 128 characters in length.",
    longKey: "InvalidParameterValue: Tag keys must be between 1 and 128 characters in length.",
    longValue: "InvalidParameterValue: Tag values must be between 0 and 256 characters in length.",
    request: "InvalidParameterValue: Too many tags added for queue.",
    resource: "InvalidParameterValue: Too many tags added for queue.",
  },
  "DB parameter group": {
    create: async (tags) => {
      const { DBParameterGroup } = await clientOf(rds.RDSClient).send(
        new rds.CreateDBParameterGroupCommand({
          DBParameterGroupName: "own",
          DBParameterGroupFamily: "postgres16",
          Description: "own",
          Tags: upper(tags),
        }),
      );
      return DBParameterGroup?.DBParameterGroupArn;
    },
    tag: (ResourceName, tags) =>
      clientOf(rds.RDSClient).send(
        new rds.AddTagsToResourceCommand({ ResourceName, Tags: upper(tags) }),
      ),
    reserved: "InvalidParameterValue: Tag keys can't begin with aws: or rds:.",
    duplicate: "InvalidParameterValue: Duplicate tag key: a",
    emptyKey: "InvalidParameterValue: Tag keys must have 1 to 128 characters.",
    longKey: "InvalidParameterValue: Tag keys must have 1 to 128 characters.",
    longValue: "InvalidParameterValue: Tag values must have at most 256 characters.",
    request: "InvalidParameterValue: A resource can have at most 50 tags.",
    resource: "InvalidParameterValue: A resource can have at most 50 tags.",
  },
  "cache parameter group": {
    create: async (tags) => {
      const { CacheParameterGroup } = await clientOf(elasticache.ElastiCacheClient).send(
        new elasticache.CreateCacheParameterGroupCommand({
          CacheParameterGroupName: "own",
          CacheParameterGroupFamily: "redis7",
          Description: "own",
          Tags: upper(tags),
        }),
      );
      return CacheParameterGroup?.ARN;
    },
    tag: (ResourceName, tags) =>
      clientOf(elasticache.ElastiCacheClient).send(
        new elasticache.AddTagsToResourceCommand({ ResourceName, Tags: upper(tags) }),
      ),
    reserved: "InvalidParameterValueException: Tag keys can't begin with aws:.",
    duplicate: "InvalidParameterValueException: Duplicate tag key: a",
    emptyKey: "InvalidParameterValueException: Tag keys must have 1 to 128 characters.",
    longKey: "InvalidParameterValueException: Tag keys must have 1 to 128 characters.",
    longValue: "InvalidParameterValueException: Tag values must have at most 256 characters.",
    request: `TagQuotaPerResourceExceeded: ${CACHE_TAG_QUOTA}`,
    resource: `TagQuotaPerResourceExceeded: ${CACHE_TAG_QUOTA}`,
  },
  "WAF IP set": {
    create: async (tags) => {
      const { Summary } = await clientOf(wafv2.WAFV2Client).send(
        new wafv2.CreateIPSetCommand({
          Name: "office",
          Scope: "REGIONAL",
          IPAddressVersion: "IPV4",
          Addresses: [],
          Tags: upper(tags),
        }),
      );
      return Summary?.ARN;
    },
    tag: (ResourceARN, tags) =>
      clientOf(wafv2.WAFV2Client).send(
        new wafv2.TagResourceCommand({ ResourceARN, Tags: upper(tags) }),
      ),
    reserved: "WAFTagOperationException: Tag keys can't begin with aws:.",
    duplicate: "WAFTagOperationException: Duplicate tag key: a",
    ...lengths("ValidationException"),
    request: "WAFLimitsExceededException: A resource can have at most 50 tags.",
    resource: "WAFLimitsExceededException: A resource can have at most 50 tags.",
  },
};

const violations = (limit: number) =>
  ({
    reserved: [["aws:x", "v"]],
    duplicate: [
      ["a", "1"],
      ["a", "2"],
    ],
    emptyKey: [["", "v"]],
    longKey: [[LONG_KEY, "v"]],
    longValue: [["a", LONG_VALUE]],
    request: many(limit + 1),
  }) as const satisfies Readonly<Record<string, Tags>>;

type Violation = keyof ReturnType<typeof violations>;

/** The violations that a request can have. A map has no duplicate keys. */
const violationsOf = ({ limit = 50, isMap }: Pick<TaggedService, "limit" | "isMap">): Violation[] =>
  (Object.keys(violations(limit)) as Violation[]).filter(
    (kind) => !(isMap && kind === "duplicate"),
  );

describe.each(Object.entries(cases))("tags of a(n) %s", (_, tagged) => {
  const { prepare, create, limit = 50 } = tagged;

  beforeEach(async () => {
    await prepare?.();
  });

  it.each(violationsOf(tagged))("are rejected when it is created: %s", async (kind) => {
    const error = await fixture.errorOf(() => create(violations(limit)[kind]));
    expect(error).toBe(tagged[kind]);
  });

  it("may be as many, and as long, as the limit", async () => {
    const longest: Tags = [["k".repeat(128), "v".repeat(256)]];
    await expect(create([...longest, ...many(limit - 1)])).resolves.toBeDefined();
  });
});

const taggable = Object.entries(cases).flatMap(([name, tagged]) =>
  tagged.tag ? [{ ...tagged, name, tag: tagged.tag }] : [],
);

describe.each(taggable)("tags that are added to a(n) $name", (tagged) => {
  const { prepare, create, tag, limit = 50 } = tagged;

  beforeEach(async () => {
    await prepare?.();
  });

  it.each(violationsOf(tagged))("are rejected: %s", async (kind) => {
    const id = (await create([["b", "1"]])) ?? "";
    const error = await fixture.errorOf(async () => tag(id, violations(limit)[kind]));
    expect(error).toBe((kind === "reserved" ? tagged.reservedByTag : undefined) ?? tagged[kind]);
  });
});

// The other operations replace all tags of the resource, so that its earlier tags do not count.
describe.each(taggable.filter(({ replaces }) => replaces !== true))(
  "tags that are added to a(n) $name",
  ({ prepare, create, tag, resource }) => {
    beforeEach(async () => {
      await prepare?.();
    });

    it("are limited together with those that it has", async () => {
      const id = (await create(many(30))) ?? "";
      await tag(id, many(20, 30));
      await tag(id, [["k0", "v"]]);
      expect(await fixture.errorOf(async () => tag(id, [["k50", "v"]]))).toBe(resource);
    });
  },
);

describe("characters of tags", () => {
  const bucket = (tags: Tags): Promise<unknown> =>
    clientOf(s3.S3Client).send(
      new s3.PutBucketTaggingCommand({ Bucket: "characters", Tagging: { TagSet: upper(tags) } }),
    );
  const group = (tags: Tags): Promise<unknown> =>
    clientOf(rds.RDSClient).send(
      new rds.CreateDBParameterGroupCommand({
        DBParameterGroupName: "g",
        DBParameterGroupFamily: "postgres16",
        Description: "g",
        Tags: upper(tags),
      }),
    );
  const ofRds =
    "InvalidParameterValue: Tags can only contain letters, digits, white space and the characters _ . : / = + - @ %.";

  beforeEach(async () => {
    await clientOf(s3.S3Client).send(new s3.CreateBucketCommand({ Bucket: "characters" }));
  });

  it.each([
    ["S3", bucket, "a(b)", "1", "InvalidTag: The TagKey you have provided is invalid"],
    ["S3", bucket, "a", "b, c", "InvalidTag: The TagValue you have provided is invalid"],
    ["RDS", group, "a#b", "1", ofRds],
    ["RDS", group, "a", "b|c", ofRds],
    ["RDS", group, "RDS:a", "b", "InvalidParameterValue: Tag keys can't begin with aws: or rds:."],
  ] as const)("are limited in %s", async (_, create, key, value, error) => {
    expect(await fixture.errorOf(() => create([[key, value]]))).toBe(error);
  });

  it("are accepted if they are usual", async () => {
    await expect(bucket([["Büro 1:a/b", "x=y+z-@_."]])).resolves.toBeDefined();
    await expect(group([["a", "100%"]])).resolves.toBeDefined();
  });
});

describe("services", () => {
  it("have rules for tags if an operation has tags", () => {
    const withoutRules = services.filter(
      ({ operations, tagRules }) =>
        tagRules === undefined &&
        Object.values(operations).some(({ supportedParameters }) =>
          supportedParameters.some((name) =>
            ["Tags", "tags", "TagSpecifications", "AddTags", "Tagging"].includes(name),
          ),
        ),
    );
    expect(withoutRules.map(({ name }) => name)).toEqual([]);
  });

  it("replace a key of IAM that differs in case", async () => {
    const client = clientOf(iam.IAMClient);
    await client.send(
      new iam.CreateUserCommand({ UserName: "u", Tags: [{ Key: "Team", Value: "a" }] }),
    );
    await client.send(
      new iam.TagUserCommand({ UserName: "u", Tags: [{ Key: "team", Value: "b" }] }),
    );
    const { User } = await client.send(new iam.GetUserCommand({ UserName: "u" }));
    expect(User?.Tags).toEqual([{ Key: "team", Value: "b" }]);
  });
});

describe("tags of a hosted zone", () => {
  const client = (): route53.Route53Client => clientOf(route53.Route53Client);
  const zone = async (): Promise<string> => {
    const { HostedZone } = await client().send(
      new route53.CreateHostedZoneCommand({ Name: "example.com", CallerReference: "1" }),
    );
    return HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
  };
  const tagZone = (ResourceId: string, tags: Tags): Promise<unknown> =>
    client().send(
      new route53.ChangeTagsForResourceCommand({
        ResourceType: "hostedzone",
        ResourceId,
        AddTags: upper(tags),
      }),
    );

  it.each([
    ["aws:x", `InvalidInput: ${RESERVED}`],
    ["", "InvalidInput: A tag key must have at least 1 character."],
  ])("may not have the key '%s'", async (key, error) => {
    const id = await zone();
    expect(await fixture.errorOf(() => tagZone(id, [[key, "v"]]))).toBe(error);
  });

  it("may not have a key twice", async () => {
    const id = await zone();
    const duplicate = violations(50).duplicate;
    expect(await fixture.errorOf(() => tagZone(id, duplicate))).toBe(`InvalidInput: ${DUPLICATE}`);
  });

  it("are 10 in a request and 50 in all", async () => {
    const id = await zone();
    expect(await fixture.errorOf(() => tagZone(id, many(11)))).toBe(
      requestLimit("InvalidInput", 10).replace("'tags'", "'addTags'"),
    );
    for (let from = 0; from < 50; from += 10) await tagZone(id, many(10, from));
    expect(await fixture.errorOf(() => tagZone(id, [["k50", "v"]]))).toBe(
      `InvalidInput: ${AT_MOST_50}`,
    );
  });
});
