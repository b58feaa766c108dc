import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import { pushImage } from "../../support/push-image.ts";
import { type Failure, rejectedCall, observed, failedStart, statusOf } from "./kit.ts";
import { account, allow, IMAGE, LOGS, region, type Stage, type ServiceOverrides } from "./stage.ts";

/** Pushes an image to the repository of the stage's service. */
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

/** An image that ECR imports from another registry. */
const MIRRORED = `${account}.dkr.ecr.${region}.amazonaws.com/mirror/nginx/nginx:1`;

const group = (stage: Stage, logGroupName: string): Promise<unknown> =>
  stage.aws.logs.send(new logs.CreateLogGroupCommand({ logGroupName }));
const ungroup = (stage: Stage): Promise<unknown> =>
  stage.aws.logs.send(new logs.DeleteLogGroupCommand({ logGroupName: "/ecs/app" }));
const logging = (options: Readonly<Record<string, string>>): ServiceOverrides => ({
  container: { logConfiguration: { logDriver: "awslogs", options } },
});

/** A task definition that ECS rejects, and its corrected version. */
const definition = (
  id: string,
  title: string,
  message: string | RegExp,
  wrong: ServiceOverrides,
  right: ServiceOverrides = {},
): Failure =>
  rejectedCall(id, title, message, {
    brokenAction: (stage) => stage.register(wrong),
    repairedAction: (stage) => stage.register(right),
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
const reading = (valueFrom: string): ServiceOverrides => ({
  container: { secrets: [{ name: "SECRET", valueFrom }] },
});
const putValue = (stage: Stage, SecretString: string): Promise<unknown> =>
  stage.aws.secrets.send(
    new secretsmanager.PutSecretValueCommand({ SecretId: "password", SecretString }),
  );

const HEALTH = (interval: number): ecs.HealthCheck => ({
  command: ["CMD-SHELL", "true"],
  interval,
});

/** A task definition with a second container. */
const withSidecar = (
  sidecar: Partial<ecs.ContainerDefinition>,
  app: Partial<ecs.ContainerDefinition>,
): ServiceOverrides => ({
  definition: {
    containerDefinitions: [
      { name: "app", image: IMAGE, ...app },
      { name: "sidecar", image: IMAGE, ...sidecar },
    ],
  },
});

/** A task definition of the network mode bridge, with the port mappings of its containers. */
const onInstance = (...ports: readonly ecs.PortMapping[][]): ServiceOverrides => ({
  definition: {
    networkMode: "bridge",
    requiresCompatibilities: ["EC2"],
    containerDefinitions: ports.map((portMappings, index) => ({
      name: `app-${index}`,
      image: IMAGE,
      portMappings,
    })),
  },
});

export const definitions: readonly Failure[] = [
  failedStart("ECR-01", "image tag does not exist", NOT_FOUND, {
    breakStage: async (stage) => {
      await repository(stage);
      await push(stage.aws.ecr, "2");
    },
    repairStage: (stage) => push(stage.aws.ecr, "1"),
  }),
  failedStart("ECR-02", "repository is empty when the service starts", NOT_FOUND, {
    breakStage: repository,
    repairStage: (stage) => push(stage.aws.ecr, "1"),
  }),
  rejectedCall(
    "ECR-03",
    "immutable image tag is pushed again",
    "ImageTagAlreadyExistsException: The image tag '1' already exists in the 'app' repository and cannot be overwritten because the tag is immutable.",
    {
      brokenAction: async (stage) => {
        await repository(stage, { imageTagMutability: "IMMUTABLE" });
        await push(stage.aws.ecr, "1");
        await push(stage.aws.ecr, "1", { note: "another" });
      },
      repairedAction: async (stage) => {
        await repository(stage, { imageTagMutability: "IMMUTABLE" });
        await push(stage.aws.ecr, "1");
        await push(stage.aws.ecr, "2", { note: "another" });
      },
    },
  ),
  failedStart(
    "ECR-04",
    "repository of another account without a repository policy",
    "403 Forbidden",
    {
      overrides: { container: { image: `444455556666.dkr.ecr.${region}.amazonaws.com/app:1` } },
      breakStage: async (stage) => {
        const otherAccount = new ecr.ECRClient(stage.options("444455556666"));
        await otherAccount.send(new ecr.CreateRepositoryCommand({ repositoryName: "app" }));
        await push(otherAccount, "1");
      },
      repairStage: (stage) =>
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
    },
  ),
  failedStart(
    "ECR-05",
    "ARM64 image for an X86_64 task",
    "image Manifest does not contain descriptor matching platform 'linux/amd64'",
    {
      prepareStage: async (stage) => {
        await repository(stage);
        await push(stage.aws.ecr, "1", { architecture: "arm64" });
      },
      repairedOverrides: { definition: { runtimePlatform: { cpuArchitecture: "ARM64" } } },
    },
  ),
  observed(
    "ECR-06",
    "lifecycle policy deletes the image in use",
    /app@sha256:[0-9a-f]{64}: not found/,
    {
      brokenAction: (stage) => expiring(stage, "any", 1),
      repairedAction: (stage) => expiring(stage, "any", 5),
    },
  ),
  failedStart("ECR-07", "image larger than the ephemeral storage", "no space left on device", {
    options: { apps: { images: { "*": { sizeGiB: 30 } } } },
    repairedOverrides: { definition: { ephemeralStorage: { sizeInGiB: 40 } } },
  }),
  failedStart(
    "ECR-09",
    "role may not import an image through a pull-through cache rule",
    `${MIRRORED}: not found`,
    {
      overrides: { container: { image: MIRRORED } },
      prepareStage: (stage) =>
        stage.aws.ecr.send(
          new ecr.CreatePullThroughCacheRuleCommand({
            ecrRepositoryPrefix: "mirror",
            upstreamRegistryUrl: "public.ecr.aws",
          }),
        ),
      repairStage: (stage) =>
        stage.aws.iam.send(
          new iam.PutRolePolicyCommand({
            RoleName: "execution",
            PolicyName: "import",
            PolicyDocument: allow(["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]),
          }),
        ),
    },
  ),

  failedStart(
    "LOG-01",
    "log group does not exist",
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1",
    { breakStage: ungroup, repairStage: (stage) => group(stage, "/ecs/app") },
  ),
  failedStart(
    "LOG-02",
    "log group in another region",
    "ResourceNotFoundException: The specified log group does not exist.",
    {
      overrides: logging({ ...LOGS.options, "awslogs-region": "eu-west-1" }),
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
    "log driver not supported on Fargate",
    /^ClientException: Log driver gelf is not supported/,
    {
      container: { logConfiguration: { logDriver: "gelf" } },
    },
  ),
  definition(
    "LOG-04",
    "awsfirelens without a router",
    "ClientException: When awsfirelens log driver is specified in log configuration, a firelens configuration object must be configured in one of the containers.",
    {
      container: { logConfiguration: { logDriver: "awsfirelens" } },
    },
  ),
  rejectedCall(
    "LOG-05",
    "log group recreated by a late task",
    "ResourceAlreadyExistsException: The specified log group already exists",
    {
      brokenAction: async (stage) => {
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
      repairedAction: async (stage) => {
        await ungroup(stage);
        await group(stage, "/ecs/app");
      },
    },
  ),

  definition(
    "TD-01",
    "task size not supported on Fargate",
    "ClientException: No Fargate configuration exists for given values.",
    {
      definition: { cpu: "256", memory: "8192" },
    },
  ),
  definition(
    "TD-02",
    "task size is missing",
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
    "host port and container port differ",
    "ClientException: When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    { container: { portMappings: [{ containerPort: 8080, hostPort: 80 }] } },
  ),
  definition(
    "TD-05",
    "container larger than its task",
    "ClientException: The 'memory' setting for container 'app' is greater than for the task.",
    { container: { memory: 1024 } },
  ),
  definition(
    "TD-05",
    "containers with more CPU than their task",
    "ClientException: The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    {
      container: { cpu: 512 },
    },
  ),
  failedStart("TD-06", "failing container health check", "Task failed container health checks", {
    options: { apps: { containers: { app: { healthy: false } } } },
    overrides: {
      container: { healthCheck: { command: ["CMD-SHELL", "curl -f localhost:8080"] } },
    },
  }),
  failedStart("TD-09", "essential container exits", "Essential container in task exited", {
    options: { apps: { containers: { app: { exitCode: 1 } } } },
    repairedOverrides: {
      container: { name: "web" },
      service: { loadBalancers: [] },
    },
  }),
  failedStart(
    "TD-10",
    "JSON key does not exist in the secret",
    "retrieved secret from Secrets Manager did not contain json key password",
    {
      overrides: reading(`${SECRET}:password::`),
      breakStage: async (stage) => {
        await secret(stage, '{"user":"app"}');
        await mayRead(stage);
      },
      repairStage: (stage) => putValue(stage, '{"password":"hunter2"}'),
    },
  ),
  failedStart(
    "TD-10",
    "JSON key of a secret that is not JSON",
    "invalid character 'h' looking for beginning of value",
    {
      overrides: reading(`${SECRET}:password::`),
      breakStage: async (stage) => {
        await secret(stage, "hunter2");
        await mayRead(stage);
      },
      repairStage: (stage) => putValue(stage, '{"password":"hunter2"}'),
    },
  ),
  failedStart(
    "TD-11",
    "secret does not exist",
    /^ResourceNotFoundException: The task can't retrieve the secret with ARN '.*' from AWS Secrets Manager\. Check whether the secret exists in the specified Region\./,
    {
      overrides: reading(SECRET),
      breakStage: mayRead,
      repairStage: (stage) => secret(stage, "hunter2"),
    },
  ),
  failedStart(
    "RACE-07",
    "secret without a value",
    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    {
      overrides: reading(SECRET),
      breakStage: async (stage) => {
        await secret(stage);
        await mayRead(stage);
      },
      repairStage: (stage) => putValue(stage, "hunter2"),
    },
  ),
  definition(
    "TD-12",
    "parameter in another account",
    "ClientException: The Systems Manager parameter ARN has a different account ID than the current account.",
    reading(`arn:aws:ssm:${region}:444455556666:parameter/mode`),
    reading(`arn:aws:ssm:${region}:${account}:parameter/mode`),
  ),
  ...Object.entries({
    privileged: { privileged: true },
    links: { links: ["other"] },
    sharedMemorySize: { linuxParameters: { sharedMemorySize: 64 } },
    maxSwap: { linuxParameters: { maxSwap: 512 } },
    swappiness: { linuxParameters: { swappiness: 60 } },
    GPU: { resourceRequirements: [{ type: "GPU", value: "1" }] },
  } satisfies Record<string, Partial<ecs.ContainerDefinition>>).map(([field, container]) =>
    definition(
      "TD-13",
      `${field} not supported on Fargate`,
      new RegExp(`^ClientException: .*${field}`, "i"),
      {
        container,
      },
    ),
  ),
  definition(
    "TD-13",
    "placement constraints on Fargate",
    /^ClientException: .*placement constraints/,
    {
      definition: { placementConstraints: [{ type: "memberOf", expression: "true" }] },
    },
  ),
  rejectedCall(
    "TD-14",
    "task definition without Fargate compatibility",
    "InvalidParameterException: Task definition does not support launch_type FARGATE.",
    {
      brokenAction: async (stage) => {
        await stage.register({
          definition: { requiresCompatibilities: ["EC2"] },
          container: { memory: 128 },
        });
        await stage.create();
      },
      repairedAction: async (stage) => {
        await stage.register();
        await stage.create();
      },
    },
  ),
  definition(
    "TD-15",
    "mount point of a volume that does not exist",
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
    "dependency on a container that does not exist",
    /^ClientException: The container 'app' depends on container 'db' which does not exist/,
    {
      container: { dependsOn: [{ containerName: "db", condition: "START" }] },
    },
  ),
  ...(["SUCCESS", "COMPLETE"] as const).map((condition) =>
    definition(
      "TD-20",
      `essential container that is waited for with ${condition}`,
      "ClientException: A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
      withSidecar({}, { dependsOn: [{ containerName: "sidecar", condition }] }),
      withSidecar({ essential: false }, { dependsOn: [{ containerName: "sidecar", condition }] }),
    ),
  ),
  definition(
    "TD-20",
    "containers that wait for each other",
    "ClientException: Dependency cycle found between containers.",
    withSidecar(
      { dependsOn: [{ containerName: "app", condition: "START" }] },
      { dependsOn: [{ containerName: "sidecar", condition: "START" }] },
    ),
  ),
  definition(
    "TD-20",
    "HEALTHY of a container without a health check",
    /^ClientException: The container 'app' depends on container 'sidecar' with a HEALTHY condition/,
    withSidecar({}, { dependsOn: [{ containerName: "sidecar", condition: "HEALTHY" }] }),
    withSidecar(
      { healthCheck: { command: ["CMD-SHELL", "true"] } },
      { dependsOn: [{ containerName: "sidecar", condition: "HEALTHY" }] },
    ),
  ),
  definition(
    "TD-21",
    "host port of two containers",
    "ClientException: TCP host port '8080' is mapped multiple times in task.",
    onInstance([{ containerPort: 80, hostPort: 8080 }], [{ containerPort: 81, hostPort: 8080 }]),
    onInstance(
      [{ containerPort: 80, hostPort: 8080 }],
      [{ containerPort: 81, hostPort: 8080, protocol: "udp" }],
    ),
  ),
  definition(
    "TD-22",
    "secret with the name of an environment variable",
    "ClientException: The secret name must be unique and not shared with any new or existing environment variables set on the container, such as 'SECRET'.",
    {
      container: {
        environment: [{ name: "SECRET", value: "x" }],
        secrets: [{ name: "SECRET", valueFrom: SECRET }],
      },
    },
    reading(SECRET),
  ),
  definition(
    "TD-22",
    "two secrets with one name",
    "ClientException: Duplicate secret names found: SECRET. Each secret name must be unique.",
    {
      container: {
        secrets: [
          { name: "SECRET", valueFrom: SECRET },
          { name: "SECRET", valueFrom: `${SECRET}:key::` },
        ],
      },
    },
    reading(SECRET),
  ),
  ...Object.entries({
    "healthCheck.interval": [{ healthCheck: HEALTH(4) }, { healthCheck: HEALTH(5) }],
    "restartPolicy.restartAttemptPeriod": [
      { restartPolicy: { enabled: true, restartAttemptPeriod: 59 } },
      { restartPolicy: { enabled: true, restartAttemptPeriod: 60 } },
    ],
    stopTimeout: [{ stopTimeout: 121 }, { stopTimeout: 120 }],
    startTimeout: [{ startTimeout: 1 }, { startTimeout: 2 }],
    "ulimit 'nofile'": [
      { ulimits: [{ name: "nofile", softLimit: 2, hardLimit: 1 }] },
      { ulimits: [{ name: "nofile", softLimit: 1, hardLimit: 1 }] },
    ],
  } satisfies Record<
    string,
    [Partial<ecs.ContainerDefinition>, Partial<ecs.ContainerDefinition>]
  >).map(([setting, [wrong, right]]) =>
    definition(
      "TD-23",
      `${setting} out of range`,
      new RegExp(`^ClientException: Invalid setting for container 'app'.*${setting}`),
      { container: wrong },
      { container: right },
    ),
  ),
  definition(
    "TD-23",
    "two port mappings with one name",
    "ClientException: Invalid setting for container 'app'. The port mapping name 'web' is used more than once in the task definition.",
    {
      container: {
        portMappings: [8080, 9090].map((containerPort) => ({ containerPort, name: "web" })),
      },
    },
  ),
  definition(
    "TD-23",
    "host name in the network mode awsvpc",
    "ClientException: hostname is not supported on container when networkMode=awsvpc.",
    { container: { hostname: "app" } },
  ),
  definition(
    "TD-23",
    "name of a port mapping with a capital letter",
    /^ClientException: Invalid port mapping name 'Web' for container 'app'/,
    { container: { portMappings: [{ containerPort: 80, name: "Web" }] } },
    { container: { portMappings: [{ containerPort: 80, name: "web" }] } },
  ),
  definition(
    "LOG-03",
    "option that the log driver awslogs does not have",
    "ClientException: Log driver awslogs disallows options: log_key",
    logging({ ...LOGS.options, log_key: "log" }),
    logging({ ...LOGS.options, mode: "non-blocking" }),
  ),
  definition(
    "LOG-03",
    "log group that awslogs should not create",
    "ClientException: Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option.",
    logging({ ...LOGS.options, "awslogs-create-group": "false" }),
    logging({ ...LOGS.options, "awslogs-create-group": "true" }),
  ),
  failedStart(
    "TD-24",
    "ARN of a secret with a JSON key only",
    "an invalid ARN format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try again.",
    {
      overrides: reading(`${SECRET}:password`),
      repairedOverrides: reading(`${SECRET}:password::`),
      prepareStage: async (stage) => {
        await secret(stage, '{"password":"hunter2"}');
        await mayRead(stage);
      },
    },
  ),
  definition(
    "LOG-07",
    "FireLens router that no container uses",
    "ClientException: When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver.",
    withSidecar({ firelensConfiguration: { type: "fluentbit" } }, {}),
    withSidecar(
      { firelensConfiguration: { type: "fluentbit" } },
      { logConfiguration: { logDriver: "awsfirelens" } },
    ),
  ),
  definition(
    "TD-05",
    "containers that reserve more memory than their task",
    "ClientException: The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'.",
    withSidecar({ memoryReservation: 512 }, { memoryReservation: 512 }),
    withSidecar({ memoryReservation: 256 }, { memoryReservation: 256 }),
  ),
  definition(
    "TD-17",
    "EFS with IAM authorization without a task role",
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
    "ephemeral storage of 10 GiB",
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

/** Pushes two images of which the older runs, applies a lifecycle policy and then replaces a task. */
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
  return statusOf(await stage.poll(2));
}
