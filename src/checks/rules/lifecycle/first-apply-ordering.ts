import { awsErrorOf } from "../../../failures/index.ts";
import { type Resource, formatValue, isUnknown } from "../../../plan/index.ts";
import { sendersTo } from "../../../topology/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { roleAt } from "../../shared/task-roles.ts";

export const firstApplyOrderingCheck: Check = {
  id: "first-apply-ordering",
  question: "other",
  title: "Services are created after the resources that their first tasks need",
  severity: "warning",
  ids: ["RACE-02", "RACE-03", "RACE-06"],
  explanation:
    "Terraform creates resources without a dependency on each other at the same time. The first tasks may start before their listener, policy or route exists.",
  sources: [
    "Terraform, “The depends_on meta-argument”",
    "Amazon ECS Developer Guide, “Amazon ECS service event messages”",
  ],
  *run(context) {
    const { plan, network } = context;
    if (plan.planJson.kind === "state") return;
    for (const { resource, name, kind, definition, bindings, subnets } of network.workloads) {
      if (!resource?.isNew || kind === "schedule") continue;
      const laterResource = (others: readonly Resource[]): Resource | undefined =>
        others.find((other) => other.isNew && !resource.dependsOn(other));
      for (const group of bindings.flatMap((binding) => binding.targetGroups)) {
        const listeners = sendersTo(network.loadBalancers, group).map(
          (sender) => sender.listener.resource,
        );
        const listenerExists =
          listeners.length === 0 ||
          listeners.some((listener) => !listener.isNew || resource.dependsOn(listener)) ||
          dependsOnRule(context, resource);
        yield listenerExists
          ? pass(name)
          : fail(
              name,
              "RACE-02",
              `it has no dependency on ${listeners[0]?.address ?? "a listener"}`,
              {
                awsError: awsErrorOf("target-group-without-listener"),
              },
            );
      }
      if (definition !== undefined && !isUnknown(definition) && definition.resource) {
        const role = roleAt(context, definition.resource, "execution_role_arn");
        if (role.kind === "managed") {
          const policies = plan.referrersOf(
            role.resource,
            ["aws_iam_role_policy_attachment", "aws_iam_role_policy"],
            ["aws_iam_role"],
            "role",
          );
          const missing = laterResource(policies);
          yield missing
            ? fail(name, "RACE-03", `it has no dependency on ${missing.address}`, {
                severity: "note",
              })
            : pass(name);
        }
      } else if (definition !== undefined)
        yield unknownOutcome(name, formatValue(definition), "RACE-03");
      const vpcs = new Set(subnets.items.map((item) => item.vpc));
      const routes = subnets.items.flatMap((item) => {
        const table = network.routeTables.of(item);
        return isUnknown(table)
          ? []
          : [...table.routes.map((route) => route.resource), ...table.endpoints];
      });
      const egressResources = [
        ...new Set([
          ...routes,
          ...[...vpcs].flatMap((vpc) =>
            network.endpointsIn(vpc).map((endpoint) => endpoint.resource),
          ),
        ]),
      ];
      const missing = laterResource(
        egressResources.filter(
          ({ type }) => type !== "aws_route_table" && type !== "aws_default_route_table",
        ),
      );
      yield missing
        ? fail(name, "RACE-06", `it has no dependency on ${missing.address}`, {
            severity: "note",
            awsError: awsErrorOf("tasks-do-not-start"),
          })
        : pass(name);
    }
  },
};

const dependsOnRule = ({ plan }: Parameters<Check["run"]>[0], service: Resource): boolean =>
  plan
    .resourcesOfType("aws_lb_listener_rule", "aws_alb_listener_rule")
    .some((rule) => service.dependsOn(rule));
