import { type CoverageTable, reasons } from "./coverage.ts";

/** IAM, keys, secrets, images, logs and file systems. Source: Terraform Registry, the page of each resource. */
export const identityCoverage: CoverageTable = {
  aws_iam_role: {
    scope: "role",
    question: "start",
    read: `
      assume_role_policy inline_policy.name inline_policy.policy managed_policy_arns name
      name_prefix path permissions_boundary`,
    irrelevant: {
      [reasons.terraform]: "force_detach_policies",
      "ECS requests sessions of the default length.": "max_session_duration",
    },
  },
  aws_iam_policy: {
    scope: "role",
    question: "start",
    read: "policy",
    irrelevant: {
      [reasons.name]: "name path",
      [reasons.terraform]: "delay_after_policy_creation_in_ms",
    },
  },
  aws_iam_role_policy: {
    scope: "role",
    question: "start",
    read: "policy role",
    irrelevant: {
      [reasons.name]: "name",
    },
  },
  aws_iam_role_policy_attachment: {
    scope: "role",
    question: "start",
    read: "policy_arn role",
  },
  aws_iam_policy_attachment: {
    scope: "role",
    question: "start",
    read: "policy_arn roles",
    irrelevant: {
      [reasons.name]: "name",
      "Tasks are not users or members of groups.": "groups users",
    },
  },
  aws_kms_key: {
    scope: "workload",
    question: "start",
    read: "bypass_policy_lockout_safety_check is_enabled policy",
    irrelevant: {
      "It changes when the key material is rotated or deleted.": `
      deletion_window_in_days enable_key_rotation multi_region rotation_period_in_days`,
    },
    unread: "custom_key_store_id xks_key_id",
    unreadUnless: {
      key_usage: ["ENCRYPT_DECRYPT"],
      customer_master_key_spec: ["SYMMETRIC_DEFAULT"],
    },
  },
  aws_kms_key_policy: {
    scope: "workload",
    question: "start",
    read: "key_id policy",
    irrelevant: {
      [reasons.terraform]: "bypass_policy_lockout_safety_check",
    },
  },
  aws_kms_alias: {
    scope: "workload",
    question: "start",
    read: "name target_key_id",
  },
  aws_secretsmanager_secret: {
    scope: "workload",
    question: "secrets",
    read: "kms_key_id name name_prefix policy recovery_window_in_days",
    irrelevant: {
      [reasons.name]: "type",
      "It replicates the secret into other regions.": "force_overwrite_replica_secret replica",
    },
  },
  aws_secretsmanager_secret_version: {
    scope: "workload",
    question: "secrets",
    read: "secret_id secret_string version_stages",
    irrelevant: {
      "The value has no JSON key that the plan contains; a task that reads one makes the answer unknown.":
        "secret_string_wo secret_string_wo_version",
    },
    unread: "secret_binary",
  },
  aws_secretsmanager_secret_policy: {
    scope: "workload",
    question: "secrets",
    read: "policy secret_arn",
    irrelevant: {
      [reasons.terraform]: "block_public_policy",
    },
  },
  aws_ssm_parameter: {
    scope: "workload",
    question: "secrets",
    read: "arn key_id name type value",
    irrelevant: {
      [reasons.terraform]: "overwrite",
      "Parameter Store validates the value against it when Terraform writes the parameter.":
        "allowed_pattern tier",
      "The checks need the value only as text, and do not depend on it otherwise.":
        "insecure_value value_wo value_wo_version",
    },
    unreadUnless: {
      data_type: ["text"],
    },
  },
  aws_cloudwatch_log_group: {
    scope: "workload",
    question: "logs",
    read: "id kms_key_id log_group_class name name_prefix retention_in_days",
    irrelevant: {
      [reasons.terraform]: "deletion_protection_enabled",
    },
  },
  aws_ecr_repository: {
    scope: "workload",
    question: "pull",
    read: `
      encryption_configuration.kms_key force_delete image_tag_mutability name`,
    irrelevant: {
      "It scans images after a push.": "image_scanning_configuration",
      "It applies to pushes.": "image_tag_mutability_exclusion_filter",
      "ECR itself uses the key, and not the tasks.": "encryption_configuration",
    },
  },
  aws_ecr_repository_policy: {
    scope: "workload",
    question: "pull",
    read: "policy repository",
  },
  aws_ecr_lifecycle_policy: {
    scope: "workload",
    question: "pull",
    read: "policy repository",
  },
  aws_ecr_registry_policy: {
    scope: "account",
    question: "pull",
    read: "policy",
  },
  aws_ecr_pull_through_cache_rule: {
    scope: "pull-through",
    question: "pull",
    read: "ecr_repository_prefix",
    irrelevant: {
      "ECR checks it when Terraform creates the rule.":
        "upstream_registry_url upstream_repository_prefix",
    },
    unread: "credential_arn custom_role_arn",
  },
  aws_efs_file_system: {
    scope: "workload",
    question: "start",
    read: "",
    irrelevant: {
      [reasons.name]: "creation_token",
      [reasons.detail]: `
      lifecycle_policy performance_mode protection provisioned_throughput_in_mibps
      throughput_mode`,
      "The key is used by EFS itself, and not by tasks.": "encrypted kms_key_id",
      "The zones of its mount targets decide.": "availability_zone_name",
    },
  },
  aws_efs_mount_target: {
    scope: "workload",
    question: "start",
    read: "file_system_id security_groups subnet_id",
    irrelevant: {
      [reasons.address]: "ip_address ipv6_address",
    },
    unreadUnless: {
      ip_address_type: ["IPV4_ONLY", "DUAL_STACK"],
    },
  },
  aws_efs_access_point: {
    scope: "workload",
    question: "start",
    read: "file_system_id root_directory.creation_info root_directory.path",
    irrelevant: {
      [reasons.application]: `posix_user root_directory.creation_info.owner_gid
        root_directory.creation_info.owner_uid root_directory.creation_info.permissions`,
    },
  },
  aws_efs_file_system_policy: {
    scope: "workload",
    question: "start",
    read: "file_system_id",
    irrelevant: {
      [reasons.terraform]: "bypass_policy_lockout_safety_check",
      "A file system with a policy makes the answer unknown.": "policy",
    },
  },
};
