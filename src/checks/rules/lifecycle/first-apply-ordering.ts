import { sendersTo } from "../../../topology/load-balancers.ts";
import { formatValue, isUnknown, type Resource } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { roleAt } from "../../shared/task-roles.ts";

export const firstApplyOrderingCheck: Check = {
  id: "first-apply-ordering",
  question: "other",
  title: "services wait for what their first tasks need",
  severity: "warning",
  ids: ["RACE-02", "RACE-03", "RACE-06"],
  explanation:
    "Terraform makes what is not told to wait at the same time: the first tasks may start before a listener, a policy or a route is there.",
  sources: [
    "Terraform, “The depends_on meta-argument”",
    "Amazon ECS Developer Guide, “Amazon ECS service event messages”",
  ],
  *run(subject) {
    const { plan, network } = subject;
    if (plan.shown.kind === "state") return;
    for (const { resource, name, kind, definition, bindings, subnets } of network.workloads) {
      if (!resource?.isNew || kind === "schedule") continue;
      const late = (others: readonly Resource[]): Resource | undefined =>
        others.find((other) => other.isNew && !resource.dependsOn(other));
      for (const group of bindings.flatMap((binding) => binding.groups)) {
        const listeners = sendersTo(network.loadBalancers, group).map(
          (sender) => sender.listener.resource,
        );
        const isThere =
          listeners.length === 0 ||
          listeners.some((listener) => !listener.isNew || resource.dependsOn(listener)) ||
          waitsForRule(subject, resource);
        yield isThere
          ? pass(name)
          : fail(name, "RACE-02", `it does not wait for ${listeners[0]?.address ?? "a listener"}`, {
              error:
                "InvalidParameterException: The target group with targetGroupArn … does not have an associated load balancer.",
            });
      }
      if (definition !== undefined && !isUnknown(definition) && definition.resource) {
        const role = roleAt(subject, definition.resource, "execution_role_arn");
        if (role.kind === "here") {
          const attached = plan.referrersOf(
            role.resource,
            ["aws_iam_role_policy_attachment", "aws_iam_role_policy"],
            ["aws_iam_role"],
            "role",
          );
          const missed = late(attached);
          yield missed
            ? fail(name, "RACE-03", `it does not wait for ${missed.address}`, {
                severity: "note",
                error:
                  "ResourceInitializationError: … AccessDeniedException, until the policy is there",
              })
            : pass(name);
        }
      } else if (definition !== undefined)
        yield unknownOutcome(name, formatValue(definition), "RACE-03");
      const homes = new Set(subnets.items.map((item) => item.vpc));
      const routes = subnets.items.flatMap((item) => {
        const table = network.routeTables.of(item);
        return isUnknown(table)
          ? []
          : [...table.routes.map((route) => route.from), ...table.endpoints];
      });
      const ways = [
        ...new Set([
          ...routes,
          ...network.endpoints
            .filter((endpoint) => homes.has(endpoint.vpc))
            .map((endpoint) => endpoint.resource),
        ]),
      ];
      const missed = late(
        ways.filter(
          (otherWay) =>
            otherWay.type !== "aws_route_table" && otherWay.type !== "aws_default_route_table",
        ),
      );
      yield missed
        ? fail(name, "RACE-06", `it does not wait for ${missed.address}`, {
            severity: "note",
            error:
              "service … is unable to consistently start tasks successfully, until the way is there",
          })
        : pass(name);
    }
  },
};

const waitsForRule = ({ plan }: Parameters<Check["run"]>[0], service: Resource): boolean =>
  plan
    .resourcesOfType("aws_lb_listener_rule", "aws_alb_listener_rule")
    .some((lbListenerRule) => service.dependsOn(lbListenerRule));
