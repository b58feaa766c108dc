import { type AttributePath, isUnknown, type Resource } from "../../../plan/index.ts";
import {
  LISTENER_TYPES,
  placeholderArn,
  type PlanNetwork,
  TARGET_GROUP_TYPES,
} from "../../../topology/index.ts";
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  fail,
  pass,
  unknownOutcome,
} from "../../engine/check.ts";
import { evaluatePermission } from "../../shared/permission-check.ts";
import { roleAt } from "../../shared/task-roles.ts";

type Outcomes = Iterable<CheckOutcome>;

const SERVICE_TYPES = ["aws_ecs_service"];
const PAIR: AttributePath = ["load_balancer_info", 0, "target_group_pair_info", 0];

/**
 * Actions of every blue/green deployment.
 * Source: AWS CodeDeploy User Guide, "Step 2: Create a service role for CodeDeploy"; the managed policy AWSCodeDeployRoleForECS.
 */
const DEPLOYMENT_ACTIONS = [
  "ecs:DescribeServices",
  "ecs:CreateTaskSet",
  "ecs:UpdateServicePrimaryTaskSet",
  "ecs:DeleteTaskSet",
  "elasticloadbalancing:DescribeListeners",
  "elasticloadbalancing:ModifyListener",
];

export const codedeployDeploymentGroupCheck: Check = {
  id: "codedeploy-deployment-group",
  question: "other",
  title: "CodeDeploy deployment groups can deploy their Amazon ECS services",
  severity: "error",
  ids: ["SVC-15", "IAM-19"],
  explanation:
    "CodeDeploy deploys a service whose deployment controller is CODE_DEPLOY. It needs an application for the compute platform ECS, two different target groups, of which the service uses one, a production listener that forwards requests to one of them, and a role that allows the calls of a deployment.",
  sources: [
    "Amazon ECS API Reference, CreateService",
    "AWS CodeDeploy API Reference, CreateDeploymentGroup",
    "AWS CodeDeploy User Guide, “Before you begin an Amazon ECS deployment”",
    "AWS CodeDeploy User Guide, “Step 2: Create a service role for CodeDeploy”",
  ],
  *run(context) {
    const deployed = new Set<Resource>();
    for (const group of context.plan.resourcesOfType("aws_codedeploy_deployment_group")) {
      if (group.mode !== "managed" || !isForEcs(group)) continue;
      const { references } = group.referencesTo(SERVICE_TYPES, "ecs_service", 0, "service_name");
      for (const { resource } of references) deployed.add(resource);
      yield* checkGroup(context, group);
    }
    for (const { resource: service, bindings } of context.network.workloads) {
      if (service?.value("deployment_controller", 0, "type") !== "CODE_DEPLOY") continue;
      if (bindings.length === 0 && !isUnknown(service.value("load_balancer")))
        yield fail(service.address, "SVC-15", "it has no load balancer, which CodeDeploy needs", {
          fix: "Add a load_balancer block with the target group of an application or network load balancer",
        });
      if (!deployed.has(service))
        // The first tasks of the service start without CodeDeploy.
        yield unknownOutcome(
          service.address,
          "the plan contains no deployment group of CodeDeploy for the service",
          "SVC-15",
          "warning",
        );
    }
  },
};

/** True for a deployment group with an ECS service, or of an application for ECS. */
function isForEcs(group: Resource): boolean {
  const application = applicationOf(group);
  return group.isSet("ecs_service") || application?.value("compute_platform") === "ECS";
}

function applicationOf(group: Resource): Resource | undefined {
  const [reference, ...others] = group.referencesTo(["aws_codedeploy_app"], "app_name").references;
  return others.length === 0 ? reference?.resource : undefined;
}

function* checkGroup(context: CheckContext, group: Resource): Outcomes {
  let answered = false;
  for (const outcomes of [
    checkSettings(group),
    checkTargetGroups(context, group),
    checkRole(context, group),
  ])
    for (const outcome of outcomes) {
      answered = true;
      yield outcome;
    }
  if (!answered) yield pass(group.address);
}

/** The settings that CreateDeploymentGroup requires of a group for Amazon ECS. */
function* checkSettings(group: Resource): Outcomes {
  const { address } = group;
  const application = applicationOf(group);
  const platform = application?.text("compute_platform") ?? "Server";
  if (!application)
    yield unknownOutcome(
      address,
      "the application of the deployment group is not in this plan",
      "SVC-15",
      "warning",
    );
  else if (isUnknown(platform)) yield unknownOutcome(address, platform, "SVC-15");
  else if (platform !== "ECS")
    yield fail(
      address,
      "SVC-15",
      `the compute platform of its application is ${platform}, but it has an ECS service`,
      { fix: 'Set compute_platform = "ECS" on the application' },
    );
  const style = group.text("deployment_style", 0, "deployment_type");
  const option = group.text("deployment_style", 0, "deployment_option");
  const unknownStyle = [style, option].find(isUnknown);
  if (unknownStyle) yield unknownOutcome(address, unknownStyle, "SVC-15");
  else if (style !== "BLUE_GREEN" || option !== "WITH_TRAFFIC_CONTROL")
    yield fail(address, "SVC-15", "its deployment style is not BLUE_GREEN with traffic control", {
      fix: 'Set deployment_type = "BLUE_GREEN" and deployment_option = "WITH_TRAFFIC_CONTROL"',
    });
  if (!group.isSet("blue_green_deployment_config"))
    yield fail(address, "SVC-15", "it has no blue_green_deployment_config", {
      fix: "Add a blue_green_deployment_config block",
    });
  const services = group.referencesTo(SERVICE_TYPES, "ecs_service", 0, "service_name").references;
  const [service, ...others] = services;
  if (!service || others.length > 0) {
    yield unknownOutcome(
      address,
      "the service of the deployment group is not in this plan",
      "SVC-15",
      "warning",
    );
    return;
  }
  const controller = service.resource.text("deployment_controller", 0, "type") ?? "ECS";
  if (isUnknown(controller)) yield unknownOutcome(address, controller, "SVC-15");
  else if (controller !== "CODE_DEPLOY")
    yield fail(
      address,
      "SVC-15",
      `the deployment controller of ${service.resource.address} is ${controller}`,
      { fix: 'Set deployment_controller { type = "CODE_DEPLOY" } on the service' },
    );
}

/** The pair of target groups, that of the service, and the production listener. */
function* checkTargetGroups({ network }: CheckContext, group: Resource): Outcomes {
  const { address } = group;
  const paths = group.blockPaths(...PAIR, "target_group");
  if (isUnknown(paths)) {
    yield unknownOutcome(address, paths, "SVC-15");
    return;
  }
  if (paths.length !== 2) {
    yield fail(address, "SVC-15", `it has ${paths.length} target groups instead of two`, {
      fix: "Add one target_group block for the tasks that serve requests and one for their replacements",
    });
    return;
  }
  const resolved = paths.map((path) => group.referencesTo(TARGET_GROUP_TYPES, ...path, "name"));
  const pair = resolved.map(({ references: [reference, ...others] }) =>
    others.length === 0 ? reference?.resource : undefined,
  );
  const [blue, green] = pair;
  if (!blue || !green) {
    yield unknownOutcome(
      address,
      resolved.flatMap(({ unknown }) => unknown)[0] ??
        "a target group of the pair is not in this plan",
      "SVC-15",
    );
    return;
  }
  if (blue === green)
    yield fail(address, "SVC-15", `both target groups are ${blue.address}`, {
      fix: "Use two target groups",
    });
  const [service] = group.referencesTo(SERVICE_TYPES, "ecs_service", 0, "service_name").references;
  const workload = network.workloads.find(({ resource }) => resource === service?.resource);
  const bindings = workload?.bindings ?? [];
  const isKnown = bindings.every(
    ({ externalIds, unknown, targetGroups }) =>
      externalIds.length === 0 && unknown.length === 0 && targetGroups.length === 1,
  );
  const isUsed = bindings
    .flatMap(({ targetGroups }) => targetGroups)
    .some((target) => target === blue || target === green);
  if (workload && !isKnown)
    yield unknownOutcome(address, `the target group of ${workload.name} is unknown`, "SVC-15");
  // A service without a load balancer is reported itself.
  else if (workload && bindings.length > 0 && !isUsed)
    yield fail(
      address,
      "SVC-15",
      `${workload.name} uses neither ${blue.address} nor ${green.address}`,
      {
        fix: "Use one of the two target groups in the load_balancer block of the service",
      },
    );
  yield* checkListener(network, group, [blue, green]);
}

/** The production listener, of which there is one. Source: AWS CodeDeploy API Reference, TrafficRoute. */
function* checkListener(
  network: PlanNetwork,
  group: Resource,
  pair: readonly Resource[],
): Outcomes {
  const { address } = group;
  const route: AttributePath = [...PAIR, "prod_traffic_route", 0, "listener_arns"];
  const { references, unknown } = group.referencesTo(LISTENER_TYPES, ...route);
  const [reference, ...others] = references;
  const listener = network.loadBalancers
    .flatMap(({ listeners }) => listeners)
    .find(({ resource }) => resource === reference?.resource);
  if (!listener || others.length > 0 || unknown.length > 0) {
    const missing = unknown[0] ?? "the production listener is not in this plan";
    yield unknownOutcome(address, missing, "SVC-15", "warning");
    return;
  }
  const targets = listener.actions.map(({ targetGroups }) => targetGroups);
  if (targets.some((target) => target.references.some(({ resource }) => pair.includes(resource))))
    return;
  const unknownTarget = targets.flatMap(({ externalIds, unknown: values }) => [
    ...values,
    ...externalIds.map((arn) => `this plan does not contain ${arn}`),
  ])[0];
  yield unknownTarget
    ? unknownOutcome(address, unknownTarget, "SVC-15")
    : fail(
        address,
        "SVC-15",
        `its production listener ${listener.resource.address} forwards requests to neither ${pair.map((target) => target.address).join(" nor ")}`,
        { fix: "Use the listener that forwards requests to the target group of the service" },
      );
}

/** Whether the role allows the calls of a deployment. The trust policy is the subject of task-role-trust-policy. */
function* checkRole(context: CheckContext, group: Resource): Outcomes {
  const { address } = group;
  const role = roleAt(context, group, "service_role_arn");
  if (role.kind === "external") yield unknownOutcome(address, role.unknown, "IAM-19", "warning");
  if (role.kind !== "managed") return;
  const permissions = DEPLOYMENT_ACTIONS.map((action) => ({
    action,
    permission: evaluatePermission({
      action,
      // The calls are for services, task sets and listeners, whose ARNs AWS assigns.
      resource: placeholderArn(group, context.accountAndRegion),
      account: context.accountAndRegion.account,
      policies: { identity: role.policies },
    }),
  }));
  for (const { action, permission } of permissions)
    if (permission.answer === "fail") {
      yield fail(
        address,
        "IAM-19",
        `${role.resource.address} does not allow ${action}, which a deployment needs: ${permission.reason}`,
        // The first tasks of the service start without CodeDeploy.
        { severity: "warning" },
      );
      return;
    }
  for (const { permission } of permissions)
    if (permission.answer === "unknown") {
      yield unknownOutcome(address, permission.reason, "IAM-19", "warning");
      return;
    }
}
