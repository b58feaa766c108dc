import { execFolders } from "../../aws/index.ts";
import type { ContainerOptions, SidecarOptions } from "../../config/index.ts";
import { literal, literals } from "./template.ts";

/** The user of containers without one in the config: not root. */
const DEFAULT_USER = "1000:1000";

/** The log buffer of a container: with mode non-blocking, events are dropped when it is full. */
const LOG_BUFFER = "25m";

/** A container of a task. */
export interface ContainerProps {
  readonly name: string;
  /** The image, as a Terraform expression. */
  readonly image: string;
  readonly options: ContainerOptions & Pick<SidecarOptions, "essential" | "port" | "memory">;
  /** Where ECS reads the value of each secret. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Name of the port for Service Connect. @default none */
  readonly portName?: string;
}

/** What the containers of a task share. */
export interface TaskLogProps {
  readonly region: string;
  readonly logGroupName: string;
  /** Whether ECS Exec can run commands in the containers. */
  readonly exec: boolean;
}

/** A volume of a container, empty when a task starts. */
interface Mount {
  readonly volume: string;
  readonly folder: string;
}

const mountsOf = ({ name, options }: ContainerProps, exec: boolean): readonly Mount[] => {
  const needsExecFolders = exec && (options.readonlyRootFilesystem ?? true);
  return [...(options.writablePaths ?? []), ...(needsExecFolders ? execFolders : [])].map(
    (folder) => ({
      volume: `${name}${folder.replaceAll(/[^A-Za-z0-9]+/g, "-")}`,
      folder,
    }),
  );
};

/** The names of the volumes of a task. */
export const volumesOf = (containers: readonly ContainerProps[], exec: boolean): string[] =>
  containers.flatMap((container) => mountsOf(container, exec).map(({ volume }) => volume));

const sortedEntries = <T>(values: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));

/** An object without the members whose value is undefined. */
const withoutUndefined = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));

function healthCheckOf({ containerHealthCheck }: ContainerOptions): object | undefined {
  if (containerHealthCheck === undefined) return undefined;
  const { command, interval = 30, timeout = 5, retries = 3, startPeriod } = containerHealthCheck;
  return withoutUndefined({
    command: literals(command),
    interval,
    timeout,
    retries,
    startPeriod,
  });
}

function definitionOf(
  container: ContainerProps,
  { region, logGroupName, exec }: TaskLogProps,
): object {
  const { name, image, options, secrets, portName } = container;
  const dependsOn = Object.entries(options.dependsOn ?? {}).map(([containerName, condition]) => ({
    containerName,
    condition,
  }));
  const mountPoints = mountsOf(container, exec).map(({ volume, folder }) => ({
    sourceVolume: volume,
    containerPath: folder,
    readOnly: false,
  }));
  const environment = sortedEntries(options.environment ?? {});
  return withoutUndefined({
    name,
    image,
    essential: options.essential ?? true,
    command: options.command && literals(options.command),
    entryPoint: options.entryPoint && literals(options.entryPoint),
    environment: environment.map(([variable, value]) => ({
      name: variable,
      value: literal(value),
    })),
    secrets: sortedEntries(secrets).map(([variable, valueFrom]) => ({ name: variable, valueFrom })),
    portMappings:
      options.port === undefined
        ? []
        : [
            withoutUndefined({
              name: portName,
              containerPort: options.port,
              hostPort: options.port,
              protocol: "tcp",
            }),
          ],
    memory: options.memory,
    user: options.user ?? DEFAULT_USER,
    readonlyRootFilesystem: options.readonlyRootFilesystem ?? true,
    linuxParameters: { initProcessEnabled: true },
    stopTimeout: options.stopTimeout ?? 30,
    healthCheck: healthCheckOf(options),
    dependsOn: dependsOn.length === 0 ? undefined : dependsOn,
    mountPoints,
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": logGroupName,
        "awslogs-region": region,
        "awslogs-stream-prefix": name,
        mode: "non-blocking",
        "max-buffer-size": LOG_BUFFER,
      },
    },
  });
}

/** The container definitions of a task, as the JSON that ECS accepts. */
export const containerDefinitions = (
  containers: readonly ContainerProps[],
  task: TaskLogProps,
): string => JSON.stringify(containers.map((container) => definitionOf(container, task)));
