import type { Action } from "../../terraform/index.ts";

const ACTION_TEXTS: Readonly<
  Record<Action, readonly [inProgress: string, done: string, name: string]>
> = {
  create: ["creating", "created", "create"],
  read: ["reading", "read", "read"],
  update: ["changing", "changed", "change"],
  replace: ["replacing", "replaced", "replace"],
  delete: ["destroying", "destroyed", "destroy"],
  move: ["moving", "moved", "move"],
  import: ["importing", "imported", "import"],
  forget: ["forgetting", "forgot", "forget"],
};

export const actionInProgress = (action: Action): string => ACTION_TEXTS[action][0];
export const actionDone = (action: Action): string => ACTION_TEXTS[action][1];
export const actionName = (action: Action): string => ACTION_TEXTS[action][2];

/**
 * Fixed waits of Terraform's AWS provider, which do not depend on AWS. They cannot be configured. Source: source code of the
 * provider 5.100.0.
 */
const FIXED_WAITS: Readonly<Record<string, string>> = {
  "create aws_lb": "the provider waits 60 s for a new load balancer",
  "update aws_lb": "the provider waits 30 s for a changed load balancer",
  "create aws_vpc": "the provider waits 10 s for DNS hostnames",
  "create aws_ecs_cluster": "the provider waits 10 s",
  "create aws_ecs_cluster_capacity_providers": "the provider waits 10 s",
  "delete aws_ecs_cluster_capacity_providers": "the provider waits 10 s",
  "delete aws_nat_gateway": "the provider waits 10 s",
};

/** The resource type in an address, which may be in a module. */
const typeOf = (address: string): string =>
  address
    .replaceAll(/\[[^\]]*\]/g, "")
    .split(".")
    .at(-2) ?? "";

/** The provider's fixed wait for an action, as text; undefined if it has none. */
export const fixedWait = (action: Action, address: string): string | undefined =>
  FIXED_WAITS[`${action} ${typeOf(address)}`];
