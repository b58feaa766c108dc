import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../src/config/load.ts";
import { UserError, UserErrors } from "../../src/shared/errors.ts";

const base = {
  name: "hello",
  region: "us-east-1",
  loadBalancer: { allowFrom: ["0.0.0.0/0"] },
};

type Case = readonly [
  what: string,
  config: unknown,
  environment: string | undefined,
  errors: readonly string[],
];

/** Invalid configs with their errors: the path, the problem, the expected value. */
const cases: readonly Case[] = [
  ["not an object", 7, undefined, ["expected an object, but this is a number"]],
  [
    "empty object",
    {},
    undefined,
    [
      "name: is missing: expected a string",
      "region: is missing: expected a string",
      "loadBalancer: is missing: expected an object, or false to create no load balancer",
    ],
  ],
  ["unknown key", { ...base, zone: 2 }, undefined, ['unknown key "zone"; did you mean "zones"?']],
  [
    "unknown nested key",
    { ...base, loadBalancer: { allowFrom: [], certificateArm: "x" } },
    undefined,
    ['loadBalancer: unknown key "certificateArm"; did you mean "certificateArn"?'],
  ],
  [
    "name with capitals",
    { ...base, name: "Hello" },
    undefined,
    [
      'name: "Hello" is not a name: expected lower-case letters, digits and single hyphens, starting with a letter',
    ],
  ],
  [
    "name too long",
    { ...base, name: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
    undefined,
    ['name: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" has 33 characters; expected 2 to 32'],
  ],
  [
    "name too short",
    { ...base, name: "a" },
    undefined,
    ['name: "a" has 1 character; expected 2 to 32'],
  ],
  [
    "name internal-",
    { ...base, name: "internal-x" },
    undefined,
    [
      'name: "internal-x" is not accepted by AWS: letters, digits and hyphens, no hyphen at either end, not starting with "internal-"',
    ],
  ],
  [
    "name not a string",
    { ...base, name: 5 },
    undefined,
    ["name: expected a string, but this is a number"],
  ],
  [
    "region unknown",
    { ...base, region: "us-eats-1" },
    undefined,
    ['region: "us-eats-1" is not a known region; did you mean "us-east-1"?'],
  ],
  [
    "account number",
    { ...base, account: 111122223333 },
    undefined,
    ["account: expected the account ID as a string of 12 digits"],
  ],
  [
    "account too short",
    { ...base, account: "1111" },
    undefined,
    ["account: an account ID has 12 digits"],
  ],
  [
    "zones 0",
    { ...base, zones: 0 },
    undefined,
    ["zones: 0 is not a number of zones: a whole number from 1 to 6"],
  ],
  [
    "zones 7",
    { ...base, zones: 7 },
    undefined,
    ["zones: 7 is not a number of zones: a whole number from 1 to 6"],
  ],
  [
    "fractional number of zones",
    { ...base, zones: 2.5 },
    undefined,
    ["zones: 2.5 is not a number of zones: a whole number from 1 to 6"],
  ],
  [
    "zones as a string",
    { ...base, zones: "two" },
    undefined,
    ["zones: expected a number of zones, a whole number from 1 to 6"],
  ],
  [
    "more zones than region",
    { ...base, region: "eu-west-1", zones: 4 },
    undefined,
    ["zones: eu-west-1 has 3 zones (eu-west-1a, eu-west-1b, eu-west-1c), not 4"],
  ],
  [
    "zone of another region",
    { ...base, zones: ["eu-west-1a", "us-east-1a"] },
    undefined,
    ['zones[0]: "eu-west-1a" is not a zone of us-east-1; use full names such as us-east-1a'],
  ],
  [
    "zone twice",
    { ...base, zones: ["us-east-1a", "us-east-1a"] },
    undefined,
    ["zones: a zone is set twice"],
  ],
  [
    "one zone with load balancer",
    { ...base, zones: 1 },
    undefined,
    [
      "zones: a load balancer requires at least two zones; one zone is allowed only with loadBalancer: false",
    ],
  ],
  [
    "egress unknown",
    { ...base, egress: "internet" },
    undefined,
    ['egress: "internet" is not accepted; use one of endpoints, nat, nat-per-zone, public'],
  ],
  [
    "key arn",
    { ...base, key: { arn: "alias/x" } },
    undefined,
    ['key.arn: "alias/x" is not an ARN such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd'],
  ],
  [
    "key in another region",
    { ...base, key: { arn: "arn:aws:kms:eu-west-1:111122223333:key/1" } },
    undefined,
    ["key.arn: the key is in eu-west-1; resources in us-east-1 require a key in us-east-1"],
  ],
  [
    "deletion window",
    { ...base, key: { deletionWindowDays: 3 } },
    undefined,
    ["key.deletionWindowDays: 3 is not a deletion window in days: a whole number from 7 to 30"],
  ],
  [
    "retention not a number",
    { ...base, logs: { retentionDays: Number.NaN } },
    undefined,
    ["logs.retentionDays: expected a number, but this is NaN"],
  ],
  [
    "retention",
    { ...base, logs: { retentionDays: 100 } },
    undefined,
    [
      "logs.retentionDays: CloudWatch Logs cannot retain events for 100 days; use one of 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653",
    ],
  ],
  [
    "log group name",
    { ...base, logs: { name: "a b" } },
    undefined,
    ['logs.name: "a b" is not accepted by AWS: letters, digits and . - _ / #'],
  ],
  [
    "cidr without prefix",
    { ...base, network: { cidr: "10.0.0.0" } },
    undefined,
    [
      'network.cidr: "10.0.0.0" is not an IPv4 block such as 10.0.0.0/16; expected a block from /16 to /22',
    ],
  ],
  [
    "cidr host bits",
    { ...base, network: { cidr: "10.0.1.0/16" } },
    undefined,
    ['network.cidr: "10.0.1.0/16" has host bits set; did you mean 10.0.0.0/16?'],
  ],
  [
    "cidr small",
    { ...base, network: { cidr: "10.0.0.0/24" } },
    undefined,
    [
      'network.cidr: "10.0.0.0/24" is a /24; a foundation requires /16 to /22, for the subnets of 8 zones',
    ],
  ],
  [
    "cidr public",
    { ...base, network: { cidr: "11.0.0.0/16" } },
    undefined,
    [
      'network.cidr: "11.0.0.0/16" is public address space: the VPC could not reach the internet hosts that use it; use 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10, or set allowPublicAddressSpace',
    ],
  ],
  [
    "vpc id",
    { ...base, network: { vpcId: "vpc-1", privateSubnetIds: ["subnet-0123456789abcdef0"] } },
    undefined,
    ['network.vpcId: "vpc-1" is not an ID such as vpc-0a1b2c3d4e5f60718'],
  ],
  [
    "vpc no subnets",
    { ...base, network: { vpcId: "vpc-0123456789abcdef0", privateSubnetIds: [] } },
    undefined,
    ["network.privateSubnetIds: set at least one subnet"],
  ],
  [
    "vpc with zones",
    {
      ...base,
      zones: 2,
      network: {
        vpcId: "vpc-0123456789abcdef0",
        privateSubnetIds: ["subnet-0123456789abcdef0"],
        publicSubnetIds: ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"],
        routeTableIds: ["rtb-0123456789abcdef0"],
      },
    },
    undefined,
    ["zones: zones cannot be set for an existing VPC: remove zones or network.vpcId"],
  ],
  [
    "vpc without public",
    {
      ...base,
      network: {
        vpcId: "vpc-0123456789abcdef0",
        privateSubnetIds: ["subnet-0123456789abcdef0"],
        routeTableIds: ["rtb-0123456789abcdef0"],
      },
    },
    undefined,
    [
      "network.publicSubnetIds: an internet-facing load balancer requires subnets in two zones: set at least two public subnets",
    ],
  ],
  [
    "vpc without route tables",
    {
      ...base,
      loadBalancer: false,
      network: { vpcId: "vpc-0123456789abcdef0", privateSubnetIds: ["subnet-0123456789abcdef0"] },
    },
    undefined,
    [
      'network.routeTableIds: egress "endpoints" requires the route tables of the task subnets: tasks pull image layers from S3 through a gateway endpoint in these route tables',
    ],
  ],
  [
    "port",
    { ...base, tasks: { containerPort: 70000 } },
    undefined,
    ["tasks.containerPort: 70000 is not a port: a whole number from 1 to 65535"],
  ],
  [
    "uses unknown",
    { ...base, tasks: { uses: ["secretmanager"] } },
    undefined,
    ['tasks.uses[0]: "secretmanager" is not accepted; did you mean "secretsmanager"?'],
  ],
  [
    "egress rule",
    { ...base, tasks: { egressRules: [{ to: "example.com", port: 443 }] } },
    undefined,
    [
      'tasks.egressRules[0].to: "example.com" is not an IPv4 block such as 10.0.0.0/16; expected an IPv4 block, a prefix list (pl-…) or a security group (sg-…)',
    ],
  ],
  [
    "repository name",
    { ...base, repository: { name: "Hello" } },
    undefined,
    [
      'repository.name: "Hello" is not accepted by AWS: lower-case letters and digits, joined by single . _ - or /',
    ],
  ],
  [
    "repository url",
    { ...base, repository: { url: "hello:latest" } },
    undefined,
    [
      "repository.url: expected <account>.dkr.ecr.<region>.amazonaws.com/<name>, or the host name for IPv6 or FIPS, without a tag",
    ],
  ],
  [
    "repository url with a tag",
    { ...base, repository: { url: "111122223333.dkr-ecr.eu-west-1.on.aws/hello:latest" } },
    undefined,
    [
      "repository.url: expected <account>.dkr.ecr.<region>.amazonaws.com/<name>, or the host name for IPv6 or FIPS, without a tag",
    ],
  ],
  [
    "repository url with an invalid name",
    { ...base, repository: { url: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/Hello" } },
    undefined,
    [
      'repository.url: "Hello" is not accepted by AWS: lower-case letters and digits, joined by single . _ - or /',
    ],
  ],
  [
    "insights",
    { ...base, cluster: { containerInsights: "on" } },
    undefined,
    ['cluster.containerInsights: "on" is not accepted; use one of disabled, enabled, enhanced'],
  ],
  [
    "providers none",
    { ...base, cluster: { capacityProviders: [] } },
    undefined,
    ["cluster.capacityProviders: set at least one capacity provider"],
  ],
  [
    "providers twice",
    { ...base, cluster: { capacityProviders: ["FARGATE", "FARGATE"] } },
    undefined,
    ["cluster.capacityProviders: a capacity provider is set twice"],
  ],
  [
    "provider unknown",
    { ...base, cluster: { capacityProviders: ["EC2"] } },
    undefined,
    ['cluster.capacityProviders[0]: "EC2" is not accepted; use one of FARGATE, FARGATE_SPOT'],
  ],
  [
    "lb missing",
    { name: "hello", region: "us-east-1" },
    undefined,
    ["loadBalancer: is missing: expected an object, or false to create no load balancer"],
  ],
  [
    "lb true",
    { ...base, loadBalancer: true },
    undefined,
    ["loadBalancer: expected an object, but this is true"],
  ],
  [
    "allowFrom missing",
    { ...base, loadBalancer: {} },
    undefined,
    ["loadBalancer.allowFrom: is missing: expected a list"],
  ],
  [
    "allowFrom bad",
    { ...base, loadBalancer: { allowFrom: ["0.0.0.0"] } },
    undefined,
    [
      'loadBalancer.allowFrom[0]: "0.0.0.0" is not an IPv4 block such as 10.0.0.0/16; expected an IPv4 block, a prefix list (pl-…) or a security group (sg-…)',
    ],
  ],
  [
    "cert",
    {
      ...base,
      loadBalancer: { allowFrom: [], certificateArn: "arn:aws:iam::1:server-certificate/x" },
    },
    undefined,
    [
      'loadBalancer.certificateArn: "arn:aws:iam::1:server-certificate/x" is not an ARN such as arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd',
    ],
  ],
  [
    "certificate in another region",
    {
      ...base,
      loadBalancer: {
        allowFrom: [],
        certificateArn: "arn:aws:acm:eu-west-1:111122223333:certificate/x",
      },
    },
    undefined,
    [
      "loadBalancer.certificateArn: the certificate is in eu-west-1; a load balancer in us-east-1 requires a certificate in us-east-1",
    ],
  ],
  [
    "https on 80",
    {
      ...base,
      loadBalancer: {
        allowFrom: [],
        port: 80,
        certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/x",
      },
    },
    undefined,
    ["loadBalancer.port: port 80 redirects to HTTPS; choose another port for HTTPS, such as 443"],
  ],
  [
    "health path",
    { ...base, loadBalancer: { allowFrom: [], healthCheck: { path: "well" } } },
    undefined,
    ['loadBalancer.healthCheck.path: a path starts with "/"'],
  ],
  [
    "health matcher",
    { ...base, loadBalancer: { allowFrom: [], healthCheck: { matcher: "2xx" } } },
    undefined,
    [
      'loadBalancer.healthCheck.matcher: expected HTTP codes from 200 to 499 such as "200", "200,302" or "200-299"',
    ],
  ],
  [
    "bucket",
    { ...base, loadBalancer: { allowFrom: [], accessLogs: { bucket: "My_Bucket" } } },
    undefined,
    [
      'loadBalancer.accessLogs.bucket: "My_Bucket" is not a bucket name: expected 3 to 63 lower-case letters, digits, dots and hyphens',
    ],
  ],
  [
    "publish",
    { ...base, publish: "/aws/hello" },
    undefined,
    [
      'publish: "/aws/hello" is not accepted by AWS: a path of letters, digits and _ . -, starting with "/", not under /aws or /ssm',
    ],
  ],
  [
    "tag aws",
    { ...base, tags: { "aws:x": "y" } },
    undefined,
    ['tags.aws:x: a tag key must not start with "aws:"'],
  ],
  [
    "tag value",
    { ...base, tags: { x: 1 } },
    undefined,
    ["tags.x: expected a string, but this is a number"],
  ],
  [
    "state",
    { ...base, state: { key: "x" } },
    undefined,
    ["state.bucket: is missing: expected a string"],
  ],
  [
    "env name",
    { ...base, environments: { Prod: {} } },
    undefined,
    [
      "environments.Prod: an environment name has 1 to 16 lower-case letters, digits and hyphens, and starts with a letter",
    ],
  ],
  [
    "env not named",
    { ...base, environments: { prod: {} } },
    undefined,
    ["the environment is not set → pass --env with one of prod"],
  ],
  [
    "env unknown",
    { ...base, environments: { prod: {} } },
    "prd",
    ['there is no environment "prd" in the config → did you mean "prod"?'],
  ],
  [
    "env none",
    { ...base },
    "prod",
    [
      'there is no environment "prod" in the config → remove --env, or add environments to the config',
    ],
  ],
  [
    "env bad value",
    { ...base, environments: { prod: { zones: 9 } } },
    "prod",
    ["environments.prod.zones: 9 is not a number of zones: a whole number from 1 to 6"],
  ],
  [
    "env name too long",
    { ...base, name: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", environments: { prod: {} } },
    "prod",
    ['name: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-prod" has 35 characters; expected 2 to 32'],
  ],
  [
    "override",
    { ...base, override: { aws_lb: 5 } },
    undefined,
    ["override.aws_lb: expected an object, but this is a number"],
  ],
];

function errorsOf(config: unknown, environment: string | undefined): string[] {
  try {
    resolveConfig(config, environment);
    return [];
  } catch (error) {
    const errors = error instanceof UserErrors ? error.errors : [error];
    return errors.map((entry) => {
      if (!(entry instanceof UserError)) throw entry;
      return entry.fix === undefined ? entry.message : `${entry.message} → ${entry.fix}`;
    });
  }
}

describe("an invalid config", () => {
  it.each(cases)("is rejected: %s", (_, config, environment, errors) => {
    expect(errorsOf(config, environment)).toEqual(errors);
  });

  it("causes one error for each invalid value", () => {
    expect(errorsOf({ ...base, name: "A", zones: 0 }, undefined)).toHaveLength(2);
  });

  it("has exit code 64 if the environment is not set", () => {
    expect(() => resolveConfig({ ...base, environments: { prod: {} } })).toThrow(
      expect.objectContaining({ exitCode: 64 }),
    );
  });
});

describe("a valid config", () => {
  it("merges an environment into the base: objects by key, lists are replaced", () => {
    const settings = resolveConfig(
      {
        ...base,
        tags: { team: "harbour" },
        environments: {
          prod: {
            production: true,
            zones: 3,
            tags: { tier: "gold" },
            loadBalancer: { allowFrom: ["10.0.0.0/8"] },
          },
        },
      },
      "prod",
    );
    expect(settings).toEqual({
      name: "hello-prod",
      environment: "prod",
      region: "us-east-1",
      production: true,
      zones: 3,
      tags: { team: "harbour", tier: "gold" },
      loadBalancer: { allowFrom: ["10.0.0.0/8"] },
    });
  });

  it.each([
    "dkr.ecr.us-east-1.amazonaws.com",
    "dkr.ecr-fips.us-east-1.amazonaws.com",
    "dkr-ecr.us-east-1.on.aws",
    "dkr-ecr-fips.us-east-1.on.aws",
    "dkr.ecr.cn-north-1.amazonaws.com.cn",
  ])("may use a repository at %s", (host) => {
    const repository = { url: `111122223333.${host}/team/hello` };
    expect(resolveConfig({ ...base, repository }).repository).toEqual(repository);
  });

  it("may use public address space if allowPublicAddressSpace is set", () => {
    const network = { cidr: "11.0.0.0/16", allowPublicAddressSpace: true };
    expect(resolveConfig({ ...base, network }).network).toEqual(network);
  });
});
