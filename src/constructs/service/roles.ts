import type { ITerraformDependable } from "cdktn";
import type { Construct } from "../construct.ts";
import { formatArn } from "../../aws/index.ts";
import type { PermissionOptions } from "../../config/index.ts";
import { CheckedConstruct } from "../foundation/checked-construct.ts";
import { IamRole } from "../provider/iam-role.generated.ts";
import { IamRolePolicy } from "../provider/iam-role-policy.generated.ts";
import { checkName } from "../synth/names.ts";
import type { FoundationReference } from "./foundation-reference.ts";
import type { PolicyStatement } from "./secrets.ts";
import { literals } from "./template.ts";

/** Properties of a `ServiceRole`. */
export interface ServiceRoleProps {
  readonly name: string;
  readonly description: string;
  /** The foundation, with the boundary of the role. */
  readonly foundation: Pick<FoundationReference, "name" | "roleBoundary">;
  /** Who assumes the role, with the account and the resources on whose behalf. */
  readonly trust: {
    readonly service: string;
    readonly account: string;
    readonly sourceArn: string;
  };
  /** What the role may do. A role without statements has no policy. */
  readonly statements: readonly PolicyStatement[];
}

/**
 * A role that one AWS service assumes on behalf of resources of one account, with one inline policy.
 *
 * Source of the trust policy: AWS IAM User Guide, "The confused deputy problem".
 */
export class ServiceRole extends CheckedConstruct {
  readonly role: IamRole;
  readonly policy: IamRolePolicy | undefined;
  readonly arn: string;
  /** Resources that must exist before the role has its permissions. */
  readonly dependencies: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: ServiceRoleProps) {
    super(scope, id, props);
    const { trust, statements, foundation } = props;
    this.role = new IamRole(this, "resource", {
      name: checkName("role", props.name, "name"),
      ...(foundation.roleBoundary === undefined
        ? {}
        : { path: `/${foundation.name}/`, permissionsBoundary: foundation.roleBoundary }),
      description: props.description,
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: trust.service },
            Action: "sts:AssumeRole",
            Condition: {
              StringEquals: { "aws:SourceAccount": trust.account },
              ArnLike: { "aws:SourceArn": trust.sourceArn },
            },
          },
        ],
      }),
    });
    this.policy =
      statements.length === 0
        ? undefined
        : new IamRolePolicy(this, "policy", {
            name: props.name,
            role: this.role.name,
            policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
          });
    this.arn = this.role.arn;
    this.dependencies = this.policy ? [this.policy] : [];
  }
}

/** Properties of `TaskRoles`. */
export interface TaskRolesProps {
  readonly name: string;
  readonly foundation: FoundationReference;
  /** ARN of the log group of the containers. */
  readonly logGroupArn: string;
  /** ARNs of the ECR repositories of the images. */
  readonly repositoryArns: readonly string[];
  /** What ECS needs to read the secrets of the containers. */
  readonly secretStatements: readonly PolicyStatement[];
  /** What the containers' own code may do. */
  readonly permissions: readonly PermissionOptions[];
  /** Whether ECS Exec can run commands in the containers. */
  readonly exec: boolean;
}

/**
 * The two roles of a task. ECS uses the execution role to pull the images, to write logs and to read secrets. The containers
 * use the task role.
 *
 * Source of the permissions: Amazon ECS Developer Guide, "Amazon ECS task execution IAM role" and "Amazon ECS task IAM role".
 * Pulling needs no ecr:BatchCheckLayerAvailability, which is for pushing.
 */
export class TaskRoles extends CheckedConstruct {
  readonly execution: ServiceRole;
  readonly task: ServiceRole;
  readonly dependencies: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: TaskRolesProps) {
    super(scope, id, props);
    const { name, foundation } = props;
    const trust = {
      service: "ecs-tasks.amazonaws.com",
      account: foundation.account,
      sourceArn: formatArn("ecs", foundation.region, foundation.account, "*"),
    };
    const prefix = `${foundation.name}-${name}`;
    this.execution = new ServiceRole(this, "execution-role", {
      name: `${prefix}-execution`,
      description: `Starts tasks of ${name}: images, logs and secrets`,
      foundation,
      trust,
      statements: executionStatements(props),
    });
    this.task = new ServiceRole(this, "task-role", {
      name: `${prefix}-task`,
      description: `The permissions of the containers of ${name}`,
      foundation,
      trust,
      statements: taskStatements(props),
    });
    this.dependencies = [...this.execution.dependencies, ...this.task.dependencies];
  }
}

function executionStatements({
  repositoryArns,
  logGroupArn,
  secretStatements,
}: TaskRolesProps): readonly PolicyStatement[] {
  const pull: readonly PolicyStatement[] =
    repositoryArns.length === 0
      ? []
      : [
          { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
          {
            Effect: "Allow",
            Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            Resource: [...new Set(repositoryArns)],
          },
        ];
  return [
    ...pull,
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `${logGroupArn}:*`,
    },
    ...secretStatements,
  ];
}

function taskStatements({
  permissions,
  exec,
  foundation,
}: TaskRolesProps): readonly PolicyStatement[] {
  return [
    ...permissions.map(({ actions, resources, conditions }): PolicyStatement => ({
      Effect: "Allow",
      Action: actions,
      Resource: literals(resources),
      ...(conditions === undefined ? {} : { Condition: literals(conditions) }),
    })),
    ...(exec ? execStatements(foundation) : []),
  ];
}

/**
 * What ECS Exec needs: the channels of Session Manager, and the key and the log group of the sessions, if the cluster sets
 * them. Source: Amazon ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec".
 */
function execStatements({
  region,
  account,
  execSessions,
}: FoundationReference): readonly PolicyStatement[] {
  const channels: PolicyStatement = {
    Effect: "Allow",
    Action: [
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ],
    Resource: "*",
  };
  if (execSessions === undefined) return [channels];
  return [
    channels,
    { Effect: "Allow", Action: "kms:Decrypt", Resource: execSessions.keyArn },
    { Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" },
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      Resource: formatArn("logs", region, account, `log-group:${execSessions.logGroupName}:*`),
    },
  ];
}
