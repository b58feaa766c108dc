/** A step in the creation of a foundation. */
export interface CreationStep {
  readonly number: number;
  readonly title: string;
  /** The options of the config that determine it. */
  readonly configPaths: readonly string[];
}

/**
 * The steps in the order of creation. The construct ID of a step is the start of a resource's name in its address, such as
 * `network` in `aws_subnet.network_private_eu_west_1a`.
 */
const STEPS: readonly (readonly [id: string, title: string, configPaths: readonly string[]])[] = [
  ["key", "key", ["key"]],
  ["logs", "logs", ["logs"]],
  ["network", "network", ["network", "zones", "egress"]],
  ["security_groups", "security groups", ["loadBalancer.allowFrom", "tasks"]],
  ["endpoints", "endpoints", ["egress", "tasks.uses"]],
  ["repository", "repository", ["repository"]],
  ["cluster", "cluster", ["cluster"]],
  ["load_balancer", "load balancer", ["loadBalancer"]],
  ["published", "published outputs", ["publish"]],
  ["account", "account", ["account"]],
];

/** The construct IDs of all steps, in order. */
export const stepIds: readonly string[] = STEPS.map(([id]) => id);

/** The step that creates a resource of FoundationStack, by the resource's address. */
export function stepOf(address: string): CreationStep | undefined {
  const name = address.replace(/^data\./, "").split(".")[1] ?? "";
  const index = STEPS.findIndex(([id]) => name === id || name.startsWith(`${id}_`));
  const step = STEPS[index];
  return step && { number: index + 1, title: step[1], configPaths: step[2] };
}
