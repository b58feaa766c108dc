import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import * as s3 from "@aws-sdk/client-s3";
import { clientOptions } from "../../support/clients.ts";
import {
  HEALTHY,
  type Failure,
  errorOf,
  rejectedCall,
  observed,
  failedStart,
  statusOf,
} from "./kit.ts";
import {
  account,
  allow,
  EXECUTION,
  IMAGE,
  LOGS,
  region,
  type Stage,
  trust,
  type ServiceOverrides,
} from "./stage.ts";

const detach = (stage: Stage): Promise<unknown> =>
  stage.aws.iam.send(
    new iam.DetachRolePolicyCommand({ RoleName: "execution", PolicyArn: EXECUTION }),
  );
const attach = (stage: Stage): Promise<unknown> =>
  stage.aws.iam.send(
    new iam.AttachRolePolicyCommand({ RoleName: "execution", PolicyArn: EXECUTION }),
  );
const inline = (
  stage: Stage,
  actions: readonly string[],
  resources?: readonly string[],
  RoleName = "execution",
): Promise<unknown> =>
  stage.aws.iam.send(
    new iam.PutRolePolicyCommand({
      RoleName,
      PolicyName: `p${actions.join("").replace(/\W/g, "")}`.slice(0, 100),
      PolicyDocument: allow(actions, resources),
    }),
  );
const PULL = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

const trusts = (stage: Stage, PolicyDocument: string): Promise<unknown> =>
  stage.aws.iam.send(
    new iam.UpdateAssumeRolePolicyCommand({ RoleName: "execution", PolicyDocument }),
  );

const SECRET = `arn:aws:secretsmanager:${region}:${account}:secret:password`;
const withSecret: ServiceOverrides = {
  container: { secrets: [{ name: "SECRET", valueFrom: SECRET }] },
};
const ofRoot = (...more: object[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      ...more,
    ],
  });
async function key(stage: Stage, Policy?: string): Promise<string> {
  const { KeyMetadata } = await stage.aws.kms.send(
    new kms.CreateKeyCommand(
      Policy === undefined ? {} : { Policy, BypassPolicyLockoutSafetyCheck: true },
    ),
  );
  return KeyMetadata?.KeyId ?? "";
}
const secret = (stage: Stage, KmsKeyId?: string): Promise<unknown> =>
  stage.aws.secrets.send(
    new secretsmanager.CreateSecretCommand({ Name: "password", SecretString: "hunter2", KmsKeyId }),
  );
const keyed = async (stage: Stage): Promise<void> => {
  await secret(stage, await key(stage));
  await inline(stage, ["secretsmanager:GetSecretValue"]);
};

/** Allows the execution role to decrypt only through one service. */
const decrypting = (stage: Stage, service: string): Promise<unknown> =>
  stage.aws.iam.send(
    new iam.PutRolePolicyCommand({
      RoleName: "execution",
      PolicyName: "decrypt",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "kms:Decrypt",
            Resource: "*",
            Condition: {
              StringEquals: { "kms:ViaService": `${service}.${region}.amazonaws.com` },
            },
          },
        ],
      }),
    }),
  );

/** The clients of a user with the given policies. */
async function asUser(stage: Stage, policy: string): Promise<ReturnType<typeof clientOptions>> {
  await stage.aws.iam.send(new iam.CreateUserCommand({ UserName: "deployer" }));
  await stage.aws.iam.send(
    new iam.PutUserPolicyCommand({
      UserName: "deployer",
      PolicyName: "deploy",
      PolicyDocument: policy,
    }),
  );
  const { AccessKey } = await stage.aws.iam.send(
    new iam.CreateAccessKeyCommand({ UserName: "deployer" }),
  );
  return {
    ...clientOptions(stage.sandbox.url, region),
    credentials: {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    },
  };
}

async function registerAs(stage: Stage, policy: string): Promise<unknown> {
  const client = new ecs.ECSClient(await asUser(stage, policy));
  return client.send(
    new ecs.RegisterTaskDefinitionCommand({
      family: "app",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      executionRoleArn: stage.ids.role,
      containerDefinitions: [{ name: "app", image: IMAGE }],
    }),
  );
}

const logKey = (arn: string): string =>
  ofRoot({
    Effect: "Allow",
    Principal: { Service: `logs.${region}.amazonaws.com` },
    Action: [
      "kms:Encrypt*",
      "kms:Decrypt*",
      "kms:ReEncrypt*",
      "kms:GenerateDataKey*",
      "kms:Describe*",
    ],
    Resource: "*",
    Condition: { ArnEquals: { "kms:EncryptionContext:aws:logs:arn": arn } },
  });
const keyedGroup = async (stage: Stage, policy: string): Promise<unknown> =>
  stage.aws.logs.send(
    new logs.CreateLogGroupCommand({
      logGroupName: "/app/keyed",
      kmsKeyId: `arn:aws:kms:${region}:${account}:key/${await key(stage, policy)}`,
    }),
  );
const keyedRepository = async (stage: Stage, kmsKey: string): Promise<unknown> =>
  stage.aws.ecr.send(
    new ecr.CreateRepositoryCommand({
      repositoryName: "keyed",
      encryptionConfiguration: { encryptionType: "KMS", kmsKey },
    }),
  );

const ASSUME =
  /^ECS was unable to assume the role 'arn:aws:iam::111122223333:role\/execution' that was provided for this task\. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role\./;

const ASSUME_FRESH =
  /^ECS was unable to assume the role 'arn:aws:iam::111122223333:role\/fresh' that was provided/;

/** A time one hour later, so that all changes of IAM are visible. */
const LATER = Date.now() + 3_600_000;

export const permissions: readonly Failure[] = [
  rejectedCall(
    "IAM-01",
    "ECR image without an execution role",
    "ClientException: Fargate requires task definition to have execution role ARN to support ECR images.",
    {
      brokenAction: (stage) =>
        stage.register({
          definition: { executionRoleArn: undefined },
          container: { logConfiguration: undefined },
        }),
      repairedAction: (stage) => stage.register({ container: { logConfiguration: undefined } }),
    },
  ),
  rejectedCall(
    "IAM-02",
    "awslogs driver without an execution role",
    "ClientException: Fargate requires task definition to have execution role ARN to support log driver awslogs.",
    {
      brokenAction: (stage) =>
        stage.register({
          definition: { executionRoleArn: undefined },
          container: { image: "nginx" },
        }),
      repairedAction: (stage) => stage.register({ container: { image: "nginx" } }),
    },
  ),
  rejectedCall(
    "IAM-03",
    "secrets without an execution role",
    "ClientException: When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    {
      brokenAction: (stage) =>
        stage.register({
          definition: { executionRoleArn: undefined },
          container: { image: "nginx", logConfiguration: undefined, ...withSecret.container },
        }),
      repairedAction: (stage) => stage.register(withSecret),
    },
  ),
  failedStart("IAM-04", "role that trusts another service", ASSUME, {
    breakStage: (stage) => trusts(stage, trust("ec2.amazonaws.com")),
    repairStage: (stage) => trusts(stage, trust("ecs-tasks.amazonaws.com")),
  }),
  failedStart(
    "IAM-05",
    "execution role without permissions",
    /is not authorized to perform: ecr:GetAuthorizationToken on resource: \* because no identity-based policy allows the ecr:GetAuthorizationToken action/,
    {
      breakStage: detach,
      repairStage: attach,
    },
  ),
  failedStart(
    "IAM-05",
    "execution role without permission to pull the image",
    "403 Forbidden: User: arn:aws:sts::111122223333:assumed-role/execution/",
    {
      breakStage: async (stage) => {
        await detach(stage);
        await inline(stage, ["ecr:GetAuthorizationToken", "logs:*"]);
      },
      repairStage: attach,
    },
  ),
  failedStart(
    "IAM-05",
    "execution role without permissions, and an image by the dual-stack host name of the registry",
    "is not authorized to perform: ecr:GetAuthorizationToken on resource: *",
    {
      overrides: { container: { image: `${account}.dkr-ecr.${region}.on.aws/app:1` } },
      breakStage: detach,
      repairStage: attach,
    },
  ),
  failedStart(
    "IAM-06",
    "ecr:GetAuthorizationToken allowed only on a repository",
    "ecr:GetAuthorizationToken on resource: *",
    {
      breakStage: async (stage) => {
        await detach(stage);
        await inline(stage, ["logs:*"]);
        await inline(stage, PULL, [`arn:aws:ecr:${region}:${account}:repository/app`]);
      },
      repairStage: (stage) => inline(stage, ["ecr:GetAuthorizationToken"]),
    },
  ),
  failedStart(
    "IAM-07",
    "execution role without permission to write logs",
    /failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: .*is not authorized to perform: logs:CreateLogStream/,
    {
      breakStage: async (stage) => {
        await detach(stage);
        await inline(stage, PULL);
      },
      repairStage: attach,
    },
  ),
  failedStart(
    "IAM-08",
    "awslogs-create-group without logs:CreateLogGroup",
    /failed to create Cloudwatch log group: .*is not authorized to perform: logs:CreateLogGroup/,
    {
      overrides: {
        container: {
          logConfiguration: {
            ...LOGS,
            options: { ...LOGS.options, "awslogs-group": "/new", "awslogs-create-group": "true" },
          },
        },
      },
      repairStage: (stage) => inline(stage, ["logs:CreateLogGroup"]),
    },
  ),
  failedStart(
    "IAM-09",
    "execution role without permission to read the secret",
    /unable to retrieve secret from asm: .*AccessDeniedException: User: .* is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:111122223333:secret:password-\w{6} because no identity-based policy allows/,
    {
      overrides: withSecret,
      breakStage: secret,
      repairStage: (stage) =>
        inline(stage, ["secretsmanager:GetSecretValue"], [`${SECRET}-??????`]),
    },
  ),
  failedStart(
    "IAM-10",
    "secret with a KMS key that the role is not allowed to use",
    "AccessDeniedException: Access to KMS is not allowed",
    {
      overrides: withSecret,
      breakStage: keyed,
      repairStage: (stage) => inline(stage, ["kms:Decrypt"]),
    },
  ),
  failedStart(
    "IAM-10",
    "parameter with a KMS key that is restricted to another service",
    "Access to KMS is not allowed",
    {
      overrides: {
        container: {
          secrets: [
            { name: "MODE", valueFrom: `arn:aws:ssm:${region}:${account}:parameter/app/mode` },
          ],
        },
      },
      breakStage: async (stage) => {
        const KeyId = await key(stage);
        await stage.aws.ssm.send(
          new ssm.PutParameterCommand({
            Name: "/app/mode",
            Type: "SecureString",
            Value: "dark",
            KeyId,
          }),
        );
        await inline(stage, ["ssm:GetParameters"]);
        await decrypting(stage, "secretsmanager");
      },
      repairStage: (stage) => decrypting(stage, "ssm"),
    },
  ),
  rejectedCall(
    "IAM-11",
    "caller without iam:PassRole",
    /^AccessDeniedException: User: arn:aws:iam::111122223333:user\/deployer is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role\/execution because no identity-based policy allows the iam:PassRole action$/,
    {
      brokenAction: (stage) => registerAs(stage, allow(["ecs:*"])),
      repairedAction: (stage) => registerAs(stage, allow(["ecs:*", "iam:PassRole"])),
    },
  ),
  rejectedCall(
    "IAM-12",
    "service-linked role of ECS that the caller is not allowed to create",
    /Unable to assume the service linked role\. Please verify that the ECS service linked role exists\./,
    {
      brokenAction: async (stage) => {
        await stage.register();
        await stage.aws.iam.send(
          new iam.DeleteServiceLinkedRoleCommand({ RoleName: "AWSServiceRoleForECS" }),
        );
        const client = new ecs.ECSClient(await asUser(stage, allow(["ecs:*", "iam:PassRole"])));
        await client.send(
          new ecs.CreateServiceCommand({
            cluster: "app",
            serviceName: "app",
            taskDefinition: "app",
            launchType: "FARGATE",
            networkConfiguration: { awsvpcConfiguration: { subnets: [...stage.ids.privates] } },
          }),
        );
      },
      repairedAction: async (stage) => {
        await stage.register();
        await stage.create();
      },
    },
  ),
  failedStart(
    "IAM-13",
    "permissions boundary that does not allow the action",
    "because no permissions boundary allows the ecr:GetAuthorizationToken action",
    {
      breakStage: async (stage) => {
        const { Policy } = await stage.aws.iam.send(
          new iam.CreatePolicyCommand({
            PolicyName: "boundary",
            PolicyDocument: allow(["logs:*"]),
          }),
        );
        await stage.aws.iam.send(
          new iam.PutRolePermissionsBoundaryCommand({
            RoleName: "execution",
            PermissionsBoundary: Policy?.Arn ?? "",
          }),
        );
      },
      repairStage: (stage) =>
        stage.aws.iam.send(new iam.DeleteRolePermissionsBoundaryCommand({ RoleName: "execution" })),
    },
  ),
  rejectedCall(
    "IAM-14",
    "ECS Exec without a task role",
    "InvalidParameterException: The service couldn't be created because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.",
    {
      brokenAction: async (stage) => {
        await stage.register({ definition: { taskRoleArn: undefined } });
        await stage.create({ enableExecuteCommand: true });
      },
      repairedAction: async (stage) => {
        await stage.register();
        await stage.create({ enableExecuteCommand: true });
      },
    },
  ),
  failedStart(
    "IAM-15",
    "execution role without permission to read environment files",
    /^ResourceInitializationError: failed to download env files: .*AccessDenied/,
    {
      overrides: {
        container: { environmentFiles: [{ type: "s3", value: "arn:aws:s3:::config/app.env" }] },
      },
      breakStage: async (stage) => {
        await stage.aws.s3.send(new s3.CreateBucketCommand({ Bucket: "config" }));
        await stage.aws.s3.send(
          new s3.PutObjectCommand({ Bucket: "config", Key: "app.env", Body: "A=1" }),
        );
      },
      repairStage: (stage) => inline(stage, ["s3:GetObject", "s3:GetBucketLocation"]),
    },
  ),
  failedStart(
    "IAM-16",
    "private registry without credentials",
    "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token: 401 Unauthorized",
    {
      options: { apps: { images: { "ghcr.io/us/*": { private: true } } } },
      overrides: { container: { image: "ghcr.io/us/app:1" } },
      prepareStage: async (stage) => {
        await secret(stage);
        await inline(stage, ["secretsmanager:GetSecretValue"]);
      },
      repairedOverrides: {
        container: {
          image: "ghcr.io/us/app:1",
          repositoryCredentials: { credentialsParameter: SECRET },
        },
      },
    },
  ),

  rejectedCall(
    "KMS-01",
    "key policy without CloudWatch Logs",
    "AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:us-east-1:111122223333:log-group:/app/keyed'",
    {
      brokenAction: (stage) => keyedGroup(stage, ofRoot()),
      repairedAction: (stage) =>
        keyedGroup(stage, logKey(`arn:aws:logs:${region}:${account}:log-group:/app/keyed`)),
    },
  ),
  rejectedCall(
    "KMS-01",
    "key policy with a condition for another log group",
    "is not allowed to be used with Arn 'arn:aws:logs:us-east-1:111122223333:log-group:/app/keyed'",
    {
      brokenAction: (stage) =>
        keyedGroup(stage, logKey(`arn:aws:logs:${region}:${account}:log-group:/other`)),
      repairedAction: (stage) => keyedGroup(stage, logKey(`arn:aws:logs:${region}:${account}:*`)),
    },
  ),
  rejectedCall("KMS-02", "repository with a disabled KMS key", /^KmsException: /, {
    brokenAction: async (stage) => {
      const id = await key(stage);
      await stage.aws.kms.send(new kms.DisableKeyCommand({ KeyId: id }));
      await keyedRepository(stage, id);
    },
    repairedAction: async (stage) => keyedRepository(stage, await key(stage)),
  }),
  failedStart(
    "KMS-03",
    "key policy that does not delegate to IAM",
    "Access to KMS is not allowed",
    {
      overrides: withSecret,
      breakStage: async (stage) => {
        const id = await key(
          stage,
          JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { AWS: `arn:aws:iam::${account}:user/berth` },
                Action: "kms:*",
                Resource: "*",
              },
            ],
          }),
        );
        await secret(stage, id);
        await inline(stage, ["secretsmanager:GetSecretValue", "kms:Decrypt"]);
      },
      repairStage: async (stage) => {
        const { Keys } = await stage.aws.kms.send(new kms.ListKeysCommand({}));
        for (const { KeyId = "" } of Keys ?? [])
          await stage.aws.kms.send(
            new kms.PutKeyPolicyCommand({ KeyId, PolicyName: "default", Policy: ofRoot() }),
          );
      },
    },
  ),
  rejectedCall(
    "KMS-05",
    "secret with a KMS key that is pending deletion",
    /^KMSInvalidStateException: arn:aws:kms:us-east-1:111122223333:key\/[\w-]+ is pending deletion\.$/,
    {
      brokenAction: async (stage) => {
        const KeyId = await key(stage);
        await stage.aws.kms.send(new kms.ScheduleKeyDeletionCommand({ KeyId }));
        await stage.aws.kms.send(
          new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from("hunter2") }),
        );
      },
      repairedAction: async (stage) => {
        const KeyId = await key(stage);
        await stage.aws.kms.send(new kms.ScheduleKeyDeletionCommand({ KeyId }));
        await stage.aws.kms.send(new kms.CancelKeyDeletionCommand({ KeyId }));
        await stage.aws.kms.send(new kms.EnableKeyCommand({ KeyId }));
        await stage.aws.kms.send(
          new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from("hunter2") }),
        );
      },
    },
  ),
  rejectedCall(
    "IAM-17",
    "policy with Resource and NotResource",
    "MalformedPolicyDocumentException: Syntax errors in policy.",
    {
      brokenAction: async (stage) =>
        stage.aws.iam.send(
          new iam.PutRolePolicyCommand({
            RoleName: "execution",
            PolicyName: "both",
            PolicyDocument: JSON.stringify({
              Version: "2012-10-17",
              Statement: [
                { Effect: "Allow", Action: "s3:GetObject", Resource: "*", NotResource: "*" },
              ],
            }),
          }),
        ),
      repairedAction: async (stage) => inline(stage, ["s3:GetObject"]),
    },
  ),
  rejectedCall(
    "IAM-18",
    "role policy of more than 10,240 characters",
    "LimitExceededException: Maximum policy size of 10240 bytes exceeded for role execution",
    {
      brokenAction: async (stage) =>
        inline(
          stage,
          ["s3:GetObject"],
          Array.from({ length: 500 }, (_, index) => `arn:aws:s3:::bucket-${index}/*`),
        ),
      repairedAction: async (stage) => inline(stage, ["s3:GetObject"], ["arn:aws:s3:::bucket-*/*"]),
    },
  ),
  rejectedCall(
    "KMS-06",
    "key policy that locks out its author",
    "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.",
    {
      brokenAction: async (stage) =>
        stage.aws.kms.send(
          new kms.PutKeyPolicyCommand({
            KeyId: await key(stage),
            PolicyName: "default",
            Policy: JSON.stringify({
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Principal: { AWS: `arn:aws:iam::${account}:root` },
                  Action: "kms:Describe*",
                  Resource: "*",
                },
              ],
            }),
          }),
        ),
      repairedAction: async (stage) =>
        stage.aws.kms.send(
          new kms.PutKeyPolicyCommand({
            KeyId: await key(stage),
            PolicyName: "default",
            Policy: ofRoot(),
          }),
        ),
    },
  ),
  failedStart("RACE-03", "new role that is not visible yet", ASSUME_FRESH, {
    options: { iam: "eventual", now: () => new Date(LATER) },
    prepareStage: async (stage) => {
      await stage.aws.iam.send(
        new iam.CreateRoleCommand({
          RoleName: "fresh",
          AssumeRolePolicyDocument: trust("ecs-tasks.amazonaws.com"),
        }),
      );
      await stage.aws.iam.send(
        new iam.AttachRolePolicyCommand({ RoleName: "fresh", PolicyArn: EXECUTION }),
      );
    },
    overrides: { definition: { executionRoleArn: `arn:aws:iam::${account}:role/fresh` } },
  }),
  observed(
    "RACE-03",
    "role policy that is not visible yet",
    "because no identity-based policy allows the ecr:GetAuthorizationToken action",
    {
      options: { iam: "eventual" },
      brokenAction: async (stage) => {
        await detach(stage);
        const past = Date.now() + 60_000;
        const later = await stageAt(stage, past);
        try {
          await attach(later);
          return statusOf(await later.launch());
        } finally {
          await later.close();
        }
      },
      repairedAction: async (stage) => {
        const later = await stageAt(stage, Date.now() + 60_000);
        try {
          return statusOf(await later.launch());
        } finally {
          await later.close();
        }
      },
    },
  ),
  rejectedCall(
    "IAM-04",
    "web identity of another repository",
    /^AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity$/,
    {
      brokenAction: (stage) => webIdentity(stage, "repo:us/other:ref:refs/heads/main"),
      repairedAction: (stage) => webIdentity(stage, "repo:us/app:ref:refs/heads/main"),
    },
  ),
  observed(
    "IAM-13",
    "session policy that does not allow the action",
    "because no session policy allows the logs:DescribeLogGroups action",
    {
      brokenAction: (stage) => assumed(stage, allow(["ecs:*"])),
      repairedAction: (stage) => assumed(stage, allow(["logs:*"])),
    },
  ),
];

/** A sandbox with the same state and another clock. */
async function stageAt(stage: Stage, time: number): Promise<Stage> {
  const { startSandbox } = await import("../../../src/sandbox/server.ts");
  const { Stage: Same } = await import("./stage.ts");
  const sandbox = await startSandbox({ iam: "eventual", now: () => new Date(time) });
  await sandbox.restore(stage.sandbox.snapshot());
  return new Same(sandbox, stage.ids);
}

async function webIdentity(stage: Stage, subject: string): Promise<unknown> {
  const issuer = "token.actions.githubusercontent.com";
  const provider = await stage.aws.iam.send(
    new iam.CreateOpenIDConnectProviderCommand({
      Url: `https://${issuer}`,
      ClientIDList: ["sts.amazonaws.com"],
    }),
  );
  const { Role } = await stage.aws.iam.send(
    new iam.CreateRoleCommand({
      RoleName: "deploy",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Federated: provider.OpenIDConnectProviderArn },
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: {
              StringEquals: {
                [`${issuer}:aud`]: "sts.amazonaws.com",
                [`${issuer}:sub`]: "repo:us/app:ref:refs/heads/main",
              },
            },
          },
        ],
      }),
    }),
  );
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = [
    part({ alg: "RS256" }),
    part({
      iss: `https://${issuer}`,
      aud: "sts.amazonaws.com",
      sub: subject,
      exp: Math.floor(Date.now() / 1000) + 600,
    }),
    "signature",
  ].join(".");
  return stage.aws.sts.send(
    new sts.AssumeRoleWithWebIdentityCommand({
      RoleArn: Role?.Arn,
      RoleSessionName: "ci",
      WebIdentityToken: token,
    }),
  );
}

async function assumed(stage: Stage, Policy: string): Promise<string> {
  const { Role } = await stage.aws.iam.send(
    new iam.CreateRoleCommand({
      RoleName: "operator",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: `arn:aws:iam::${account}:root` },
            Action: "sts:AssumeRole",
          },
        ],
      }),
    }),
  );
  await inline(stage, ["*"], ["*"], "operator");
  const { Credentials: made } = await stage.aws.sts.send(
    new sts.AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "ops", Policy }),
  );
  const client = new logs.CloudWatchLogsClient({
    ...clientOptions(stage.sandbox.url, region),
    credentials: {
      accessKeyId: made?.AccessKeyId ?? "",
      secretAccessKey: made?.SecretAccessKey ?? "",
      sessionToken: made?.SessionToken ?? "",
    },
  });
  const message = await errorOf(client.send(new logs.DescribeLogGroupsCommand({})));
  return message === HEALTHY ? HEALTHY : message;
}
