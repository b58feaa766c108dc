import type { Action } from "../../terraform/events.ts";

const WORDS: Readonly<Record<Action, readonly [now: string, done: string, bare: string]>> = {
  create: ["creating", "created", "create"],
  read: ["reading", "read", "read"],
  update: ["changing", "changed", "change"],
  replace: ["replacing", "replaced", "replace"],
  delete: ["destroying", "destroyed", "destroy"],
  move: ["moving", "moved", "move"],
  import: ["importing", "imported", "import"],
  forget: ["forgetting", "forgot", "forget"],
};

export const doing = (action: Action): string => WORDS[action][0];
export const done = (action: Action): string => WORDS[action][1];
export const bare = (action: Action): string => WORDS[action][2];

/**
 * Why some resources take long whatever the cloud says: seconds that Terraform's AWS provider sleeps. Source: its
 * source code at 5.100.0; the waits cannot be configured.
 */
const WAITS: Readonly<Record<string, string>> = {
  "create aws_lb": "the provider waits 60 s for a new load balancer",
  "update aws_lb": "the provider waits 30 s for a changed load balancer",
  "create aws_vpc": "the provider waits 10 s for DNS hostnames",
  "create aws_ecs_cluster": "the provider waits 10 s",
  "create aws_ecs_cluster_capacity_providers": "the provider waits 10 s",
  "delete aws_ecs_cluster_capacity_providers": "the provider waits 10 s",
  "delete aws_nat_gateway": "the provider waits 10 s",
};

/** The type of the resource at an address, in whichever module it is. */
const typeOf = (address: string): string =>
  address
    .replaceAll(/\[[^\]]*\]/g, "")
    .split(".")
    .at(-2) ?? "";

export const waitOf = (action: Action, address: string): string | undefined =>
  WAITS[`${action} ${typeOf(address)}`];

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)}s`;
  return `${Math.floor(seconds / 60)}m${String(Math.round(seconds % 60)).padStart(2, "0")}s`;
}
