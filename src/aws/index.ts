export { formatArn, parseArn } from "./arn.ts";
export { awslogsOptions, execFolders, portMappingName } from "./ecs.ts";
export { isEcrRegistry, isPublishedByAws, parseEcrImage } from "./ecr-images.ts";
export { type EndpointService, endpointServices } from "./endpoint-services.ts";
export {
  cpuUnits,
  fargatePlatformVersions,
  fargateSizes,
  fargateTimeouts,
  memoryMib,
  zonesWithoutFargate,
} from "./fargate.ts";
export { type ImageStatus, type ImageStatuses, imagePattern, imageStatusOf } from "./images.ts";
export {
  type NamedResource,
  nameProblem,
  retentionDays,
  securityGroupDescription,
  tagLimits,
} from "./limits.ts";
export { accessLogWriters, healthCheckCodes, invalidHealthCheckCode } from "./load-balancing.ts";
export { awsManagedPolicies, awsManagedPolicy } from "./managed-policies.ts";
export { recordValueProblem } from "./record-values.ts";
export {
  type Region,
  ZONE_SLOTS,
  dnsSuffix,
  isRegion,
  partitionOf,
  regionAt,
  regionNames,
  zoneSlot,
  zonesOf,
} from "./regions.ts";
