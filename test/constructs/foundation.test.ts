import { App, TerraformStack } from "cdktn";
import { describe, expect, it } from "vitest";
import {
  AwsProvider,
  Cluster,
  EncryptionKey,
  VpcEndpoints,
  Foundation,
  LoadBalancer,
  LogGroup,
  Network,
  peer,
  Repository,
  SecurityGroup,
  UserError,
} from "berth-ecs";
import { synthHcl, synthJson } from "../../src/constructs/synth/synth.ts";
import { settingsOf } from "../support/settings.ts";

type Resources = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>
>;

const resourcesOf = (config: Parameters<typeof settingsOf>[0] = {}): Resources =>
  (JSON.parse(synthJson(settingsOf(config))) as { resource: Resources }).resource;

const addresses = (resources: Resources): string[] =>
  Object.entries(resources)
    .flatMap(([type, named]) => Object.keys(named).map((name) => `${type}.${name}`))
    .sort();

describe("the foundation", () => {
  it("has stable resource addresses", () => {
    expect(addresses(resourcesOf())).toMatchInlineSnapshot(`
      [
        "aws_cloudwatch_log_group.logs",
        "aws_default_security_group.network_default_security_group",
        "aws_ecr_lifecycle_policy.repository_lifecycle",
        "aws_ecr_repository.repository",
        "aws_ecs_cluster.cluster",
        "aws_ecs_cluster_capacity_providers.cluster_capacity",
        "aws_internet_gateway.network_internet_gateway",
        "aws_kms_alias.key_alias",
        "aws_kms_key.key",
        "aws_kms_key_policy.key_policy",
        "aws_lb.load_balancer",
        "aws_lb_listener.load_balancer_http",
        "aws_lb_target_group.load_balancer_target_group",
        "aws_route.network_public_to_internet",
        "aws_route_table.network_private_us_east_1a_routes",
        "aws_route_table.network_private_us_east_1b_routes",
        "aws_route_table.network_public_routes",
        "aws_route_table_association.network_private_us_east_1a_association",
        "aws_route_table_association.network_private_us_east_1b_association",
        "aws_route_table_association.network_public_us_east_1a_association",
        "aws_route_table_association.network_public_us_east_1b_association",
        "aws_security_group.security_groups_endpoints",
        "aws_security_group.security_groups_load_balancer",
        "aws_security_group.security_groups_tasks",
        "aws_subnet.network_private_us_east_1a",
        "aws_subnet.network_private_us_east_1b",
        "aws_subnet.network_public_us_east_1a",
        "aws_subnet.network_public_us_east_1b",
        "aws_vpc.network",
        "aws_vpc_endpoint.endpoints_ecr_api",
        "aws_vpc_endpoint.endpoints_ecr_dkr",
        "aws_vpc_endpoint.endpoints_logs",
        "aws_vpc_endpoint.endpoints_s3",
        "aws_vpc_security_group_egress_rule.security_groups_load_balancer_to_tasks_8080",
        "aws_vpc_security_group_egress_rule.security_groups_tasks_to_endpoints_443",
        "aws_vpc_security_group_egress_rule.security_groups_tasks_to_s3_443",
        "aws_vpc_security_group_ingress_rule.security_groups_endpoints_from_tasks_443",
        "aws_vpc_security_group_ingress_rule.security_groups_load_balancer_from_0_0_0_0_0_80",
        "aws_vpc_security_group_ingress_rule.security_groups_tasks_from_load_balancer_8080",
      ]
    `);
  });

  it("is synthesized to the same bytes for the same settings", () => {
    const settings = settingsOf({
      egress: "nat",
      zones: 3,
      publish: true,
      tags: { b: "2", a: "1" },
    });
    expect(synthJson(settings)).toBe(synthJson(settings));
    expect(synthHcl(settings)).toEqual(synthHcl(settings));
  });

  it("creates resources that use the key after the key's policy", () => {
    const resources = resourcesOf({ publish: true });
    for (const type of [
      "aws_cloudwatch_log_group",
      "aws_ecr_repository",
      "aws_ecs_cluster",
      "aws_ssm_parameter",
    ]) {
      for (const resource of Object.values(resources[type] ?? {})) {
        expect(resource["depends_on"]).toContain("aws_kms_key_policy.key_policy");
      }
    }
  });

  it.each(["endpoints", "nat", "nat-per-zone", "public"] as const)(
    "creates the NAT gateways, routes and endpoints for egress %s",
    (egress) => {
      const resources = resourcesOf({ egress });
      const routes = Object.keys(resources["aws_route"] ?? {});
      expect(routes.filter((name) => name.startsWith("network_private"))).toHaveLength(
        egress.startsWith("nat") ? 2 : 0,
      );
      expect(Object.keys(resources["aws_nat_gateway"] ?? {})).toHaveLength(
        { endpoints: 0, nat: 1, "nat-per-zone": 2, public: 0 }[egress],
      );
      const interfaces = Object.values(resources["aws_vpc_endpoint"] ?? {}).filter(
        (resource) => resource["vpc_endpoint_type"] === "Interface",
      );
      expect(interfaces).toHaveLength(egress === "endpoints" ? 3 : 0);
    },
  );

  it("creates only the endpoints that tasks use", () => {
    const names = (config: Parameters<typeof settingsOf>[0]): string[] =>
      Object.keys(resourcesOf(config)["aws_vpc_endpoint"] ?? {}).sort();
    const least = ["endpoints_ecr_api", "endpoints_ecr_dkr", "endpoints_logs", "endpoints_s3"];
    expect(names({})).toEqual(least);
    expect(
      names({ cluster: { exec: true }, tasks: { uses: ["secretsmanager", "logs", "s3"] } }),
    ).toEqual([...least, "endpoints_secretsmanager", "endpoints_ssmmessages"].sort());
  });

  it("has no public subnet and no internet gateway if nothing needs them", () => {
    const resources = resourcesOf({ loadBalancer: false, zones: 1 });
    expect(resources["aws_internet_gateway"]).toBeUndefined();
    expect(Object.keys(resources["aws_subnet"] ?? {})).toEqual(["network_private_us_east_1a"]);
    expect(resources["aws_lb"]).toBeUndefined();
  });

  it("enables deletion protection in production by default", () => {
    const isProtected = (config: Parameters<typeof settingsOf>[0]): unknown =>
      resourcesOf(config)["aws_lb"]?.["load_balancer"]?.["enable_deletion_protection"];
    expect(isProtected({})).toBe(false);
    expect(isProtected({ production: true })).toBe(true);
    expect(
      isProtected({ production: true, loadBalancer: { allowFrom: [], deletionProtection: false } }),
    ).toBe(false);
  });

  it("allows no traffic to the load balancer without a source in allowFrom", () => {
    const rules = Object.keys(
      resourcesOf({ loadBalancer: { allowFrom: [] } })["aws_vpc_security_group_ingress_rule"] ?? {},
    );
    expect(rules.filter((name) => name.startsWith("security_groups_load_balancer"))).toEqual([]);
  });

  it("overrides resources by type or by address, and rejects a key that matches none", () => {
    const resources = resourcesOf({
      override: {
        aws_lb: { idle_timeout: 120, security_groups: ["sg-0a1b2c3d4e5f60718"] },
        "aws_vpc_endpoint.endpoints_s3": { route_table_ids: [] },
        "aws_subnet.network_private_us_east_1a": { tags: { Name: "mine" } },
      },
    });
    expect(resources["aws_lb"]?.["load_balancer"]?.["idle_timeout"]).toBe(120);
    // An override replaces a list.
    expect(resources["aws_lb"]?.["load_balancer"]?.["security_groups"]).toEqual([
      "sg-0a1b2c3d4e5f60718",
    ]);
    expect(resources["aws_vpc_endpoint"]?.["endpoints_s3"]?.["route_table_ids"]).toEqual([]);
    expect(resources["aws_subnet"]?.["network_private_us_east_1a"]?.["tags"]).toEqual({
      Name: "mine",
    });
    expect(() => resourcesOf({ override: { aws_elb: { idle_timeout: 120 } } })).toThrow(
      'no resource matches "aws_elb"',
    );
  });

  it("adds tags to all resources that support tags, and keeps their names", () => {
    const resources = resourcesOf({ tags: { team: "harbour", Name: "default-name" } });
    expect(resources["aws_vpc"]?.["network"]?.["tags"]).toEqual({ team: "harbour", Name: "hello" });
    expect(resources["aws_kms_key"]?.["key"]?.["tags"]).toEqual({
      team: "harbour",
      Name: "default-name",
    });
    expect(resources["aws_route"]?.["network_public_to_internet"]?.["tags"]).toBeUndefined();
  });

  it("has version constraints for the engine and the provider, and a local backend by default", () => {
    const { terraform, provider } = JSON.parse(
      synthJson(settingsOf({ account: "111122223333", defaultTags: { a: "b" } })),
    ) as Record<string, unknown>;
    expect(terraform).toEqual({
      backend: { local: { path: "terraform.tfstate" } },
      required_providers: { aws: { source: "hashicorp/aws", version: ">= 5.100, < 7.0" } },
      required_version: ">= 1.10",
    });
    expect(provider).toEqual({
      aws: [
        {
          region: "us-east-1",
          allowed_account_ids: ["111122223333"],
          default_tags: [{ tags: { a: "b" } }],
        },
      ],
    });
  });

  it("has an S3 backend with lock file and encryption if state is set", () => {
    const { terraform } = JSON.parse(synthJson(settingsOf({ state: { bucket: "states" } }))) as {
      terraform: { backend: unknown };
    };
    expect(terraform.backend).toEqual({
      s3: {
        bucket: "states",
        key: "hello/terraform.tfstate",
        region: "us-east-1",
        encrypt: true,
        use_lockfile: true,
      },
    });
  });
});

describe("constructs in another stack", () => {
  it("can be used separately", () => {
    const stack = new TerraformStack(new App(), "mine");
    new AwsProvider(stack, "aws", { region: "eu-west-1" });
    const key = new EncryptionKey(stack, "key", {
      alias: "mine",
      account: "111122223333",
      region: "eu-west-1",
      logGroups: ["/mine"],
    });
    const logGroup = new LogGroup(stack, "logs", { name: "/mine", key });
    const network = new Network(stack, "network", {
      name: "mine",
      cidr: "192.168.0.0/20",
      zones: ["eu-west-1a", "eu-west-1b"],
    });
    const loadBalancerSecurityGroup = new SecurityGroup(stack, "front", {
      vpcId: network.vpcId,
      name: "front",
      description: "front",
    });
    const taskSecurityGroup = new SecurityGroup(stack, "app", {
      vpcId: network.vpcId,
      name: "app",
      description: "app",
    });
    loadBalancerSecurityGroup.addIngressRule("office", peer("192.0.2.0/24"), 443);
    loadBalancerSecurityGroup.allowTo("app", taskSecurityGroup, 8080);
    new VpcEndpoints(stack, "endpoints", {
      name: "mine",
      region: "eu-west-1",
      vpcId: network.vpcId,
      gateways: ["s3"],
      routeTableIds: network.privateRouteTableIds,
      interfaces: ["logs"],
      subnetIds: network.privateSubnetIds,
      securityGroup: taskSecurityGroup,
    });
    new Repository(stack, "repository", { name: "mine", key });
    new Cluster(stack, "cluster", { name: "mine", key, logGroup });
    new LoadBalancer(stack, "balancer", {
      name: "mine",
      network,
      securityGroup: loadBalancerSecurityGroup,
      containerPort: 8080,
    });
    const { resource } = stack.toTerraform() as { resource: Resources };
    expect(Object.keys(resource).sort()).toMatchInlineSnapshot(`
      [
        "aws_cloudwatch_log_group",
        "aws_default_security_group",
        "aws_ecr_lifecycle_policy",
        "aws_ecr_repository",
        "aws_ecs_cluster",
        "aws_ecs_cluster_capacity_providers",
        "aws_internet_gateway",
        "aws_kms_alias",
        "aws_kms_key",
        "aws_kms_key_policy",
        "aws_lb",
        "aws_lb_listener",
        "aws_lb_target_group",
        "aws_route",
        "aws_route_table",
        "aws_route_table_association",
        "aws_security_group",
        "aws_subnet",
        "aws_vpc",
        "aws_vpc_endpoint",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
      ]
    `);
    const cidrs = Object.values(resource["aws_subnet"] ?? {})
      .map((entry) => String(entry["cidr_block"]))
      .sort();
    expect(cidrs).toEqual([
      "192.168.0.0/24",
      "192.168.1.0/24",
      "192.168.8.0/25",
      "192.168.8.128/25",
    ]);
  });

  it("allow two foundations with different names in one stack", () => {
    const stack = new TerraformStack(new App(), "mine");
    const options = { region: "eu-west-1", account: "111122223333", loadBalancer: false } as const;
    new Foundation(stack, "one", { name: "one", ...options });
    new Foundation(stack, "two", { name: "two", ...options });
    const { resource } = stack.toTerraform() as { resource: Resources };
    expect(Object.keys(resource["aws_vpc"] ?? {})).toHaveLength(2);
  });

  it.each([
    [
      "a CIDR block with host bits",
      { name: "x", cidr: "10.0.1.0/16", zones: ["eu-west-1a"] },
      "has host bits set",
    ],
    [
      "a CIDR block that is too small",
      { name: "x", cidr: "10.0.0.0/24", zones: ["eu-west-1a"] },
      "is a /24",
    ],
    [
      "NAT without public subnets",
      { name: "x", zones: ["eu-west-1a"], publicSubnets: false, nat: "one" as const },
      "needs a public subnet",
    ],
  ])("reject %s before Terraform runs", (_, props, message) => {
    const make = () => new Network(new TerraformStack(new App(), "mine"), "network", props);
    expect(make).toThrow(UserError);
    expect(make).toThrow(message);
  });

  it("reject names and retentions that AWS rejects", () => {
    const stack = new TerraformStack(new App(), "mine");
    const key = EncryptionKey.fromArn("arn:aws:kms:eu-west-1:111122223333:key/1");
    expect(() => new LogGroup(stack, "a", { name: "a b", key })).toThrow("not accepted by AWS");
    expect(() => new LogGroup(stack, "b", { name: "b", key, retentionDays: 2 })).toThrow(
      "does not support a retention of 2 days",
    );
    expect(() => new Repository(stack, "c", { name: "Upper", key })).toThrow("not accepted by AWS");
    expect(() => peer("10.0.0.1/8")).toThrow("has host bits set");
  });
});
