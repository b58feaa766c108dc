import type { EndpointService } from "../../aws/index.ts";
import type { ContainerOptions, FoundationOptions, WorkloadOptions } from "../../config/index.ts";

/** What the services and jobs of a config require of their foundation. */
export interface WorkloadRequirements {
  /** AWS services that tasks call while they start or for ECS Exec. */
  readonly endpoints: readonly EndpointService[];
  /** Names of the log groups, which the key encrypts. */
  readonly logGroups: readonly string[];
  /** Ports on which the load balancer reaches tasks. */
  readonly loadBalancerPorts: readonly number[];
  /** Ports on which tasks reach each other, through Service Connect. */
  readonly taskPorts: readonly number[];
  /** Whether a service uses Service Connect, which requires a namespace. */
  readonly namespace: boolean;
}

/**
 * The requirements as texts, which the foundation publishes: the root module of a service reads them, and fails with the command
 * to run if the foundation was applied without one. Empty without services and jobs.
 */
export const requirementTexts = (requirements: WorkloadRequirements): readonly string[] => [
  ...requirements.logGroups.map((name) => `log group ${name}`),
  ...requirements.endpoints.map((service) => `endpoint ${service}`),
  ...requirements.loadBalancerPorts.map((port) => `port ${port} from the load balancer`),
  ...requirements.taskPorts.map((port) => `port ${port} between tasks`),
  ...(requirements.namespace ? ["namespace"] : []),
];

const containersOf = (workload: WorkloadOptions): readonly ContainerOptions[] => [
  workload,
  ...Object.values(workload.sidecars ?? {}),
];

const uniqueSorted = (ports: readonly number[]): number[] =>
  [...new Set(ports)].sort((a, b) => a - b);

/**
 * What the services and jobs of a config require of their foundation.
 *
 * - Secrets Manager and Parameter Store are called from the network of the task. AWS KMS is not: these services decrypt.
 * - ECS Exec needs Session Manager, and AWS KMS, because the cluster encrypts sessions with its key.
 *
 * Source: Amazon ECS Developer Guide, "Amazon ECS interface VPC endpoints (AWS PrivateLink)"; AWS Systems Manager User Guide,
 * "Improve the security of EC2 instances by using VPC endpoints for Systems Manager".
 */
export function workloadRequirements({
  name,
  services = {},
  jobs = {},
  cluster = {},
}: FoundationOptions): WorkloadRequirements {
  const workloads = [...Object.entries(services), ...Object.entries(jobs)];
  const references = workloads
    .flatMap(([, workload]) => containersOf(workload))
    .flatMap(({ secrets = {} }) => Object.values(secrets));
  const serviceList = Object.values(services);
  const usesExec = serviceList.some(({ exec = cluster.exec }) => exec === true);
  return {
    endpoints: [
      ...(references.some((reference) => "secret" in reference)
        ? (["secretsmanager"] as const)
        : []),
      ...(references.some((reference) => "parameter" in reference) ? (["ssm"] as const) : []),
      ...(usesExec ? (["kms", "ssmmessages"] as const) : []),
    ],
    logGroups: workloads.map(([workload]) => `/ecs/${name}/${workload}`),
    loadBalancerPorts: uniqueSorted(
      serviceList.flatMap(({ port, route }) =>
        port === undefined || route === undefined ? [] : [port],
      ),
    ),
    taskPorts: uniqueSorted(
      serviceList.flatMap(({ port, serviceConnect }) =>
        port !== undefined && serviceConnect === true ? [port] : [],
      ),
    ),
    namespace: serviceList.some(({ serviceConnect }) => serviceConnect === true),
  };
}
