import type { ITerraformDependable } from "cdktn";
import type { Construct } from "../construct.ts";
import { formatArn, parseEcrImage } from "../../aws/index.ts";
import {
  DEFAULT_TASK_SIZE,
  type ServiceOptions,
  type WorkloadOptions,
} from "../../config/index.ts";
import { CheckedConstruct } from "../foundation/checked-construct.ts";
import { LogGroup } from "../foundation/log-group.ts";
import { EcsTaskDefinition } from "../provider/ecs-task-definition.generated.ts";
import { type ContainerProps, containerDefinitions, volumesOf } from "./container-definitions.ts";
import type { FoundationReference } from "./foundation-reference.ts";
import { ServiceImage } from "./image.ts";
import { TaskRoles } from "./roles.ts";
import { TaskSecrets } from "./secrets.ts";

/** Properties that services and scheduled tasks share, besides the options of the config. */
export interface WorkloadProps extends WorkloadOptions {
  /** Name of the service or job. */
  readonly name: string;
  /** The foundation, or existing resources. */
  readonly foundation: FoundationReference;
  /** An expression without its braces, such as "var.image", that selects another image unless it is null. @default none */
  readonly imageVariable?: string;
}

/** Properties of a `Task`. */
export interface TaskProps extends WorkloadProps, Pick<ServiceOptions, "port" | "serviceConnect"> {
  /** Whether ECS Exec can run commands in the containers. */
  readonly exec: boolean;
}

/** ARN of the ECR repository of an image URI; undefined for another registry. */
function repositoryArnOf(uri: string): string | undefined {
  const image = parseEcrImage(uri);
  return image && formatArn("ecr", image.region, image.account, `repository/${image.repository}`);
}

const definedOnly = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value) => value !== undefined);

/**
 * The task definition of a service or job, with its log group, its two roles and its image. Old revisions stay active when
 * Terraform registers a new one, so that ECS can return to them (ADR 21).
 *
 * Cost: none for these resources; logs by volume (Amazon CloudWatch pricing).
 */
export class Task extends CheckedConstruct {
  readonly logGroup: LogGroup;
  readonly image: ServiceImage;
  readonly roles: TaskRoles;
  readonly taskDefinition: EcsTaskDefinition;
  /** Resources that must exist before a task can start. */
  readonly dependencies: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: TaskProps) {
    super(scope, id, props);
    const { name, foundation, sidecars = {}, exec } = props;
    const { region, keyArn } = foundation;
    this.image = new ServiceImage(this, "image", {
      name,
      foundation,
      image: props.image,
      ...(props.imageVariable === undefined ? {} : { imageVariable: props.imageVariable }),
    });
    this.logGroup = new LogGroup(this, "logs", {
      name: `/ecs/${foundation.name}/${name}`,
      ...(keyArn === undefined ? {} : { key: { arn: keyArn, dependencies: [] } }),
      ...props.logs,
    });
    const secrets = new TaskSecrets(this, "secrets", {
      region,
      account: foundation.account,
      containers: { [name]: props, ...sidecars },
    });
    this.roles = new TaskRoles(this, "roles", {
      name,
      foundation,
      logGroupArn: this.logGroup.group.arn,
      repositoryArns: this.#repositoryArns(props),
      secretStatements: secrets.statements,
      permissions: props.permissions ?? [],
      exec,
    });
    const containers: readonly ContainerProps[] = [
      {
        name,
        image: this.image.uri,
        options: props,
        secrets: secrets.valuesOf(props),
        ...(props.serviceConnect === true ? { portName: name } : {}),
      },
      ...Object.entries(sidecars).map(([sidecar, options]) => ({
        name: sidecar,
        image: options.image,
        options,
        secrets: secrets.valuesOf(options),
      })),
    ];
    const { cpu, memory } = props.size ?? DEFAULT_TASK_SIZE;
    const volumes = volumesOf(containers, exec);
    this.taskDefinition = new EcsTaskDefinition(this, "task-definition", {
      family: `${foundation.name}-${name}`,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: String(cpu),
      memory: String(memory),
      runtimePlatform: {
        cpuArchitecture: props.architecture === "x86_64" ? "X86_64" : "ARM64",
        operatingSystemFamily: "LINUX",
      },
      ...(props.ephemeralStorage === undefined
        ? {}
        : { ephemeralStorage: { sizeInGib: props.ephemeralStorage } }),
      executionRoleArn: this.roles.execution.arn,
      taskRoleArn: this.roles.task.arn,
      containerDefinitions: containerDefinitions(containers, {
        region,
        logGroupName: this.logGroup.group.name,
        exec,
      }),
      ...(volumes.length === 0 ? {} : { volume: volumes.map((volume) => ({ name: volume })) }),
      skipDestroy: true,
      lifecycle: {
        precondition: [
          {
            condition: this.image.isKnown,
            errorMessage: `${name} has no image yet: push an image and run berth deploy ${name} --image :<tag>, or pass -var image=…`,
          },
        ],
      },
    });
    this.dependencies = this.roles.dependencies;
  }

  /** The ECR repositories of the images. The image of a deployment is in the foundation's repository. */
  #repositoryArns({ image, foundation, sidecars = {} }: TaskProps): readonly string[] {
    return definedOnly([
      typeof image === "string" ? repositoryArnOf(image) : foundation.repository?.arn,
      ...Object.values(sidecars).map((sidecar) => repositoryArnOf(sidecar.image)),
    ]);
  }
}
