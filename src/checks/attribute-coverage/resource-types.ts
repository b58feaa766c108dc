import type { CoverageTable } from "./coverage.ts";

/**
 * Types of resources that can affect tasks or their traffic, and of which the checks read nothing: a resource of such a type
 * makes answers unknown.
 */
export const unreadTypes: CoverageTable = {
  aws_ecs_daemon: { scope: "account", question: "start", unread: "*" },
  aws_ecs_express_gateway_service: { scope: "account", question: "start", unread: "*" },
  aws_ecr_repository_creation_template: { scope: "pull-through", question: "pull", unread: "*" },
  aws_iam_role_policies_exclusive: { scope: "role", question: "start", unread: "*" },
  aws_iam_role_policy_attachments_exclusive: { scope: "role", question: "start", unread: "*" },
  aws_networkfirewall_firewall: { scope: "vpc", question: "start", unread: "*" },
  aws_networkfirewall_vpc_endpoint_association: { scope: "vpc", question: "start", unread: "*" },
  aws_route53_resolver_firewall_rule_group_association: {
    scope: "vpc",
    question: "start",
    unread: "*",
  },
  aws_route53_resolver_rule_association: { scope: "vpc", question: "start", unread: "*" },
  aws_route53_records_exclusive: { scope: "vpc", question: "start", unread: "*" },
  aws_route53profiles_association: { scope: "vpc", question: "start", unread: "*" },
  aws_vpc_block_public_access_options: { scope: "account", question: "start", unread: "*" },
  aws_vpc_encryption_control: { scope: "vpc", question: "start", unread: "*" },
  aws_vpc_endpoint_private_dns: { scope: "vpc", question: "start", unread: "*" },
  aws_vpc_route_server_propagation: { scope: "vpc", question: "start", unread: "*" },
  aws_vpc_security_group_rules_exclusive: { scope: "vpc", question: "start", unread: "*" },
  aws_vpc_security_group_vpc_association: { scope: "vpc", question: "start", unread: "*" },
  aws_vpn_gateway_route_propagation: { scope: "vpc", question: "isolation", unread: "*" },
};

/** Types of resources beside tasks that cannot change an answer, by reason. An asterisk matches any characters. */
export const irrelevantTypes: Readonly<Record<string, readonly string[]>> = {
  "It changes the number of tasks later.": [
    "aws_appautoscaling_policy",
    "aws_appautoscaling_scheduled_action",
  ],
  "It concerns instances. Tasks on Fargate do not use it.": [
    "aws_ecs_capacity_provider",
    "aws_network_interface_attachment",
    "aws_network_interface_permission",
    "aws_network_interface_sg_attachment",
  ],
  "It concerns short names, NetBIOS and time, which the start of a task does not use.": [
    "aws_default_vpc_dhcp_options",
  ],
  "Its settings change metrics, tags, instances and IPv6.": [
    "aws_ecs_account_setting_default",
    "aws_ecr_account_setting",
    "aws_ssm_service_setting",
  ],
  "It only tags a resource.": ["aws_ecs_tag", "aws_secretsmanager_tag"],
  "It applies after a push, or in another region.": [
    "aws_ecr_registry_scanning_configuration",
    "aws_ecr_replication_configuration",
    "aws_ecr_pull_time_update_exclusion",
    "aws_ecrpublic_*",
    "aws_efs_backup_policy",
    "aws_efs_replication_configuration",
  ],
  "It only allows more.": [
    "aws_kms_grant",
    "aws_iam_service_linked_role",
    "aws_vpc_block_public_access_exclusion",
  ],
  "A policy or role refers to it, and the checks read the reference.": [
    "aws_kms_external_key",
    "aws_kms_replica_key",
    "aws_kms_replica_external_key",
    "aws_kms_custom_key_store",
    "aws_kms_ciphertext",
  ],
  "It changes the value of a secret later.": ["aws_secretsmanager_secret_rotation"],
  "The checks read routes, and treat a network behind a route to it as unknown.": [
    "aws_egress_only_internet_gateway",
    "aws_vpc_peering_connection*",
    "aws_vpc_route_server",
    "aws_vpc_route_server_endpoint",
    "aws_vpc_route_server_peer",
    "aws_vpc_route_server_vpc_association",
    "aws_vpn_connection*",
    "aws_vpn_gateway",
    "aws_vpn_gateway_attachment",
    "aws_vpn_concentrator",
  ],
  "It assigns addresses or their names. The checks read addresses where they are used.": [
    "aws_eip_domain_name",
    "aws_nat_gateway_eip_association",
    "aws_vpc_ipam*",
    "aws_vpc_ipv6_cidr_block_association",
  ],
  "It serves other networks than that of the tasks.": [
    "aws_vpc_endpoint_connection_*",
    "aws_vpc_endpoint_service*",
    "aws_route53_vpc_association_authorization",
  ],
  "It records traffic or requests.": [
    "aws_vpc_network_performance_metric_subscription",
    "aws_route53_query_log",
    "aws_route53_resolver_query_log_config*",
    "aws_networkfirewall_logging_configuration",
  ],
  "It has an effect only through a resource that refers to it.": [
    "aws_networkfirewall_firewall_policy",
    "aws_networkfirewall_rule_group",
    "aws_networkfirewall_resource_policy",
    "aws_networkfirewall_tls_inspection_configuration",
    "aws_networkfirewall_container_association",
    "aws_networkfirewall_firewall_transit_gateway_attachment_accepter",
    "aws_lb_trust_store*",
    "aws_route53_resolver_endpoint",
    "aws_route53_resolver_firewall_config",
    "aws_route53_resolver_firewall_domain_list",
    "aws_route53_resolver_firewall_rule",
    "aws_route53_resolver_firewall_rule_group",
    "aws_route53_resolver_rule",
    "aws_route53profiles_profile",
    "aws_route53profiles_resource_association",
    "aws_route53_cidr_*",
    "aws_route53_delegation_set",
    "aws_route53_health_check",
    "aws_route53_traffic_policy*",
    "aws_ecs_daemon_task_definition",
  ],
  "It concerns public names, or whether answers are signed.": [
    "aws_route53_hosted_zone_dnssec",
    "aws_route53_key_signing_key",
    "aws_route53_resolver_config",
    "aws_route53_resolver_dnssec_config",
    "aws_route53domains_*",
    "aws_route53recovery*",
  ],
  "It concerns requests between services, about which there is no question.": [
    "aws_service_discovery_http_namespace",
    "aws_service_discovery_instance",
    "aws_service_discovery_public_dns_namespace",
  ],
  "It concerns load balancers of the previous generation, and a service that uses one makes the answer unknown.":
    ["aws_lb_cookie_stickiness_policy", "aws_lb_ssl_negotiation_policy"],
};

/** Types whose resources can affect tasks or their traffic: each needs an entry in a table. */
export const coveredFamilies: RegExp =
  /^aws_(ecs|ecr|lb|vpc|subnet|default|route|route53|security_group|network_acl|network_interface|networkfirewall|nat_gateway|internet_gateway|egress_only_internet_gateway|eip|iam_role|kms|secretsmanager|ssm_parameter|efs|main_route_table_association|service_discovery|appautoscaling|vpn_gateway)(_|$)/;
