import { App, TerraformStack } from "cdktn";
import { describe, expect, it } from "vitest";
import { AwsProvider, Foundation, ScheduledTask, Service, UserError } from "berth-ecs";
import type { Config } from "../../src/config/options.ts";
import type { JobOptions, ServiceOptions } from "../../src/config/service-options.ts";
import {
  synthJobJson,
  synthJson,
  synthServiceHcl,
  synthServiceJson,
} from "../../src/constructs/synth/synth.ts";
import { settingsOf } from "../support/settings.ts";

interface Block {
  readonly [attribute: string]: unknown;
}
interface Module {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly data: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly output: Readonly<Record<string, { readonly value: unknown }>>;
  readonly locals: Readonly<Record<string, string>>;
  readonly terraform: { readonly backend: { readonly s3?: { readonly key: string } } };
  readonly variable: Readonly<Record<string, Block>>;
}

const image = { tag: "v1" };
const ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com";

const configOf = (
  service: Partial<ServiceOptions>,
  config: Partial<Config> = {},
): Partial<Config> => ({
  account: "111122223333",
  ...config,
  services: { web: { image, ...service } },
});

const moduleOf = (service: Partial<ServiceOptions> = {}, config: Partial<Config> = {}): Module =>
  JSON.parse(synthServiceJson(settingsOf(configOf(service, config)), "web")) as Module;

const jobModule = (job: Partial<JobOptions> = {}): Module =>
  JSON.parse(
    synthJobJson(
      settingsOf({ account: "111122223333", jobs: { nightly: { image, ...job } } }),
      "nightly",
    ),
  ) as Module;

const addresses = ({ resource }: Pick<Module, "resource">): string[] =>
  Object.entries(resource)
    .flatMap(([type, named]) => Object.keys(named).map((name) => `${type}.${name}`))
    .sort();

/** The only resource of a type. */
const resource = ({ resource: types }: Module, type: string): Block => {
  const named = Object.values(types[type] ?? {});
  expect(named).toHaveLength(1);
  return named[0] ?? {};
};

const containersOf = (module: Module): readonly Block[] =>
  JSON.parse(
    String(resource(module, "aws_ecs_task_definition")["container_definitions"]),
  ) as Block[];

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

/** The statements of the policy of a role: execution_role, task_role or schedule_role. */
const statementsOf = ({ resource: types }: Module, role: string): readonly Statement[] => {
  const policy = types["aws_iam_role_policy"]?.[`${role}_policy`];
  if (policy === undefined) return [];
  return (JSON.parse(String(policy["policy"])) as { Statement: Statement[] }).Statement;
};

describe("the root module of a service", () => {
  it("has about a dozen resources with stable addresses", () => {
    const module = moduleOf({
      port: 8080,
      route: { path: "/*" },
      scale: { min: 1, max: 4, cpu: 60, requestsPerTarget: 100 },
      permissions: [{ actions: ["s3:GetObject"], resources: ["arn:aws:s3:::uploads/*"] }],
      deployment: { alarms: { target5xxPercent: 1, unhealthyTargets: 0, responseTimeP99: 2 } },
    });
    expect(addresses(module)).toEqual([
      "aws_appautoscaling_policy.scaling_cpu",
      "aws_appautoscaling_policy.scaling_requests",
      "aws_appautoscaling_target.scaling",
      "aws_cloudwatch_log_group.logs",
      "aws_cloudwatch_metric_alarm.alarms_response_time",
      "aws_cloudwatch_metric_alarm.alarms_target_5xx",
      "aws_cloudwatch_metric_alarm.alarms_unhealthy_targets",
      "aws_ecs_service.service",
      "aws_ecs_task_definition.task_definition",
      "aws_iam_role.execution_role",
      "aws_iam_role.task_role",
      "aws_iam_role_policy.execution_role_policy",
      "aws_iam_role_policy.task_role_policy",
      "aws_lb_listener_rule.listener_rule",
      "aws_lb_target_group.target_group",
      "aws_ssm_parameter.image",
    ]);
  });

  it("reads the outputs of the foundation, and has those of the service", () => {
    const module = moduleOf({ port: 8080, route: { path: "/api/*" } });
    expect(module.data["aws_ssm_parameter"]?.["foundation"]).toMatchObject({
      name: "/berth/hello",
    });
    expect(module.locals["foundation_outputs"]).toBe(
      "${nonsensitive(jsondecode(data.aws_ssm_parameter.foundation.value))}",
    );
    expect(
      Object.fromEntries(Object.entries(module.output).map(([name, { value }]) => [name, value])),
    ).toEqual({
      assign_public_ip: false,
      cluster_arn: "${local.foundation_outputs.cluster_arn}",
      container_name: "web",
      image: "${local.image_uri}",
      image_parameter: "${aws_ssm_parameter.image.name}",
      log_group: "${aws_cloudwatch_log_group.logs.name}",
      security_group_ids: ["${local.foundation_outputs.task_security_group_id}"],
      service_name: "${aws_ecs_service.service.name}",
      subnet_ids: "${local.foundation_outputs.task_subnet_ids}",
      target_group_arn: "${aws_lb_target_group.target_group.arn}",
      task_definition_arn: "${aws_ecs_task_definition.task_definition.arn}",
      task_definition_family: "${aws_ecs_task_definition.task_definition.family}",
      url: "http://${local.foundation_outputs.load_balancer_dns_name}/api/",
    });
  });

  it("fails with the command to run if the foundation lacks what it needs", () => {
    const service = { port: 3000, route: { path: "/*" }, secrets: { A: { parameter: "a" } } };
    const requirements = [
      "log group /ecs/hello/web",
      "endpoint ssm",
      "port 3000 from the load balancer",
    ];
    expect(moduleOf(service).data["aws_ssm_parameter"]?.["foundation"]?.["lifecycle"]).toEqual({
      postcondition: [
        {
          condition: `\${length(setsubtract([${requirements.map((requirement) => JSON.stringify(requirement)).join(", ")}], toset(try(jsondecode(nonsensitive(self.value)).service_requirements, [])))) == 0}`,
          error_message:
            "the foundation was applied before the config required all of: log group /ecs/hello/web, endpoint ssm, port 3000 from the load balancer. Run berth apply",
        },
      ],
    });
    const foundation = JSON.parse(synthJson(settingsOf(configOf(service)))) as Module;
    expect(foundation.output["service_requirements"]?.value).toEqual(requirements);
    expect((JSON.parse(synthJson(settingsOf())) as Module).output["service_requirements"]).toBe(
      undefined,
    );
  });

  it("has null outputs without a route", () => {
    const { output } = moduleOf();
    expect([output["target_group_arn"], output["url"]]).toEqual([
      { value: "${null}" },
      { value: "${null}" },
    ]);
  });

  it("has its own state, in the folder of the foundation's state", () => {
    const keyOf = (state: NonNullable<Config["state"]>): string | undefined =>
      moduleOf({}, { state }).terraform.backend.s3?.key;
    expect(keyOf({ bucket: "states" })).toBe("hello/services/web/terraform.tfstate");
    expect(keyOf({ bucket: "states", key: "a/b.tfstate" })).toBe(
      "a/b/services/web/terraform.tfstate",
    );
    expect(keyOf({ bucket: "states", key: "terraform.tfstate" })).toBe(
      "services/web/terraform.tfstate",
    );
  });

  it("rejects a service that the config does not have", () => {
    expect(() => synthServiceJson(settingsOf(configOf({})), "api")).toThrow(
      expect.objectContaining({
        message: "the config has no services.api",
        fix: "use one of web",
      }),
    );
    expect(() => synthServiceJson(settingsOf(), "api")).toThrow(
      expect.objectContaining({ fix: "add services.api to the config" }),
    );
  });

  it("is synthesized to the same bytes for the same settings", () => {
    const settings = settingsOf(configOf({ port: 80, route: { host: "a.example.com" } }));
    expect(synthServiceJson(settings, "web")).toBe(synthServiceJson(settings, "web"));
  });
});

describe("the image of a service", () => {
  it("is that of the variable, or else that of the last successful deployment", () => {
    const module = moduleOf({ image: { build: "." } });
    expect(module.variable["image"]).toMatchObject({ type: "string", default: null });
    expect(module.locals["image_uri"]).toBe(
      "${coalesce(var.image, aws_ssm_parameter.image.insecure_value)}",
    );
    expect(resource(module, "aws_ssm_parameter")).toMatchObject({
      name: "/berth/hello/web/image",
      type: "String",
      insecure_value: "none",
      lifecycle: { ignore_changes: ["insecure_value", "description"] },
    });
    expect(resource(module, "aws_ecs_task_definition")["lifecycle"]).toEqual({
      precondition: [
        {
          condition: '${local.image_uri != "none"}',
          error_message:
            "web has no image yet: push an image and run berth deploy web --image :<tag>, or pass -var image=…",
        },
      ],
    });
  });

  it("is the digest of a tag, which is read only without the variable", () => {
    const module = moduleOf();
    expect(module.data["aws_ecr_image"]?.["image_tagged"]).toEqual({
      repository_name: "hello",
      image_tag: "v1",
      count: "${var.image == null ? 1 : 0}",
    });
    expect(module.locals["image_uri"]).toBe(
      "${coalesce(var.image, one(data.aws_ecr_image.image_tagged[*].image_uri))}",
    );
  });

  it("is a digest in the repository, or a URI", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    expect(moduleOf({ image: { digest } }).locals).toMatchObject({
      image_digest: `\${local.foundation_outputs.repository_url}@${digest}`,
      image_uri: "${coalesce(var.image, local.image_digest)}",
    });
    expect(moduleOf({ image: `${ECR}/other:v2` }).locals["image_uri"]).toBe(
      `\${coalesce(var.image, "${ECR}/other:v2")}`,
    );
  });
});

describe("the task definition of a service", () => {
  it("has secure defaults", () => {
    const module = moduleOf();
    expect(resource(module, "aws_ecs_task_definition")).toMatchObject({
      family: "hello-web",
      cpu: "256",
      memory: "512",
      network_mode: "awsvpc",
      requires_compatibilities: ["FARGATE"],
      runtime_platform: { cpu_architecture: "ARM64", operating_system_family: "LINUX" },
      skip_destroy: true,
    });
    expect(containersOf(module)).toEqual([
      {
        name: "web",
        image: "${local.image_uri}",
        essential: true,
        environment: [],
        secrets: [],
        portMappings: [],
        user: "1000:1000",
        readonlyRootFilesystem: true,
        linuxParameters: { initProcessEnabled: true },
        stopTimeout: 30,
        mountPoints: [],
        logConfiguration: {
          logDriver: "awslogs",
          options: {
            "awslogs-group": "${aws_cloudwatch_log_group.logs.name}",
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "web",
            mode: "non-blocking",
            "max-buffer-size": "25m",
          },
        },
      },
    ]);
    expect(resource(module, "aws_cloudwatch_log_group")).toEqual({
      name: "/ecs/hello/web",
      retention_in_days: 365,
      kms_key_id: "${local.foundation_outputs.key_arn}",
    });
  });

  it("has the options of the config", () => {
    const module = moduleOf({
      port: 80,
      command: ["serve", "${HOME}"],
      entryPoint: ["/bin/app"],
      environment: { B: "%{x}", A: "${y}" },
      user: "app",
      readonlyRootFilesystem: false,
      stopTimeout: 120,
      writablePaths: ["/tmp", "/var/cache/app"],
      containerHealthCheck: { command: ["CMD", "true"], startPeriod: 10 },
      sidecars: { proxy: { image: `${ECR}/proxy:1`, essential: false, memory: 64, port: 81 } },
      dependsOn: { proxy: "START" },
      architecture: "x86_64",
      ephemeralStorage: 50,
    });
    const [web, proxy] = containersOf(module);
    expect(web).toMatchObject({
      command: ["serve", "$${HOME}"],
      entryPoint: ["/bin/app"],
      environment: [
        { name: "A", value: "$${y}" },
        { name: "B", value: "%%{x}" },
      ],
      user: "app",
      readonlyRootFilesystem: false,
      stopTimeout: 120,
      portMappings: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }],
      healthCheck: {
        command: ["CMD", "true"],
        interval: 30,
        timeout: 5,
        retries: 3,
        startPeriod: 10,
      },
      dependsOn: [{ containerName: "proxy", condition: "START" }],
      mountPoints: [
        { sourceVolume: "web-tmp", containerPath: "/tmp", readOnly: false },
        { sourceVolume: "web-var-cache-app", containerPath: "/var/cache/app", readOnly: false },
      ],
    });
    expect(proxy).toMatchObject({
      name: "proxy",
      image: `${ECR}/proxy:1`,
      essential: false,
      memory: 64,
      portMappings: [{ containerPort: 81, hostPort: 81, protocol: "tcp" }],
    });
    expect(resource(module, "aws_ecs_task_definition")).toMatchObject({
      volume: [{ name: "web-tmp" }, { name: "web-var-cache-app" }],
      ephemeral_storage: { size_in_gib: 50 },
      runtime_platform: { cpu_architecture: "X86_64" },
    });
  });

  it("has writable volumes for ECS Exec", () => {
    const [container] = containersOf(moduleOf({ exec: true }));
    expect(container?.["mountPoints"]).toEqual([
      { sourceVolume: "web-managed-agents", containerPath: "/managed-agents", readOnly: false },
      {
        sourceVolume: "web-var-lib-amazon-ssm",
        containerPath: "/var/lib/amazon/ssm",
        readOnly: false,
      },
      {
        sourceVolume: "web-var-log-amazon-ssm",
        containerPath: "/var/log/amazon/ssm",
        readOnly: false,
      },
    ]);
    const [writable] = containersOf(moduleOf({ exec: true, readonlyRootFilesystem: false }));
    expect(writable?.["mountPoints"]).toEqual([]);
  });
});

describe("the roles of a service", () => {
  it("trust ECS tasks of this account and region only", () => {
    const { resource: types } = moduleOf();
    for (const role of ["execution_role", "task_role"]) {
      const policy = String(types["aws_iam_role"]?.[role]?.["assume_role_policy"]);
      expect(JSON.parse(policy)).toEqual({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "ecs-tasks.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: {
              StringEquals: { "aws:SourceAccount": "111122223333" },
              ArnLike: { "aws:SourceArn": "arn:aws:ecs:us-east-1:111122223333:*" },
            },
          },
        ],
      });
    }
  });

  it("allow exactly to pull this image and to write these logs", () => {
    const module = moduleOf();
    expect(statementsOf(module, "execution_role")).toEqual([
      { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
      {
        Effect: "Allow",
        Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        Resource: ["arn:aws:ecr:us-east-1:111122223333:repository/hello"],
      },
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: "${aws_cloudwatch_log_group.logs.arn}:*",
      },
    ]);
    expect(statementsOf(module, "task_role")).toEqual([]);
  });

  it("allow no pull from ECR for an image of another registry", () => {
    const module = moduleOf({ image: "nginx:1.27" }, { egress: "nat" });
    expect(statementsOf(module, "execution_role").map(({ Action }) => Action)).toEqual([
      ["logs:CreateLogStream", "logs:PutLogEvents"],
    ]);
  });

  it("allow the repositories of sidecars", () => {
    const module = moduleOf({ sidecars: { proxy: { image: `${ECR}/team/proxy:1` } } });
    expect(statementsOf(module, "execution_role")[1]?.Resource).toEqual([
      "arn:aws:ecr:us-east-1:111122223333:repository/hello",
      "arn:aws:ecr:us-east-1:111122223333:repository/team/proxy",
    ]);
  });

  it("allow to pull an image by the dual-stack name of its registry", () => {
    const image = "111122223333.dkr-ecr.us-east-1.on.aws/team/web:1";
    const statements = statementsOf(moduleOf({ image }, { egress: "nat" }), "execution_role");
    expect(statements[1]).toMatchObject({
      Resource: ["arn:aws:ecr:us-east-1:111122223333:repository/team/web"],
    });
  });

  it("allow to read exactly the secrets, and to decrypt them with their keys through these services", () => {
    const kmsKeyArn = "arn:aws:kms:us-east-1:111122223333:key/1";
    const module = moduleOf({
      secrets: {
        URL: { secret: "shop/db", key: "url", kmsKeyArn },
        PASSWORD: { secret: "shop/db", key: "password", kmsKeyArn },
        PLAIN: { secret: "plain", versionId: "a".repeat(32) },
        TOKEN: { parameter: "/shop/token", kmsKeyArn },
        OTHER: { parameter: "other" },
      },
    });
    expect(statementsOf(module, "execution_role").slice(3)).toEqual([
      {
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: [
          "${data.aws_secretsmanager_secret.secrets_plain.arn}",
          "${data.aws_secretsmanager_secret.secrets_shop_db.arn}",
        ],
      },
      {
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: [kmsKeyArn],
        Condition: {
          StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" },
        },
      },
      {
        Effect: "Allow",
        Action: "ssm:GetParameters",
        Resource: [
          "arn:aws:ssm:us-east-1:111122223333:parameter/other",
          "arn:aws:ssm:us-east-1:111122223333:parameter/shop/token",
        ],
      },
      {
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: [kmsKeyArn],
        Condition: { StringEquals: { "kms:ViaService": "ssm.us-east-1.amazonaws.com" } },
      },
    ]);
    expect(containersOf(module)[0]?.["secrets"]).toEqual([
      { name: "OTHER", valueFrom: "arn:aws:ssm:us-east-1:111122223333:parameter/other" },
      {
        name: "PASSWORD",
        valueFrom: "${data.aws_secretsmanager_secret.secrets_shop_db.arn}:password::",
      },
      {
        name: "PLAIN",
        valueFrom: `\${data.aws_secretsmanager_secret.secrets_plain.arn}:::${"a".repeat(32)}`,
      },
      { name: "TOKEN", valueFrom: "arn:aws:ssm:us-east-1:111122223333:parameter/shop/token" },
      { name: "URL", valueFrom: "${data.aws_secretsmanager_secret.secrets_shop_db.arn}:url::" },
    ]);
  });

  it("allow secrets whose names differ only in their punctuation", () => {
    const { data } = moduleOf({ secrets: { A: { secret: "shop/db" }, B: { secret: "shop-db" } } });
    expect(
      Object.entries(data["aws_secretsmanager_secret"] ?? {}).map(([id, { name }]) => [id, name]),
    ).toEqual([
      ["secrets_shop_db", "shop/db"],
      ["secrets_shop_db_2", "shop-db"],
    ]);
  });

  it("require the key of a secret that has one", () => {
    const { data } = moduleOf({ secrets: { A: { secret: "shop/db" } } });
    expect(data["aws_secretsmanager_secret"]?.["secrets_shop_db"]).toMatchObject({
      name: "shop/db",
      lifecycle: {
        postcondition: [
          {
            condition:
              '${coalesce(self.kms_key_id, "alias/aws/secretsmanager") == "alias/aws/secretsmanager"}',
          },
        ],
      },
    });
  });

  it("allow the containers the permissions of the config, and ECS Exec", () => {
    const permissions = [
      {
        actions: ["s3:GetObject"],
        resources: ["arn:aws:s3:::uploads/${aws:PrincipalTag/team}/*"],
        conditions: { Bool: { "aws:SecureTransport": "true" } },
      },
    ];
    expect(statementsOf(moduleOf({ permissions, exec: true }), "task_role")).toEqual([
      {
        Effect: "Allow",
        Action: ["s3:GetObject"],
        Resource: ["arn:aws:s3:::uploads/$${aws:PrincipalTag/team}/*"],
        Condition: { Bool: { "aws:SecureTransport": "true" } },
      },
      {
        Effect: "Allow",
        Action: [
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ],
        Resource: "*",
      },
      {
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: "${local.foundation_outputs.key_arn}",
      },
      { Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" },
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        Resource:
          "arn:aws:logs:us-east-1:111122223333:log-group:${local.foundation_outputs.log_group_name}:*",
      },
    ]);
  });
});

describe("the service", () => {
  it("rolls back, and is not changed by Terraform after a deployment", () => {
    expect(resource(moduleOf(), "aws_ecs_service")).toEqual({
      name: "web",
      cluster: "${local.foundation_outputs.cluster_arn}",
      task_definition: "${aws_ecs_task_definition.task_definition.arn}",
      desired_count: 1,
      launch_type: "FARGATE",
      network_configuration: {
        subnets: "${local.foundation_outputs.task_subnet_ids}",
        security_groups: ["${local.foundation_outputs.task_security_group_id}"],
        assign_public_ip: false,
      },
      deployment_minimum_healthy_percent: 100,
      deployment_maximum_percent: 200,
      deployment_circuit_breaker: { enable: true, rollback: true },
      availability_zone_rebalancing: "ENABLED",
      enable_execute_command: false,
      enable_ecs_managed_tags: true,
      propagate_tags: "SERVICE",
      depends_on: ["aws_iam_role_policy.execution_role_policy"],
      lifecycle: { ignore_changes: ["task_definition"] },
    });
  });

  it("has its own rule of the listener, and waits for it", () => {
    const module = moduleOf({
      port: 8080,
      route: { path: ["/api/*", "/v2/*"], host: "WWW.example.com", priority: 5 },
      healthCheck: { path: "/health", interval: 10 },
      deployment: { deregistrationDelay: 5, healthCheckGracePeriod: 90 },
    });
    expect(resource(module, "aws_lb_listener_rule")).toMatchObject({
      listener_arn: "${local.foundation_outputs.listener_arn}",
      priority: 5,
      action: [{ type: "forward", target_group_arn: "${aws_lb_target_group.target_group.arn}" }],
      condition: [
        { host_header: { values: ["www.example.com"] } },
        { path_pattern: { values: ["/api/*", "/v2/*"] } },
      ],
    });
    expect(resource(module, "aws_lb_target_group")).toMatchObject({
      name: "hello-web",
      target_type: "ip",
      deregistration_delay: "5",
      health_check: {
        path: "/health",
        matcher: "200",
        interval: 10,
        timeout: 5,
        healthy_threshold: 2,
        unhealthy_threshold: 3,
        port: "traffic-port",
      },
    });
    expect(resource(module, "aws_ecs_service")).toMatchObject({
      load_balancer: [
        {
          target_group_arn: "${aws_lb_target_group.target_group.arn}",
          container_name: "web",
          container_port: 8080,
        },
      ],
      health_check_grace_period_seconds: 90,
      depends_on: [
        "aws_iam_role_policy.execution_role_policy",
        "aws_lb_listener_rule.listener_rule",
      ],
    });
  });

  it("ignores the desired count only if scaling controls it", () => {
    const module = moduleOf({ scale: { min: 2, max: 6, memory: 70 } });
    expect(resource(module, "aws_ecs_service")).toMatchObject({
      desired_count: 2,
      lifecycle: { ignore_changes: ["task_definition", "desired_count"] },
    });
    expect(resource(module, "aws_appautoscaling_target")).toEqual({
      service_namespace: "ecs",
      scalable_dimension: "ecs:service:DesiredCount",
      resource_id:
        "service/${local.foundation_outputs.cluster_name}/${aws_ecs_service.service.name}",
      min_capacity: 2,
      max_capacity: 6,
    });
    expect(resource(module, "aws_appautoscaling_policy")).toMatchObject({
      name: "hello-web-memory",
      target_tracking_scaling_policy_configuration: {
        predefined_metric_specification: {
          predefined_metric_type: "ECSServiceAverageMemoryUtilization",
        },
        target_value: 70,
        scale_in_cooldown: 300,
        scale_out_cooldown: 60,
      },
    });
  });

  it("scales by the requests of its target group", () => {
    const module = moduleOf({
      port: 80,
      route: { path: "/*" },
      scale: { min: 1, max: 2, requestsPerTarget: 500 },
    });
    expect(module.locals["foundation_load_balancer"]).toBe(
      '${split(":loadbalancer/", local.foundation_outputs.load_balancer_arn)[1]}',
    );
    expect(resource(module, "aws_appautoscaling_policy")).toMatchObject({
      target_tracking_scaling_policy_configuration: {
        predefined_metric_specification: {
          predefined_metric_type: "ALBRequestCountPerTarget",
          resource_label:
            "${local.foundation_load_balancer}/${aws_lb_target_group.target_group.arn_suffix}",
        },
      },
    });
  });

  it("rolls back at an alarm", () => {
    const module = moduleOf({
      port: 80,
      route: { path: "/*" },
      deployment: { alarms: { target5xxPercent: 1, names: ["errors"] } },
    });
    expect(resource(module, "aws_ecs_service")["alarms"]).toEqual({
      alarm_names: ["${aws_cloudwatch_metric_alarm.alarms_target_5xx.alarm_name}", "errors"],
      enable: true,
      rollback: true,
    });
    const alarm = resource(module, "aws_cloudwatch_metric_alarm");
    expect(alarm).toMatchObject({
      alarm_name: "hello-web-target-5xx",
      threshold: 1,
      evaluation_periods: 3,
      datapoints_to_alarm: 2,
      treat_missing_data: "notBreaching",
    });
    expect(alarm["metric_query"]).toMatchObject([
      { id: "percent", expression: "100 * errors / requests", return_data: true },
      { id: "errors", metric: { metric_name: "HTTPCode_Target_5XX_Count", stat: "Sum" } },
      { id: "requests", metric: { metric_name: "RequestCount", period: 60 } },
    ]);
  });

  it("uses Service Connect with the namespace of the foundation", () => {
    const module = moduleOf({ port: 8080, serviceConnect: true });
    expect(resource(module, "aws_ecs_service")["service_connect_configuration"]).toEqual({
      enabled: true,
      namespace: "${local.foundation_outputs.namespace_arn}",
      service: [
        {
          port_name: "web",
          discovery_name: "web",
          client_alias: { dns_name: "web", port: 8080 },
        },
      ],
    });
    expect(containersOf(module)[0]?.["portMappings"]).toEqual([
      { name: "web", containerPort: 8080, hostPort: 8080, protocol: "tcp" },
    ]);
  });

  it("runs on the first capacity provider of the cluster, with public addresses where tasks have them", () => {
    const module = moduleOf(
      {},
      { egress: "public", cluster: { capacityProviders: ["FARGATE_SPOT", "FARGATE"] } },
    );
    const service = resource(module, "aws_ecs_service");
    expect(service["capacity_provider_strategy"]).toEqual([
      { capacity_provider: "FARGATE_SPOT", weight: 1 },
    ]);
    expect(service["launch_type"]).toBeUndefined();
    expect(service["network_configuration"]).toMatchObject({ assign_public_ip: true });
  });

  it("has two tasks in production", () => {
    expect(resource(moduleOf({}, { production: true }), "aws_ecs_service")["desired_count"]).toBe(
      2,
    );
  });

  it("has the tags and the overrides of the config", () => {
    const module = moduleOf(
      { override: { aws_ecs_service: { platform_version: "1.4.0" } } },
      { tags: { team: "shop" } },
    );
    expect(resource(module, "aws_ecs_service")).toMatchObject({
      platform_version: "1.4.0",
      tags: { team: "shop" },
    });
  });
});

describe("the root module of a job", () => {
  it("has no schedule without one in the config", () => {
    expect(addresses(jobModule())).toEqual([
      "aws_cloudwatch_log_group.logs",
      "aws_ecs_task_definition.task_definition",
      "aws_iam_role.execution_role",
      "aws_iam_role.task_role",
      "aws_iam_role_policy.execution_role_policy",
      "aws_ssm_parameter.image",
    ]);
  });

  it("has a schedule that may start exactly its task", () => {
    const queue = "arn:aws:sqs:us-east-1:111122223333:failed";
    const module = jobModule({
      schedule: "cron(0 3 * * ? *)",
      timezone: "Europe/Berlin",
      retries: 0,
      deadLetterQueueArn: queue,
    });
    expect(resource(module, "aws_scheduler_schedule")).toMatchObject({
      name: "hello-nightly",
      schedule_expression: "cron(0 3 * * ? *)",
      schedule_expression_timezone: "Europe/Berlin",
      state: "ENABLED",
      flexible_time_window: { mode: "OFF" },
      target: {
        arn: "${local.foundation_outputs.cluster_arn}",
        role_arn: "${aws_iam_role.schedule_role.arn}",
        ecs_parameters: {
          task_definition_arn: "${aws_ecs_task_definition.task_definition.arn}",
          launch_type: "FARGATE",
          network_configuration: {
            subnets: "${local.foundation_outputs.task_subnet_ids}",
            assign_public_ip: false,
          },
        },
        retry_policy: { maximum_retry_attempts: 0 },
        dead_letter_config: { arn: queue },
      },
    });
    expect(statementsOf(module, "schedule_role")).toEqual([
      {
        Effect: "Allow",
        Action: "ecs:RunTask",
        Resource: "arn:aws:ecs:us-east-1:111122223333:task-definition/hello-nightly:*",
        Condition: { ArnEquals: { "ecs:cluster": "${local.foundation_outputs.cluster_arn}" } },
      },
      {
        Effect: "Allow",
        Action: "ecs:TagResource",
        Resource:
          "arn:aws:ecs:us-east-1:111122223333:task/${local.foundation_outputs.cluster_name}/*",
        Condition: { StringEquals: { "ecs:CreateAction": "RunTask" } },
      },
      {
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: ["${aws_iam_role.execution_role.arn}", "${aws_iam_role.task_role.arn}"],
        Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      },
      { Effect: "Allow", Action: "sqs:SendMessage", Resource: queue },
    ]);
    expect(module.output["service_name"]).toBeUndefined();
  });
});

describe("HCL of a service", () => {
  const files = synthServiceHcl(
    settingsOf(
      configOf({
        port: 8080,
        route: { path: "/*" },
        environment: { GREETING: "${name}" },
        secrets: { URL: { secret: "shop/db" } },
      }),
    ),
    "web",
  );

  it("has the files and the parts that a person would write", () => {
    expect([...files.keys()]).toEqual([
      "versions.tf",
      "providers.tf",
      "variables.tf",
      "main.tf",
      "outputs.tf",
      "moved.tf",
    ]);
    expect(files.get("variables.tf")).toBe(`variable "image" {
  default     = null
  description = "Image to deploy: a URI with a digest; null is the image of the config or of the last successful deployment"
  type        = string
}
`);
    expect((files.get("main.tf") ?? "").match(/^(#|data|locals) .*/gm)).toEqual([
      'data "aws_ecr_image" "image_tagged" {',
      'data "aws_secretsmanager_secret" "secrets_shop_db" {',
      'data "aws_ssm_parameter" "foundation" {',
      "locals {",
      "# Image",
      "# Logs",
      "# Roles",
      "# Task definition",
      "# Route",
      "# Service",
    ]);
  });

  it("has expressions, and no JSON in strings", () => {
    const main = files.get("main.tf") ?? "";
    expect(main).toContain("container_definitions = jsonencode([");
    expect(main).toContain('value = "$${name}"');
    expect(main).toContain(
      "  image_uri                = coalesce(var.image, one(data.aws_ecr_image.image_tagged[*].image_uri))",
    );
    expect(main).toContain("    precondition {\n");
    expect(main).toContain("    ignore_changes = [task_definition]");
    expect(main).not.toContain('\\"');
  });
});

describe("the foundation of services and jobs", () => {
  const resourcesOf = (config: Partial<Config>): Module =>
    JSON.parse(synthJson(settingsOf({ account: "111122223333", ...config }))) as Module;
  /** The addresses that a config adds to the foundation. */
  const added = (config: Partial<Config>, base: Partial<Config> = {}): string[] => {
    const before = new Set(addresses(resourcesOf(base)));
    return addresses(resourcesOf({ ...base, ...config })).filter((address) => !before.has(address));
  };

  it("publishes its outputs", () => {
    expect(added({ services: { web: { image } } })).toEqual(["aws_ssm_parameter.published"]);
    expect(added({ jobs: { nightly: { image } } })).toEqual(["aws_ssm_parameter.published"]);
  });

  it("has the endpoints of secrets and of ECS Exec", () => {
    const services = {
      web: {
        image,
        exec: true,
        secrets: { A: { secret: "a" } },
        sidecars: { proxy: { image: `${ECR}/proxy:1`, secrets: { B: { parameter: "b" } } } },
      },
    };
    expect(added({ services })).toEqual([
      "aws_ssm_parameter.published",
      "aws_vpc_endpoint.endpoints_kms",
      "aws_vpc_endpoint.endpoints_secretsmanager",
      "aws_vpc_endpoint.endpoints_ssm",
      "aws_vpc_endpoint.endpoints_ssmmessages",
    ]);
    expect(added({ services }, { egress: "nat" })).toEqual(["aws_ssm_parameter.published"]);
  });

  it("allows the load balancer to reach the ports of services with a route", () => {
    const services = {
      web: { image, port: 3000, route: { path: "/*" } },
      worker: { image, port: 4000 },
    };
    expect(added({ services })).toEqual([
      "aws_ssm_parameter.published",
      "aws_vpc_security_group_egress_rule.security_groups_load_balancer_to_tasks_3000",
      "aws_vpc_security_group_ingress_rule.security_groups_tasks_from_load_balancer_3000",
    ]);
  });

  it("has a namespace and rules between tasks for Service Connect", () => {
    const services = {
      api: { image, port: 3000, serviceConnect: true },
      worker: { image, serviceConnect: true },
    };
    expect(added({ services })).toEqual([
      "aws_service_discovery_http_namespace.cluster_namespace",
      "aws_ssm_parameter.published",
      "aws_vpc_security_group_egress_rule.security_groups_tasks_to_tasks_3000",
      "aws_vpc_security_group_ingress_rule.security_groups_tasks_from_tasks_3000",
    ]);
    expect(
      Object.values(
        resourcesOf({ services }).resource["aws_service_discovery_http_namespace"] ?? {},
      ),
    ).toMatchObject([{ name: "hello" }]);
  });

  it("lets CloudWatch Logs use the key for the log groups of services and jobs", () => {
    const module = resourcesOf({ services: { web: { image } }, jobs: { nightly: { image } } });
    const policy = String(resource(module, "aws_kms_key_policy")["policy"]);
    const { Statement } = JSON.parse(policy) as { Statement: Statement[] };
    expect(Statement[1]?.Condition).toEqual({
      ArnEquals: {
        "kms:EncryptionContext:aws:logs:arn": [
          "arn:aws:logs:us-east-1:111122223333:log-group:/ecs/hello",
          "arn:aws:logs:us-east-1:111122223333:log-group:/ecs/hello/web",
          "arn:aws:logs:us-east-1:111122223333:log-group:/ecs/hello/nightly",
        ],
      },
    });
  });
});

describe("services in another cdktn app", () => {
  const newStack = (): TerraformStack => {
    const stack = new TerraformStack(new App(), "app");
    new AwsProvider(stack, "aws", { region: "us-east-1" });
    return stack;
  };
  const serviceOf = (stack: TerraformStack): Block =>
    resource(JSON.parse(JSON.stringify(stack.toTerraform())) as Module, "aws_ecs_service");
  const existing = {
    name: "shop",
    region: "us-east-1",
    account: "111122223333",
    clusterArn: "arn:aws:ecs:us-east-1:111122223333:cluster/shop",
    clusterName: "shop",
    vpcId: "vpc-0a1b2c3d",
    subnetIds: ["subnet-0a1b2c3d"],
    securityGroupIds: ["sg-0a1b2c3d"],
  };

  it("use a foundation of the same state", () => {
    const stack = newStack();
    const options = settingsOf();
    const { reference } = new Foundation(stack, "foundation", options);
    new Service(stack, "web", {
      name: "web",
      foundation: reference,
      image,
      port: 8080,
      route: { path: "/*" },
    });
    expect(serviceOf(stack)).toMatchObject({
      cluster: "${aws_ecs_cluster.foundation_cluster_resource_2623472A.arn}",
    });
  });

  it("use existing resources", () => {
    const stack = newStack();
    const { targetGroup } = new Service(stack, "web", {
      name: "web",
      foundation: {
        ...existing,
        loadBalancer: {
          arn: "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/shop/1234",
          listenerArn: "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/shop/1/2",
          dnsName: "shop.us-east-1.elb.amazonaws.com",
          protocol: "https",
        },
      },
      image: "public.ecr.aws/nginx/nginx:1.27",
      port: 8080,
      route: { path: "/*" },
    });
    expect(serviceOf(stack)).toMatchObject({
      cluster: existing.clusterArn,
      network_configuration: {
        subnets: existing.subnetIds,
        security_groups: existing.securityGroupIds,
        assign_public_ip: false,
      },
    });
    expect(targetGroup?.url).toBe("https://shop.us-east-1.elb.amazonaws.com/");
  });

  it("reject a route without a load balancer, and an image without a repository", () => {
    const foundation = existing;
    const options = { name: "web", foundation, port: 80 };
    expect(
      () => new Service(newStack(), "web", { ...options, image: "nginx", route: { path: "/*" } }),
    ).toThrow(UserError);
    expect(() => new Service(newStack(), "web", { ...options, image })).toThrow(
      "image: the foundation has no repository",
    );
    expect(
      () => new ScheduledTask(newStack(), "job", { name: "job", foundation, image: "nginx" }),
    ).not.toThrow();
  });
});

describe("the roles of a service that a pipeline deploys", () => {
  it("are below the path of the foundation, with the permissions boundary", () => {
    const roles = Object.values(moduleOf({}, { pipeline: {} }).resource["aws_iam_role"] ?? {}).map(
      ({ path, permissions_boundary: boundary }) => [path, boundary],
    );
    const expected = ["/hello/", "arn:aws:iam::111122223333:policy/hello-boundary"];
    expect(roles).toEqual([expected, expected]);
  });

  it("have neither without a pipeline, and with an existing deploy role", () => {
    const existing = { roles: { deploy: "arn:aws:iam::111122223333:role/ci/deployer" } };
    for (const config of [{}, { pipeline: existing }])
      for (const role of Object.values(moduleOf({}, config).resource["aws_iam_role"] ?? {}))
        expect(role).not.toHaveProperty("permissions_boundary");
  });
});
