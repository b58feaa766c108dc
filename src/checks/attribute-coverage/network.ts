import { type CoverageTable, reasons } from "./coverage.ts";

/** Networks and DNS. Source: Terraform Registry, the page of each resource. */
export const networkCoverage: CoverageTable = {
  aws_vpc: {
    scope: "vpc",
    question: "start",
    read: "cidr_block enable_dns_hostnames enable_dns_support",
    irrelevant: {
      [reasons.observation]: "enable_network_address_usage_metrics",
      [reasons.ipv6]: "ipv6_cidr_block_network_border_group ipv6_netmask_length",
      [reasons.unknownCidr]: "ipv4_ipam_pool_id ipv4_netmask_length",
    },
    unreadFor: {
      isolation: "assign_generated_ipv6_cidr_block ipv6_cidr_block ipv6_ipam_pool_id",
    },
    unreadUnless: {
      instance_tenancy: ["default"],
    },
  },
  aws_default_vpc: {
    scope: "vpc",
    question: "start",
    read: "enable_dns_hostnames enable_dns_support",
    irrelevant: {
      [reasons.observation]: "enable_network_address_usage_metrics",
      [reasons.ipv6]: "ipv6_cidr_block_network_border_group ipv6_netmask_length",
    },
    unreadFor: {
      isolation: "assign_generated_ipv6_cidr_block ipv6_cidr_block ipv6_ipam_pool_id",
    },
  },
  aws_subnet: {
    scope: "vpc",
    question: "start",
    read: "availability_zone availability_zone_id cidr_block vpc_id",
    irrelevant: {
      [reasons.fargate]: `
      customer_owned_ipv4_pool enable_lni_at_device_index
      enable_resource_name_dns_a_record_on_launch
      enable_resource_name_dns_aaaa_record_on_launch map_customer_owned_ip_on_launch
      map_public_ip_on_launch private_dns_hostname_type_on_launch`,
      [reasons.ipv6]: "assign_ipv6_address_on_creation enable_dns64 ipv6_netmask_length",
      [reasons.unknownCidr]: "ipv4_ipam_pool_id ipv4_netmask_length",
    },
    unread: "ipv6_native outpost_arn",
    unreadFor: {
      isolation: "ipv6_cidr_block ipv6_ipam_pool_id",
    },
  },
  aws_default_subnet: {
    scope: "vpc",
    question: "start",
    read: "availability_zone",
    irrelevant: {
      [reasons.fargate]: `
      customer_owned_ipv4_pool enable_resource_name_dns_a_record_on_launch
      enable_resource_name_dns_aaaa_record_on_launch map_customer_owned_ip_on_launch
      map_public_ip_on_launch private_dns_hostname_type_on_launch`,
      [reasons.ipv6]: "assign_ipv6_address_on_creation enable_dns64",
    },
    unread: "ipv6_native",
    unreadFor: {
      isolation: "ipv6_cidr_block",
    },
  },
  aws_route_table: {
    scope: "vpc",
    question: "start",
    read: `
      route.carrier_gateway_id route.cidr_block route.core_network_arn
      route.destination_prefix_list_id route.egress_only_gateway_id route.gateway_id
      route.local_gateway_id route.nat_gateway_id route.network_interface_id
      route.transit_gateway_id route.vpc_endpoint_id route.vpc_peering_connection_id vpc_id`,
    irrelevant: {
      [reasons.ipv6]: "route.ipv6_cidr_block",
    },
    unread: "propagating_vgws route.odb_network_arn",
  },
  aws_default_route_table: {
    scope: "vpc",
    question: "start",
    read: `
      default_route_table_id route.cidr_block route.core_network_arn
      route.destination_prefix_list_id route.egress_only_gateway_id route.gateway_id
      route.nat_gateway_id route.network_interface_id route.transit_gateway_id
      route.vpc_endpoint_id route.vpc_peering_connection_id`,
    irrelevant: {
      [reasons.ipv6]: "route.ipv6_cidr_block",
    },
    unread: "propagating_vgws route.instance_id",
  },
  aws_route: {
    scope: "vpc",
    question: "start",
    read: `
      carrier_gateway_id core_network_arn destination_cidr_block destination_prefix_list_id
      egress_only_gateway_id gateway_id local_gateway_id nat_gateway_id network_interface_id
      route_table_id transit_gateway_id vpc_endpoint_id vpc_peering_connection_id`,
    irrelevant: {
      [reasons.ipv6]: "destination_ipv6_cidr_block",
    },
    unread: "odb_network_arn",
  },
  aws_route_table_association: {
    scope: "vpc",
    question: "start",
    read: "route_table_id subnet_id",
    unread: "gateway_id",
  },
  aws_main_route_table_association: {
    scope: "vpc",
    question: "start",
    read: "route_table_id vpc_id",
  },
  aws_internet_gateway: {
    scope: "vpc",
    question: "start",
    read: "vpc_id",
  },
  aws_internet_gateway_attachment: {
    scope: "vpc",
    question: "start",
    read: "internet_gateway_id vpc_id",
  },
  aws_vpc_endpoint_policy: {
    scope: "vpc",
    question: "start",
    read: "policy vpc_endpoint_id",
  },
  aws_vpc_endpoint_subnet_association: {
    scope: "vpc",
    question: "start",
    read: "subnet_id vpc_endpoint_id",
  },
  aws_vpc_endpoint_route_table_association: {
    scope: "vpc",
    question: "start",
    read: "route_table_id vpc_endpoint_id",
  },
  aws_network_acl_association: {
    scope: "vpc",
    question: "start",
    read: "network_acl_id subnet_id",
  },
  aws_vpc_ipv4_cidr_block_association: {
    scope: "vpc",
    question: "start",
    read: "cidr_block vpc_id",
    irrelevant: {
      [reasons.unknownCidr]: "ipv4_ipam_pool_id ipv4_netmask_length",
    },
  },
  aws_route53_zone_association: {
    scope: "vpc",
    question: "start",
    read: "vpc_id zone_id",
    irrelevant: {
      "The checks follow the reference to the VPC.": "vpc_region",
    },
  },
  aws_vpc_dhcp_options: {
    scope: "vpc",
    question: "start",
    read: "",
    irrelevant: {
      "It concerns short names, NetBIOS and time, which the start of a task does not use.": `
      domain_name ipv6_address_preferred_lease_time netbios_name_servers netbios_node_type
      ntp_servers`,
    },
    unreadUnless: {
      domain_name_servers: [["AmazonProvidedDNS"]],
    },
  },
  aws_vpc_dhcp_options_association: {
    scope: "vpc",
    question: "start",
    read: "",
    irrelevant: {
      "It only attaches DHCP options, whose attributes decide.": "dhcp_options_id vpc_id",
    },
  },
  aws_ec2_managed_prefix_list_entry: {
    scope: "vpc",
    question: "start",
    read: "",
    irrelevant: {
      "The checks treat the entries of a prefix list as unknown.": "cidr prefix_list_id",
    },
  },
  aws_vpc_endpoint_security_group_association: {
    scope: "vpc",
    question: "start",
    read: "security_group_id vpc_endpoint_id",
    irrelevant: {
      "The endpoint then has one more security group, and more rules that allow traffic.":
        "replace_default_association",
    },
  },
  aws_security_group: {
    scope: "vpc",
    question: "start",
    read: `
      description egress.cidr_blocks egress.description egress.from_port egress.ipv6_cidr_blocks egress.prefix_list_ids
      egress.protocol egress.security_groups egress.self egress.to_port ingress.cidr_blocks
      ingress.description ingress.from_port ingress.ipv6_cidr_blocks ingress.prefix_list_ids ingress.protocol
      ingress.security_groups ingress.self ingress.to_port name vpc_id`,
    irrelevant: {
      [reasons.terraform]: "revoke_rules_on_delete",
    },
  },
  aws_default_security_group: {
    scope: "vpc",
    question: "start",
    read: `
      egress.cidr_blocks egress.description egress.from_port egress.ipv6_cidr_blocks egress.prefix_list_ids
      egress.protocol egress.security_groups egress.self egress.to_port ingress.cidr_blocks
      ingress.description ingress.from_port ingress.ipv6_cidr_blocks ingress.prefix_list_ids ingress.protocol
      ingress.security_groups ingress.self ingress.to_port vpc_id`,
    irrelevant: {
      [reasons.terraform]: "revoke_rules_on_delete",
    },
  },
  aws_security_group_rule: {
    scope: "vpc",
    question: "start",
    read: `
      cidr_blocks description from_port ipv6_cidr_blocks prefix_list_ids protocol security_group_id self
      source_security_group_id to_port type`,
  },
  aws_vpc_security_group_ingress_rule: {
    scope: "vpc",
    question: "start",
    read: `
      cidr_ipv4 cidr_ipv6 description from_port ip_protocol prefix_list_id referenced_security_group_id
      security_group_id to_port`,
  },
  aws_vpc_security_group_egress_rule: {
    scope: "vpc",
    question: "start",
    read: `
      cidr_ipv4 cidr_ipv6 description from_port ip_protocol prefix_list_id referenced_security_group_id
      security_group_id to_port`,
  },
  aws_vpc_endpoint: {
    scope: "vpc",
    question: "start",
    read: `
      dns_options.private_dns_only_for_inbound_resolver_endpoint policy private_dns_enabled route_table_ids security_group_ids service_name subnet_ids
      vpc_endpoint_type vpc_id`,
    irrelevant: {
      [reasons.terraform]: "auto_accept",
      [reasons.address]: "subnet_configuration.ipv4 subnet_configuration.ipv6",
      "It belongs to endpoints of VPC Lattice, which make the answer unknown.":
        "dns_options.private_dns_preference dns_options.private_dns_specified_domains",
    },
    unread: `
      resource_configuration_arn service_network_arn service_region
      subnet_configuration.subnet_id`,
    unreadUnless: {
      ip_address_type: ["ipv4", "dualstack"],
      "dns_options.dns_record_ip_type": ["ipv4", "dualstack", "service-defined"],
    },
  },
  aws_nat_gateway: {
    scope: "vpc",
    question: "start",
    read: "connectivity_type subnet_id",
    irrelevant: {
      [reasons.address]: `
      allocation_id availability_zone_address private_ip secondary_allocation_ids
      secondary_private_ip_address_count secondary_private_ip_addresses`,
    },
    unread: "vpc_id",
    unreadUnless: {
      availability_mode: ["zonal"],
    },
  },
  aws_eip: {
    scope: "vpc",
    question: "start",
    read: "instance network_interface",
    irrelevant: {
      [reasons.address]: `
      address associate_with_private_ip customer_owned_ipv4_pool domain ipam_pool_id
      network_border_group vpc public_ipv4_pool`,
    },
  },
  aws_eip_association: {
    scope: "vpc",
    question: "start",
    read: "instance_id network_interface_id",
    irrelevant: {
      [reasons.address]: "allocation_id private_ip_address public_ip",
      [reasons.terraform]: "allow_reassociation",
    },
  },
  aws_network_acl: {
    scope: "vpc",
    question: "start",
    read: `
      egress.action egress.cidr_block egress.from_port egress.protocol egress.rule_no
      egress.to_port ingress.action ingress.cidr_block ingress.from_port ingress.protocol
      ingress.rule_no ingress.to_port subnet_ids vpc_id`,
    irrelevant: {
      [reasons.ipv6]: "egress.ipv6_cidr_block ingress.ipv6_cidr_block",
      "Tasks connect with TCP.":
        "egress.icmp_code egress.icmp_type ingress.icmp_code ingress.icmp_type",
    },
  },
  aws_default_network_acl: {
    scope: "vpc",
    question: "start",
    read: `
      default_network_acl_id egress.action egress.cidr_block egress.from_port
      egress.protocol egress.rule_no egress.to_port ingress.action ingress.cidr_block
      ingress.from_port ingress.protocol ingress.rule_no ingress.to_port subnet_ids`,
    irrelevant: {
      [reasons.ipv6]: "egress.ipv6_cidr_block ingress.ipv6_cidr_block",
      "Tasks connect with TCP.":
        "egress.icmp_code egress.icmp_type ingress.icmp_code ingress.icmp_type",
    },
  },
  aws_network_acl_rule: {
    scope: "vpc",
    question: "start",
    read: `
      cidr_block egress from_port network_acl_id protocol rule_action rule_number to_port`,
    irrelevant: {
      [reasons.ipv6]: "ipv6_cidr_block",
      "Tasks connect with TCP.": "icmp_code icmp_type",
    },
  },
  aws_ec2_managed_prefix_list: {
    scope: "vpc",
    question: "start",
    read: "address_family max_entries name",
    irrelevant: {
      "The checks treat the entries of a prefix list as unknown.": "entry",
    },
  },
  aws_route53_zone: {
    scope: "vpc",
    question: "start",
    read: "name vpc.vpc_id",
    irrelevant: {
      [reasons.name]: "delegation_set_id enable_accelerated_recovery",
      "The checks follow the reference to the VPC.": "vpc.vpc_region",
    },
  },
  aws_route53_record: {
    scope: "vpc",
    question: "start",
    read: "alias.name name records type zone_id",
    irrelevant: {
      [reasons.terraform]: "allow_overwrite",
      [reasons.detail]: `
      alias.evaluate_target_health alias.zone_id cidr_routing_policy failover_routing_policy
      geolocation_routing_policy geoproximity_routing_policy health_check_id
      latency_routing_policy multivalue_answer_routing_policy set_identifier ttl
      weighted_routing_policy`,
    },
  },
  aws_service_discovery_private_dns_namespace: {
    scope: "vpc",
    question: "start",
    read: "name vpc",
  },
  aws_instance: {
    scope: "route-target",
    question: "start",
    read: `
      associate_public_ip_address availability_zone source_dest_check subnet_id
      vpc_security_group_ids`,
    irrelevant: {
      "The checks read only whether and how an instance routes packets.": `
      ami capacity_reservation_specification cpu_core_count cpu_threads_per_core get_password_data cpu_options credit_specification
      disable_api_stop disable_api_termination ebs_block_device ebs_optimized
      enable_primary_ipv6 enclave_options ephemeral_block_device fetch_password_data
      hibernation host_id host_resource_group_arn iam_instance_profile
      instance_initiated_shutdown_behavior instance_market_options instance_type
      ipv6_address_count ipv6_addresses key_name maintenance_options metadata_options
      monitoring placement_group placement_group_id placement_partition_number
      private_dns_name_options private_ip root_block_device secondary_network_interface
      secondary_private_ips tenancy user_data user_data_base64 user_data_replace_on_change
      volume_tags`,
    },
    unread: "launch_template network_interface primary_network_interface security_groups",
  },
  aws_network_interface: {
    scope: "route-target",
    question: "start",
    read: "security_groups source_dest_check subnet_id",
    irrelevant: {
      "The checks read only whether and how a network interface routes packets.": `
      attachment ena_srd_specification enable_primary_ipv6 interface_type ipv4_prefix_count
      ipv4_prefixes ipv6_address_count ipv6_address_list ipv6_address_list_enabled
      ipv6_addresses ipv6_prefix_count ipv6_prefixes private_ip private_ip_list
      private_ip_list_enabled private_ips private_ips_count`,
    },
  },
};
