import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import { pushImage } from "../../../start/push-image.ts";
import { type Failure, refused, shown, start, verdict } from "./kit.ts";
import { account, allow, LOGS, region, type Stage, type Wish } from "./stage.ts";

/** Pushes an image to the repository that the stage's service pulls from. */
export const push = (
  client: ecr.ECRClient,
  tag: string,
  more: { architecture?: string; note?: string } = {},
): Promise<unknown> => pushImage(client, "app", tag, more);

const repository = (
  stage: Stage,
  more: Partial<ecr.CreateRepositoryRequest> = {},
): Promise<unknown> =>
  stage.aws.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: "app", ...more }));

const NOT_FOUND =
  "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1: 111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1: not found";

const group = (stage: Stage, logGroupName: string): Promise<unknown> =>
  stage.aws.logs.send(new logs.CreateLogGroupCommand({ logGroupName }));
const ungroup = (stage: Stage): Promise<unknown> =>
  stage.aws.logs.send(new logs.DeleteLogGroupCommand({ logGroupName: "/ecs/app" }));
const logging = (options: Readonly<Record<string, string>>): Wish => ({
  container: { logConfiguration: { logDriver: "awslogs", options } },
});

/** A definition that ECS refuses to register, and the same with one thing changed. */
const definition = (
  id: string,
  title: string,
  message: string | RegExp,
  wrong: Wish,
  right: Wish = {},
): Failure =>
  refused(id, title, message, {
    wrong: (stage) => stage.register(wrong),
    right: (stage) => stage.register(right),
  });

const SECRET = `arn:aws:secretsmanager:${region}:${account}:secret:password`;
const secret = async (stage: Stage, SecretString?: string): Promise<void> => {
  await stage.aws.secrets.send(
    new secretsmanager.CreateSecretCommand({
      Name: "password",
      ...(SecretString === undefined ? {} : { SecretString }),
    }),
  );
};
const mayRead = (stage: Stage): Promise<unknown> =>
  stage.aws.iam.send(
    new iam.PutRolePolicyCommand({
      RoleName: "execution",
      PolicyName: "secrets",
      PolicyDocument: allow(["secretsmanager:GetSecretValue"]),
    }),
  );
const reading = (valueFrom: string): Wish => ({
  container: { secrets: [{ name: "SECRET", valueFrom }] },
});
const putValue = (stage: Stage, SecretString: string): Promise<unknown> =>
  stage.aws.secrets.send(
    new secretsmanager.PutSecretValueCommand({ SecretId: "password", SecretString }),
  );

export const definitions: readonly Failure[] = [
  start("ECR-01", "a tag that is not in the repository", NOT_FOUND, {
    breaks: async (stage) => {
      await repository(stage);
      await push(stage.aws.ecr, "2");
    },
    repairs: (stage) => push(stage.aws.ecr, "1"),
  }),
  start("ECR-02", "a repository that is empty when the service starts", NOT_FOUND, {
    breaks: repository,
    repairs: (stage) => push(stage.aws.ecr, "1"),
  }),
  refused(
    "ECR-03",
    "a tag that is pushed again",
    "ImageTagAlreadyExistsException: The image tag '1' already exists in the 'app' repository and cannot be overwritten because the tag is immutable.",
    {
      wrong: async (stage) => {
        await repository(stage, { imageTagMutability: "IMMUTABLE" });
        await push(stage.aws.ecr, "1");
        await push(stage.aws.ecr, "1", { note: "another" });
      },
      right: async (stage) => {
        await repository(stage, { imageTagMutability: "IMMUTABLE" });
        await push(stage.aws.ecr, "1");
        await push(stage.aws.ecr, "2", { note: "another" });
      },
    },
  ),
  start("ECR-04", "an image of another account that does not share it", "403 Forbidden", {
    wish: { container: { image: `444455556666.dkr.ecr.${region}.amazonaws.com/app:1` } },
    breaks: async (stage) => {
      const theirs = new ecr.ECRClient(stage.options("444455556666"));
      await theirs.send(new ecr.CreateRepositoryCommand({ repositoryName: "app" }));
      await push(theirs, "1");
    },
    repairs: (stage) =>
      new ecr.ECRClient(stage.options("444455556666")).send(
        new ecr.SetRepositoryPolicyCommand({
          repositoryName: "app",
          policyText: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { AWS: `arn:aws:iam::${account}:root` },
                Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
              },
            ],
          }),
        }),
      ),
  }),
  start(
    "ECR-05",
    "an image for ARM, and a task for X86_64",
    "image Manifest does not contain descriptor matching platform 'linux/amd64'",
    {
      prepares: async (stage) => {
        await repository(stage);
        await push(stage.aws.ecr, "1", { architecture: "arm64" });
      },
      right: { definition: { runtimePlatform: { cpuArchitecture: "ARM64" } } },
    },
  ),
  shown("ECR-06", "a lifecycle policy that expires the image in use", "app:1: not found", {
    wrong: (stage) => expiring(stage, "any", 1),
    right: (stage) => expiring(stage, "any", 5),
  }),
  start("ECR-07", "an image larger than the task's disk", "no space left on device", {
    options: { apps: { images: { "*": { sizeGiB: 30 } } } },
    right: { definition: { ephemeralStorage: { sizeInGiB: 40 } } },
  }),

  start(
    "LOG-01",
    "a log group that does not exist",
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1",
    { breaks: ungroup, repairs: (stage) => group(stage, "/ecs/app") },
  ),
  start(
    "LOG-02",
    "a log group of another region",
    "ResourceNotFoundException: The specified log group does not exist.",
    {
      wish: logging({ ...LOGS.options, "awslogs-region": "eu-west-1" }),
    },
  ),
  ...(["awslogs-group", "awslogs-region", "awslogs-stream-prefix"] as const).map((key) => {
    const { [key]: _, ...options } = LOGS.options as Record<typeof key, string>; // it has all three
    return definition(
      "LOG-03",
      `${key} missing`,
      `ClientException: Fargate requires log configuration options to include ${key} to support log driver awslogs.`,
      logging(options),
    );
  }),
  definition(
    "LOG-04",
    "a log driver that Fargate has not",
    /^ClientException: Log driver gelf is not supported/,
    {
      container: { logConfiguration: { logDriver: "gelf" } },
    },
  ),
  definition(
    "LOG-04",
    "awsfirelens without a router",
    /^ClientException: .*firelensConfiguration/,
    {
      container: { logConfiguration: { logDriver: "awsfirelens" } },
    },
  ),
  refused(
    "LOG-05",
    "a log group that a late task has made again",
    "ResourceAlreadyExistsException: The specified log group already exists",
    {
      wrong: async (stage) => {
        await ungroup(stage);
        await stage.aws.iam.send(
          new iam.PutRolePolicyCommand({
            RoleName: "execution",
            PolicyName: "logs",
            PolicyDocument: allow(["logs:CreateLogGroup"]),
          }),
        );
        await stage.launch(logging({ ...LOGS.options, "awslogs-create-group": "true" }));
        await group(stage, "/ecs/app");
      },
      right: async (stage) => {
        await ungroup(stage);
        await group(stage, "/ecs/app");
      },
    },
  ),

  definition(
    "TD-01",
    "a size that Fargate does not offer",
    "ClientException: No Fargate configuration exists for given values.",
    {
      definition: { cpu: "256", memory: "8192" },
    },
  ),
  definition(
    "TD-02",
    "no size for the task",
    "ClientException: Fargate requires that 'cpu' be defined at the task level.",
    {
      definition: { cpu: undefined },
    },
  ),
  definition(
    "TD-03",
    "bridge networking on Fargate",
    "ClientException: Fargate only supports network mode 'awsvpc'.",
    {
      definition: { networkMode: "bridge" },
    },
  ),
  definition(
    "TD-04",
    "host and container port differ",
    "ClientException: When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    { container: { portMappings: [{ containerPort: 8080, hostPort: 80 }] } },
  ),
  definition(
    "TD-05",
    "a container larger than its task",
    "ClientException: The 'memory' setting for container 'app' is greater than for the task.",
    { container: { memory: 1024 } },
  ),
  definition(
    "TD-05",
    "containers with more CPU than their task",
    /^ClientException: Invalid setting for container 'app'/,
    {
      container: { cpu: 512 },
    },
  ),
  start("TD-06", "a container health check that fails", "Task failed container health checks", {
    options: { apps: { containers: { app: { healthy: false } } } },
    wish: { container: { healthCheck: { command: ["CMD-SHELL", "curl -f localhost:8080"] } } },
  }),
  start("TD-09", "a program that ends", "Essential container in task exited", {
    options: { apps: { containers: { app: { exitCode: 1 } } } },
    right: {
      container: { name: "web" },
      service: { loadBalancers: [] },
    },
  }),
  start(
    "TD-10",
    "a JSON key that the secret has not",
    "retrieved secret from Secrets Manager did not contain json key password",
    {
      wish: reading(`${SECRET}:password::`),
      breaks: async (stage) => {
        await secret(stage, '{"user":"app"}');
        await mayRead(stage);
      },
      repairs: (stage) => putValue(stage, '{"password":"hunter2"}'),
    },
  ),
  start(
    "TD-10",
    "a JSON key of a secret that is no JSON",
    "invalid character 'h' looking for beginning of value",
    {
      wish: reading(`${SECRET}:password::`),
      breaks: async (stage) => {
        await secret(stage, "hunter2");
        await mayRead(stage);
      },
      repairs: (stage) => putValue(stage, '{"password":"hunter2"}'),
    },
  ),
  start(
    "TD-11",
    "a secret that does not exist",
    /^ResourceNotFoundException: The task can't retrieve the secret with ARN '.*' from AWS Secrets Manager\. Check whether the secret exists in the specified Region\./,
    {
      wish: reading(SECRET),
      breaks: mayRead,
      repairs: (stage) => secret(stage, "hunter2"),
    },
  ),
  start(
    "RACE-07",
    "a secret that has no value yet",
    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    {
      wish: reading(SECRET),
      breaks: async (stage) => {
        await secret(stage);
        await mayRead(stage);
      },
      repairs: (stage) => putValue(stage, "hunter2"),
    },
  ),
  definition(
    "TD-12",
    "a parameter of another account",
    "ClientException: The Systems Manager parameter ARN has a different account ID than the current account.",
    reading(`arn:aws:ssm:${region}:444455556666:parameter/mode`),
    reading(`arn:aws:ssm:${region}:${account}:parameter/mode`),
  ),
  ...Object.entries({
    privileged: { privileged: true },
    links: { links: ["other"] },
    sharedMemorySize: { linuxParameters: { sharedMemorySize: 64 } },
    GPU: { resourceRequirements: [{ type: "GPU", value: "1" }] },
  } satisfies Record<string, Partial<ecs.ContainerDefinition>>).map(([field, container]) =>
    definition("TD-13", `${field}, which Fargate has not`, /^ClientException: /, { container }),
  ),
  definition(
    "TD-13",
    "placement constraints on Fargate",
    /^ClientException: .*placement constraints/,
    {
      definition: { placementConstraints: [{ type: "memberOf", expression: "true" }] },
    },
  ),
  refused(
    "TD-14",
    "a definition that is not for Fargate",
    "InvalidParameterException: Task definition does not support launch_type FARGATE.",
    {
      wrong: async (stage) => {
        await stage.register({
          definition: { requiresCompatibilities: ["EC2"] },
          container: { memory: 128 },
        });
        await stage.create();
      },
      right: async (stage) => {
        await stage.register();
        await stage.create();
      },
    },
  ),
  definition(
    "TD-15",
    "a mount of no volume",
    "ClientException: Unknown volume 'data'.",
    {
      container: { mountPoints: [{ sourceVolume: "data", containerPath: "/data" }] },
    },
    {
      container: { mountPoints: [{ sourceVolume: "data", containerPath: "/data" }] },
      definition: { volumes: [{ name: "data" }] },
    },
  ),
  definition(
    "TD-15",
    "a dependency on nobody",
    /^ClientException: The container 'app' depends on container 'db' which does not exist/,
    {
      container: { dependsOn: [{ containerName: "db", condition: "START" }] },
    },
  ),
  definition(
    "TD-17",
    "EFS by IAM without a task role",
    "ClientException: EFS IAM authorization requires a task role.",
    {
      definition: { taskRoleArn: undefined, volumes: [efs()] },
    },
    { definition: { volumes: [efs()] } },
  ),
  definition(
    "TD-18",
    "Windows on ARM",
    /^ClientException: Fargate does not support ARM64 with WINDOWS/,
    {
      definition: {
        runtimePlatform: {
          cpuArchitecture: "ARM64",
          operatingSystemFamily: "WINDOWS_SERVER_2022_CORE",
        },
      },
    },
  ),
  definition(
    "TD-18",
    "a disk of 10 GiB",
    /^ClientException: Invalid ephemeral storage size 10/,
    {
      definition: { ephemeralStorage: { sizeInGiB: 10 } },
    },
    { definition: { ephemeralStorage: { sizeInGiB: 21 } } },
  ),
];

function efs(): ecs.Volume {
  return {
    name: "data",
    efsVolumeConfiguration: {
      fileSystemId: "fs-0123456789abcdef0",
      transitEncryption: "ENABLED",
      authorizationConfig: { iam: "ENABLED" },
    },
  };
}

/** Two images, of which the older runs; a policy; and then a task that must be replaced. */
async function expiring(stage: Stage, tagStatus: string, countNumber: number): Promise<string> {
  await repository(stage);
  await push(stage.aws.ecr, "1");
  await stage.launch();
  await push(stage.aws.ecr, "2", { note: "newer" });
  await stage.aws.ecr.send(
    new ecr.PutLifecyclePolicyCommand({
      repositoryName: "app",
      lifecyclePolicyText: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            selection: { tagStatus, countType: "imageCountMoreThan", countNumber },
            action: { type: "expire" },
          },
        ],
      }),
    }),
  );
  const { taskArns } = await stage.aws.ecs.send(new ecs.ListTasksCommand({ cluster: "app" }));
  await stage.aws.ecs.send(new ecs.StopTaskCommand({ cluster: "app", task: taskArns?.[0] }));
  return verdict(await stage.look(2));
}
