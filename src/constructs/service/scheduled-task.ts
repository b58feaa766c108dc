import type { Construct } from "../construct.ts";
import type { JobOptions } from "../../config/index.ts";
import { formatArn } from "../../aws/index.ts";
import { CheckedConstruct } from "../foundation/checked-construct.ts";
import { SchedulerSchedule } from "../provider/scheduler-schedule.generated.ts";
import { applyOverrides } from "../synth/overrides.ts";
import { ServiceRole } from "./roles.ts";
import { Task, type WorkloadProps } from "./task.ts";

/** Properties of a `ScheduledTask`: the options of the config, and the foundation. */
export interface ScheduledTaskProps extends JobOptions, WorkloadProps {}

/**
 * A task that EventBridge Scheduler starts. It creates a task definition with its log group and roles (`Task`), and, with a
 * schedule, the schedule and the role that may start exactly this task. Terraform sets the revision that the schedule starts.
 *
 * Cost: tasks by the second (AWS Fargate pricing); the first 14 million starts of a month are free (Amazon EventBridge pricing).
 *
 * @example
 * new ScheduledTask(this, "nightly", {
 *   name: "nightly",
 *   foundation: foundation.reference,
 *   image: { tag: "v1" },
 *   command: ["node", "report.js"],
 *   schedule: "cron(0 3 * * ? *)",
 * });
 */
export class ScheduledTask extends CheckedConstruct {
  readonly task: Task;
  readonly role: ServiceRole | undefined;
  readonly schedule: SchedulerSchedule | undefined;

  constructor(scope: Construct, id: string, props: ScheduledTaskProps) {
    super(scope, id, props);
    this.task = new Task(this, "task", { ...props, exec: false });
    this.role = props.schedule === undefined ? undefined : this.#makeRole(props);
    this.schedule =
      props.schedule === undefined || this.role === undefined
        ? undefined
        : this.#makeSchedule(props, props.schedule, this.role);
    applyOverrides(this, props.override ?? {});
  }

  /** The role of the schedule. Source: EventBridge Scheduler User Guide, "Setting up Amazon EventBridge Scheduler". */
  #makeRole({ name, foundation, deadLetterQueueArn }: ScheduledTaskProps): ServiceRole {
    const { region, account } = foundation;
    const family = `${foundation.name}-${name}`;
    const { execution, task } = this.task.roles;
    return new ServiceRole(this, "schedule-role", {
      name: `${family}-schedule`,
      description: `Starts tasks of ${name} on a schedule`,
      foundation,
      trust: {
        service: "scheduler.amazonaws.com",
        account,
        sourceArn: formatArn("scheduler", region, account, "schedule-group/default"),
      },
      statements: [
        {
          Effect: "Allow",
          Action: "ecs:RunTask",
          Resource: formatArn("ecs", region, account, `task-definition/${family}:*`),
          Condition: { ArnEquals: { "ecs:cluster": foundation.clusterArn } },
        },
        {
          Effect: "Allow",
          Action: "ecs:TagResource",
          Resource: formatArn("ecs", region, account, `task/${foundation.clusterName}/*`),
          Condition: { StringEquals: { "ecs:CreateAction": "RunTask" } },
        },
        {
          Effect: "Allow",
          Action: "iam:PassRole",
          Resource: [execution.arn, task.arn],
          Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
        },
        ...(deadLetterQueueArn === undefined
          ? []
          : [
              {
                Effect: "Allow" as const,
                Action: "sqs:SendMessage",
                Resource: deadLetterQueueArn,
              },
            ]),
      ],
    });
  }

  #makeSchedule(
    props: ScheduledTaskProps,
    expression: string,
    role: ServiceRole,
  ): SchedulerSchedule {
    const { name, foundation, deadLetterQueueArn } = props;
    return new SchedulerSchedule(this, "schedule", {
      name: `${foundation.name}-${name}`,
      description: `Starts a task of ${name}`,
      scheduleExpression: expression,
      scheduleExpressionTimezone: props.timezone ?? "UTC",
      state: props.enabled === false ? "DISABLED" : "ENABLED",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: foundation.clusterArn,
        roleArn: role.arn,
        ecsParameters: {
          taskDefinitionArn: this.task.taskDefinition.arn,
          taskCount: 1,
          ...(props.capacityProvider === "FARGATE_SPOT"
            ? { capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }] }
            : { launchType: "FARGATE" }),
          networkConfiguration: {
            subnets: [...foundation.subnetIds],
            securityGroups: [...foundation.securityGroupIds],
            assignPublicIp: foundation.assignPublicIp ?? false,
          },
          enableEcsManagedTags: true,
          propagateTags: "TASK_DEFINITION",
        },
        retryPolicy: { maximumRetryAttempts: props.retries ?? 3 },
        ...(deadLetterQueueArn === undefined
          ? {}
          : { deadLetterConfig: { arn: deadLetterQueueArn } }),
      },
      dependsOn: [...role.dependencies, ...this.task.dependencies],
    });
  }
}
