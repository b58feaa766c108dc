import { isDeepStrictEqual } from "node:util";
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import { DescribeClustersCommand } from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as kms from "@aws-sdk/client-kms";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { zonesOf } from "../src/aws/regions.ts";
import type { Settings } from "../src/config/options.ts";
import type { Clients } from "./clients.ts";

/** One property of one resource, read back. */
export interface Fact {
  /** Number of the step it belongs to, 1 to 9. */
  readonly step: number;
  readonly what: string;
  readonly holds: boolean;
  readonly found: unknown;
}

export type Outputs = Readonly<Record<string, unknown>>;

const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const sorted = (values: readonly (string | undefined)[]): string[] => values.map(String).sort();

/** Reads every resource of the eight steps back with AWS's own clients, and holds it against the settings. */
export async function verify(
  clients: Clients,
  settings: Settings,
  outputs: Outputs,
): Promise<Fact[]> {
  const facts: Fact[] = [];
  const at =
    (step: number) =>
    (what: string, found: unknown, wanted: unknown): void => {
      facts.push({ step, what, holds: isDeepStrictEqual(found, wanted), found });
    };
  const { name, region, egress = "endpoints", tasks = {}, loadBalancer } = settings;
  const containerPort = tasks.containerPort ?? 8080;
  const keyArn = String(outputs["key_arn"]);
  const vpcId = String(outputs["vpc_id"]);
  const account = keyArn.split(":")[4] ?? "";
  const logGroup = settings.logs?.name ?? `/ecs/${name}`;
  const ownsKey = settings.key === undefined || !("arn" in settings.key);
  const ownsNetwork = settings.network === undefined || !("vpcId" in settings.network);

  if (ownsKey) await verifyKey(clients, at(1), { keyArn, name, region, account, logGroup });

  const { logGroups = [] } = await clients.logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroup }),
  );
  at(2)("log group", logGroups[0]?.logGroupName, logGroup);
  at(2)("encrypted with the key", logGroups[0]?.kmsKeyId, keyArn);
  at(2)("retention", logGroups[0]?.retentionInDays, settings.logs?.retentionDays ?? 365);

  if (ownsNetwork) await verifyNetwork(clients, at(3), settings, outputs);

  const groups = await verifyGroups(clients, at(4), settings, outputs, containerPort);

  await verifyEndpoints(clients, at(5), settings, outputs, groups.get(`${name}-endpoints`));

  if (settings.repository === undefined || !("url" in settings.repository)) {
    const check = at(6);
    const repositoryName = settings.repository?.name ?? name;
    const { repositories = [] } = await clients.ecr.send(
      new ecr.DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }),
    );
    const [repository] = repositories;
    check("repository", repository?.repositoryUri, outputs["repository_url"]);
    check("immutable tags", repository?.imageTagMutability, "IMMUTABLE");
    check("scan on push", repository?.imageScanningConfiguration?.scanOnPush, true);
    check("encrypted with the key", repository?.encryptionConfiguration, {
      encryptionType: "KMS",
      kmsKey: keyArn,
    });
    const { lifecyclePolicyText = "{}" } = await clients.ecr.send(
      new ecr.GetLifecyclePolicyCommand({ repositoryName }),
    );
    const { rules } = JSON.parse(lifecyclePolicyText) as {
      rules: { selection: { countNumber: number } }[];
    };
    check(
      "images kept",
      rules.map((rule) => rule.selection.countNumber),
      [settings.repository?.keepUntaggedDays ?? 7, settings.repository?.keepImages ?? 50],
    );
  }

  const { clusters = [] } = await clients.ecs.send(
    new DescribeClustersCommand({ clusters: [name], include: ["SETTINGS", "CONFIGURATIONS"] }),
  );
  const [cluster] = clusters;
  const exec = cluster?.configuration?.executeCommandConfiguration;
  at(7)("cluster", [cluster?.clusterArn, cluster?.status], [outputs["cluster_arn"], "ACTIVE"]);
  at(7)("exec sessions encrypted", exec?.kmsKeyId, keyArn);
  at(7)(
    "exec sessions recorded",
    [
      exec?.logging,
      exec?.logConfiguration?.cloudWatchLogGroupName,
      exec?.logConfiguration?.cloudWatchEncryptionEnabled,
    ],
    ["OVERRIDE", logGroup, true],
  );
  at(7)(
    "Container Insights",
    cluster?.settings?.[0]?.value,
    settings.cluster?.containerInsights ?? "disabled",
  );
  at(7)(
    "capacity providers",
    sorted(cluster?.capacityProviders ?? []),
    sorted(settings.cluster?.capacityProviders ?? ["FARGATE", "FARGATE_SPOT"]),
  );
  at(7)(
    "Service Connect namespace",
    cluster?.serviceConnectDefaults?.namespace,
    outputs["namespace_arn"],
  );

  if (loadBalancer !== false) {
    await verifyLoadBalancer(clients, at(8), {
      settings,
      outputs,
      containerPort,
      vpcId,
      group: groups.get(`${name}-load-balancer`),
    });
  }

  if (settings.publish !== undefined && settings.publish !== false) {
    const parameter = settings.publish === true ? `/berth/${name}` : settings.publish;
    const { Parameter } = await clients.ssm.send(
      new GetParameterCommand({ Name: parameter, WithDecryption: true }),
    );
    at(9)("outputs published", JSON.parse(Parameter?.Value ?? "{}"), outputs);
    at(9)("as a SecureString", Parameter?.Type, "SecureString");
  }
  at(9)("egress", outputs["assign_public_ip"], egress === "public");
  return facts;
}

type Check = (what: string, found: unknown, wanted: unknown) => void;

async function verifyKey(
  clients: Clients,
  check: Check,
  {
    keyArn,
    name,
    region,
    account,
    logGroup,
  }: Readonly<Record<"keyArn" | "name" | "region" | "account" | "logGroup", string>>,
): Promise<void> {
  const { KeyMetadata: key } = await clients.kms.send(
    new kms.DescribeKeyCommand({ KeyId: keyArn }),
  );
  check("key enabled", key?.KeyState, "Enabled");
  const rotation = await clients.kms.send(new kms.GetKeyRotationStatusCommand({ KeyId: keyArn }));
  check("rotation on", rotation.KeyRotationEnabled, true);
  const { Aliases = [] } = await clients.kms.send(new kms.ListAliasesCommand({ KeyId: keyArn }));
  check(
    "alias",
    Aliases.map((alias) => alias.AliasName),
    [`alias/${name}`],
  );
  const { Policy = "{}" } = await clients.kms.send(new kms.GetKeyPolicyCommand({ KeyId: keyArn }));
  const { Statement } = JSON.parse(Policy) as { Statement: Record<string, unknown>[] };
  check("account in charge", Statement[0]?.["Principal"], { AWS: `arn:aws:iam::${account}:root` });
  check("logs service admitted", Statement[1]?.["Principal"], {
    Service: `logs.${region}.amazonaws.com`,
  });
  const condition = Statement[1]?.["Condition"] as
    | Record<string, Record<string, unknown>>
    | undefined;
  check(
    "for this log group alone",
    [condition?.["ArnEquals"]?.["kms:EncryptionContext:aws:logs:arn"]].flat(),
    [`arn:aws:logs:${region}:${account}:log-group:${logGroup}`],
  );
}

async function verifyNetwork(
  clients: Clients,
  check: Check,
  settings: Settings,
  outputs: Outputs,
): Promise<void> {
  const { egress = "endpoints", loadBalancer, zones: asked = 2 } = settings;
  const vpcId = String(outputs["vpc_id"]);
  const zones = typeof asked === "number" ? zonesOf(settings.region).slice(0, asked) : asked;
  const hasPublic =
    egress !== "endpoints" || (loadBalancer !== false && loadBalancer.scheme !== "internal");
  const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
  const cidr =
    settings.network && "cidr" in settings.network
      ? (settings.network.cidr ?? "10.0.0.0/16")
      : "10.0.0.0/16";

  const { Vpcs = [] } = await clients.ec2.send(new ec2.DescribeVpcsCommand({ VpcIds: [vpcId] }));
  check("VPC", Vpcs[0]?.CidrBlock, cidr);
  const attribute = (Attribute: ec2.VpcAttributeName) =>
    clients.ec2.send(new ec2.DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute }));
  check("DNS support", (await attribute("enableDnsSupport")).EnableDnsSupport?.Value, true);
  check("DNS hostnames", (await attribute("enableDnsHostnames")).EnableDnsHostnames?.Value, true);

  const { SecurityGroups: [group] = [] } = await clients.ec2.send(
    new ec2.DescribeSecurityGroupsCommand({
      Filters: [...Filters, { Name: "group-name", Values: ["default"] }],
    }),
  );
  check("default group closed", [group?.IpPermissions, group?.IpPermissionsEgress], [[], []]);

  const { Subnets = [] } = await clients.ec2.send(new ec2.DescribeSubnetsCommand({ Filters }));
  const zonesOfSubnets = (ids: unknown): string[] =>
    list(ids).map(
      (id) => Subnets.find((subnet) => subnet.SubnetId === id)?.AvailabilityZone ?? "missing",
    );
  check("private subnets", zonesOfSubnets(outputs["private_subnet_ids"]), [...zones]);
  check(
    "public subnets",
    zonesOfSubnets(outputs["public_subnet_ids"]),
    hasPublic ? [...zones] : [],
  );
  check("no other subnets", Subnets.length, zones.length * (hasPublic ? 2 : 1));

  const { InternetGateways = [] } = await clients.ec2.send(
    new ec2.DescribeInternetGatewaysCommand({
      Filters: [{ Name: "attachment.vpc-id", Values: [vpcId] }],
    }),
  );
  check("internet gateway", InternetGateways.length, hasPublic ? 1 : 0);

  const { RouteTables = [] } = await clients.ec2.send(
    new ec2.DescribeRouteTablesCommand({ Filters }),
  );
  const outward = (subnetId: string): string => {
    const own = RouteTables.find((row) =>
      row.Associations?.some((association) => association.SubnetId === subnetId),
    );
    const route = own?.Routes?.find(
      (otherRoute) => otherRoute.DestinationCidrBlock === "0.0.0.0/0",
    );
    if (!own) return "no route table";
    if (!route) return "none";
    return `${(route.NatGatewayId ?? route.GatewayId ?? "").split("-")[0]} ${route.State}`;
  };
  const isNat = egress === "nat" || egress === "nat-per-zone";
  check(
    "private routes",
    list(outputs["private_subnet_ids"]).map(outward),
    zones.map(() => (isNat ? "nat active" : "none")),
  );
  check(
    "public routes",
    list(outputs["public_subnet_ids"]).map(outward),
    hasPublic ? zones.map(() => "igw active") : [],
  );

  const { NatGateways = [] } = await clients.ec2.send(
    new ec2.DescribeNatGatewaysCommand({
      Filter: [...Filters, { Name: "state", Values: ["available"] }],
    }),
  );
  check(
    "NAT gateways",
    NatGateways.length,
    { endpoints: 0, nat: 1, "nat-per-zone": zones.length, public: 0 }[egress],
  );
}

async function verifyGroups(
  clients: Clients,
  check: Check,
  settings: Settings,
  outputs: Outputs,
  containerPort: number,
): Promise<ReadonlyMap<string, string>> {
  const { name, egress = "endpoints", loadBalancer } = settings;
  const { SecurityGroups = [] } = await clients.ec2.send(
    new ec2.DescribeSecurityGroupsCommand({
      Filters: [
        { Name: "vpc-id", Values: [String(outputs["vpc_id"])] },
        { Name: "group-name", Values: [`${name}-*`] },
      ],
    }),
  );
  const ids = new Map(SecurityGroups.map((group) => [group.GroupName ?? "", group.GroupId ?? ""]));
  const names = new Map([...ids].map(([groupName, id]) => [id, groupName.slice(name.length + 1)]));
  const rules = async (role: string): Promise<string[]> => {
    const { SecurityGroupRules = [] } = await clients.ec2.send(
      new ec2.DescribeSecurityGroupRulesCommand({
        Filters: [{ Name: "group-id", Values: [ids.get(`${name}-${role}`) ?? ""] }],
      }),
    );
    return sorted(
      SecurityGroupRules.map((rule) => {
        const group = rule.ReferencedGroupInfo?.GroupId;
        const far =
          rule.CidrIpv4 ??
          rule.PrefixListId?.replace(/^pl-.*/, "prefix list") ??
          (group === undefined ? "?" : (names.get(group) ?? group));
        return `${rule.IsEgress === true ? "to" : "from"} ${far} ${rule.IpProtocol} ${rule.FromPort}-${rule.ToPort}`;
      }),
    );
  };
  const tcp = (direction: string, far: string, port: number): string =>
    `${direction} ${far} tcp ${port}-${port}`;
  const isEndpoints = egress === "endpoints";
  check("tasks' group", ids.get(`${name}-tasks`), outputs["task_security_group_id"]);
  const hasGateway =
    settings.network === undefined ||
    !("vpcId" in settings.network) ||
    (settings.network.routeTableIds ?? []).length > 0;
  const gateways = hasGateway
    ? ["s3", ...(settings.tasks?.uses ?? []).filter((use) => use === "dynamodb")]
    : [];
  check(
    "tasks' rules",
    await rules("tasks"),
    sorted([
      ...(loadBalancer === false ? [] : [tcp("from", "load-balancer", containerPort)]),
      ...(isEndpoints ? [tcp("to", "endpoints", 443)] : [tcp("to", "0.0.0.0/0", 443)]),
      ...gateways.map(() => tcp("to", "prefix list", 443)),
      ...(settings.tasks?.egressRules ?? []).map((rule) => tcp("to", rule.to, rule.port)),
    ]),
  );
  if (isEndpoints) check("endpoints' rules", await rules("endpoints"), [tcp("from", "tasks", 443)]);
  if (loadBalancer !== false) {
    const isTls = loadBalancer.certificateArn !== undefined;
    const ports = [loadBalancer.port ?? (isTls ? 443 : 80), ...(isTls ? [80] : [])];
    check(
      "load balancer's rules",
      await rules("load-balancer"),
      sorted([
        ...ports.flatMap((port) =>
          loadBalancer.allowFrom.map((source) => tcp("from", source, port)),
        ),
        tcp("to", "tasks", containerPort),
      ]),
    );
  }
  return ids;
}

async function verifyEndpoints(
  clients: Clients,
  check: Check,
  settings: Settings,
  outputs: Outputs,
  groupId: string | undefined,
): Promise<void> {
  const { egress = "endpoints", region, tasks = {}, cluster = {} } = settings;
  const vpcId = String(outputs["vpc_id"]);
  const { VpcEndpoints = [] } = await clients.ec2.send(
    new ec2.DescribeVpcEndpointsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }),
  );
  const byType = (type: string) =>
    VpcEndpoints.filter((vpcEndpoint) => vpcEndpoint.VpcEndpointType === type);
  const short = (vpcEndpoint: ec2.VpcEndpoint): string =>
    (vpcEndpoint.ServiceName ?? "").replace(`com.amazonaws.${region}.`, "");
  const asked = [...(tasks.uses ?? []), ...(cluster.exec === true ? ["ssmmessages"] : [])].filter(
    (use) => use !== "dynamodb" && use !== "s3",
  );
  const wanted =
    egress === "endpoints" ? sorted([...new Set(["ecr.api", "ecr.dkr", "logs", ...asked])]) : [];
  check("interface endpoints", sorted(byType("Interface").map(short)), wanted);
  check(
    "private DNS",
    byType("Interface").every((vpcEndpoint) => vpcEndpoint.PrivateDnsEnabled),
    true,
  );
  check(
    "guarded",
    byType("Interface").every(
      (vpcEndpoint) =>
        vpcEndpoint.Groups?.length === 1 && vpcEndpoint.Groups[0]?.GroupId === groupId,
    ),
    true,
  );
  check(
    "in every zone",
    byType("Interface").map((vpcEndpoint) => sorted(vpcEndpoint.SubnetIds ?? [])),
    wanted.map(() => sorted(list(outputs["private_subnet_ids"]))),
  );
  const s3 = byType("Gateway").find((vpcEndpoint) => short(vpcEndpoint) === "s3");
  const { RouteTables = [] } = await clients.ec2.send(
    new ec2.DescribeRouteTablesCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }),
  );
  const missing = list(outputs["task_subnet_ids"]).filter((subnetId) => {
    const own = RouteTables.find((row) =>
      row.Associations?.some((association) => association.SubnetId === subnetId),
    );
    return (
      own?.Routes?.some((route) => route.GatewayId === s3?.VpcEndpointId && s3 !== undefined) !==
      true
    );
  });
  check("S3 in the tasks' routes", missing, []);
}

async function verifyLoadBalancer(
  clients: Clients,
  check: Check,
  context: {
    readonly settings: Settings;
    readonly outputs: Outputs;
    readonly containerPort: number;
    readonly vpcId: string;
    readonly group: string | undefined;
  },
): Promise<void> {
  const { settings, outputs, containerPort, vpcId, group } = context;
  const { loadBalancer } = settings;
  if (loadBalancer === false) return;
  const arn = String(outputs["load_balancer_arn"]);
  const { LoadBalancers: [balancer] = [] } = await clients.elb.send(
    new elb.DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }),
  );
  const isInternal = loadBalancer.scheme === "internal";
  check(
    "load balancer",
    [balancer?.State?.Code, balancer?.Scheme, balancer?.Type],
    ["active", loadBalancer.scheme ?? "internet-facing", "application"],
  );
  check("DNS name", balancer?.DNSName, outputs["load_balancer_dns_name"]);
  check("its group", balancer?.SecurityGroups, [group]);
  check(
    "its subnets",
    sorted((balancer?.AvailabilityZones ?? []).map((zone) => zone.SubnetId)),
    sorted(list(outputs[isInternal ? "private_subnet_ids" : "public_subnet_ids"])),
  );
  const { Attributes = [] } = await clients.elb.send(
    new elb.DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }),
  );
  const attribute = (key: string): string | undefined =>
    Attributes.find((loadBalancerAttribute) => loadBalancerAttribute.Key === key)?.Value;
  check(
    "invalid headers dropped",
    attribute("routing.http.drop_invalid_header_fields.enabled"),
    "true",
  );
  check(
    "deletion protection",
    attribute("deletion_protection.enabled"),
    String(loadBalancer.deletionProtection ?? settings.production ?? false),
  );
  check(
    "access logs",
    attribute("access_logs.s3.enabled"),
    String(loadBalancer.accessLogs !== undefined),
  );

  const { TargetGroups: [target] = [] } = await clients.elb.send(
    new elb.DescribeTargetGroupsCommand({ LoadBalancerArn: arn }),
  );
  const { healthCheck = {} } = loadBalancer;
  check(
    "target group",
    [target?.TargetGroupArn, target?.TargetType, target?.Port, target?.VpcId],
    [outputs["target_group_arn"], "ip", containerPort, vpcId],
  );
  check(
    "health check",
    [target?.HealthCheckPath, target?.Matcher?.HttpCode, target?.HealthCheckPort],
    [
      healthCheck.path ?? "/",
      healthCheck.matcher ?? "200",
      healthCheck.port === undefined ? "traffic-port" : String(healthCheck.port),
    ],
  );

  const { Listeners = [] } = await clients.elb.send(
    new elb.DescribeListenersCommand({ LoadBalancerArn: arn }),
  );
  const { certificateArn } = loadBalancer;
  const main = Listeners.find((listener) => listener.ListenerArn === outputs["listener_arn"]);
  check(
    "listener",
    [
      main?.Protocol,
      main?.Port,
      main?.DefaultActions?.[0]?.TargetGroupArn,
      main?.Certificates?.[0]?.CertificateArn,
    ],
    [
      certificateArn === undefined ? "HTTP" : "HTTPS",
      loadBalancer.port ?? (certificateArn === undefined ? 80 : 443),
      outputs["target_group_arn"],
      certificateArn,
    ],
  );
  const redirect = Listeners.find((listener) => listener.Port === 80)?.DefaultActions?.[0]
    ?.RedirectConfig;
  if (certificateArn === undefined) check("no other listener", Listeners.length, 1);
  else
    check(
      "80 redirects",
      [redirect?.Protocol, redirect?.StatusCode, Listeners.length],
      ["HTTPS", "HTTP_301", 2],
    );
}
