import { type CoverageTable, reasons } from "./coverage.ts";

/** Elastic Load Balancing. Source: Terraform Registry, the page of each resource. */
export const loadBalancingCoverage: CoverageTable = {
  aws_lb: {
    scope: "workload",
    question: "traffic",
    read: `
      access_logs.bucket access_logs.enabled access_logs.prefix enable_deletion_protection internal
      load_balancer_type security_groups subnet_mapping.subnet_id subnets`,
    irrelevant: {
      [reasons.name]: "name",
      [reasons.detail]: `
      client_keep_alive desync_mitigation_mode dns_record_client_routing_policy
      drop_invalid_header_fields enable_cross_zone_load_balancing enable_http2
      enable_tls_version_and_cipher_suite_headers enable_waf_fail_open
      enable_xff_client_port enable_zonal_shift
      enforce_security_group_inbound_rules_on_private_link_traffic idle_timeout
      minimum_load_balancer_capacity preserve_host_header xff_header_processing_mode`,
      [reasons.address]: `
      ipam_pools secondary_ips_auto_assigned_per_subnet subnet_mapping.allocation_id subnet_mapping.outpost_id
      subnet_mapping.private_ipv4_address`,
      [reasons.ipv6]: "enable_prefix_for_ipv6_source_nat subnet_mapping.ipv6_address",
      "It has an effect only if the logs are enabled.": `
      connection_logs.bucket connection_logs.prefix health_check_logs.bucket
      health_check_logs.prefix`,
    },
    unread: `
      connection_logs.enabled customer_owned_ipv4_pool health_check_logs.enabled`,
    unreadUnless: {
      ip_address_type: ["ipv4", "dualstack"],
    },
  },
  aws_lb_listener: {
    scope: "workload",
    question: "traffic",
    read: `
      certificate_arn default_action.forward.target_group.arn default_action.redirect.port
      default_action.target_group_arn default_action.type load_balancer_arn port protocol`,
    irrelevant: {
      [reasons.detail]: `
      alpn_policy default_action.fixed_response default_action.forward.stickiness
      default_action.order
      default_action.redirect routing_http_request_x_amzn_mtls_clientcert_header_name
      routing_http_request_x_amzn_mtls_clientcert_issuer_header_name
      routing_http_request_x_amzn_mtls_clientcert_leaf_header_name
      routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name
      routing_http_request_x_amzn_mtls_clientcert_subject_header_name
      routing_http_request_x_amzn_mtls_clientcert_validity_header_name
      routing_http_request_x_amzn_tls_cipher_suite_header_name
      routing_http_request_x_amzn_tls_version_header_name
      routing_http_response_access_control_allow_credentials_header_value
      routing_http_response_access_control_allow_headers_header_value
      routing_http_response_access_control_allow_methods_header_value
      routing_http_response_access_control_allow_origin_header_value
      routing_http_response_access_control_expose_headers_header_value
      routing_http_response_access_control_max_age_header_value
      routing_http_response_content_security_policy_header_value
      routing_http_response_server_enabled
      routing_http_response_strict_transport_security_header_value
      routing_http_response_x_content_type_options_header_value
      routing_http_response_x_frame_options_header_value ssl_policy tcp_idle_timeout_seconds`,
      [reasons.weight]: "default_action.forward.target_group.weight",
      "It has an effect only with mutual_authentication.mode.": `
      mutual_authentication.advertise_trust_store_ca_names
      mutual_authentication.ignore_client_certificate_expiry
      mutual_authentication.trust_store_arn`,
    },
    unread: `
      default_action.authenticate_cognito default_action.authenticate_oidc
      default_action.jwt_validation`,
    unreadUnless: {
      "mutual_authentication.mode": ["off", "passthrough"],
    },
  },
  aws_lb_listener_rule: {
    scope: "workload",
    question: "traffic",
    read: `
      action.forward.target_group.arn action.redirect.port action.target_group_arn action.type
      listener_arn priority`,
    irrelevant: {
      [reasons.detail]: `
      action.fixed_response action.forward.stickiness action.order action.redirect transform`,
      [reasons.weight]: "action.forward.target_group.weight",
      "It selects requests. The question is whether the selected requests arrive.": "condition",
    },
    unread: `
      action.authenticate_cognito action.authenticate_oidc action.jwt_validation`,
  },
  aws_lb_listener_certificate: {
    scope: "workload",
    question: "traffic",
    read: "",
    irrelevant: {
      "It adds a certificate; the default certificate is checked.": "certificate_arn listener_arn",
    },
  },
  aws_lb_target_group: {
    scope: "workload",
    question: "traffic",
    read: `
      health_check.enabled health_check.interval health_check.matcher health_check.port health_check.timeout
      health_check.unhealthy_threshold port preserve_client_ip protocol protocol_version target_type vpc_id`,
    irrelevant: {
      [reasons.name]: "name",
      [reasons.detail]: `
      connection_termination deregistration_delay lambda_multi_value_headers_enabled
      load_balancing_algorithm_type load_balancing_anomaly_mitigation
      load_balancing_cross_zone_enabled slow_start stickiness target_control_port
      target_failover target_group_health target_health_state`,
      [reasons.application]: `
      health_check.healthy_threshold health_check.path health_check.protocol`,
    },
    unreadUnless: {
      ip_address_type: ["ipv4"],
      proxy_protocol_v2: [false],
    },
  },
  aws_lb_target_group_attachment: {
    scope: "workload",
    question: "traffic",
    read: "",
    irrelevant: {
      "It adds a target besides the tasks.":
        "availability_zone port quic_server_id target_group_arn target_id",
    },
  },
};
