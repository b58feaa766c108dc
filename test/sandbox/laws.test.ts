import * as acm from "@aws-sdk/client-acm";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as kms from "@aws-sdk/client-kms";
import * as s3 from "@aws-sdk/client-s3";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import * as ssm from "@aws-sdk/client-ssm";
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { secrets } from "../../src/sandbox/services/secretsmanager/index.ts";
import { type Clients, clientOptions, clientsFor } from "../../start/clients.ts";
import { givenCertificate, type GivenNetwork, givenNetwork } from "../support/given.ts";

const region = "us-east-1";
let sandbox: Sandbox;
let aws: Clients;
let network: GivenNetwork;

beforeAll(async () => {
  sandbox = await startSandbox();
  aws = clientsFor(sandbox.url, region);
});
beforeEach(async () => {
  sandbox.store.reset();
  network = await givenNetwork(aws.ec2, region);
});
afterAll(() => sandbox.close());

/** The code and message of a refusal; a success is not one. */
async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
  throw new Error("it was not refused");
}

const [privateA, privateB] = [0, 1];
const snapshot = (): string => JSON.stringify(sandbox.store.contents());

/** A refusal leaves everything as it was. */
async function refused(call: () => Promise<unknown>): Promise<string> {
  const before = snapshot();
  const words = await refusal(call());
  expect(snapshot()).toBe(before);
  return words;
}

const group = async (): Promise<string> => {
  const { GroupId = "" } = await aws.ec2.send(
    new ec2.CreateSecurityGroupCommand({
      GroupName: "app",
      Description: "app",
      VpcId: network.vpcId,
    }),
  );
  return GroupId;
};

describe("parameters and secrets", () => {
  it("are found by path, and deleted together", async () => {
    for (const Name of ["/app/a", "/app/deep/b", "/other"])
      await aws.ssm.send(new ssm.PutParameterCommand({ Name, Type: "String", Value: "x" }));
    const under = async (Recursive: boolean): Promise<(string | undefined)[]> => {
      const { Parameters = [] } = await aws.ssm.send(
        new ssm.GetParametersByPathCommand({ Path: "/app", Recursive }),
      );
      return Parameters.map((parameter) => parameter.Name);
    };
    expect([await under(false), await under(true)]).toEqual([
      ["/app/a"],
      ["/app/a", "/app/deep/b"],
    ]);
    const gone = await aws.ssm.send(
      new ssm.DeleteParametersCommand({ Names: ["/app/a", "/missing"] }),
    );
    expect([gone.DeletedParameters, gone.InvalidParameters]).toEqual([["/app/a"], ["/missing"]]);
  });

  it("move their stages from version to version", async () => {
    const client = new secretsmanager.SecretsManagerClient(clientOptions(sandbox.url, region));
    const at = { SecretId: "db" };
    await client.send(new secretsmanager.CreateSecretCommand({ Name: "db", SecretString: "old" }));
    await client.send(new secretsmanager.PutSecretValueCommand({ ...at, SecretString: "new" }));
    const { Versions = [] } = await client.send(new secretsmanager.ListSecretVersionIdsCommand(at));
    const idOf = (stage: string): string | undefined =>
      Versions.find((version) => version.VersionStages?.includes(stage) === true)?.VersionId;
    const back = { ...at, VersionStage: "AWSCURRENT", MoveToVersionId: idOf("AWSPREVIOUS") };
    expect(
      await refused(() => client.send(new secretsmanager.UpdateSecretVersionStageCommand(back))),
    ).toContain("RemoveFromVersionId can't be empty");
    await client.send(
      new secretsmanager.UpdateSecretVersionStageCommand({
        ...back,
        RemoveFromVersionId: idOf("AWSCURRENT"),
      }),
    );
    const { SecretString } = await client.send(new secretsmanager.GetSecretValueCommand(at));
    expect(SecretString).toBe("old");
  });
});

describe("EC2", () => {
  it("keeps a VPC's range within /16 to /28", async () => {
    for (const CidrBlock of ["10.0.0.0/15", "10.0.0.0/29"]) {
      expect(await refused(() => aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock })))).toBe(
        `InvalidVpc.Range: The CIDR '${CidrBlock}' is invalid.`,
      );
    }
  });

  it.each([
    ["10.8.0.0/24", "InvalidSubnet.Range: The CIDR '10.8.0.0/24' is invalid."],
    [
      "10.9.0.128/25",
      "InvalidSubnet.Conflict: The CIDR '10.9.0.128/25' conflicts with another subnet",
    ],
    ["10.9.9.0/29", "InvalidSubnet.Range: The CIDR '10.9.9.0/29' is invalid."],
  ])("refuses the subnet %s", async (CidrBlock, words) => {
    expect(
      await refused(() =>
        aws.ec2.send(new ec2.CreateSubnetCommand({ VpcId: network.vpcId, CidrBlock })),
      ),
    ).toBe(words);
  });

  it("has a default VPC once it is asked for one, as a new account has", async () => {
    sandbox.store.reset();
    const group = new ec2.CreateSecurityGroupCommand({ GroupName: "app", Description: "app" });
    expect(await refused(() => aws.ec2.send(group))).toContain("VPCIdNotSpecified: No default VPC");
    const { Vpc } = await aws.ec2.send(new ec2.CreateDefaultVpcCommand({}));
    const inDefault = [{ Name: "vpc-id", Values: [Vpc?.VpcId ?? ""] }];
    const { Subnets = [] } = await aws.ec2.send(
      new ec2.DescribeSubnetsCommand({ Filters: inDefault }),
    );
    expect(Subnets.map((subnet) => [subnet.DefaultForAz, subnet.MapPublicIpOnLaunch])).toEqual(
      Array.from({ length: 6 }, () => [true, true]),
    );
    await aws.ec2.send(group);
    expect(await refused(() => aws.ec2.send(new ec2.CreateDefaultVpcCommand({})))).toContain(
      "DefaultVpcAlreadyExists",
    );
  });

  it.each([
    ["a launch type", { launchType: "EC3" }, "launchType"],
    [
      "a word deep inside",
      { networkConfiguration: { awsvpcConfiguration: { subnets: ["s"], assignPublicIp: "YES" } } },
      "networkConfiguration.awsvpcConfiguration.assignPublicIp",
    ],
  ])("refuses %s that it does not know", async (_title, wrong, member) => {
    const command = new ecs.RunTaskCommand({ taskDefinition: "app", ...wrong } as never);
    expect(await refused(() => aws.ecs.send(command))).toContain(
      `at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [`,
    );
  });

  it("refuses a zone that the region does not have", async () => {
    const command = new ec2.CreateSubnetCommand({
      VpcId: network.vpcId,
      CidrBlock: "10.9.9.0/24",
      AvailabilityZone: "us-east-1z",
    });
    expect(await refused(() => aws.ec2.send(command))).toContain(
      "Value (us-east-1z) for parameter availabilityZone is invalid.",
    );
  });

  it.each([
    [
      "vpc",
      () => new ec2.DescribeVpcsCommand({ VpcIds: ["vpc-0"] }),
      "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist",
    ],
    [
      "subnet",
      () => new ec2.DeleteSubnetCommand({ SubnetId: "subnet-0" }),
      "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist",
    ],
    [
      "route table",
      () => new ec2.DeleteRouteTableCommand({ RouteTableId: "rtb-0" }),
      "InvalidRouteTableID.NotFound: The routeTable ID 'rtb-0' does not exist",
    ],
    [
      "group",
      () => new ec2.DeleteSecurityGroupCommand({ GroupId: "sg-0" }),
      "InvalidGroup.NotFound: The security group 'sg-0' does not exist",
    ],
    [
      "gateway",
      () => new ec2.DeleteInternetGatewayCommand({ InternetGatewayId: "igw-0" }),
      "InvalidInternetGatewayID.NotFound: The internetGateway ID 'igw-0' does not exist",
    ],
    [
      "NAT gateway",
      () => new ec2.DeleteNatGatewayCommand({ NatGatewayId: "nat-0" }),
      "NatGatewayNotFound: NAT gateway nat-0 was not found",
    ],
    [
      "address",
      () => new ec2.ReleaseAddressCommand({ AllocationId: "eipalloc-0" }),
      "InvalidAllocationID.NotFound: The allocation ID 'eipalloc-0' does not exist",
    ],
  ])("says that a %s is not there", async (_, command, words) => {
    // The commands differ in type only; each is sent as it is.
    expect(await refused(() => aws.ec2.send(command() as ec2.DescribeVpcsCommand))).toBe(words);
  });

  it("deletes nothing that is in use", async () => {
    const { privateSubnetIds, vpcId, routeTableIds } = network;
    const groupId = await group();
    await aws.ec2.send(
      new ec2.CreateNetworkInterfaceCommand({
        SubnetId: privateSubnetIds[privateA],
        Groups: [groupId],
      }),
    );
    const deletions = [
      [
        new ec2.DeleteVpcCommand({ VpcId: vpcId }),
        `The vpc '${vpcId}' has dependencies and cannot be deleted.`,
      ],
      [
        new ec2.DeleteSubnetCommand({ SubnetId: privateSubnetIds[privateA] }),
        `The subnet '${privateSubnetIds[privateA]}' has dependencies and cannot be deleted.`,
      ],
      [
        new ec2.DeleteRouteTableCommand({ RouteTableId: routeTableIds[0] }),
        `The routeTable '${routeTableIds[0]}' has dependencies and cannot be deleted.`,
      ],
      [
        new ec2.DeleteSecurityGroupCommand({ GroupId: groupId }),
        `resource ${groupId} has a dependent object`,
      ],
    ] as const;
    for (const [command, words] of deletions) {
      expect(await refused(() => aws.ec2.send(command as ec2.DeleteVpcCommand))).toBe(
        `DependencyViolation: ${words}`,
      );
    }
  });

  it("tags only what is there", async () => {
    const tag = (id: string) =>
      aws.ec2.send(
        new ec2.CreateTagsCommand({ Resources: [id], Tags: [{ Key: "a", Value: "b" }] }),
      );
    expect(await refused(() => tag("vpc-0"))).toBe(
      "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist",
    );
    expect(await refused(() => tag("nothing"))).toBe("InvalidID: The ID 'nothing' is not valid");
    await tag(network.vpcId);
  });

  it("deletes a VPC with all that it was born with", async () => {
    sandbox.store.reset();
    const { Vpc } = await aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
    await aws.ec2.send(new ec2.DeleteVpcCommand({ VpcId: Vpc?.VpcId }));
    expect(sandbox.store.contents()).toEqual([]);
  });

  it("never deletes the default group, nor twice the same name", async () => {
    const { SecurityGroups: [standard] = [] } = await aws.ec2.send(
      new ec2.DescribeSecurityGroupsCommand({
        Filters: [{ Name: "group-name", Values: ["default"] }],
      }),
    );
    const id = standard?.GroupId ?? "";
    expect(
      await refused(() => aws.ec2.send(new ec2.DeleteSecurityGroupCommand({ GroupId: id }))),
    ).toBe(
      `CannotDelete: the specified group: "${id}" name: "default" cannot be deleted by a user`,
    );
    await group();
    expect(await refused(group)).toBe(
      `InvalidGroup.Duplicate: The security group 'app' already exists for VPC '${network.vpcId}'`,
    );
  });

  it("takes a rule once, whichever way it is written", async () => {
    const GroupId = await group();
    const permission = (IpProtocol: string): ec2.IpPermission => ({
      IpProtocol,
      FromPort: 80,
      ToPort: 80,
      IpRanges: [{ CidrIp: "0.0.0.0/0" }],
    });
    await aws.ec2.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission("tcp")] }),
    );
    const again = new ec2.AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [permission("6")],
    });
    expect(await refused(() => aws.ec2.send(again))).toBe(
      'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW" already exists',
    );
  });

  it("routes once to each destination, and only within the VPC's own gateways", async () => {
    const [RouteTableId = ""] = network.routeTableIds;
    const { InternetGateways: [gateway] = [] } = await aws.ec2.send(
      new ec2.DescribeInternetGatewaysCommand({}),
    );
    const route = () =>
      aws.ec2.send(
        new ec2.CreateRouteCommand({
          RouteTableId,
          DestinationCidrBlock: "0.0.0.0/0",
          GatewayId: gateway?.InternetGatewayId,
        }),
      );
    await route();
    expect(await refused(route)).toBe(
      "RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists.",
    );
  });

  it("wants a gateway attached before NAT, and the NAT gone before the gateway is detached", async () => {
    const { Vpc } = await aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.50.0.0/16" }));
    const VpcId = Vpc?.VpcId ?? "";
    const { Subnet } = await aws.ec2.send(
      new ec2.CreateSubnetCommand({ VpcId, CidrBlock: "10.50.0.0/24" }),
    );
    const { AllocationId } = await aws.ec2.send(new ec2.AllocateAddressCommand({ Domain: "vpc" }));
    const nat = () =>
      aws.ec2.send(new ec2.CreateNatGatewayCommand({ SubnetId: Subnet?.SubnetId, AllocationId }));
    expect(await refused(nat)).toBe(
      `Gateway.NotAttached: Network ${VpcId} has no Internet gateway attached`,
    );
    const { InternetGateway } = await aws.ec2.send(new ec2.CreateInternetGatewayCommand({}));
    const InternetGatewayId = InternetGateway?.InternetGatewayId ?? "";
    await aws.ec2.send(new ec2.AttachInternetGatewayCommand({ VpcId, InternetGatewayId }));
    const { NatGateway } = await nat();
    const detach = () =>
      aws.ec2.send(new ec2.DetachInternetGatewayCommand({ VpcId, InternetGatewayId }));
    expect(await refused(detach)).toBe(
      `DependencyViolation: Network ${VpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
    await aws.ec2.send(new ec2.DeleteNatGatewayCommand({ NatGatewayId: NatGateway?.NatGatewayId }));
    await detach();
  });

  it("gives private DNS only in a VPC that resolves names, once a service, one subnet a zone", async () => {
    const { vpcId, privateSubnetIds, publicSubnetIds } = network;
    const ServiceName = `com.amazonaws.${region}.logs`;
    const endpoint = (SubnetIds: string[], more: Partial<ec2.CreateVpcEndpointCommandInput> = {}) =>
      aws.ec2.send(
        new ec2.CreateVpcEndpointCommand({
          VpcId: vpcId,
          ServiceName,
          VpcEndpointType: "Interface",
          PrivateDnsEnabled: true,
          SubnetIds,
          ...more,
        }),
      );
    const sameZone = [privateSubnetIds[privateA] ?? "", publicSubnetIds[0] ?? ""];
    expect(await refused(() => endpoint(sameZone))).toContain(
      "DuplicateSubnetsInSameZone: Found another VPC endpoint subnet",
    );
    await endpoint(privateSubnetIds);
    expect(await refused(() => endpoint(privateSubnetIds))).toBe(
      `InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for logs.${region}.amazonaws.com in the VPC ${vpcId}`,
    );
    await aws.ec2.send(
      new ec2.ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: false } }),
    );
    expect(
      await refused(() =>
        endpoint([privateSubnetIds[privateB] ?? ""], {
          ServiceName: `com.amazonaws.${region}.ecr.api`,
        }),
      ),
    ).toBe(
      `InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpcId}`,
    );
    expect(
      await refused(() => endpoint([], { ServiceName: "com.amazonaws.us-east-1.nothing" })),
    ).toBe(
      "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.nothing' does not exist",
    );
  });

  it("keeps prefix lists of one's own, by version, until nothing uses them", async () => {
    const { PrefixList } = await aws.ec2.send(
      new ec2.CreateManagedPrefixListCommand({
        PrefixListName: "offices",
        AddressFamily: "IPv4",
        MaxEntries: 1,
        Entries: [{ Cidr: "192.0.2.0/24" }],
      }),
    );
    const PrefixListId = PrefixList?.PrefixListId ?? "";
    const GroupId = await group();
    await aws.ec2.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [
          { IpProtocol: "tcp", FromPort: 80, ToPort: 80, PrefixListIds: [{ PrefixListId }] },
        ],
      }),
    );
    const change = (CurrentVersion: number, Cidr: string) =>
      aws.ec2.send(
        new ec2.ModifyManagedPrefixListCommand({
          PrefixListId,
          CurrentVersion,
          AddEntries: [{ Cidr }],
        }),
      );
    expect(await refused(() => change(9, "192.0.2.0/24"))).toContain("PrefixListVersionMismatch");
    expect(await refused(() => change(1, "198.51.100.0/24"))).toContain(
      "PrefixListMaxEntriesExceeded",
    );
    expect(
      await refused(() => aws.ec2.send(new ec2.DeleteManagedPrefixListCommand({ PrefixListId }))),
    ).toContain("in use");
  });

  it("answers a dry run without doing it", async () => {
    const dry = (CidrBlock: string) =>
      refused(() => aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock, DryRun: true })));
    expect(await dry("10.60.0.0/16")).toBe(
      "DryRunOperation: Request would have succeeded, but DryRun flag is set.",
    );
    expect(await dry("10.60.0.0/8")).toBe("InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid.");
  });

  it("does once what comes twice with one token, and refuses another request with it", async () => {
    const create = (ServiceName: string) =>
      aws.ec2.send(
        new ec2.CreateVpcEndpointCommand({
          VpcId: network.vpcId,
          ServiceName,
          ClientToken: "once",
        }),
      );
    const first = await create(`com.amazonaws.${region}.s3`);
    const second = await create(`com.amazonaws.${region}.s3`);
    expect(second.VpcEndpoint?.VpcEndpointId).toBe(first.VpcEndpoint?.VpcEndpointId);
    expect(await refused(() => create(`com.amazonaws.${region}.dynamodb`))).toContain(
      "IdempotentParameterMismatch",
    );
  });

  it("filters and pages as documented, and refuses a filter it does not know", async () => {
    const page = await aws.ec2.send(new ec2.DescribeSubnetsCommand({ MaxResults: 3 }));
    const rest = await aws.ec2.send(
      new ec2.DescribeSubnetsCommand({ MaxResults: 3, NextToken: page.NextToken }),
    );
    expect([page.Subnets?.length, rest.Subnets?.length, rest.NextToken]).toEqual([3, 1, undefined]);
    await aws.ec2.send(
      new ec2.CreateTagsCommand({
        Resources: [network.vpcId],
        Tags: [{ Key: "team", Value: "harbour" }],
      }),
    );
    const byTag = await aws.ec2.send(
      new ec2.DescribeVpcsCommand({ Filters: [{ Name: "tag:team", Values: ["harb*"] }] }),
    );
    expect(byTag.Vpcs?.map((vpc) => vpc.VpcId)).toEqual([network.vpcId]);
    expect(
      await refused(() =>
        aws.ec2.send(new ec2.DescribeVpcsCommand({ Filters: [{ Name: "colour", Values: ["x"] }] })),
      ),
    ).toBe("InvalidParameterValue: The filter 'colour' is invalid");
  });
});

describe("KMS and CloudWatch Logs", () => {
  const key = async (statements: object[] = []): Promise<string> => {
    const root = {
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::111122223333:root" },
      Action: "kms:*",
      Resource: "*",
    };
    const { KeyMetadata } = await aws.kms.send(
      new kms.CreateKeyCommand({
        Policy: JSON.stringify({ Version: "2012-10-17", Statement: [root, ...statements] }),
      }),
    );
    return KeyMetadata?.Arn ?? "";
  };
  const admitting = (name: string): object => ({
    Effect: "Allow",
    Principal: { Service: `logs.${region}.amazonaws.com` },
    Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*"],
    Resource: "*",
    Condition: {
      ArnEquals: {
        "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:111122223333:log-group:${name}`,
      },
    },
  });
  const create = (logGroupName: string, kmsKeyId: string) =>
    aws.logs.send(new logs.CreateLogGroupCommand({ logGroupName, kmsKeyId }));
  const denied = (name: string): string =>
    `AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:${region}:111122223333:log-group:${name}'`;

  it("refuses a log group whose key does not admit the Logs service for that very group", async () => {
    const closed = await key();
    expect(await refused(() => create("/ecs/hello", closed))).toBe(denied("/ecs/hello"));
    const other = await key([admitting("/ecs/other")]);
    expect(await refused(() => create("/ecs/hello", other))).toBe(denied("/ecs/hello"));
    const open = await key([admitting("/ecs/hello")]);
    await create("/ecs/hello", open);
    expect(await refused(() => create("/ecs/hello", open))).toBe(
      "ResourceAlreadyExistsException: The specified log group already exists",
    );
  });

  it("refuses a key that is disabled or waits for its deletion", async () => {
    const arn = await key([admitting("/ecs/hello")]);
    await aws.kms.send(new kms.DisableKeyCommand({ KeyId: arn }));
    expect(await refused(() => create("/ecs/hello", arn))).toBe(denied("/ecs/hello"));
    await aws.kms.send(new kms.ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: 7 }));
    expect(await refused(() => aws.kms.send(new kms.EnableKeyCommand({ KeyId: arn })))).toBe(
      `KMSInvalidStateException: ${arn} is pending deletion.`,
    );
  });

  it("refuses a key policy that locks its author out, or that cannot be read", async () => {
    const arn = await key();
    const put = (Policy: string) =>
      aws.kms.send(new kms.PutKeyPolicyCommand({ KeyId: arn, Policy }));
    const elsewhere = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::999999999999:root" },
          Action: "kms:*",
          Resource: "*",
        },
      ],
    };
    expect(await refused(() => put(JSON.stringify(elsewhere)))).toBe(
      "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.",
    );
    expect(await refused(() => put("{"))).toContain("MalformedPolicyDocumentException");
  });

  it("gives an alias once, and never one of AWS's", async () => {
    const TargetKeyId = await key();
    const alias = (AliasName: string) =>
      aws.kms.send(new kms.CreateAliasCommand({ AliasName, TargetKeyId }));
    await alias("alias/hello");
    expect(await refused(() => alias("alias/hello"))).toContain(
      "AlreadyExistsException: An alias with the name",
    );
    expect(await refused(() => alias("alias/aws/hello"))).toContain("NotAuthorizedException");
  });

  it("takes legal retentions only", async () => {
    await aws.logs.send(new logs.CreateLogGroupCommand({ logGroupName: "plain" }));
    const put = (retentionInDays: number) =>
      aws.logs.send(new logs.PutRetentionPolicyCommand({ logGroupName: "plain", retentionInDays }));
    expect(await refused(() => put(100))).toContain("InvalidParameterException");
    await put(365);
  });
});

describe("load balancers", () => {
  const balancer = (Subnets: string[], more: Partial<elb.CreateLoadBalancerCommandInput> = {}) =>
    aws.elb.send(new elb.CreateLoadBalancerCommand({ Name: "front", Subnets, ...more }));
  const target = async (): Promise<string> => {
    const { TargetGroups: [made] = [] } = await aws.elb.send(
      new elb.CreateTargetGroupCommand({
        Name: "app",
        Protocol: "HTTP",
        Port: 80,
        TargetType: "ip",
        VpcId: network.vpcId,
      }),
    );
    return made?.TargetGroupArn ?? "";
  };
  const standing = async (): Promise<string> => {
    const { LoadBalancers: [made] = [] } = await balancer(network.publicSubnetIds);
    return made?.LoadBalancerArn ?? "";
  };
  const listener = (
    LoadBalancerArn: string,
    TargetGroupArn: string,
    more: Partial<elb.CreateListenerCommandInput> = {},
  ) =>
    aws.elb.send(
      new elb.CreateListenerCommand({
        LoadBalancerArn,
        Protocol: "HTTP",
        Port: 80,
        DefaultActions: [{ Type: "forward", TargetGroupArn }],
        ...more,
      }),
    );

  it("stand in two zones, one subnet each", async () => {
    const { publicSubnetIds, privateSubnetIds } = network;
    expect(await refused(() => balancer(publicSubnetIds.slice(0, 1)))).toContain(
      "At least two subnets in two different Availability Zones must be specified",
    );
    expect(
      await refused(() => balancer([publicSubnetIds[0] ?? "", privateSubnetIds[0] ?? ""])),
    ).toContain(
      "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    );
  });

  it("face the internet only where there is a gateway, with addresses to spare", async () => {
    const { Vpc } = await aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.70.0.0/16" }));
    const subnet = async (AvailabilityZone: string, CidrBlock: string): Promise<string> => {
      const { Subnet } = await aws.ec2.send(
        new ec2.CreateSubnetCommand({ VpcId: Vpc?.VpcId, AvailabilityZone, CidrBlock }),
      );
      return Subnet?.SubnetId ?? "";
    };
    const wide = [
      await subnet("us-east-1a", "10.70.0.0/24"),
      await subnet("us-east-1b", "10.70.1.0/24"),
    ];
    expect(await refused(() => balancer(wide))).toContain(
      `VPC ${Vpc?.VpcId} has no internet gateway`,
    );
    const tight = await subnet("us-east-1c", "10.70.2.0/28");
    await aws.ec2.send(new ec2.CreateNetworkInterfaceCommand({ SubnetId: tight }));
    for (let i = 0; i < 3; i++)
      await aws.ec2.send(new ec2.CreateNetworkInterfaceCommand({ SubnetId: tight }));
    expect(await refused(() => balancer([wide[0] ?? "", tight], { Scheme: "internal" }))).toContain(
      `Not enough IP space available in ${tight}. ELB requires at least 8 free IP addresses in each subnet.`,
    );
  });

  it("have a name, a port and a target group of their own", async () => {
    const arn = await standing();
    expect(await refused(() => balancer(network.publicSubnetIds))).toContain(
      "DuplicateLoadBalancerName",
    );
    const group = await target();
    await listener(arn, group);
    expect(await refused(() => listener(arn, group))).toContain(
      `A listener already exists on this port for this load balancer '${arn}'`,
    );
    expect(
      await refused(() =>
        aws.elb.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn: group })),
      ),
    ).toContain(`Target group '${group}' is currently in use by a listener or a rule`);
    const { LoadBalancers: [other] = [] } = await balancer(network.publicSubnetIds, {
      Name: "second",
    });
    expect(await refused(() => listener(other?.LoadBalancerArn ?? "", group))).toContain(
      "cannot be associated with more than one load balancer",
    );
  });

  it("speak HTTPS only with an issued certificate", async () => {
    const arn = await standing();
    const group = await target();
    const https = (CertificateArn?: string) =>
      listener(arn, group, {
        Protocol: "HTTPS",
        Port: 443,
        ...(CertificateArn === undefined ? {} : { Certificates: [{ CertificateArn }] }),
      });
    expect(await refused(() => https())).toContain(
      "A certificate must be specified for HTTPS listeners",
    );
    expect(
      await refused(() => https("arn:aws:acm:us-east-1:111122223333:certificate/none")),
    ).toContain("CertificateNotFound");
    const client = new acm.ACMClient(clientOptions(sandbox.url, region));
    const { CertificateArn: asked = "" } = await client.send(
      new acm.RequestCertificateCommand({ DomainName: "hello.example.com" }),
    );
    expect(await refused(() => https(asked))).toContain("UnsupportedCertificate");
    const issued = await givenCertificate(sandbox.url, region);
    await https(issued);
    expect(
      await refused(() =>
        client.send(new acm.DeleteCertificateCommand({ CertificateArn: issued })),
      ),
    ).toContain("ResourceInUseException");
  });

  it("are not deleted while protected, and hold their group and gateway while they stand", async () => {
    const arn = await standing();
    const protect = (Value: string) =>
      aws.elb.send(
        new elb.ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn: arn,
          Attributes: [{ Key: "deletion_protection.enabled", Value }],
        }),
      );
    await protect("true");
    const remove = () => aws.elb.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
    expect(await refused(remove)).toContain(
      `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
    );
    expect(
      await refused(() =>
        aws.ec2.send(new ec2.DeleteSubnetCommand({ SubnetId: network.publicSubnetIds[0] })),
      ),
    ).toContain("DependencyViolation");
    await protect("false");
    await remove();
  });

  it("write access logs only into a bucket that lets them", async () => {
    const arn = await standing();
    const client = new s3.S3Client({ ...clientOptions(sandbox.url, region), forcePathStyle: true });
    await client.send(new s3.CreateBucketCommand({ Bucket: "access" }));
    const enable = () =>
      aws.elb.send(
        new elb.ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn: arn,
          Attributes: [
            { Key: "access_logs.s3.enabled", Value: "true" },
            { Key: "access_logs.s3.bucket", Value: "access" },
          ],
        }),
      );
    expect(await refused(enable)).toContain(
      "Access Denied for bucket: access. Please check S3bucket permission",
    );
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::127311923021:root" },
          Action: "s3:PutObject",
          Resource: "arn:aws:s3:::access/AWSLogs/111122223333/*",
        },
      ],
    });
    await client.send(new s3.PutBucketPolicyCommand({ Bucket: "access", Policy }));
    await enable();
  });
});

describe("the other services", () => {
  it("ECR names repositories once, and needs a key that is there", async () => {
    const create = (repositoryName: string, kmsKey?: string) =>
      aws.ecr.send(
        new ecr.CreateRepositoryCommand({
          repositoryName,
          ...(kmsKey === undefined
            ? {}
            : { encryptionConfiguration: { encryptionType: "KMS", kmsKey } }),
        }),
      );
    await create("hello");
    expect(await refused(() => create("hello"))).toBe(
      "RepositoryAlreadyExistsException: The repository with name 'hello' already exists in the registry with id '111122223333'",
    );
    expect(await refused(() => create("Hello"))).toContain("InvalidParameterException");
    expect(
      await refused(() => create("keyed", "arn:aws:kms:us-east-1:111122223333:key/none")),
    ).toContain("KmsException");
    const policy = JSON.stringify({
      rules: [
        {
          rulePriority: 1,
          selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 0 },
          action: { type: "expire" },
        },
      ],
    });
    expect(
      await refused(() =>
        aws.ecr.send(
          new ecr.PutLifecyclePolicyCommand({
            repositoryName: "hello",
            lifecyclePolicyText: policy,
          }),
        ),
      ),
    ).toContain("Lifecycle policy validation failure");
  });

  it("ECS takes a strategy only of providers that the cluster has", async () => {
    await aws.ecs.send(new ecs.CreateClusterCommand({ clusterName: "hello" }));
    const put = (capacityProviders: string[], capacityProvider: string) =>
      aws.ecs.send(
        new ecs.PutClusterCapacityProvidersCommand({
          cluster: "hello",
          capacityProviders,
          defaultCapacityProviderStrategy: [{ capacityProvider }],
        }),
      );
    expect(await refused(() => put(["FARGATE"], "FARGATE_SPOT"))).toContain(
      "cannot contain a capacity provider that is not associated with the cluster",
    );
    expect(
      await refused(() => aws.ecs.send(new ecs.DeleteClusterCommand({ cluster: "none" }))),
    ).toBe("ClusterNotFoundException: Cluster not found.");
  });

  it("SSM keeps a SecureString secret, and overwrites only when told", async () => {
    const { KeyMetadata } = await aws.kms.send(new kms.CreateKeyCommand({}));
    const put = (Overwrite?: boolean) =>
      aws.ssm.send(
        new ssm.PutParameterCommand({
          Name: "/a/b",
          Type: "SecureString",
          Value: "quiet",
          KeyId: KeyMetadata?.Arn,
          ...(Overwrite === true ? { Overwrite } : {}),
        }),
      );
    await put();
    expect(await refused(() => put())).toContain("ParameterAlreadyExists");
    expect((await put(true)).Version).toBe(2);
    const get = async (WithDecryption: boolean) =>
      (await aws.ssm.send(new ssm.GetParameterCommand({ Name: "/a/b", WithDecryption }))).Parameter
        ?.Value;
    expect(await get(true)).toBe("quiet");
    expect(await get(false)).not.toContain("quiet");
    await aws.kms.send(new kms.ScheduleKeyDeletionCommand({ KeyId: KeyMetadata?.Arn }));
    expect(await refused(() => get(true))).toContain("pending deletion");
  });

  it("Secrets Manager keeps versions, its name while it waits for its end, and the secret itself", async () => {
    const client = new secretsmanager.SecretsManagerClient(clientOptions(sandbox.url, region));
    const { KeyMetadata } = await aws.kms.send(new kms.CreateKeyCommand({}));
    const create = () =>
      client.send(
        new secretsmanager.CreateSecretCommand({
          Name: "db",
          SecretString: "one",
          KmsKeyId: KeyMetadata?.Arn,
        }),
      );
    const { ARN: SecretId } = await create();
    expect(await refused(create)).toContain("ResourceExistsException");
    await client.send(new secretsmanager.PutSecretValueCommand({ SecretId, SecretString: "two" }));
    const get = async (VersionStage: string) =>
      (await client.send(new secretsmanager.GetSecretValueCommand({ SecretId, VersionStage })))
        .SecretString;
    expect([await get("AWSCURRENT"), await get("AWSPREVIOUS")]).toEqual(["two", "one"]);
    expect(
      JSON.stringify(sandbox.store.in(secrets, { account: "111122223333", region }).all()),
    ).not.toContain('"two"');
    await client.send(
      new secretsmanager.DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }),
    );
    expect(await refused(() => get("AWSCURRENT"))).toContain("marked for deletion");
    expect(await refused(create)).toContain("already scheduled for deletion");
  });

  it("Cloud Map names a namespace once", async () => {
    const client = new servicediscovery.ServiceDiscoveryClient(clientOptions(sandbox.url, region));
    const create = () =>
      client.send(new servicediscovery.CreateHttpNamespaceCommand({ Name: "hello.internal" }));
    await create();
    expect(await refused(create)).toContain("NamespaceAlreadyExists");
  });

  it("S3 puts an object only where its condition holds, and keeps a bucket that is not empty", async () => {
    const client = new s3.S3Client({ ...clientOptions(sandbox.url, region), forcePathStyle: true });
    await client.send(new s3.CreateBucketCommand({ Bucket: "states" }));
    const lock = () =>
      client.send(
        new s3.PutObjectCommand({
          Bucket: "states",
          Key: "a/b.tflock",
          Body: "me",
          IfNoneMatch: "*",
        }),
      );
    await lock();
    expect(await refused(lock)).toContain("PreconditionFailed");
    expect(
      await (
        await client.send(new s3.GetObjectCommand({ Bucket: "states", Key: "a/b.tflock" }))
      ).Body?.transformToString(),
    ).toBe("me");
    const spoilt = new s3.PutObjectCommand({
      Bucket: "states",
      Key: "b",
      Body: "x",
      ChecksumSHA256: "AAAA",
    });
    expect(await refused(() => client.send(spoilt))).toContain("BadDigest");
    await client.send(new s3.PutObjectCommand({ Bucket: "states", Key: "c d/é", Body: "x" }));
    const listed = await client.send(
      new s3.ListObjectsV2Command({ Bucket: "states", Prefix: "c", EncodingType: "url" }),
    );
    expect(listed.Contents?.map((item) => item.Key)).toEqual(["c%20d/%C3%A9"]);
    await client.send(new s3.DeleteObjectCommand({ Bucket: "states", Key: "c d/é" }));
    const part = await client.send(
      new s3.GetObjectCommand({ Bucket: "states", Key: "a/b.tflock", Range: "bytes=1-9" }),
    );
    expect([part.$metadata.httpStatusCode, part.ContentRange]).toEqual([206, "bytes 1-1/2"]);
    const head = await client.send(
      new s3.HeadObjectCommand({ Bucket: "states", Key: "a/b.tflock" }),
    );
    expect([head.ContentLength, head.ServerSideEncryption]).toEqual([2, "AES256"]);
    expect(
      await refused(() => client.send(new s3.DeleteBucketCommand({ Bucket: "states" }))),
    ).toContain("BucketNotEmpty");
    await client.send(new s3.DeleteObjectCommand({ Bucket: "states", Key: "a/b.tflock" }));
    await client.send(new s3.DeleteBucketCommand({ Bucket: "states" }));
    expect(
      await refused(() => client.send(new s3.GetObjectCommand({ Bucket: "states", Key: "x" }))),
    ).toContain("NoSuchBucket");
  });
});

describe("nothing pretends", () => {
  it("an operation that is not there is refused, logged and counted", async () => {
    expect(
      await refused(() => aws.ec2.send(new ec2.RunInstancesCommand({ MinCount: 1, MaxCount: 1 }))),
    ).toBe("NotImplemented: Berth's sandbox does not implement ec2:RunInstances");
    expect(sandbox.calls.at(-1)).toMatchObject({
      service: "ec2",
      operation: "RunInstances",
      error: "NotImplemented",
    });
  });

  it("a member that is not heeded is refused by name", async () => {
    const command = new ec2.CreateVpcCommand({
      CidrBlock: "10.80.0.0/16",
      Ipv4IpamPoolId: "ipam-pool-0",
    });
    expect(await refused(() => aws.ec2.send(command))).toBe(
      "NotImplemented: Berth's sandbox does not implement the parameter Ipv4IpamPoolId of ec2:CreateVpc",
    );
  });

  it("a parameter that no model knows is refused", async () => {
    const body = "Action=DescribeVpcs&Version=2016-11-15&Colour=red";
    const headers = {
      authorization: "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/ec2/aws4_request",
      "content-type": "application/x-www-form-urlencoded",
    };
    const response = await fetch(sandbox.url, { method: "POST", headers, body });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining(
        "<Code>UnknownParameter</Code><Message>The parameter Colour is not recognized</Message>",
      ),
    ]);
  });

  it("a service that is not there, and a request that nobody signed, are said as such", async () => {
    const signed = {
      authorization: "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sqs/aws4_request",
    };
    const unknown = await fetch(sandbox.url, { method: "POST", headers: signed });
    expect([unknown.status, await unknown.text()]).toEqual([
      501,
      expect.stringContaining("does not implement the service sqs"),
    ]);
    const unsigned = await fetch(sandbox.url, { method: "POST" });
    expect([unsigned.status, await unsigned.text()]).toEqual([
      403,
      expect.stringContaining("MissingAuthenticationToken"),
    ]);
  });
});

describe("the sandbox itself", () => {
  it("keeps accounts and regions apart", async () => {
    const elsewhere = new ec2.EC2Client(clientOptions(sandbox.url, "eu-west-1"));
    expect((await elsewhere.send(new ec2.DescribeVpcsCommand({}))).Vpcs).toEqual([]);
    const other = clientOptions(sandbox.url, region, "999988887777");
    expect((await new ec2.EC2Client(other).send(new ec2.DescribeVpcsCommand({}))).Vpcs).toEqual([]);
    const { Account } = await new STSClient(other).send(new GetCallerIdentityCommand({}));
    expect(Account).toBe("999988887777");
  });

  it("listens on the loopback address alone, and keeps web pages out of its own doors", async () => {
    expect(sandbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const page = await fetch(`${sandbox.url}/_berth/reset`, {
      method: "POST",
      headers: { origin: "https://example.com" },
    });
    expect(page.status).toBe(403);
    expect(sandbox.store.contents()).not.toEqual([]);
    const own = await fetch(`${sandbox.url}/_berth/reset`, { method: "POST" });
    expect(own.status).toBe(200);
    expect(sandbox.store.contents()).toEqual([]);
  });
});
