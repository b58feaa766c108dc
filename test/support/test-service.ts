import { BatchDeleteImageCommand } from "@aws-sdk/client-ecr";
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  RegisterTaskDefinitionCommand,
  waitUntilServicesInactive,
} from "@aws-sdk/client-ecs";
import { DescribeTargetHealthCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { inspect } from "../../src/sandbox/inspection/index.ts";
import { clientOptions } from "./clients.ts";
import type { FoundationLifecycle } from "./foundation-lifecycle.ts";
import { pushImage } from "./push-image.ts";
import type { Outputs } from "./verification/property.ts";

/** How a test service ran in the foundation. */
export interface TestServiceResult {
  /** Number of running tasks. */
  readonly running: number;
  /** Health of each target of the load balancer. */
  readonly health: readonly string[];
  /** HTTP status of a request from the internet; undefined without a response, or without a load balancer. */
  readonly status: number | undefined;
  /** Messages of the service's events, the newest last. */
  readonly events: readonly string[];
}

const DESIRED_COUNT = 2;
const NAME = "berth-probe";
const POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

/**
 * Pushes an image to the foundation's repository, runs a service with two tasks in the foundation's subnets, and sends a
 * request through the load balancer. Deletes the service, its role and the image afterwards.
 */
export async function runTestService(
  lifecycle: FoundationLifecycle,
  outputs: Outputs,
): Promise<TestServiceResult> {
  const { sandbox, settings, clients } = lifecycle;
  const { ecs, ecr, elb } = clients;
  const iam = new IAMClient(clientOptions(sandbox.url, settings.region));
  const text = (name: string): string => String(outputs[name]);
  const repositoryName = text("repository_url").split("/").slice(1).join("/");
  const hasRepository = inspect(sandbox).resource("repository", repositoryName) !== undefined;
  if (hasRepository) await pushImage(ecr, repositoryName, NAME);

  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: NAME,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "ecs-tasks.amazonaws.com" },
            Action: "sts:AssumeRole",
          },
        ],
      }),
    }),
  );
  await iam.send(new AttachRolePolicyCommand({ RoleName: NAME, PolicyArn: POLICY }));
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: NAME,
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      executionRoleArn: Role?.Arn,
      containerDefinitions: [
        {
          name: NAME,
          image: `${text("repository_url")}:${NAME}`,
          portMappings: [{ containerPort: Number(outputs["container_port"]) }],
          logConfiguration: {
            logDriver: "awslogs",
            options: {
              "awslogs-group": text("log_group_name"),
              "awslogs-region": settings.region,
              "awslogs-stream-prefix": NAME,
            },
          },
        },
      ],
    }),
  );
  const cluster = text("cluster_name");
  const targetGroupArn = outputs["target_group_arn"];
  await ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName: NAME,
      taskDefinition: NAME,
      desiredCount: DESIRED_COUNT,
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: outputs["task_subnet_ids"] as string[], // FoundationOutputs declares a list
          securityGroups: [text("task_security_group_id")],
          assignPublicIp: outputs["assign_public_ip"] === true ? "ENABLED" : "DISABLED",
        },
      },
      ...(typeof targetGroupArn === "string"
        ? {
            loadBalancers: [
              {
                targetGroupArn,
                containerName: NAME,
                containerPort: Number(outputs["container_port"]),
              },
            ],
          }
        : {}),
    }),
  );
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [NAME] }));
  const { TargetHealthDescriptions = [] } =
    typeof targetGroupArn === "string"
      ? await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }))
      : {};
  const result: TestServiceResult = {
    running: services?.[0]?.runningCount ?? 0,
    health: TargetHealthDescriptions.map(({ TargetHealth: targetHealth }) =>
      [targetHealth?.State, targetHealth?.Description]
        .filter((part) => part !== undefined)
        .join(": "),
    ),
    status: requestFromInternet(lifecycle, outputs["listener_arn"]),
    events: (services?.[0]?.events ?? []).map(({ message = "" }) => message).toReversed(),
  };

  await ecs.send(new DeleteServiceCommand({ cluster, service: NAME, force: true }));
  await waitUntilServicesInactive({ client: ecs, maxWaitTime: 60 }, { cluster, services: [NAME] });
  await ecs.send(
    new DeregisterTaskDefinitionCommand({ taskDefinition: taskDefinition?.taskDefinitionArn }),
  );
  await iam.send(new DetachRolePolicyCommand({ RoleName: NAME, PolicyArn: POLICY }));
  await iam.send(new DeleteRoleCommand({ RoleName: NAME }));
  if (hasRepository)
    await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: NAME }] }));
  return result;
}

/** Sends a request from the internet to the foundation's listener. */
function requestFromInternet(
  { sandbox }: FoundationLifecycle,
  listenerArn: unknown,
): number | undefined {
  if (typeof listenerArn !== "string") return undefined;
  const answer = inspect(sandbox).request(listenerArn, { host: "example.com" });
  return answer.kind === "answered" ? answer.status : undefined;
}
