export {
  type AccountAndRegion,
  accountAndRegionAt,
  accountAndRegionOf,
  arnInAwsError,
  arnOf,
  arnText,
  hasPlaceholder,
  knownArnOf,
  placeholderArn,
  withoutRevision,
} from "./account-and-region.ts";
export { defaultVpcOf } from "./default-vpc.ts";
export { joinedPolicy, type PolicyBounds, policyAt } from "./iam-policies.ts";
export {
  LISTENER_RULE_TYPES,
  LISTENER_TYPES,
  type Listener,
  LOAD_BALANCER_TYPES,
  type LoadBalancer,
  healthCheckPort,
  sendersTo,
  TARGET_GROUP_TYPES,
} from "./load-balancers.ts";
export {
  ANY_REGISTRY,
  type HostName,
  type NetworkInterface,
  serviceHost,
} from "./network-interfaces.ts";
export { PlanNetwork, type Resolution } from "./plan-network.ts";
export { type ZoneAssociation, zoneAssociationsOf } from "./private-zones.ts";
export { ROLE_TYPES, type RolePolicies, policiesOf } from "./role-policies.ts";
export { vpcOfDefaultGroup } from "./security-group-keys.ts";
export {
  SUBNET_TYPES,
  type Subnet,
  VPC_TYPES,
  dnsOf,
  subnetOf,
  subnetsIn,
  targetKey,
} from "./subnets.ts";
export {
  type Container,
  type LogConfiguration,
  type SecretReference,
  pullThroughRuleOf,
  TASK_DEFINITION_TYPES,
  type TaskDefinition,
  taskDefinitionOf,
} from "./task-definitions.ts";
export type { VpcEndpoint } from "./vpc-endpoints.ts";
export {
  type SchedulePaths,
  requiresFargate,
  schedulePathsOf,
  type Workload,
} from "./workloads.ts";
