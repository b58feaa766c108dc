import type { Check } from "./check.ts";
import { codedeployDeploymentGroupCheck } from "../rules/ecs-service/codedeploy-deployment-group.ts";
import { ecsExecTaskRoleCheck } from "../rules/ecs-service/ecs-exec-task-role.ts";
import { ecsServiceCapacityCheck } from "../rules/ecs-service/ecs-service-capacity.ts";
import { ecsServiceDeploymentCheck } from "../rules/ecs-service/ecs-service-deployment.ts";
import { ecsServiceDiscoveryCheck } from "../rules/ecs-service/ecs-service-discovery.ts";
import { ecsServiceNetworkingCheck } from "../rules/ecs-service/ecs-service-networking.ts";
import { healthCheckGracePeriodCheck } from "../rules/ecs-service/health-check-grace-period.ts";
import { serviceTargetContainerCheck } from "../rules/ecs-service/service-target-container.ts";
import { unreadAttributesCheck } from "../rules/coverage/unread-attributes.ts";
import { executionRoleEcrPermissionsCheck } from "../rules/iam/execution-role-ecr-permissions.ts";
import { executionRoleLogsPermissionsCheck } from "../rules/iam/execution-role-logs-permissions.ts";
import { executionRoleRequiredCheck } from "../rules/iam/execution-role-required.ts";
import { executionRoleSecretsPermissionsCheck } from "../rules/iam/execution-role-secrets-permissions.ts";
import { kmsKeyPolicyCheck } from "../rules/iam/kms-key-policy.ts";
import { policyDocumentCheck } from "../rules/iam/policy-document.ts";
import { scheduleRolePermissionsCheck } from "../rules/iam/schedule-role-permissions.ts";
import { taskRoleTrustPolicyCheck } from "../rules/iam/task-role-trust-policy.ts";
import { crossAccountEcrPolicyCheck } from "../rules/image/cross-account-ecr-policy.ts";
import { imageAvailabilityCheck } from "../rules/image/image-availability.ts";
import { imagePlatformCheck } from "../rules/image/image-platform.ts";
import { destroyBlockersCheck } from "../rules/lifecycle/destroy-blockers.ts";
import { firstApplyOrderingCheck } from "../rules/lifecycle/first-apply-ordering.ts";
import { serviceQuotasCheck } from "../rules/lifecycle/service-quotas.ts";
import { accessLogBucketPolicyCheck } from "../rules/load-balancer/access-log-bucket-policy.ts";
import { internalListenerIngressCheck } from "../rules/load-balancer/internal-listener-ingress.ts";
import { listenerConfigCheck } from "../rules/load-balancer/listener-config.ts";
import { loadBalancerSubnetsCheck } from "../rules/load-balancer/load-balancer-subnets.ts";
import { loadBalancerToTaskCheck } from "../rules/load-balancer/load-balancer-to-task.ts";
import { publicListenerReachabilityCheck } from "../rules/load-balancer/public-listener-reachability.ts";
import { targetGroupConfigCheck } from "../rules/load-balancer/target-group-config.ts";
import { availabilityZonesCheck } from "../rules/network/availability-zones.ts";
import { internetGatewayOrderingCheck } from "../rules/network/internet-gateway-ordering.ts";
import { mixedSecurityGroupRulesCheck } from "../rules/network/mixed-security-group-rules.ts";
import { privateZoneNamesCheck } from "../rules/network/private-zone-names.ts";
import { recordValuesCheck } from "../rules/network/record-values.ts";
import { routeTablesCheck } from "../rules/network/route-tables.ts";
import { securityGroupDescriptionsCheck } from "../rules/network/security-group-descriptions.ts";
import { subnetCidrsCheck } from "../rules/network/subnet-cidrs.ts";
import { vpcEndpointConfigCheck } from "../rules/network/vpc-endpoint-config.ts";
import { noInternetEgressCheck } from "../rules/reachability/no-internet-egress.ts";
import { noPublicTaskIngressCheck } from "../rules/reachability/no-public-task-ingress.ts";
import { reachCloudwatchLogsCheck } from "../rules/reachability/reach-cloudwatch-logs.ts";
import { reachEcrApiCheck } from "../rules/reachability/reach-ecr-api.ts";
import { reachEcrLayersCheck } from "../rules/reachability/reach-ecr-layers.ts";
import { reachImageRegistryCheck } from "../rules/reachability/reach-image-registry.ts";
import { reachParameterStoreCheck } from "../rules/reachability/reach-parameter-store.ts";
import { reachSecretsManagerCheck } from "../rules/reachability/reach-secrets-manager.ts";
import { reachSsmmessagesCheck } from "../rules/reachability/reach-ssmmessages.ts";
import { containerDefinitionKeysCheck } from "../rules/task-definition/container-definition-keys.ts";
import { containerReferencesCheck } from "../rules/task-definition/container-references.ts";
import { containerRulesCheck } from "../rules/task-definition/container-rules.ts";
import { efsAccessCheck } from "../rules/task-definition/efs-access.ts";
import { envFilePermissionsCheck } from "../rules/task-definition/env-file-permissions.ts";
import { fargateCompatibilityCheck } from "../rules/task-definition/fargate-compatibility.ts";
import { fargateTaskSizeCheck } from "../rules/task-definition/fargate-task-size.ts";
import { logConfigurationCheck } from "../rules/task-definition/log-configuration.ts";
import { secretExistsCheck } from "../rules/task-definition/secret-exists.ts";

/** Every check, sorted by id. */
export const checks: readonly Check[] = [
  accessLogBucketPolicyCheck,
  availabilityZonesCheck,
  codedeployDeploymentGroupCheck,
  containerDefinitionKeysCheck,
  containerReferencesCheck,
  containerRulesCheck,
  crossAccountEcrPolicyCheck,
  destroyBlockersCheck,
  ecsExecTaskRoleCheck,
  ecsServiceCapacityCheck,
  ecsServiceDeploymentCheck,
  ecsServiceDiscoveryCheck,
  ecsServiceNetworkingCheck,
  efsAccessCheck,
  envFilePermissionsCheck,
  executionRoleEcrPermissionsCheck,
  executionRoleLogsPermissionsCheck,
  executionRoleRequiredCheck,
  executionRoleSecretsPermissionsCheck,
  fargateCompatibilityCheck,
  fargateTaskSizeCheck,
  firstApplyOrderingCheck,
  healthCheckGracePeriodCheck,
  imageAvailabilityCheck,
  imagePlatformCheck,
  internalListenerIngressCheck,
  internetGatewayOrderingCheck,
  kmsKeyPolicyCheck,
  listenerConfigCheck,
  loadBalancerSubnetsCheck,
  loadBalancerToTaskCheck,
  logConfigurationCheck,
  mixedSecurityGroupRulesCheck,
  noInternetEgressCheck,
  noPublicTaskIngressCheck,
  policyDocumentCheck,
  privateZoneNamesCheck,
  publicListenerReachabilityCheck,
  reachCloudwatchLogsCheck,
  reachEcrApiCheck,
  reachEcrLayersCheck,
  reachImageRegistryCheck,
  reachParameterStoreCheck,
  reachSecretsManagerCheck,
  reachSsmmessagesCheck,
  recordValuesCheck,
  routeTablesCheck,
  scheduleRolePermissionsCheck,
  secretExistsCheck,
  securityGroupDescriptionsCheck,
  serviceQuotasCheck,
  serviceTargetContainerCheck,
  subnetCidrsCheck,
  targetGroupConfigCheck,
  taskRoleTrustPolicyCheck,
  unreadAttributesCheck,
  vpcEndpointConfigCheck,
];
