import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown, type Resource } from "../../../plan/index.ts";
import {
  LISTENER_TYPES,
  LOAD_BALANCER_TYPES,
  type LoadBalancer,
  sendersTo,
} from "../../../topology/index.ts";
import {
  type Check,
  fail,
  pass,
  unknownOutcome,
  type CheckContext,
  type CheckOutcome,
} from "../../engine/check.ts";

const CERTIFICATES = [
  "aws_acm_certificate",
  "aws_acm_certificate_validation",
  "aws_iam_server_certificate",
];

export const listenerConfigCheck: Check = {
  id: "listener-config",
  question: "traffic",
  title: "Listeners have a free port, an issued certificate and a valid action",
  severity: "error",
  ids: ["ALB-14", "ALB-15", "ALB-16", "ALB-17", "ALB-20", "RACE-09"],
  explanation:
    "An HTTPS listener needs an issued certificate: aws_acm_certificate_validation waits until ACM has issued it. Two listeners cannot use one port, two rules of a listener cannot have one priority, and a redirect needs a listener on its target port.",
  sources: ["Elastic Load Balancing, “Listeners for your Application Load Balancers”"],
  *run(context) {
    yield* checkListeners(context);
    yield* checkForwarding(context);
  },
};

/** The protocols of listeners by the type of the load balancer. Source: Elastic Load Balancing API Reference, CreateListener. */
const PROTOCOLS: Readonly<Record<string, readonly string[]>> = {
  application: ["HTTP", "HTTPS"],
  network: ["TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"],
};

/** Ports, protocols, certificates and actions of listeners. */
function* checkListeners({ network, plan }: CheckContext): Iterable<CheckOutcome> {
  for (const { resource: balancer, listeners, type } of network.loadBalancers) {
    const ports = new Set<number>();
    for (const { resource, port, protocol, actions } of listeners) {
      const { address } = resource;
      const missingBalancer = `whether it belongs to ${balancer.address}`;
      if (isUnknown(port)) yield unknownOutcome(address, port, "ALB-17");
      else if (ports.has(port) && !hasOneLoadBalancer(resource))
        yield unknownOutcome(address, missingBalancer, "ALB-17");
      else if (ports.has(port))
        yield fail(address, "ALB-17", `another listener of ${balancer.address} uses port ${port}`, {
          awsError: awsErrorOf("listener-exists", { "load-balancer": balancer.address }),
        });
      else ports.add(port);
      if (isUnknown(protocol)) yield unknownOutcome(address, protocol, "ALB-14");
      const accepted = isUnknown(type) ? undefined : PROTOCOLS[type];
      if (!isUnknown(protocol) && accepted?.includes(protocol) === false)
        yield hasOneLoadBalancer(resource)
          ? {
              answer: "fail",
              address,
              message: `its protocol is ${protocol}, which the ${String(type)} load balancer ${balancer.address} does not support`,
              fix: `Use one of the protocols ${accepted.join(", ")}`,
            }
          : unknownOutcome(address, missingBalancer);
      if (protocol === "HTTPS" || protocol === "TLS") {
        const { references, unknown } = resource.referencesTo(CERTIFICATES, "certificate_arn");
        const [reference] = references;
        if (!resource.isSet("certificate_arn"))
          yield fail(address, "ALB-14", `its protocol is ${protocol}, but it has no certificate`, {
            awsError: awsErrorOf("listener-without-certificate"),
          });
        else if (
          reference?.resource.type === "aws_acm_certificate" &&
          reference.resource.mode === "managed" &&
          reference.resource.isSet("validation_method")
        ) {
          const validation = plan
            .resourcesOfType("aws_acm_certificate_validation")
            .find((candidate) =>
              candidate
                .referencesTo(["aws_acm_certificate"], "certificate_arn")
                .references.some(({ resource: certificate }) => certificate === reference.resource),
            );
          if (validation && resource.dependsOn(validation)) yield pass(address);
          else if (
            plan.planJson.kind === "state" &&
            reference.resource.value("status") === "ISSUED"
          )
            yield pass(address);
          else
            yield fail(
              address,
              validation ? "RACE-09" : "ALB-15",
              validation
                ? `it has no dependency on ${validation.address}`
                : `no aws_acm_certificate_validation waits until ACM has issued ${reference.resource.address}`,
              {
                awsError: awsErrorOf("certificate-not-usable", {
                  certificate: reference.resource.address,
                }),
                ...(plan.planJson.kind === "state" || reference.resource.actions.includes("no-op")
                  ? { severity: "warning" as const }
                  : {}),
              },
            );
        } else if (unknown[0]) yield unknownOutcome(address, unknown[0], "ALB-15");
        else yield pass(address);
      }
      yield* checkPriorities(resource, new Set(actions.map((action) => action.resource)));
      const defaultAction = resource.value("default_action");
      if (isUnknown(defaultAction)) yield unknownOutcome(address, defaultAction, "ALB-16");
      const redirectPort = actions.find(
        (action) => action.redirectsTo !== undefined && action.redirectsTo !== "same",
      )?.redirectsTo;
      const listenerPorts = listeners.map((listener) => listener.port);
      if (typeof redirectPort === "number" && !listenerPorts.includes(redirectPort)) {
        const unknownPort = listenerPorts.find(isUnknown);
        yield unknownPort
          ? unknownOutcome(address, unknownPort, "ALB-16")
          : fail(
              address,
              "ALB-16",
              `it redirects to port ${redirectPort}, but ${balancer.address} has no listener on this port`,
            );
      }
    }
  }
}

/**
 * Priorities of listener rules. Source: Elastic Load Balancing API Reference, CreateRule.
 *
 * @param rules the rules of the listener, and the listener
 */
function* checkPriorities(
  listener: Resource,
  rules: ReadonlySet<Resource>,
): Iterable<CheckOutcome> {
  const used = new Map<number, Resource>();
  for (const rule of rules) {
    const priority = rule === listener ? undefined : rule.number("priority");
    if (typeof priority !== "number") continue;
    const other = used.get(priority);
    if (other && !(hasOneListener(rule) && hasOneListener(other)))
      yield unknownOutcome(
        rule.address,
        `whether it and ${other.address}, which has the same priority, belong to the same listener`,
      );
    else if (other)
      yield {
        answer: "fail",
        address: rule.address,
        message: `${other.address} of the same listener has the priority ${priority} too`,
        fix: "Set a priority that no other rule of the listener has",
      };
    else used.set(priority, rule);
  }
}

/** True if the plan determines the listener of a rule. */
const hasOneListener = (rule: Resource): boolean =>
  rule.referencesTo(LISTENER_TYPES, "listener_arn").references.length === 1;

/** True if the plan determines the load balancer of a listener. */
const hasOneLoadBalancer = (listener: Resource): boolean =>
  listener.referencesTo(LOAD_BALANCER_TYPES, "load_balancer_arn").references.length === 1;

/** Listeners and rules that forward requests to a service. */
function* checkForwarding({ network }: CheckContext): Iterable<CheckOutcome> {
  const known = new Map(
    network.loadBalancers.map((balancer) => [balancer, knownTargets(balancer)]),
  );
  for (const { name, bindings } of network.workloads)
    for (const group of bindings.flatMap((binding) => binding.targetGroups)) {
      const balancers = sendersTo(network.loadBalancers, group).map(
        (sender) => sender.loadBalancer,
      );
      for (const balancer of new Set(balancers))
        if (known.get(balancer)?.has(group) !== true)
          yield unknownOutcome(
            name,
            `the listener rules of ${balancer.resource.address} are unknown`,
            "ALB-20",
          );
    }
}

/** Target groups of default actions, and of listener rules whose actions are known. */
const knownTargets = ({ listeners }: LoadBalancer): ReadonlySet<Resource> =>
  new Set(
    listeners.flatMap(({ resource, actions }) => {
      const hasKnownRule = actions.some(
        (action) => action.resource !== resource && !isUnknown(action.type),
      );
      return actions
        .filter((action) => action.resource === resource || hasKnownRule)
        .flatMap((action) => action.targetGroups.references.map((reference) => reference.resource));
    }),
  );
