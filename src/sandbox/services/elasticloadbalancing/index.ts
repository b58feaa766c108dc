import type { Service } from "../../core/service.ts";
import { certificateOperations } from "./certificates.ts";
import { listenerOperations } from "./listeners.ts";
import { loadBalancerOperations } from "./load-balancers.ts";
import { ruleOperations } from "./rules.ts";
import { targetGroupOperations } from "./target-groups.ts";
import { targetOperations } from "./targets.ts";
import { elbListeners } from "./local-ports.ts";
import { elbPermissions, elbResources } from "./permissions.ts";
import { elbTagRules } from "./tag-rules.ts";

export const service: Service = {
  name: "elasticloadbalancing",
  tagRules: elbTagRules,
  permissions: elbPermissions,
  resources: elbResources,
  listeners: elbListeners,
  unsupportedMembers: {
    // Addresses of network load balancers.
    SubnetMapping: ["AllocationId", "IPv6Address", "PrivateIPv4Address", "SourceNatIpv6Prefix"],
    HostHeaderConditionConfig: ["RegexValues"],
    HttpHeaderConditionConfig: ["RegexValues"],
    PathPatternConditionConfig: ["RegexValues"],
    RuleCondition: ["RegexValues"],
    // Targets of the protocol QUIC.
    TargetDescription: ["QuicServerId"],
  },
  operations: {
    ...certificateOperations,
    ...listenerOperations,
    ...loadBalancerOperations,
    ...ruleOperations,
    ...targetGroupOperations,
    ...targetOperations,
  },
  waiterOperations: ["DescribeTargetHealth"],
};
