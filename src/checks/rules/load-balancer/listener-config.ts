import { isUnknown } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

const CERTIFICATES = [
  "aws_acm_certificate",
  "aws_acm_certificate_validation",
  "aws_iam_server_certificate",
];

export const listenerConfigCheck: Check = {
  id: "listener-config",
  question: "traffic",
  title: "listeners have a port of their own, a certificate that is issued, and lead somewhere",
  severity: "error",
  ids: ["ALB-14", "ALB-15", "ALB-16", "ALB-17", "ALB-20", "RACE-09"],
  explanation:
    "A listener for HTTPS takes an issued certificate: name aws_acm_certificate_validation, which waits for it. Two listeners cannot share a port, and a redirect needs a listener at its end.",
  sources: ["Elastic Load Balancing, “Listeners for your Application Load Balancers”"],
  *run({ network, plan }) {
    for (const { resource: balancer, listeners } of network.loadBalancers) {
      const ports = new Set<number>();
      for (const { resource, port, protocol, actions } of listeners) {
        const { address } = resource;
        if (isUnknown(port)) yield unknownOutcome(address, port, "ALB-17");
        else if (ports.has(port))
          yield fail(
            address,
            "ALB-17",
            `another listener of ${balancer.address} has port ${port}`,
            {
              error: `DuplicateListener: A listener already exists on this port for this load balancer '${balancer.address}'`,
            },
          );
        else ports.add(port);
        if (isUnknown(protocol)) yield unknownOutcome(address, protocol, "ALB-14");
        if (protocol === "HTTPS" || protocol === "TLS") {
          const { references, unknown } = resource.referencesTo(CERTIFICATES, "certificate_arn");
          const [hit] = references;
          if (!resource.isSet("certificate_arn"))
            yield fail(address, "ALB-14", `it is for ${protocol} and has no certificate`, {
              error: "ValidationError: A certificate must be specified for HTTPS listeners",
            });
          else if (
            hit?.resource.type === "aws_acm_certificate" &&
            hit.resource.mode === "managed" &&
            hit.resource.isSet("validation_method")
          ) {
            const validated = plan
              .resourcesOfType("aws_acm_certificate_validation")
              .find((acmCertificateValidation) =>
                acmCertificateValidation
                  .referencesTo(["aws_acm_certificate"], "certificate_arn")
                  .references.some((found) => found.resource === hit.resource),
              );
            if (validated && resource.dependsOn(validated)) yield pass(address);
            else if (plan.shown.kind === "state" && hit.resource.value("status") === "ISSUED")
              yield pass(address);
            else
              yield fail(
                address,
                validated ? "RACE-09" : "ALB-15",
                validated
                  ? `it does not wait for ${validated.address}`
                  : `nothing waits for ${hit.resource.address} to be issued`,
                {
                  error: `UnsupportedCertificate: The certificate '${hit.resource.address}' must have a fully-qualified domain name, a supported signature, and a supported key size.`,
                  ...(plan.shown.kind === "state" || hit.resource.actions.includes("no-op")
                    ? { severity: "warning" as const }
                    : {}),
                },
              );
          } else if (unknown[0]) yield unknownOutcome(address, unknown[0], "ALB-15");
          else yield pass(address);
        }
        const said = resource.value("default_action");
        if (isUnknown(said)) yield unknownOutcome(address, said, "ALB-16");
        const target = actions.find(
          (action) => action.redirectsTo !== undefined && action.redirectsTo !== "same",
        )?.redirectsTo;
        const all443 = listeners.map((listener) => listener.port);
        if (typeof target === "number" && !all443.includes(target)) {
          const open = all443.find(isUnknown);
          yield open
            ? unknownOutcome(address, open, "ALB-16")
            : fail(
                address,
                "ALB-16",
                `it redirects to port ${target}, and ${balancer.address} has no listener there`,
                { error: "clients time out" },
              );
        }
      }
    }
    for (const { name, bindings } of network.workloads) {
      for (const group of bindings.flatMap((binding) => binding.groups)) {
        for (const { listeners, resource: balancer } of network.loadBalancers) {
          const own = listeners.filter((listener) =>
            listener.actions.some((action) =>
              action.groups.references.some((hit) => hit.resource === group),
            ),
          );
          const byDefault = own.some((listener) =>
            listener.actions.some(
              (action) =>
                action.from === listener.resource &&
                action.groups.references.some((hit) => hit.resource === group),
            ),
          );
          if (
            own.length > 0 &&
            !byDefault &&
            !own.some((listener) =>
              listener.actions.some(
                (action) => action.from !== listener.resource && !isUnknown(action.type),
              ),
            )
          )
            yield unknownOutcome(name, `the rules of ${balancer.address} are not known`, "ALB-20");
        }
      }
    }
  },
};
