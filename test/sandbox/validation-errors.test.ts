import * as autoscaling from "@aws-sdk/client-application-auto-scaling";
import * as codedeploy from "@aws-sdk/client-codedeploy";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as route53 from "@aws-sdk/client-route-53";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../support/sandbox-calls.ts";

const fixture = useSandbox();

const client = <Client>(ClientClass: new (options: object) => Client): Client =>
  new ClientClass(fixture.clientOptions);

const cases: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  [
    "Systems Manager, a pagination token",
    () => client(ssm.SSMClient).send(new ssm.DescribeParametersCommand({ NextToken: "none" })),
    "InvalidNextToken: The specified token isn't valid.",
  ],
  [
    "Secrets Manager, a pagination token",
    () =>
      client(secretsmanager.SecretsManagerClient).send(
        new secretsmanager.ListSecretsCommand({ NextToken: "none" }),
      ),
    "InvalidNextTokenException: The pagination token is not valid.",
  ],
  [
    "ECS, a pagination token",
    () => client(ecs.ECSClient).send(new ecs.ListClustersCommand({ nextToken: "none" })),
    "InvalidParameterException: The pagination token is not valid.",
  ],
  [
    "IAM, a marker",
    () => client(iam.IAMClient).send(new iam.ListRolesCommand({ Marker: "none" })),
    "ValidationError: The pagination token is not valid.",
  ],
  [
    "IAM, the name of a role",
    () =>
      client(iam.IAMClient).send(
        new iam.CreateRoleCommand({ RoleName: "a b", AssumeRolePolicyDocument: "{}" }),
      ),
    "ValidationError: The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
  ],
  [
    "IAM, a path",
    () =>
      client(iam.IAMClient).send(
        new iam.CreateRoleCommand({ RoleName: "a", Path: "x", AssumeRolePolicyDocument: "{}" }),
      ),
    "ValidationError: The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
  ],
  [
    "IAM, a name that is too long",
    () => client(iam.IAMClient).send(new iam.GetRoleCommand({ RoleName: "a".repeat(65) })),
    `ValidationError: 1 validation error detected: Value '${"a".repeat(65)}' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64`,
  ],
  [
    "IAM, the value of a tag",
    () =>
      client(iam.IAMClient).send(
        new iam.TagRoleCommand({ RoleName: "a", Tags: [{ Key: "agent", Value: "a;b" }] }),
      ),
    "ValidationError: 1 validation error detected: Value 'a;b' at 'tags.1.member.value' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
  ],
  [
    "CodeDeploy, a name",
    () =>
      client(codedeploy.CodeDeployClient).send(
        new codedeploy.CreateApplicationCommand({ applicationName: "a".repeat(101) }),
      ),
    `InvalidApplicationNameException: 1 validation error detected: Value '${"a".repeat(101)}' at 'applicationName' failed to satisfy constraint: Member must have length less than or equal to 100`,
  ],
  [
    "CodeDeploy, a missing name",
    () =>
      client(codedeploy.CodeDeployClient).send(
        new codedeploy.CreateApplicationCommand({ applicationName: undefined }),
      ),
    "ApplicationNameRequiredException: 1 validation error detected: Value at 'applicationName' failed to satisfy constraint: Member must not be null",
  ],
  [
    "Systems Manager, a value that is not repeated",
    () =>
      fixture.aws.ssm.send(new ssm.PutParameterCommand({ Name: "", Value: "x", Type: "String" })),
    "ValidationException: 1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    "Systems Manager, the type of a resource",
    () =>
      fixture.aws.ssm.send(
        new ssm.ListTagsForResourceCommand({
          ResourceType: "X" as ssm.ResourceTypeForTagging,
          ResourceId: "x",
        }),
      ),
    "InvalidResourceType: 1 validation error detected: Value 'X' at 'resourceType' failed to satisfy constraint: Member must satisfy enum value set: [Association, Automation, CloudConnector, Document, MaintenanceWindow, ManagedInstance, OpsMetadata, OpsItem, Parameter, PatchBaseline]",
  ],
  [
    "Systems Manager, the elements of a list",
    () => fixture.aws.ssm.send(new ssm.GetParametersCommand({ Names: [""] })),
    "ValidationException: 1 validation error detected: Value '[]' at 'names' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1]",
  ],
  [
    "Secrets Manager, a token",
    () =>
      client(secretsmanager.SecretsManagerClient).send(
        new secretsmanager.CreateSecretCommand({ Name: "a", ClientRequestToken: "short" }),
      ),
    "InvalidParameterException: ClientRequestToken must be 32-64 characters long.",
  ],
  [
    "Route 53, a number",
    () =>
      client(route53.Route53Client).send(new route53.GetHostedZoneCommand({ Id: "Z".repeat(33) })),
    `InvalidInput: 1 validation error detected: Value '${"Z".repeat(33)}' at 'id' failed to satisfy constraint: Member must have length less than or equal to 32`,
  ],
  [
    "Application Auto Scaling, an enumeration",
    () =>
      client(autoscaling.ApplicationAutoScalingClient).send(
        new autoscaling.DescribeScalableTargetsCommand({
          ServiceNamespace: "x" as autoscaling.ServiceNamespace,
        }),
      ),
    "ValidationException: 1 validation error detected: Value 'x' at 'serviceNamespace' failed to satisfy constraint: Member must satisfy enum value set: [",
  ],
  [
    "STS, the name of a session",
    () =>
      client(sts.STSClient).send(
        new sts.AssumeRoleCommand({
          RoleArn: "arn:aws:iam::111122223333:role/a",
          RoleSessionName: "a b",
        }),
      ),
    "ValidationError: 1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
  ],
  [
    "ECS, a range",
    () =>
      fixture.aws.ecs.send(
        new ecs.RunTaskCommand({
          taskDefinition: "app",
          capacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1001 }],
        }),
      ),
    "InvalidParameterException: 1 validation error detected: Value '1001' at 'capacityProviderStrategy.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 1000",
  ],
];

describe("errors for values that the model does not allow", () => {
  it.each(cases)("%s", async (_title, call, message) => {
    const error = await fixture.errorOf(call);
    // The list of service namespaces is long.
    expect(message.endsWith("[") ? error.slice(0, message.length) : error).toBe(message);
  });
});
