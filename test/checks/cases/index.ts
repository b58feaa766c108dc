// Every case, by check. A file has the id of its check as its name.
import { unreadAttributesDerivedCases } from "./coverage/unread-attributes.cases.ts";
import {
  codedeployDeploymentGroupCases,
  codedeployDeploymentGroupDerivedCases,
} from "./ecs-service/codedeploy-deployment-group.cases.ts";
import {
  ecsExecTaskRoleCases,
  ecsExecTaskRoleDerivedCases,
} from "./ecs-service/ecs-exec-task-role.cases.ts";
import {
  ecsServiceCapacityCases,
  ecsServiceCapacityDerivedCases,
} from "./ecs-service/ecs-service-capacity.cases.ts";
import {
  ecsServiceDeploymentCases,
  ecsServiceDeploymentDerivedCases,
} from "./ecs-service/ecs-service-deployment.cases.ts";
import { ecsServiceDiscoveryCases } from "./ecs-service/ecs-service-discovery.cases.ts";
import { ecsServiceNetworkingCases } from "./ecs-service/ecs-service-networking.cases.ts";
import { healthCheckGracePeriodCases } from "./ecs-service/health-check-grace-period.cases.ts";
import {
  serviceTargetContainerCases,
  serviceTargetContainerDerivedCases,
} from "./ecs-service/service-target-container.cases.ts";
import {
  executionRoleEcrPermissionsCases,
  executionRoleEcrPermissionsDerivedCases,
} from "./iam/execution-role-ecr-permissions.cases.ts";
import { executionRoleLogsPermissionsCases } from "./iam/execution-role-logs-permissions.cases.ts";
import { executionRoleRequiredCases } from "./iam/execution-role-required.cases.ts";
import { executionRoleSecretsPermissionsCases } from "./iam/execution-role-secrets-permissions.cases.ts";
import { kmsKeyPolicyCases, kmsKeyPolicyDerivedCases } from "./iam/kms-key-policy.cases.ts";
import { policyDocumentCases, policyDocumentDerivedCases } from "./iam/policy-document.cases.ts";
import {
  scheduleRolePermissionsCases,
  scheduleRolePermissionsDerivedCases,
} from "./iam/schedule-role-permissions.cases.ts";
import {
  taskRoleTrustPolicyCases,
  taskRoleTrustPolicyDerivedCases,
} from "./iam/task-role-trust-policy.cases.ts";
import {
  crossAccountEcrPolicyCases,
  crossAccountEcrPolicyDerivedCases,
} from "./image/cross-account-ecr-policy.cases.ts";
import { imageAvailabilityCases } from "./image/image-availability.cases.ts";
import { imagePlatformCases } from "./image/image-platform.cases.ts";
import { destroyBlockersCases } from "./lifecycle/destroy-blockers.cases.ts";
import { firstApplyOrderingCases } from "./lifecycle/first-apply-ordering.cases.ts";
import { serviceQuotasCases } from "./lifecycle/service-quotas.cases.ts";
import {
  accessLogBucketPolicyCases,
  accessLogBucketPolicyDerivedCases,
} from "./load-balancer/access-log-bucket-policy.cases.ts";
import { internalListenerIngressCases } from "./load-balancer/internal-listener-ingress.cases.ts";
import {
  listenerConfigCases,
  listenerConfigDerivedCases,
} from "./load-balancer/listener-config.cases.ts";
import { loadBalancerSubnetsCases } from "./load-balancer/load-balancer-subnets.cases.ts";
import {
  loadBalancerToTaskCases,
  loadBalancerToTaskDerivedCases,
} from "./load-balancer/load-balancer-to-task.cases.ts";
import { publicListenerReachabilityCases } from "./load-balancer/public-listener-reachability.cases.ts";
import {
  targetGroupConfigCases,
  targetGroupConfigDerivedCases,
} from "./load-balancer/target-group-config.cases.ts";
import { availabilityZonesDerivedCases } from "./network/availability-zones.cases.ts";
import {
  internetGatewayOrderingCases,
  internetGatewayOrderingDerivedCases,
} from "./network/internet-gateway-ordering.cases.ts";
import { mixedSecurityGroupRulesCases } from "./network/mixed-security-group-rules.cases.ts";
import { privateZoneNamesDerivedCases } from "./network/private-zone-names.cases.ts";
import { recordValuesDerivedCases } from "./network/record-values.cases.ts";
import { routeTablesCases } from "./network/route-tables.cases.ts";
import { securityGroupDescriptionsDerivedCases } from "./network/security-group-descriptions.cases.ts";
import { subnetCidrsCases } from "./network/subnet-cidrs.cases.ts";
import {
  vpcEndpointConfigCases,
  vpcEndpointConfigDerivedCases,
} from "./network/vpc-endpoint-config.cases.ts";
import { commonNetworkFailuresCases } from "./reachability/common-network-failures.cases.ts";
import { noInternetEgressCases } from "./reachability/no-internet-egress.cases.ts";
import { reachCloudwatchLogsCases } from "./reachability/reach-cloudwatch-logs.cases.ts";
import { reachEcrApiCases } from "./reachability/reach-ecr-api.cases.ts";
import { reachEcrLayersCases } from "./reachability/reach-ecr-layers.cases.ts";
import { reachImageRegistryCases } from "./reachability/reach-image-registry.cases.ts";
import { reachParameterStoreCases } from "./reachability/reach-parameter-store.cases.ts";
import { reachSecretsManagerCases } from "./reachability/reach-secrets-manager.cases.ts";
import { reachSsmmessagesCases } from "./reachability/reach-ssmmessages.cases.ts";
import { containerDefinitionKeysCases } from "./task-definition/container-definition-keys.cases.ts";
import { containerReferencesCases } from "./task-definition/container-references.cases.ts";
import { containerRulesDerivedCases } from "./task-definition/container-rules.cases.ts";
import { efsAccessCases } from "./task-definition/efs-access.cases.ts";
import { envFilePermissionsCases } from "./task-definition/env-file-permissions.cases.ts";
import {
  fargateCompatibilityCases,
  fargateCompatibilityDerivedCases,
} from "./task-definition/fargate-compatibility.cases.ts";
import {
  fargateTaskSizeCases,
  fargateTaskSizeDerivedCases,
} from "./task-definition/fargate-task-size.cases.ts";
import {
  logConfigurationCases,
  logConfigurationDerivedCases,
} from "./task-definition/log-configuration.cases.ts";
import { secretExistsCases } from "./task-definition/secret-exists.cases.ts";
import { unchangedCases } from "./unchanged.cases.ts";
import type { Case, Cases, DerivedCases } from "./case-types.ts";

/** Cases by the id of their check, then by their name, which is the key of their plan in `fixtures/cases.json.br`. */
export const casesByCheck: Readonly<Record<string, Cases>> = {
  "access-log-bucket-policy": accessLogBucketPolicyCases,
  "codedeploy-deployment-group": codedeployDeploymentGroupCases,
  "common-network-failures": commonNetworkFailuresCases,
  "container-definition-keys": containerDefinitionKeysCases,
  "container-references": containerReferencesCases,
  "cross-account-ecr-policy": crossAccountEcrPolicyCases,
  "destroy-blockers": destroyBlockersCases,
  "ecs-exec-task-role": ecsExecTaskRoleCases,
  "ecs-service-capacity": ecsServiceCapacityCases,
  "ecs-service-deployment": ecsServiceDeploymentCases,
  "ecs-service-discovery": ecsServiceDiscoveryCases,
  "ecs-service-networking": ecsServiceNetworkingCases,
  "efs-access": efsAccessCases,
  "env-file-permissions": envFilePermissionsCases,
  "execution-role-ecr-permissions": executionRoleEcrPermissionsCases,
  "execution-role-logs-permissions": executionRoleLogsPermissionsCases,
  "execution-role-required": executionRoleRequiredCases,
  "execution-role-secrets-permissions": executionRoleSecretsPermissionsCases,
  "fargate-compatibility": fargateCompatibilityCases,
  "fargate-task-size": fargateTaskSizeCases,
  "first-apply-ordering": firstApplyOrderingCases,
  "health-check-grace-period": healthCheckGracePeriodCases,
  "image-availability": imageAvailabilityCases,
  "image-platform": imagePlatformCases,
  "internal-listener-ingress": internalListenerIngressCases,
  "internet-gateway-ordering": internetGatewayOrderingCases,
  "kms-key-policy": kmsKeyPolicyCases,
  "listener-config": listenerConfigCases,
  "load-balancer-subnets": loadBalancerSubnetsCases,
  "load-balancer-to-task": loadBalancerToTaskCases,
  "log-configuration": logConfigurationCases,
  "mixed-security-group-rules": mixedSecurityGroupRulesCases,
  "no-internet-egress": noInternetEgressCases,
  "policy-document": policyDocumentCases,
  "public-listener-reachability": publicListenerReachabilityCases,
  "reach-cloudwatch-logs": reachCloudwatchLogsCases,
  "reach-ecr-api": reachEcrApiCases,
  "reach-ecr-layers": reachEcrLayersCases,
  "reach-image-registry": reachImageRegistryCases,
  "reach-parameter-store": reachParameterStoreCases,
  "reach-secrets-manager": reachSecretsManagerCases,
  "reach-ssmmessages": reachSsmmessagesCases,
  "route-tables": routeTablesCases,
  "schedule-role-permissions": scheduleRolePermissionsCases,
  "secret-exists": secretExistsCases,
  "service-quotas": serviceQuotasCases,
  "service-target-container": serviceTargetContainerCases,
  "subnet-cidrs": subnetCidrsCases,
  "target-group-config": targetGroupConfigCases,
  "task-role-trust-policy": taskRoleTrustPolicyCases,
  unchanged: unchangedCases,
  "vpc-endpoint-config": vpcEndpointConfigCases,
};

/** Cases by their name. */
export const cases: Readonly<Record<string, Case>> = Object.assign(
  {},
  ...Object.values(casesByCheck),
) as Cases; // a record of cases from records of cases

/** Derived cases by their name. */
export const derivedCases: DerivedCases = {
  ...codedeployDeploymentGroupDerivedCases,
  ...logConfigurationDerivedCases,
  ...loadBalancerToTaskDerivedCases,
  ...kmsKeyPolicyDerivedCases,
  ...vpcEndpointConfigDerivedCases,
  ...taskRoleTrustPolicyDerivedCases,
  ...accessLogBucketPolicyDerivedCases,
  ...crossAccountEcrPolicyDerivedCases,
  ...listenerConfigDerivedCases,
  ...scheduleRolePermissionsDerivedCases,
  ...serviceTargetContainerDerivedCases,
  ...executionRoleEcrPermissionsDerivedCases,
  ...availabilityZonesDerivedCases,
  ...containerRulesDerivedCases,
  ...fargateTaskSizeDerivedCases,
  ...ecsExecTaskRoleDerivedCases,
  ...ecsServiceCapacityDerivedCases,
  ...ecsServiceDeploymentDerivedCases,
  ...fargateCompatibilityDerivedCases,
  ...internetGatewayOrderingDerivedCases,
  ...policyDocumentDerivedCases,
  ...privateZoneNamesDerivedCases,
  ...recordValuesDerivedCases,
  ...securityGroupDescriptionsDerivedCases,
  ...targetGroupConfigDerivedCases,
  ...unreadAttributesDerivedCases,
};
