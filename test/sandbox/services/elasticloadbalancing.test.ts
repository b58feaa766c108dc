import * as acm from "@aws-sdk/client-acm";
import * as ec2 from "@aws-sdk/client-ec2";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as s3 from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { givenCertificate } from "../../support/given.ts";
import { REGION, useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const createLoadBalancer = (
  Subnets: string[],
  more: Partial<elb.CreateLoadBalancerCommandInput> = {},
) => fixture.aws.elb.send(new elb.CreateLoadBalancerCommand({ Name: "front", Subnets, ...more }));
const createTargetGroup = async (): Promise<string> => {
  const { TargetGroups: [created] = [] } = await fixture.aws.elb.send(
    new elb.CreateTargetGroupCommand({
      Name: "app",
      Protocol: "HTTP",
      Port: 80,
      TargetType: "ip",
      VpcId: fixture.network.vpcId,
    }),
  );
  return created?.TargetGroupArn ?? "";
};
const createPublicLoadBalancer = async (): Promise<string> => {
  const { LoadBalancers: [created] = [] } = await createLoadBalancer(
    fixture.network.publicSubnetIds,
  );
  return created?.LoadBalancerArn ?? "";
};
const createListener = (
  LoadBalancerArn: string,
  TargetGroupArn: string,
  more: Partial<elb.CreateListenerCommandInput> = {},
) =>
  fixture.aws.elb.send(
    new elb.CreateListenerCommand({
      LoadBalancerArn,
      Protocol: "HTTP",
      Port: 80,
      DefaultActions: [{ Type: "forward", TargetGroupArn }],
      ...more,
    }),
  );

describe("load balancers", () => {
  it("require two availability zones with one subnet in each", async () => {
    const { publicSubnetIds, privateSubnetIds } = fixture.network;
    expect(await fixture.errorOf(() => createLoadBalancer(publicSubnetIds.slice(0, 1)))).toContain(
      "At least two subnets in two different Availability Zones must be specified",
    );
    expect(
      await fixture.errorOf(() =>
        createLoadBalancer([publicSubnetIds[0] ?? "", privateSubnetIds[0] ?? ""]),
      ),
    ).toContain(
      "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    );
  });

  it("require an internet gateway if internet-facing, and 8 free addresses in each subnet", async () => {
    const { Vpc } = await fixture.aws.ec2.send(
      new ec2.CreateVpcCommand({ CidrBlock: "10.70.0.0/16" }),
    );
    const subnet = async (AvailabilityZone: string, CidrBlock: string): Promise<string> => {
      const { Subnet } = await fixture.aws.ec2.send(
        new ec2.CreateSubnetCommand({ VpcId: Vpc?.VpcId, AvailabilityZone, CidrBlock }),
      );
      return Subnet?.SubnetId ?? "";
    };
    const largeSubnets = [
      await subnet("us-east-1a", "10.70.0.0/24"),
      await subnet("us-east-1b", "10.70.1.0/24"),
    ];
    expect(await fixture.errorOf(() => createLoadBalancer(largeSubnets))).toContain(
      `VPC ${Vpc?.VpcId} has no internet gateway`,
    );
    const smallSubnet = await subnet("us-east-1c", "10.70.2.0/28");
    await fixture.aws.ec2.send(new ec2.CreateNetworkInterfaceCommand({ SubnetId: smallSubnet }));
    for (let i = 0; i < 3; i++)
      await fixture.aws.ec2.send(new ec2.CreateNetworkInterfaceCommand({ SubnetId: smallSubnet }));
    expect(
      await fixture.errorOf(() =>
        createLoadBalancer([largeSubnets[0] ?? "", smallSubnet], { Scheme: "internal" }),
      ),
    ).toContain(
      `Not enough IP space available in ${smallSubnet}. ELB requires at least 8 free IP addresses in each subnet.`,
    );
  });

  it.each([
    [
      { Name: "a".repeat(33), Subnets: ["subnet-1", "subnet-2"] },
      `The load balancer name '${"a".repeat(33)}' cannot be longer than '32' characters`,
    ],
    [
      { Name: "web", Subnets: ["subnet-1"], SubnetMappings: [{ SubnetId: "subnet-2" }] },
      "You must specify either subnets or subnet mappings, but not both",
    ],
  ])("reject %j", async (input, message) => {
    expect(
      await fixture.errorOf(() => fixture.aws.elb.send(new elb.CreateLoadBalancerCommand(input))),
    ).toBe(`ValidationError: ${message}`);
  });

  it("require subnets with IPv6 addresses for dualstack", async () => {
    const error = "ValidationError: You must specify subnets with an associated IPv6 CIDR block.";
    const { publicSubnetIds } = fixture.network;
    expect(
      await fixture.errorOf(() =>
        createLoadBalancer(publicSubnetIds, { IpAddressType: "dualstack" }),
      ),
    ).toBe(error);
    const LoadBalancerArn = await createPublicLoadBalancer();
    expect(
      await fixture.errorOf(() =>
        fixture.aws.elb.send(
          new elb.SetIpAddressTypeCommand({ LoadBalancerArn, IpAddressType: "dualstack" }),
        ),
      ),
    ).toBe(error);
  });

  it("require a unique name, a unique listener port and a target group without another load balancer", async () => {
    const arn = await createPublicLoadBalancer();
    expect(await createPublicLoadBalancer()).toBe(arn);
    const { privateSubnetIds, publicSubnetIds } = fixture.network;
    expect(await fixture.errorOf(() => createLoadBalancer(privateSubnetIds))).toContain(
      "DuplicateLoadBalancerName",
    );
    const group = await createTargetGroup();
    expect(await createTargetGroup()).toBe(group);
    const { Listeners: created } = await createListener(arn, group);
    expect((await createListener(arn, group)).Listeners).toEqual(created);
    const fixed = [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200" } } as const];
    expect(
      await fixture.errorOf(() => createListener(arn, group, { DefaultActions: fixed })),
    ).toContain(`A listener already exists on this port for this load balancer '${arn}'`);
    expect(
      await fixture.errorOf(() =>
        fixture.aws.elb.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn: group })),
      ),
    ).toContain(`Target group '${group}' is currently in use by a listener or a rule`);
    const { LoadBalancers: [other] = [] } = await createLoadBalancer(publicSubnetIds, {
      Name: "second",
    });
    expect(
      await fixture.errorOf(() => createListener(other?.LoadBalancerArn ?? "", group)),
    ).toContain("cannot be associated with more than one load balancer");
  });

  it.each([
    [undefined, "A listener protocol must be specified"],
    ["TCP" as const, "Listener protocol 'TCP' must be one of 'HTTPS, HTTP'"],
  ])("reject a listener with the protocol %s", async (Protocol, message) => {
    const [arn, group] = [await createPublicLoadBalancer(), await createTargetGroup()];
    expect(await fixture.errorOf(() => createListener(arn, group, { Protocol }))).toContain(
      message,
    );
  });

  it("require an issued certificate for an HTTPS listener", async () => {
    const arn = await createPublicLoadBalancer();
    const group = await createTargetGroup();
    const createHttpsListener = (CertificateArn?: string) =>
      createListener(arn, group, {
        Protocol: "HTTPS",
        Port: 443,
        ...(CertificateArn === undefined ? {} : { Certificates: [{ CertificateArn }] }),
      });
    expect(await fixture.errorOf(() => createHttpsListener())).toContain(
      "A certificate must be specified for HTTPS listeners",
    );
    expect(
      await fixture.errorOf(() =>
        createHttpsListener("arn:aws:acm:us-east-1:111122223333:certificate/none"),
      ),
    ).toContain("CertificateNotFound");
    const client = new acm.ACMClient(fixture.clientOptions);
    const { CertificateArn: pendingArn = "" } = await client.send(
      new acm.RequestCertificateCommand({ DomainName: "hello.example.com" }),
    );
    expect(await fixture.errorOf(() => createHttpsListener(pendingArn))).toContain(
      "UnsupportedCertificate",
    );
    const issuedArn = await givenCertificate(fixture.sandbox.url, REGION);
    const { Listeners: [created] = [] } = await createHttpsListener(issuedArn);
    const added = await givenCertificate(fixture.sandbox.url, REGION);
    await fixture.aws.elb.send(
      new elb.AddListenerCertificatesCommand({
        ListenerArn: created?.ListenerArn,
        Certificates: [{ CertificateArn: added }],
      }),
    );
    expect((await createHttpsListener(issuedArn)).Listeners?.[0]?.ListenerArn).toBe(
      created?.ListenerArn,
    );
    expect(
      await fixture.errorOf(() =>
        client.send(new acm.DeleteCertificateCommand({ CertificateArn: issuedArn })),
      ),
    ).toContain("ResourceInUseException");
  });

  it("cannot be deleted with deletion protection, and their subnets are in use", async () => {
    const arn = await createPublicLoadBalancer();
    const protect = (Value: string) =>
      fixture.aws.elb.send(
        new elb.ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn: arn,
          Attributes: [{ Key: "deletion_protection.enabled", Value }],
        }),
      );
    await protect("true");
    const deleteLoadBalancer = () =>
      fixture.aws.elb.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
    expect(await fixture.errorOf(deleteLoadBalancer)).toContain(
      `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
    );
    expect(
      await fixture.errorOf(() =>
        fixture.aws.ec2.send(
          new ec2.DeleteSubnetCommand({ SubnetId: fixture.network.publicSubnetIds[0] }),
        ),
      ),
    ).toContain("DependencyViolation");
    await protect("false");
    await deleteLoadBalancer();
  });

  it("require a bucket policy that allows access logs", async () => {
    const arn = await createPublicLoadBalancer();
    const client = new s3.S3Client({ ...fixture.clientOptions, forcePathStyle: true });
    await client.send(new s3.CreateBucketCommand({ Bucket: "access" }));
    const enable = () =>
      fixture.aws.elb.send(
        new elb.ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn: arn,
          Attributes: [
            { Key: "access_logs.s3.enabled", Value: "true" },
            { Key: "access_logs.s3.bucket", Value: "access" },
          ],
        }),
      );
    expect(await fixture.errorOf(enable)).toContain(
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

describe("attributes", () => {
  const modify = (TargetGroupArn: string, attributes: Readonly<Record<string, string>>) =>
    fixture.aws.elb.send(
      new elb.ModifyTargetGroupAttributesCommand({
        TargetGroupArn,
        Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })),
      }),
    );

  it.each([
    [
      { "stickiness.type": "source_ip" },
      "ValidationError: Target group attribute key 'stickiness.type' has an invalid value 'source_ip'",
    ],
    [
      { "stickiness.enabled": "yes" },
      "ValidationError: Target group attribute key 'stickiness.enabled' has an invalid value 'yes'",
    ],
    [
      { "deregistration_delay.timeout_seconds": "3601" },
      "ValidationError: Target group attribute key 'deregistration_delay.timeout_seconds' has an invalid value '3601'",
    ],
    [
      { "slow_start.duration_seconds": "29" },
      "ValidationError: Slow start duration must be from 30 to 900 seconds, or 0 to disable it",
    ],
    [
      {
        "slow_start.duration_seconds": "30",
        "load_balancing.algorithm.type": "least_outstanding_requests",
      },
      "InvalidConfigurationRequestException: Slow start is not supported with the routing algorithm 'least_outstanding_requests'",
    ],
  ])("of a target group reject %j", async (attributes, message) => {
    const arn = await createTargetGroup();
    expect(await fixture.errorOf(() => modify(arn, attributes))).toBe(message);
  });

  it("of a target group reject an unknown protocol version", async () => {
    const command = new elb.CreateTargetGroupCommand({
      Name: "app",
      Protocol: "HTTP",
      ProtocolVersion: "HTTP3",
      Port: 80,
      VpcId: fixture.network.vpcId,
    });
    expect(await fixture.errorOf(() => fixture.aws.elb.send(command))).toBe(
      "ValidationError: The protocol version 'HTTP3' must be one of GRPC, HTTP1, HTTP2",
    );
  });

  it.each([
    [{ HttpCode: "199" }, "HTTP code '199' must be within '200-499' inclusive"],
    [{ HttpCode: "200,500" }, "HTTP code '500' must be within '200-499' inclusive"],
    [{ GrpcCode: "0" }, "HTTP code cannot be empty"],
  ])(
    "of a health check reject the matcher %j of an HTTP target group",
    async (Matcher, message) => {
      const command = new elb.CreateTargetGroupCommand({
        Name: "app",
        Protocol: "HTTP",
        Port: 80,
        VpcId: fixture.network.vpcId,
        Matcher,
      });
      expect(await fixture.errorOf(() => fixture.aws.elb.send(command))).toBe(
        `ValidationError: Health check matcher ${message}`,
      );
    },
  );

  it("of a rule reject a condition with the values of another field", async () => {
    const { Listeners = [] } = await fixture.aws.elb.send(
      new elb.CreateListenerCommand({
        LoadBalancerArn: await createPublicLoadBalancer(),
        Protocol: "HTTP",
        Port: 80,
        DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200" } }],
      }),
    );
    const command = new elb.CreateRuleCommand({
      ListenerArn: Listeners[0]?.ListenerArn,
      Priority: 1,
      Conditions: [
        {
          Field: "path-pattern",
          PathPatternConfig: { Values: ["/x"] },
          HostHeaderConfig: { Values: ["example.com"] },
        },
      ],
      Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200" } }],
    });
    expect(await fixture.errorOf(() => fixture.aws.elb.send(command))).toBe(
      "ValidationError: A condition of field 'path-pattern' cannot have a HostHeaderConfig",
    );
  });

  it("of a health check are gRPC codes with the protocol version GRPC", async () => {
    const { TargetGroups = [] } = await fixture.aws.elb.send(
      new elb.CreateTargetGroupCommand({
        Name: "grpc",
        Protocol: "HTTP",
        ProtocolVersion: "GRPC",
        Port: 80,
        VpcId: fixture.network.vpcId,
      }),
    );
    expect(TargetGroups[0]).toMatchObject({
      HealthCheckPath: "/AWS.ALB/healthcheck",
      Matcher: { GrpcCode: "12" },
    });
    const changed = await fixture.aws.elb.send(
      new elb.ModifyTargetGroupCommand({
        TargetGroupArn: TargetGroups[0]?.TargetGroupArn,
        Matcher: { GrpcCode: "0-99" },
      }),
    );
    expect(changed.TargetGroups?.[0]?.Matcher).toEqual({ GrpcCode: "0-99" });
  });

  it("of a rule reject two conditions of the same field", async () => {
    const arn = await createPublicLoadBalancer();
    const { Listeners = [] } = await createListener(arn, await createTargetGroup());
    const condition = { Field: "host-header", Values: ["example.com"] };
    const command = new elb.CreateRuleCommand({
      ListenerArn: Listeners[0]?.ListenerArn,
      Priority: 1,
      Conditions: [condition, condition],
      Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200" } }],
    });
    expect(await fixture.errorOf(() => fixture.aws.elb.send(command))).toBe(
      "ValidationError: A rule can have only one condition of field 'host-header'",
    );
  });

  it("of a redirect reject the URL of the request", async () => {
    const [arn, group] = [await createPublicLoadBalancer(), await createTargetGroup()];
    const redirect = (changes: object) =>
      createListener(arn, group, {
        DefaultActions: [
          { Type: "redirect", RedirectConfig: { StatusCode: "HTTP_301", ...changes } },
        ],
      });
    for (const changes of [{}, { Protocol: "HTTP", Port: "80", Query: "a=1" }])
      expect(await fixture.errorOf(() => redirect(changes))).toBe(
        "InvalidLoadBalancerActionException: The redirect configuration is not valid because it creates a loop.",
      );
    await redirect({ Protocol: "HTTPS", Port: "443" });
  });

  it("of a health check reject a port that is not a number", async () => {
    const command = new elb.ModifyTargetGroupCommand({
      TargetGroupArn: await createTargetGroup(),
      HealthCheckPort: "http",
    });
    expect(await fixture.errorOf(() => fixture.aws.elb.send(command))).toContain(
      "Health check port 'http' must be",
    );
  });

  it("of a health check reject an interval that is not greater than the timeout", async () => {
    const command = new elb.ModifyTargetGroupCommand({
      TargetGroupArn: await createTargetGroup(),
      HealthCheckIntervalSeconds: 5,
    });
    expect(await fixture.errorOf(() => fixture.aws.elb.send(command))).toBe(
      "ValidationError: Health check interval must be greater than the timeout.",
    );
  });

  it("of a target group are stored", async () => {
    const arn = await createTargetGroup();
    const { Attributes = [] } = await modify(arn, {
      "stickiness.enabled": "true",
      "slow_start.duration_seconds": "30",
    });
    expect(Attributes).toContainEqual({ Key: "slow_start.duration_seconds", Value: "30" });
  });

  it("of a load balancer reject an idle timeout of more than 4000 seconds", async () => {
    const LoadBalancerArn = await createPublicLoadBalancer();
    const command = new elb.ModifyLoadBalancerAttributesCommand({
      LoadBalancerArn,
      Attributes: [{ Key: "idle_timeout.timeout_seconds", Value: "4001" }],
    });
    expect(await fixture.errorOf(() => fixture.aws.elb.send(command))).toBe(
      "ValidationError: Load balancer attribute key 'idle_timeout.timeout_seconds' has an invalid value '4001'",
    );
  });
});
