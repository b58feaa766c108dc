import { isUnknown } from "../../plan/index.ts";
import { sendersTo, type Workload } from "../../topology/index.ts";
import type { CheckContext } from "../engine/check.ts";
import { oncePerSubject, type PerWorkload } from "./once-per-subject.ts";
import { roleAt } from "./task-roles.ts";

/** Addresses of the resources that a workload uses, such as its subnets, roles and load balancers. */
export const relatedAddresses: PerWorkload<ReadonlySet<string>> = oncePerSubject(findAddresses);

function findAddresses(
  context: CheckContext,
  { name, definition, bindings, subnets }: Workload,
): ReadonlySet<string> {
  const addresses = new Set([name, ...subnets.items.map((subnet) => subnet.key)]);
  for (const group of bindings.flatMap((binding) => binding.targetGroups)) {
    addresses.add(group.address);
    for (const { loadBalancer: balancer, listener } of sendersTo(
      context.network.loadBalancers,
      group,
    )) {
      addresses.add(balancer.resource.address);
      addresses.add(listener.resource.address);
    }
  }
  if (definition === undefined || isUnknown(definition)) return addresses;
  for (const { image, log, secrets } of definition.containers) {
    if (image.repository) addresses.add(image.repository.address);
    if (log?.group !== undefined && typeof log.group === "object" && !isUnknown(log.group))
      addresses.add(log.group.address);
    for (const { resource } of secrets) if (resource) addresses.add(resource.address);
  }
  if (!definition.resource) return addresses;
  addresses.add(definition.resource.address);
  for (const attribute of ["execution_role_arn", "task_role_arn"]) {
    const role = roleAt(context, definition.resource, attribute);
    if (role.kind === "managed") addresses.add(role.resource.address);
  }
  return addresses;
}
