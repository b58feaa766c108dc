import type * as ecs from "@aws-sdk/client-ecs";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { checkDefinition } from "./check-definition.ts";
import { type Definition, definitions, findDefinition, tagList, tagMap } from "./tables.ts";

/** Adds the defaults of ECS to a container definition. Source: Amazon ECS API Reference, ContainerDefinition. */
const withContainerDefaults = (
  containerDefinition: ecs.ContainerDefinition,
  isAwsvpc: boolean,
): ecs.ContainerDefinition => ({
  cpu: 0,
  essential: true,
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  systemControls: [],
  ...containerDefinition,
  portMappings: (containerDefinition.portMappings ?? []).map((port) => ({
    ...port,
    ...(port.containerPortRange === undefined
      ? { hostPort: port.hostPort ?? (isAwsvpc ? port.containerPort : 0) }
      : {}),
    protocol: port.protocol ?? "tcp",
  })),
  ...(containerDefinition.healthCheck
    ? { healthCheck: { interval: 30, timeout: 5, retries: 3, ...containerDefinition.healthCheck } }
    : {}),
});

/** Adds the defaults of ECS to a volume. Source: Amazon ECS API Reference, Volume and EFSVolumeConfiguration. */
const withVolumeDefaults = (volume: ecs.Volume): ecs.Volume => {
  const { efsVolumeConfiguration: efs, ...rest } = volume;
  if (efs) return { ...rest, efsVolumeConfiguration: { rootDirectory: "/", ...efs } };
  const isBindMount = Object.keys(volume).every((key) => key === "name" || key === "host");
  return isBindMount ? { host: {}, ...volume } : volume;
};

/** A size in units without the unit name: "1 vCPU" is stored as "1024". */
const sizeInUnits = (text: string | undefined, unit: number): string | undefined => {
  const number = /^([\d.]+)\s*(vcpu|gb)$/i.exec(text?.trim() ?? "")?.[1];
  return number === undefined ? text : String(Number(number) * unit);
};

function requireDefinition(context: Context, name: string): Definition {
  const row = findDefinition(context, name);
  if (!row) throw new AwsError("ClientException", "Unable to describe task definition.");
  return row;
}

const roleArnFrom = (context: Context, given: string | undefined): string | undefined =>
  given === undefined || given.startsWith("arn:")
    ? given
    : `arn:${context.partition}:iam::${context.account}:role/${given}`;

const defined = (input: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));

export const taskDefinitionOperations: Operations = {
  RegisterTaskDefinition: operation<
    ecs.RegisterTaskDefinitionRequest,
    ecs.RegisterTaskDefinitionResponse
  >()(
    [
      "family",
      "taskRoleArn",
      "executionRoleArn",
      "networkMode",
      "containerDefinitions",
      "volumes",
      "placementConstraints",
      "requiresCompatibilities",
      "cpu",
      "memory",
      "tags",
      "pidMode",
      "ipcMode",
      "proxyConfiguration",
      "ephemeralStorage",
      "runtimePlatform",
      "enableFaultInjection",
    ],
    (context, input) => {
      checkDefinition(context, input);
      const before = context.in(definitions).filter((row) => row.family === input.family);
      const revision = Math.max(0, ...before.map((row) => row.revision)) + 1;
      const isAwsvpc = input.networkMode === "awsvpc";
      const arn = context.arn("ecs", `task-definition/${input.family}:${revision}`);
      const isFargate = input.requiresCompatibilities?.includes("FARGATE") === true;
      const body: ecs.TaskDefinition = {
        ...defined({
          family: input.family,
          taskRoleArn: roleArnFrom(context, input.taskRoleArn),
          executionRoleArn: roleArnFrom(context, input.executionRoleArn),
          networkMode: input.networkMode ?? "bridge",
          requiresCompatibilities: input.requiresCompatibilities,
          cpu: sizeInUnits(input.cpu, 1024),
          memory: sizeInUnits(input.memory, 1024),
          pidMode: input.pidMode,
          ipcMode: input.ipcMode,
          proxyConfiguration: input.proxyConfiguration,
          ephemeralStorage: input.ephemeralStorage,
          runtimePlatform: input.runtimePlatform,
          enableFaultInjection: input.enableFaultInjection,
        }),
        taskDefinitionArn: arn,
        revision,
        status: "ACTIVE",
        containerDefinitions: input.containerDefinitions.map((containerDefinition) =>
          withContainerDefaults(containerDefinition, isAwsvpc),
        ),
        volumes: (input.volumes ?? []).map(withVolumeDefaults),
        placementConstraints: input.placementConstraints ?? [],
        compatibilities: isFargate ? ["EC2", "FARGATE"] : ["EC2"],
        registeredAt: context.now,
        registeredBy: context.caller.session ?? context.caller.arn,
      };
      const row = context.in(definitions).put(`${input.family}:${revision}`, {
        arn,
        family: input.family,
        revision,
        isActive: true,
        body,
        tags: tagMap(input.tags),
      });
      return { taskDefinition: row.body, tags: tagList(row.tags) };
    },
  ),

  DescribeTaskDefinition: operation<
    ecs.DescribeTaskDefinitionRequest,
    ecs.DescribeTaskDefinitionResponse
  >()(["taskDefinition", "include"], (context, input) => {
    const row = requireDefinition(context, input.taskDefinition);
    return {
      taskDefinition: row.body,
      tags: input.include?.includes("TAGS") === true ? tagList(row.tags) : [],
    };
  }),

  DeregisterTaskDefinition: operation<
    ecs.DeregisterTaskDefinitionRequest,
    ecs.DeregisterTaskDefinitionResponse
  >()(["taskDefinition"], (context, input) => {
    if (!/:\d+$/.test(input.taskDefinition)) {
      throw new AwsError("InvalidParameterException", "Revision is missing.");
    }
    const row = requireDefinition(context, input.taskDefinition);
    const body = { ...row.body, status: "INACTIVE" as const, deregisteredAt: context.now };
    context.in(definitions).put(`${row.family}:${row.revision}`, { ...row, isActive: false, body });
    return { taskDefinition: body };
  }),

  DeleteTaskDefinitions: operation<
    ecs.DeleteTaskDefinitionsRequest,
    ecs.DeleteTaskDefinitionsResponse
  >()(["taskDefinitions"], (context, input) => {
    const rows = input.taskDefinitions.map((name) => requireDefinition(context, name));
    const active = rows.find((row) => row.isActive);
    if (active) {
      throw new AwsError(
        "ClientException",
        `The specified task definition is still in ACTIVE status: ${active.arn}. Deregister it first.`,
      );
    }
    for (const row of rows) context.in(definitions).delete(`${row.family}:${row.revision}`);
    return {
      taskDefinitions: rows.map((row) => ({ ...row.body, status: "DELETE_IN_PROGRESS" as const })),
      failures: [],
    };
  }),

  ListTaskDefinitions: operation<ecs.ListTaskDefinitionsRequest, ecs.ListTaskDefinitionsResponse>()(
    ["familyPrefix", "status", "sort", "nextToken", "maxResults"],
    (context, input) => {
      const wantsActive = (input.status ?? "ACTIVE") === "ACTIVE";
      const rows = context
        .in(definitions)
        .filter(
          (row) =>
            row.isActive === wantsActive &&
            (input.familyPrefix === undefined || row.family === input.familyPrefix),
        )
        .map((row) => row.arn);
      const ordered = input.sort === "DESC" ? rows.toReversed() : rows;
      const { items, next } = page(ordered, input.maxResults ?? 100, input.nextToken);
      return { taskDefinitionArns: [...items], ...(next === undefined ? {} : { nextToken: next }) };
    },
  ),

  ListTaskDefinitionFamilies: operation<
    ecs.ListTaskDefinitionFamiliesRequest,
    ecs.ListTaskDefinitionFamiliesResponse
  >()(["familyPrefix", "status", "nextToken", "maxResults"], (context, input) => {
    const rows = context.in(definitions).filter((row) => {
      if (!row.family.startsWith(input.familyPrefix ?? "")) return false;
      if (input.status === undefined || input.status === "ALL") return true;
      return row.isActive === (input.status === "ACTIVE");
    });
    const families = [...new Set(rows.map((row) => row.family))];
    const { items, next } = page(families, input.maxResults ?? 100, input.nextToken);
    return { families: [...items], ...(next === undefined ? {} : { nextToken: next }) };
  }),
};
