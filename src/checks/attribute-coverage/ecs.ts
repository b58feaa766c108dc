import { type CoverageTable, reasons } from "./coverage.ts";

/** Amazon ECS and what starts tasks. Source: Terraform Registry, the page of each resource. */
export const ecsCoverage: CoverageTable = {
  aws_ecs_service: {
    scope: "workload",
    question: "start",
    read: `
      capacity_provider_strategy.capacity_provider cluster deployment_controller.type
      deployment_maximum_percent deployment_minimum_healthy_percent desired_count
      enable_execute_command force_new_deployment health_check_grace_period_seconds iam_role
      launch_type load_balancer.container_name load_balancer.container_port
      load_balancer.target_group_arn network_configuration.assign_public_ip
      network_configuration.security_groups network_configuration.subnets ordered_placement_strategy
      placement_constraints platform_version scheduling_strategy service_connect_configuration.enabled
      service_connect_configuration.log_configuration.log_driver
      service_connect_configuration.log_configuration.options service_connect_configuration.namespace
      service_connect_configuration.service.port_name
      service_connect_configuration.service.tls.role_arn service_registries.container_name
      service_registries.container_port service_registries.port
      service_registries.registry_arn task_definition
      volume_configuration.managed_ebs_volume.role_arn vpc_lattice_configurations.role_arn`,
    irrelevant: {
      [reasons.terraform]: "sigint_rollback triggers wait_for_steady_state",
      [reasons.name]: "enable_ecs_managed_tags name propagate_tags",
      [reasons.deployment]: `
      alarms availability_zone_rebalancing deployment_circuit_breaker
      deployment_configuration.bake_time_in_minutes
      deployment_configuration.canary_configuration
      deployment_configuration.linear_configuration`,
      "Fargate supports neither of these blocks, which the checks read as a whole.": `
      ordered_placement_strategy.field ordered_placement_strategy.type
      placement_constraints.expression placement_constraints.type`,
      [reasons.betweenServices]: `
      service_connect_configuration.service.client_alias
      service_connect_configuration.service.discovery_name
      service_connect_configuration.service.ingress_port_override
      service_connect_configuration.service.timeout`,
      [reasons.observation]: "service_connect_configuration.access_log_configuration",
      "It describes the volume, and any value that AWS accepts lets tasks start.": `
      volume_configuration.managed_ebs_volume.encrypted
      volume_configuration.managed_ebs_volume.file_system_type
      volume_configuration.managed_ebs_volume.size_in_gb
      volume_configuration.managed_ebs_volume.tag_specifications
      volume_configuration.managed_ebs_volume.volume_type volume_configuration.name`,
      [reasons.strategy]: "capacity_provider_strategy.base capacity_provider_strategy.weight",
    },
    unread: `
      deployment_configuration.lifecycle_hook load_balancer.advanced_configuration
      load_balancer.elb_name service_connect_configuration.log_configuration.secret_option
      service_connect_configuration.service.tls.issuer_cert_authority
      service_connect_configuration.service.tls.kms_key
      volume_configuration.managed_ebs_volume.iops
      volume_configuration.managed_ebs_volume.kms_key_id
      volume_configuration.managed_ebs_volume.snapshot_id
      volume_configuration.managed_ebs_volume.throughput
      volume_configuration.managed_ebs_volume.volume_initialization_rate
      vpc_lattice_configurations.port_name vpc_lattice_configurations.target_group_arn`,
    unreadUnless: {
      "deployment_configuration.strategy": ["ROLLING"],
    },
  },
  aws_ecs_task_definition: {
    scope: "workload",
    question: "start",
    read: `
      container_definitions cpu ephemeral_storage.size_in_gib execution_role_arn family
      inference_accelerator ipc_mode memory network_mode pid_mode placement_constraints requires_compatibilities
      runtime_platform.cpu_architecture runtime_platform.operating_system_family
      task_role_arn volume.docker_volume_configuration
      volume.efs_volume_configuration.authorization_config.access_point_id
      volume.efs_volume_configuration.authorization_config.iam
      volume.efs_volume_configuration.file_system_id
      volume.efs_volume_configuration.root_directory
      volume.efs_volume_configuration.transit_encryption volume.host_path volume.name`,
    irrelevant: {
      [reasons.terraform]: "track_latest",
      "It allows fault injection, and does not inject faults.": "enable_fault_injection",
      "It selects the port of a tunnel within the task.": `
      volume.efs_volume_configuration.transit_encryption_port
      volume.s3_files_volume_configuration.transit_encryption_port`,
      "Fargate does not support placement constraints, which the checks read as a whole.":
        "placement_constraints.expression placement_constraints.type",
    },
    unread: `
      inference_accelerator.device_name inference_accelerator.device_type proxy_configuration volume.configure_at_launch
      volume.docker_volume_configuration.autoprovision
      volume.docker_volume_configuration.driver
      volume.docker_volume_configuration.driver_opts
      volume.docker_volume_configuration.labels volume.docker_volume_configuration.scope
      volume.fsx_windows_file_server_volume_configuration
      volume.s3_files_volume_configuration`,
  },
  aws_ecs_cluster: {
    scope: "workload",
    question: "start",
    read: `
      configuration.execute_command_configuration.log_configuration.cloud_watch_log_group_name
      name service_connect_defaults.namespace`,
    irrelevant: {
      [reasons.observation]: "setting",
      "It concerns sessions of ECS Exec, and not the start of tasks.": `
      configuration.execute_command_configuration.kms_key_id
      configuration.execute_command_configuration.log_configuration.cloud_watch_encryption_enabled
      configuration.execute_command_configuration.log_configuration.s3_bucket_encryption_enabled
      configuration.execute_command_configuration.log_configuration.s3_bucket_name
      configuration.execute_command_configuration.log_configuration.s3_key_prefix
      configuration.execute_command_configuration.logging`,
    },
    unread: "configuration.managed_storage_configuration",
  },
  aws_ecs_cluster_capacity_providers: {
    scope: "workload",
    question: "start",
    read: `
      capacity_providers cluster_name default_capacity_provider_strategy.capacity_provider`,
    irrelevant: {
      [reasons.strategy]: `
      default_capacity_provider_strategy.base default_capacity_provider_strategy.weight`,
    },
  },
  aws_ecs_task_set: {
    scope: "workload",
    question: "start",
    read: `
      capacity_provider_strategy.capacity_provider cluster launch_type
      load_balancer.container_name load_balancer.container_port
      load_balancer.target_group_arn network_configuration.assign_public_ip
      network_configuration.security_groups network_configuration.subnets service
      service_registries.container_name service_registries.container_port
      service_registries.port service_registries.registry_arn task_definition`,
    irrelevant: {
      [reasons.terraform]: "wait_until_stable wait_until_stable_timeout",
      [reasons.name]: "external_id",
      [reasons.strategy]: "capacity_provider_strategy.base capacity_provider_strategy.weight",
      "It sets the number of tasks.": "scale",
    },
    unread: "load_balancer.load_balancer_name",
    unreadUnless: {
      platform_version: ["LATEST", "1.4.0"],
    },
  },
  aws_cloudwatch_event_target: {
    scope: "workload",
    question: "start",
    read: `
      arn ecs_target.capacity_provider_strategy.capacity_provider
      ecs_target.enable_execute_command ecs_target.launch_type
      ecs_target.network_configuration.assign_public_ip
      ecs_target.network_configuration.security_groups
      ecs_target.network_configuration.subnets ecs_target.ordered_placement_strategy
      ecs_target.placement_constraint ecs_target.task_count
      ecs_target.task_definition_arn role_arn`,
    irrelevant: {
      [reasons.name]: `
      ecs_target.enable_ecs_managed_tags ecs_target.group ecs_target.propagate_tags
      ecs_target.tags target_id`,
      "Fargate supports neither of these blocks, which the checks read as a whole.": `
      ecs_target.ordered_placement_strategy.field ecs_target.ordered_placement_strategy.type
      ecs_target.placement_constraint.expression ecs_target.placement_constraint.type`,
      "It belongs to targets that are not tasks.": `
      appsync_target batch_target http_target kinesis_target redshift_target
      run_command_targets sagemaker_pipeline_target sqs_target`,
      [reasons.application]: "input input_path input_transformer",
      "It is used after a failed call.": "dead_letter_config retry_policy",
      [reasons.strategy]: `
      ecs_target.capacity_provider_strategy.base
      ecs_target.capacity_provider_strategy.weight`,
      "It decides when tasks start, and not whether they do.": "event_bus_name rule",
    },
    unreadUnless: {
      "ecs_target.platform_version": ["LATEST", "1.4.0"],
    },
  },
  aws_scheduler_schedule: {
    scope: "workload",
    question: "start",
    read: `
      target.arn target.ecs_parameters.capacity_provider_strategy.capacity_provider
      target.ecs_parameters.launch_type
      target.ecs_parameters.network_configuration.assign_public_ip
      target.ecs_parameters.network_configuration.security_groups
      target.ecs_parameters.network_configuration.subnets
      target.ecs_parameters.placement_constraints target.ecs_parameters.placement_strategy
      target.ecs_parameters.task_count
      target.ecs_parameters.task_definition_arn target.role_arn`,
    irrelevant: {
      [reasons.name]: `
      arn group_name name target.ecs_parameters.enable_ecs_managed_tags
      target.ecs_parameters.group target.ecs_parameters.propagate_tags
      target.ecs_parameters.reference_id target.ecs_parameters.tags`,
      "Fargate supports neither of these blocks, which the checks read as a whole.": `
      target.ecs_parameters.placement_constraints.expression
      target.ecs_parameters.placement_constraints.type
      target.ecs_parameters.placement_strategy.field
      target.ecs_parameters.placement_strategy.type`,
      "It belongs to targets that are not tasks.": `
      target.eventbridge_parameters target.kinesis_parameters
      target.sagemaker_pipeline_parameters target.sqs_parameters`,
      [reasons.application]: "target.input",
      "It is used after a failed call.": "target.dead_letter_config target.retry_policy",
      [reasons.strategy]: `
      target.ecs_parameters.capacity_provider_strategy.base
      target.ecs_parameters.capacity_provider_strategy.weight`,
      "It decides when tasks start, and not whether they do.": `
      action_after_completion end_date flexible_time_window region schedule_expression
      schedule_expression_timezone start_date state`,
    },
    unread: "kms_key_arn target.ecs_parameters.enable_execute_command",
    unreadUnless: {
      "target.ecs_parameters.platform_version": ["LATEST", "1.4.0"],
    },
  },
  aws_appautoscaling_target: {
    scope: "workload",
    question: "start",
    read: "",
    irrelevant: {
      "It changes the number of tasks later.": `
      max_capacity min_capacity scalable_dimension service_namespace suspended_state`,
      "Application Auto Scaling uses its service-linked role.": "role_arn",
      "The checks treat a target as one of the service.": "resource_id",
    },
  },
  aws_service_discovery_service: {
    scope: "workload",
    question: "start",
    read: "dns_config.dns_records.type",
    irrelevant: {
      [reasons.name]: "name",
      [reasons.betweenServices]: `
      dns_config.dns_records.ttl dns_config.namespace_id dns_config.routing_policy
      health_check_config health_check_custom_config namespace_id type`,
    },
  },
};
