import { ownProperty } from "../core/own-property.ts";
import type { Context } from "../core/operation.ts";
import { addresses, routeTables } from "../services/ec2/tables.ts";
import { roles } from "../services/iam/tables.ts";

type Input = Readonly<Record<string, unknown>>;

/** Prefixes of IAM actions that differ from the signing name. Source: Service Authorization Reference. */
const ACTION_PREFIXES: Readonly<Record<string, string>> = { monitoring: "cloudwatch" };

/** Operations of S3 whose IAM action has another name. Source: Service Authorization Reference, "Amazon S3". */
const S3_ACTIONS: Readonly<Record<string, string>> = {
  HeadBucket: "ListBucket",
  ListObjects: "ListBucket",
  ListObjectsV2: "ListBucket",
  ListObjectVersions: "ListBucketVersions",
  ListBuckets: "ListAllMyBuckets",
  HeadObject: "GetObject",
  CopyObject: "PutObject",
  DeleteObjects: "DeleteObject",
  GetBucketEncryption: "GetEncryptionConfiguration",
  PutBucketEncryption: "PutEncryptionConfiguration",
  DeleteBucketEncryption: "PutEncryptionConfiguration",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
  PutBucketLifecycleConfiguration: "PutLifecycleConfiguration",
  DeleteBucketLifecycle: "PutLifecycleConfiguration",
  GetBucketReplication: "GetReplicationConfiguration",
  GetBucketAccelerateConfiguration: "GetAccelerateConfiguration",
  GetBucketCors: "GetBucketCORS",
  GetObjectLockConfiguration: "GetBucketObjectLockConfiguration",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
  DeletePublicAccessBlock: "PutBucketPublicAccessBlock",
  DeleteBucketTagging: "PutBucketTagging",
  GetBucketNotificationConfiguration: "GetBucketNotification",
};

export function actionOf(service: string, operation: string): string {
  const name = service === "s3" ? (S3_ACTIONS[operation] ?? operation) : operation;
  return `${ACTION_PREFIXES[service] ?? service}:${name}`;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

/** The ARN in a value: the value itself, or an ARN that is made from a name. */
const arnsFrom = (value: unknown, make: (name: string) => string): string[] => {
  const nameOrArn = text(value);
  if (nameOrArn === undefined) return [];
  return [nameOrArn.startsWith("arn:") ? nameOrArn : make(nameOrArn)];
};

/** Resource types of EC2 by ID prefix. Source: Service Authorization Reference, "Amazon EC2". */
const EC2_TYPES: Readonly<Record<string, string>> = {
  vpc: "vpc",
  subnet: "subnet",
  rtb: "route-table",
  igw: "internet-gateway",
  sg: "security-group",
  sgr: "security-group-rule",
  vpce: "vpc-endpoint",
  nat: "natgateway",
  eipalloc: "elastic-ip",
  eni: "network-interface",
  acl: "network-acl",
  pl: "prefix-list",
  fl: "vpc-flow-log",
  dopt: "dhcp-options",
  eigw: "egress-only-internet-gateway",
  pcx: "vpc-peering-connection",
};

const EC2_CREATED: Readonly<Record<string, string>> = {
  CreateVpc: "vpc",
  CreateSubnet: "subnet",
  CreateRouteTable: "route-table",
  CreateInternetGateway: "internet-gateway",
  CreateSecurityGroup: "security-group",
  CreateVpcEndpoint: "vpc-endpoint",
  CreateNatGateway: "natgateway",
  AllocateAddress: "elastic-ip",
  CreateNetworkInterface: "network-interface",
  CreateNetworkAcl: "network-acl",
  CreateManagedPrefixList: "prefix-list",
  CreateFlowLogs: "vpc-flow-log",
  CreateDhcpOptions: "dhcp-options",
};

/** ARNs of the resources that EC2 creates for a request. Their IDs are not known yet. */
export function createdResources(context: Context, operation: string, input: Input): string[] {
  const createdType = EC2_CREATED[operation];
  const isRule =
    operation.startsWith("AuthorizeSecurityGroup") && input["TagSpecifications"] !== undefined;
  if (createdType === undefined) return isRule ? [context.arn("ec2", "security-group-rule/*")] : [];
  return [context.arn("ec2", `${createdType}/*`)];
}

/** All EC2 IDs in an input, at every depth. */
function idsIn(value: unknown): string[] {
  if (typeof value === "string") return /^[a-z]+-0?[0-9a-f]{8,17}$/.test(value) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(idsIn);
  if (typeof value === "object" && value !== null && !(value instanceof Date))
    return Object.values(value).flatMap(idsIn);
  return [];
}

/** The resource that has an association. If the association does not exist, any resource of the type. */
function associationOwnerOf(
  context: Context,
  operation: string,
  id: string | undefined,
): string | undefined {
  switch (operation) {
    case "DisassociateRouteTable": {
      const table = context
        .in(routeTables)
        .find((row) => row.associations.some((association) => association.id === id));
      return `route-table/${table?.id ?? "rtb-*"}`;
    }
    case "DisassociateAddress": {
      const address = context.in(addresses).find((row) => row.association?.id === id);
      return `elastic-ip/${address?.id ?? "eipalloc-*"}`;
    }
    default:
      return undefined;
  }
}

type ResourceArnsOf = (context: Context, operation: string, input: Input) => string[];

/** The resources of a request, by service. Without a resource, the permission is checked for "*". */
const RESOURCE_ARNS: Readonly<Record<string, ResourceArnsOf>> = {
  ec2: (context, operation, input) => {
    if (operation.startsWith("Describe")) return [];
    const associationOwner = associationOwnerOf(context, operation, text(input["AssociationId"]));
    if (associationOwner !== undefined) return [context.arn("ec2", associationOwner)];
    const namedResources = idsIn({ ...input, TagSpecifications: undefined }).flatMap((id) => {
      const prefix = id.split("-")[0] ?? "";
      // Rules and routes refer to a prefix list, but the permission is not checked for it.
      const type =
        prefix === "pl" && !operation.includes("PrefixList")
          ? undefined
          : ownProperty(EC2_TYPES, prefix);
      return type === undefined ? [] : [context.arn("ec2", `${type}/${id}`)];
    });
    return [...new Set(namedResources), ...createdResources(context, operation, input)];
  },
  ecr: (context, _operation, input) => [
    ...[input["repositoryName"], ...((input["repositoryNames"] ?? []) as unknown[])].flatMap(
      (nameOrArn) => arnsFrom(nameOrArn, (name) => context.arn("ecr", `repository/${name}`)),
    ), // a list by its model
    ...arnsFrom(input["resourceArn"], String),
  ],
  ecs: (context, operation, input) => {
    if (
      /^(RegisterTaskDefinition|List|DescribeTaskDefinition|DeregisterTaskDefinition)/.test(
        operation,
      )
    ) {
      return arnsFrom(input["resourceArn"], String);
    }
    const cluster = text(input["cluster"]) ?? text(input["clusterName"]) ?? "default";
    const short = cluster.replace(/^.*:cluster\//, "");
    const service = text(input["service"]) ?? text(input["serviceName"]);
    if (input["resourceArn"] !== undefined) return arnsFrom(input["resourceArn"], String);
    if (operation === "RunTask") {
      return arnsFrom(input["taskDefinition"], (name) =>
        context.arn("ecs", `task-definition/${name}`),
      );
    }
    if (service !== undefined && /Service$|TaskSet$/.test(operation)) {
      return arnsFrom(service, (name) => context.arn("ecs", `service/${short}/${name}`));
    }
    const services = input["services"];
    if (operation === "DescribeServices" && Array.isArray(services)) {
      return services.flatMap((otherService) =>
        arnsFrom(otherService, (name) => context.arn("ecs", `service/${short}/${name}`)),
      );
    }
    const task = text(input["task"]);
    if (task !== undefined)
      return arnsFrom(task, (id) => context.arn("ecs", `task/${short}/${id}`));
    const clusters = input["clusters"];
    if (Array.isArray(clusters)) {
      return clusters.flatMap((otherCluster) =>
        arnsFrom(otherCluster, (name) => context.arn("ecs", `cluster/${name}`)),
      );
    }
    return [context.arn("ecs", `cluster/${short}`)];
  },
  elasticloadbalancing: (context, operation, input) => {
    if (operation.startsWith("Describe")) return [];
    const arns = ["LoadBalancerArn", "ListenerArn", "TargetGroupArn", "RuleArn"].flatMap((key) =>
      arnsFrom(input[key], String),
    );
    const list = input["ResourceArns"];
    const name = text(input["Name"]);
    if (operation === "CreateLoadBalancer")
      return [context.arn("elasticloadbalancing", `loadbalancer/app/${name}/*`)];
    if (operation === "CreateTargetGroup")
      return [context.arn("elasticloadbalancing", `targetgroup/${name}/*`)];
    return [...arns, ...(Array.isArray(list) ? list.map(String) : [])];
  },
  iam: (context, operation, input) => {
    const identityArns = (kind: string, name: unknown): string[] =>
      arnsFrom(name, (value) => {
        const existingArn = kind === "role" ? context.in(roles).get(value)?.arn : undefined;
        if (existingArn !== undefined) return existingArn;
        const path = text(input["Path"]) ?? "/";
        return `arn:${context.partition}:iam::${context.account}:${kind}${operation.startsWith("Create") ? path : "/"}${value}`;
      });
    return [
      ...identityArns("role", input["RoleName"]),
      ...identityArns("user", input["UserName"]),
      ...identityArns("instance-profile", input["InstanceProfileName"]),
      ...identityArns("policy", operation === "CreatePolicy" ? input["PolicyName"] : undefined),
      ...(input["RoleName"] === undefined ? arnsFrom(input["PolicyArn"], String) : []),
      ...arnsFrom(input["OpenIDConnectProviderArn"], String),
      ...arnsFrom(
        operation === "CreateOpenIDConnectProvider" ? input["Url"] : undefined,
        (url) =>
          `arn:${context.partition}:iam::${context.account}:oidc-provider/${url.replace(/^https:\/\//, "")}`,
      ),
    ];
  },
  logs: (context, operation, input) => {
    if (operation === "DescribeLogGroups") return [context.arn("logs", "log-group::log-stream:")];
    const group = text(input["logGroupName"]) ?? text(input["logGroupIdentifier"]);
    if (group === undefined) return arnsFrom(input["resourceArn"], String);
    const stream = text(input["logStreamName"]);
    const name = group.replace(/^.*:log-group:/, "");
    return [
      context.arn(
        "logs",
        stream === undefined ? `log-group:${name}` : `log-group:${name}:log-stream:${stream}`,
      ),
    ];
  },
  s3: (context, _operation, input) => {
    const bucket = text(input["Bucket"]);
    if (bucket === undefined) return [];
    const key = text(input["Key"]);
    return [`arn:${context.partition}:s3:::${bucket}${key === undefined ? "" : `/${key}`}`];
  },
  secretsmanager: (context, _operation, input) => [
    ...arnsFrom(input["SecretId"], (name) =>
      context.arn("secretsmanager", `secret:${name}-??????`),
    ),
    ...arnsFrom(input["Name"], (name) => context.arn("secretsmanager", `secret:${name}-??????`)),
  ],
  ssm: (context, _operation, input) => {
    const parameter = (name: string): string =>
      context.arn("ssm", `parameter/${name.replace(/^\//, "")}`);
    const names = input["Names"];
    return [
      ...arnsFrom(input["Name"], parameter),
      ...(input["ResourceType"] === "Parameter" ? arnsFrom(input["ResourceId"], parameter) : []),
      ...(Array.isArray(names) ? names.flatMap((name) => arnsFrom(name, parameter)) : []),
    ];
  },
  sts: (_context, _operation, input) => arnsFrom(input["RoleArn"], String),
  monitoring: (context, _operation, input) => {
    const alarm = (name: string): string => context.arn("cloudwatch", `alarm:${name}`);
    const names = input["AlarmNames"];
    return [
      ...arnsFrom(input["AlarmName"], alarm),
      ...arnsFrom(input["ResourceARN"], String),
      ...(Array.isArray(names) ? names.flatMap((name) => arnsFrom(name, alarm)) : []),
    ];
  },
  servicediscovery: (context, operation, input) =>
    operation.endsWith("Namespace")
      ? arnsFrom(input["Id"], (id) => context.arn("servicediscovery", `namespace/${id}`))
      : [],
  events: (context, _operation, input) =>
    arnsFrom(input["Name"] ?? input["Rule"], (name) => context.arn("events", `rule/${name}`)),
  route53: (context, _operation, input) =>
    arnsFrom(input["HostedZoneId"] ?? input["Id"], (id) =>
      id.startsWith("/change/") || id.startsWith("C")
        ? `arn:${context.partition}:route53:::change/${id.replace("/change/", "")}`
        : `arn:${context.partition}:route53:::hostedzone/${id.replace("/hostedzone/", "")}`,
    ),
};

const ARN_MEMBERS = ["ResourceArn", "ResourceARN", "resourceArn", "CertificateArn"];

/** The ARNs for which a request needs permission; ["*"] if the service has no narrower resource. */
export function resourcesOf(
  context: Context,
  service: string,
  operation: string,
  input: Input,
): string[] {
  const namedResources = RESOURCE_ARNS[service]?.(context, operation, input) ?? [];
  const arns =
    namedResources.length > 0
      ? namedResources
      : ARN_MEMBERS.flatMap((member) => arnsFrom(input[member], String));
  return arns.length > 0 ? arns : ["*"];
}

/**
 * Roles that a request passes to a service. This requires iam:PassRole. Source: IAM User Guide, "Grant a user
 * permissions to pass a role to an AWS service".
 */
export function passedRoles(service: string, operation: string, input: Input): [string, string][] {
  const pass = (member: string, to: string): [string, string][] => {
    const role = text(input[member]);
    return role === undefined ? [] : [[role, to]];
  };
  switch (`${service}:${operation}`) {
    case "ecs:RegisterTaskDefinition":
      return [
        ...pass("executionRoleArn", "ecs-tasks.amazonaws.com"),
        ...pass("taskRoleArn", "ecs-tasks.amazonaws.com"),
      ];
    case "ec2:CreateFlowLogs":
      return pass("DeliverLogsPermissionArn", "vpc-flow-logs.amazonaws.com");
    case "events:PutTargets":
      return ((input["Targets"] ?? []) as readonly Input[]).flatMap(({ RoleArn }) =>
        typeof RoleArn === "string" ? [[RoleArn, "events.amazonaws.com"]] : [],
      );
    case "codedeploy:CreateDeploymentGroup":
    case "codedeploy:UpdateDeploymentGroup":
      return pass("serviceRoleArn", "codedeploy.amazonaws.com");
    default:
      return [];
  }
}
