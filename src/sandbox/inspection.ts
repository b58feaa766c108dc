/**
 * Internals of the sandbox for the rehearsal and for src/sandbox-seed: tables, network traces and dry runs. Programs that use
 * Berth must use index.ts.
 *
 * @module
 */
export { permissionsFor } from "./authorization/required-permissions.ts";
export { Context } from "./core/operation.ts";
export { seeded } from "./fault-injection.ts";
export { traceToHost } from "./services/ec2/network/dns.ts";
export { blocksOf } from "./services/ec2/network/rules.ts";
export { type Hop, type StoppedHop, type Trace, hopToJson } from "./services/ec2/network/trace.ts";
export { AwsError } from "./protocol/errors.ts";
export { certificates } from "./services/acm/tables.ts";
export { createNetworkInterface } from "./services/ec2/network-interfaces.ts";
export {
  type NetworkInterface,
  type Route,
  type SecurityGroupRule,
  type Subnet,
  type VpcEndpoint,
  managedPrefixLists,
  networkInterfaces,
  securityGroupRules,
  securityGroups,
  subnets,
  vpcEndpoints,
  vpcs,
} from "./services/ec2/tables.ts";
export { repositories } from "./services/ecr/tables.ts";
export type { PlacementCause } from "./services/ecs/placement.ts";
export { type DryRunStart, tryStartInSubnet } from "./services/ecs/startup/dry-run-start.ts";
export type { Failure } from "./services/ecs/startup/start-failure.ts";
export { startTask } from "./services/ecs/startup/start-task.ts";
export {
  type Definition,
  type Deployment,
  type EcsService,
  type Task,
  clusters,
  findDefinition,
  services,
  tasks,
  tasksOf,
} from "./services/ecs/tables.ts";
export { nodesOf } from "./services/elasticloadbalancing/health.ts";
export { rulesOf } from "./services/elasticloadbalancing/rules.ts";
export {
  type Listener,
  type LoadBalancer,
  listeners,
  loadBalancers,
} from "./services/elasticloadbalancing/tables.ts";
export { type HttpAnswer, sendRequest } from "./services/elasticloadbalancing/traffic.ts";
export {
  type ScheduledStart,
  type TargetRejection,
  startScheduledTask,
} from "./services/events/firing.ts";
export { type EventRule, eventRules } from "./services/events/tables.ts";
export { roles } from "./services/iam/tables.ts";
export { keys } from "./services/kms/keys.ts";
export { buckets } from "./services/s3/buckets.ts";
