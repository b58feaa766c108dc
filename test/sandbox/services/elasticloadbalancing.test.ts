import * as acm from "@aws-sdk/client-acm";
import * as ec2 from "@aws-sdk/client-ec2";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as s3 from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { givenCertificate } from "../../support/given.ts";
import { REGION, useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const balancer = (Subnets: string[], more: Partial<elb.CreateLoadBalancerCommandInput> = {}) =>
  fixture.aws.elb.send(new elb.CreateLoadBalancerCommand({ Name: "front", Subnets, ...more }));
const target = async (): Promise<string> => {
  const { TargetGroups: [made] = [] } = await fixture.aws.elb.send(
    new elb.CreateTargetGroupCommand({
      Name: "app",
      Protocol: "HTTP",
      Port: 80,
      TargetType: "ip",
      VpcId: fixture.network.vpcId,
    }),
  );
  return made?.TargetGroupArn ?? "";
};
const standing = async (): Promise<string> => {
  const { LoadBalancers: [made] = [] } = await balancer(fixture.network.publicSubnetIds);
  return made?.LoadBalancerArn ?? "";
};
const listener = (
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
  it("stand in two zones, one subnet each", async () => {
    const { publicSubnetIds, privateSubnetIds } = fixture.network;
    expect(await fixture.errorOf(() => balancer(publicSubnetIds.slice(0, 1)))).toContain(
      "At least two subnets in two different Availability Zones must be specified",
    );
    expect(
      await fixture.errorOf(() => balancer([publicSubnetIds[0] ?? "", privateSubnetIds[0] ?? ""])),
    ).toContain(
      "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    );
  });

  it("face the internet only where there is a gateway, with addresses to spare", async () => {
    const { Vpc } = await fixture.aws.ec2.send(
      new ec2.CreateVpcCommand({ CidrBlock: "10.70.0.0/16" }),
    );
    const subnet = async (AvailabilityZone: string, CidrBlock: string): Promise<string> => {
      const { Subnet } = await fixture.aws.ec2.send(
        new ec2.CreateSubnetCommand({ VpcId: Vpc?.VpcId, AvailabilityZone, CidrBlock }),
      );
      return Subnet?.SubnetId ?? "";
    };
    const wide = [
      await subnet("us-east-1a", "10.70.0.0/24"),
      await subnet("us-east-1b", "10.70.1.0/24"),
    ];
    expect(await fixture.errorOf(() => balancer(wide))).toContain(
      `VPC ${Vpc?.VpcId} has no internet gateway`,
    );
    const tight = await subnet("us-east-1c", "10.70.2.0/28");
    await fixture.aws.ec2.send(new ec2.CreateNetworkInterfaceCommand({ SubnetId: tight }));
    for (let i = 0; i < 3; i++)
      await fixture.aws.ec2.send(new ec2.CreateNetworkInterfaceCommand({ SubnetId: tight }));
    expect(
      await fixture.errorOf(() => balancer([wide[0] ?? "", tight], { Scheme: "internal" })),
    ).toContain(
      `Not enough IP space available in ${tight}. ELB requires at least 8 free IP addresses in each subnet.`,
    );
  });

  it("have a name, a port and a target group of their own", async () => {
    const arn = await standing();
    expect(await fixture.errorOf(() => balancer(fixture.network.publicSubnetIds))).toContain(
      "DuplicateLoadBalancerName",
    );
    const group = await target();
    await listener(arn, group);
    expect(await fixture.errorOf(() => listener(arn, group))).toContain(
      `A listener already exists on this port for this load balancer '${arn}'`,
    );
    expect(
      await fixture.errorOf(() =>
        fixture.aws.elb.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn: group })),
      ),
    ).toContain(`Target group '${group}' is currently in use by a listener or a rule`);
    const { LoadBalancers: [other] = [] } = await balancer(fixture.network.publicSubnetIds, {
      Name: "second",
    });
    expect(await fixture.errorOf(() => listener(other?.LoadBalancerArn ?? "", group))).toContain(
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
    expect(await fixture.errorOf(() => https())).toContain(
      "A certificate must be specified for HTTPS listeners",
    );
    expect(
      await fixture.errorOf(() => https("arn:aws:acm:us-east-1:111122223333:certificate/none")),
    ).toContain("CertificateNotFound");
    const client = new acm.ACMClient(fixture.clientOptions);
    const { CertificateArn: asked = "" } = await client.send(
      new acm.RequestCertificateCommand({ DomainName: "hello.example.com" }),
    );
    expect(await fixture.errorOf(() => https(asked))).toContain("UnsupportedCertificate");
    const issued = await givenCertificate(fixture.sandbox.url, REGION);
    await https(issued);
    expect(
      await fixture.errorOf(() =>
        client.send(new acm.DeleteCertificateCommand({ CertificateArn: issued })),
      ),
    ).toContain("ResourceInUseException");
  });

  it("are not deleted while protected, and hold their group and gateway while they stand", async () => {
    const arn = await standing();
    const protect = (Value: string) =>
      fixture.aws.elb.send(
        new elb.ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn: arn,
          Attributes: [{ Key: "deletion_protection.enabled", Value }],
        }),
      );
    await protect("true");
    const remove = () =>
      fixture.aws.elb.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
    expect(await fixture.errorOf(remove)).toContain(
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
    await remove();
  });

  it("write access logs only into a bucket that lets them", async () => {
    const arn = await standing();
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
