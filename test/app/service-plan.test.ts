import { describe, expect, it } from "vitest";
import { servicePlanOf, taskDefinitionIn } from "../../src/app/service-plan.ts";

const change = (address: string, actions: readonly string[] = ["create"]): unknown => ({
  address,
  mode: "managed",
  type: address.split(".")[0],
  change: { actions },
});

const block = (address: string, expressions: unknown, depends_on?: readonly string[]): unknown => ({
  address,
  mode: "managed",
  type: address.split(".")[0],
  expressions,
  ...(depends_on === undefined ? {} : { depends_on }),
});

/** A plan as `terraform show -json` prints it. */
const plan = (serviceActions?: readonly string[]): unknown => ({
  resource_changes: [
    change("aws_cloudwatch_log_group.web"),
    change("aws_ecs_service.web", serviceActions),
    change("aws_appautoscaling_target.web"),
    change("aws_appautoscaling_policy.web[0]"),
    change("aws_ecs_task_definition.web"),
    change("aws_ecs_service_monitor.web"),
    { ...(change("data.aws_ssm_parameter.foundation") as object), mode: "data" }, // change() returns an object
  ],
  configuration: {
    root_module: {
      resources: [
        block("aws_cloudwatch_log_group.web", {}),
        block("aws_ecs_service.web", {
          task_definition: { references: ["aws_ecs_task_definition.web.arn"] },
        }),
        block("aws_appautoscaling_target.web", {
          resource_id: { references: ["aws_ecs_service.web.name", "aws_ecs_service.web"] },
        }),
        block("aws_appautoscaling_policy.web", {
          configuration: [
            { metric: { references: ["aws_appautoscaling_target.web.resource_id"] } },
          ],
        }),
        block("aws_ecs_task_definition.web", {}),
        // The name of a block may start with the name of another one.
        block("aws_ecs_service_monitor.web", {}, ["aws_ecs_service.web_other"]),
      ],
    },
  },
  planned_values: {
    outputs: { cluster_arn: { value: "arn:cluster", sensitive: false }, url: { sensitive: false } },
  },
});

describe("servicePlanOf", () => {
  it("lists the resources that do not depend on the service", () => {
    expect(servicePlanOf(plan())).toEqual({
      independentResources: [
        "aws_cloudwatch_log_group.web",
        "aws_ecs_task_definition.web",
        "aws_ecs_service_monitor.web",
      ],
      outputs: { cluster_arn: "arn:cluster", url: undefined },
    });
  });
});

describe("taskDefinitionIn", () => {
  it("is the ARN of the task definition in the state", () => {
    const state = {
      values: {
        root_module: {
          resources: [
            { type: "aws_ecs_service", values: { arn: "arn:service" } },
            { type: "aws_ecs_task_definition", values: { arn: "arn:definition" } },
          ],
        },
      },
    };
    expect(taskDefinitionIn(state)).toBe("arn:definition");
    expect(() => taskDefinitionIn({})).toThrow("the state has no task definition");
  });
});
