/** One of the eight steps, or what stands around them. */
export interface CreationStep {
  readonly number: number;
  readonly title: string;
  /** The part of the config that decides it. */
  readonly configPath: string;
}

/** Construct ids of the steps as they begin a resource's name in its address, in the order of creation. */
const STEPS: readonly (readonly [id: string, title: string, configPath: string])[] = [
  ["key", "key", "key"],
  ["logs", "logs", "logs"],
  ["network", "network", "network, zones, egress"],
  ["security_groups", "security groups", "loadBalancer.allowFrom, tasks"],
  ["endpoints", "endpoints", "egress, tasks.uses"],
  ["repository", "repository", "repository"],
  ["cluster", "cluster", "cluster"],
  ["load_balancer", "load balancer", "loadBalancer"],
  ["published", "published outputs", "publish"],
  ["account", "account", "account"],
];

/** The titles of all steps, in order. */
export const stepTitles: readonly string[] = STEPS.map(([, title]) => title);

/** The step that makes a resource of FoundationStack, by the resource's address. */
export function stepOf(address: string): CreationStep | undefined {
  const name = address.replace(/^data\./, "").split(".")[1] ?? "";
  const index = STEPS.findIndex(([id]) => name === id || name.startsWith(`${id}_`));
  const step = STEPS[index];
  return step && { number: index + 1, title: step[1], configPath: step[2] };
}
