import { partitionOf } from "../../aws/index.ts";
import type { AccountRegion, Sandbox } from "../../sandbox/index.ts";
import { inspect } from "../../sandbox/inspection/index.ts";

const NAME = "berth-probe";
const POLICY = "service-role/AmazonECSTaskExecutionRolePolicy";

/** Outputs that a foundation must have, so that a placeholder service can be created in it. */
export const REQUIRED_OUTPUTS: readonly string[] = [
  "cluster_name",
  "task_subnet_ids",
  "task_security_group_id",
];

type Outputs = Readonly<Record<string, unknown>>;

const text = (outputs: Outputs, name: string): string | undefined => {
  const value = outputs[name];
  return typeof value === "string" && value !== "" ? value : undefined;
};

/** A service that the rehearsal creates in a foundation without a service. */
export interface PlaceholderService {
  readonly service: string;
  /** Deletes the service and everything that was created for it. */
  remove(): void;
}

/**
 * Creates a service with two tasks in a foundation that has no service; undefined if the outputs do not describe it.
 *
 * Required outputs: cluster_name, task_subnet_ids, task_security_group_id. Optional outputs: assign_public_ip,
 * container_port, log_group_name, repository_url and target_group_arn.
 *
 * @throws AwsError if the sandbox rejects the service
 */
export function createPlaceholderService(
  sandbox: Sandbox,
  outputs: Outputs,
): PlaceholderService | undefined {
  const cluster = text(outputs, "cluster_name");
  const group = text(outputs, "task_security_group_id");
  const subnets = outputs["task_subnet_ids"];
  const location = inspect(sandbox).resource("cluster", cluster ?? "");
  if (!location || group === undefined || !Array.isArray(subnets) || subnets.length === 0)
    return undefined;
  const call = (service: string, operation: string, input: object): Outputs =>
    sandbox.invoke(service, operation, input as Outputs, location);

  const partition = partitionOf(location.region);
  const port = Number(outputs["container_port"] ?? 80);
  const role = roleFor(call, partition);
  const logs = text(outputs, "log_group_name");
  const repository = text(outputs, "repository_url");
  call("ecs", "RegisterTaskDefinition", {
    family: NAME,
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    executionRoleArn: role,
    containerDefinitions: [
      {
        name: NAME,
        image:
          repository === undefined ? "public.ecr.aws/nginx/nginx:stable" : `${repository}:${NAME}`,
        portMappings: [{ containerPort: port }],
        ...(logs === undefined ? {} : { logConfiguration: awslogs(logs, location) }),
      },
    ],
  });
  const target = text(outputs, "target_group_arn");
  call("ecs", "CreateService", {
    cluster,
    serviceName: NAME,
    taskDefinition: NAME,
    desiredCount: 2,
    launchType: "FARGATE",
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets,
        securityGroups: [group],
        assignPublicIp: outputs["assign_public_ip"] === true ? "ENABLED" : "DISABLED",
      },
    },
    ...(target === undefined
      ? {}
      : { loadBalancers: [{ targetGroupArn: target, containerName: NAME, containerPort: port }] }),
  });
  return {
    service: NAME,
    remove() {
      call("ecs", "DeleteService", { cluster, service: NAME, force: true });
      call("ecs", "DeregisterTaskDefinition", { taskDefinition: `${NAME}:1` });
      call("iam", "DetachRolePolicy", {
        RoleName: NAME,
        PolicyArn: `arn:${partition}:iam::aws:policy/${POLICY}`,
      });
      call("iam", "DeleteRole", { RoleName: NAME });
    },
  };
}

function roleFor(
  call: (service: string, operation: string, input: object) => Outputs,
  partition: string,
): string {
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "ecs-tasks.amazonaws.com" },
        Action: "sts:AssumeRole",
      },
    ],
  };
  const { Role } = call("iam", "CreateRole", {
    RoleName: NAME,
    AssumeRolePolicyDocument: JSON.stringify(trust),
  }) as { readonly Role?: { readonly Arn?: string } }; // the response of CreateRole
  call("iam", "AttachRolePolicy", {
    RoleName: NAME,
    PolicyArn: `arn:${partition}:iam::aws:policy/${POLICY}`,
  });
  return Role?.Arn ?? "";
}

const awslogs = (group: string, { region }: AccountRegion): object => ({
  logDriver: "awslogs",
  options: { "awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": NAME },
});
