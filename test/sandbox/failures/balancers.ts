import * as acm from "@aws-sdk/client-acm";
import * as ec2 from "@aws-sdk/client-ec2";
import type * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as s3 from "@aws-sdk/client-s3";
import { givenCertificate } from "../../support/given.ts";
import {
  answer,
  FINE,
  type Failure,
  refused,
  shown,
  start,
  verdict,
  otherVpc,
  service,
} from "./kit.ts";
import { account, region, type Stage } from "./stage.ts";

const targetGroup = async (
  stage: Stage,
  more: Partial<elb.CreateTargetGroupInput> = {},
): Promise<string> => {
  const { TargetGroups } = await stage.aws.elb.send(
    new elb.CreateTargetGroupCommand({
      Name: "other",
      Protocol: "HTTP",
      Port: 8080,
      VpcId: stage.ids.vpc,
      TargetType: "ip",
      ...more,
    }),
  );
  return TargetGroups?.[0]?.TargetGroupArn ?? "";
};
const listener = async (stage: Stage, more: Partial<elb.CreateListenerInput>): Promise<string> => {
  const { Listeners } = await stage.aws.elb.send(
    new elb.CreateListenerCommand({
      LoadBalancerArn: stage.ids.balancer,
      Protocol: "HTTP",
      Port: 8081,
      DefaultActions: [{ Type: "forward", TargetGroupArn: stage.ids.targets }],
      ...more,
    }),
  );
  return Listeners?.[0]?.ListenerArn ?? "";
};
const balanced = (
  targetGroupArn: string,
  containerName = "app",
  containerPort = 8080,
): Partial<ecs.CreateServiceRequest> => ({
  loadBalancers: [{ targetGroupArn, containerName, containerPort }],
});
const balancer = (
  stage: Stage,
  more: Partial<elb.CreateLoadBalancerInput>,
): Promise<elb.CreateLoadBalancerCommandOutput> =>
  stage.aws.elb.send(
    new elb.CreateLoadBalancerCommand({ Name: "other", Subnets: [...stage.ids.publics], ...more }),
  );
const ingress = (
  GroupId: string,
  port: number,
  UserId?: string,
): ec2.AuthorizeSecurityGroupIngressRequest => ({
  GroupId,
  IpPermissions: [
    {
      IpProtocol: "tcp",
      FromPort: port,
      ToPort: port,
      ...(UserId === undefined
        ? { IpRanges: [{ CidrIp: "0.0.0.0/0" }] }
        : { UserIdGroupPairs: [{ GroupId: UserId }] }),
    },
  ],
});
const close = (stage: Stage, GroupId: string, port: number, from?: string): Promise<unknown> =>
  stage.aws.ec2.send(new ec2.RevokeSecurityGroupIngressCommand(ingress(GroupId, port, from)));
const open = (stage: Stage, GroupId: string, port: number, from?: string): Promise<unknown> =>
  stage.aws.ec2.send(new ec2.AuthorizeSecurityGroupIngressCommand(ingress(GroupId, port, from)));
const everything = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];

/** What a visitor gets once the service runs. */
const visited = async (stage: Stage, path?: string, at?: string): Promise<string> => {
  await stage.launch();
  return answer(stage, path, at);
};
const requested = async (stage: Stage): Promise<string> => {
  const { CertificateArn = "" } = await new acm.ACMClient(stage.options(account)).send(
    new acm.RequestCertificateCommand({ DomainName: "example.com", ValidationMethod: "DNS" }),
  );
  return CertificateArn;
};
const secure = async (stage: Stage, certificate: string): Promise<string> =>
  listener(stage, {
    Protocol: "HTTPS",
    Port: 443,
    Certificates: [{ CertificateArn: certificate }],
  });

const UNHEALTHY =
  /Task failed ELB health checks in \(target-group arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup\/app\/\w+\)/;

export const balancers: readonly Failure[] = [
  refused(
    "ALB-01",
    "a target group of instances",
    /^InvalidParameterException: The provided target group arn:.* has target type instance, which is incompatible with the awsvpc network mode specified in the task definition\.$/,
    {
      wrong: async (stage) =>
        service(stage, balanced(await targetGroup(stage, { TargetType: "instance" }))),
      right: service,
    },
  ),
  refused(
    "ALB-02",
    "a target group that no listener uses",
    /^InvalidParameterException: The target group with targetGroupArn arn:.* does not have an associated load balancer\.$/,
    {
      wrong: async (stage) => service(stage, balanced(await targetGroup(stage))),
      right: async (stage) => {
        const group = await targetGroup(stage);
        await listener(stage, { DefaultActions: [{ Type: "forward", TargetGroupArn: group }] });
        await service(stage, balanced(group));
      },
    },
  ),
  refused(
    "RACE-02",
    "a service before the rule that uses its target group",
    "does not have an associated load balancer.",
    {
      wrong: async (stage) => service(stage, balanced(await targetGroup(stage))),
      right: async (stage) => {
        const group = await targetGroup(stage);
        await stage.aws.elb.send(
          new elb.CreateRuleCommand({
            ListenerArn: stage.ids.listener,
            Priority: 10,
            Conditions: [{ Field: "path-pattern", Values: ["/api/*"] }],
            Actions: [{ Type: "forward", TargetGroupArn: group }],
          }),
        );
        await service(stage, balanced(group));
      },
    },
  ),
  refused(
    "ALB-03",
    "a container that the definition has not",
    "InvalidParameterException: The container web does not exist in the task definition.",
    { wrong: (stage) => service(stage, balanced(stage.ids.targets, "web")), right: service },
  ),
  refused(
    "ALB-03",
    "a port that the container has not",
    "InvalidParameterException: The container app did not have a container port 80 defined.",
    { wrong: (stage) => service(stage, balanced(stage.ids.targets, "app", 80)), right: service },
  ),
  refused("ALB-04", "a target group of another VPC", "are in different VPCs", {
    wrong: async (stage) => {
      const group = await targetGroup(stage, { VpcId: await otherVpc(stage) });
      await listener(stage, { DefaultActions: [{ Type: "forward", TargetGroupArn: group }] });
    },
    right: async (stage) => {
      const group = await targetGroup(stage);
      await listener(stage, { DefaultActions: [{ Type: "forward", TargetGroupArn: group }] });
    },
  }),
  refused(
    "ALB-05",
    "a load balancer in one zone",
    "ValidationError: At least two subnets in two different Availability Zones must be specified",
    {
      wrong: (stage) => balancer(stage, { Subnets: [stage.ids.publics[0]] }),
      right: (stage) => balancer(stage, {}),
    },
  ),
  refused(
    "ALB-06",
    "two subnets of one zone",
    "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    {
      wrong: (stage) => balancer(stage, { Subnets: [stage.ids.publics[0], stage.ids.privates[0]] }),
      right: (stage) => balancer(stage, {}),
    },
  ),
  shown(
    "ALB-07",
    "an internet-facing load balancer without a way out",
    /^lost at .*: no route to 203\.0\.113\.10/,
    {
      wrong: async (stage) => {
        await stage.launch();
        await stage.aws.ec2.send(
          new ec2.DeleteRouteCommand({
            RouteTableId: stage.ids.publicTable,
            DestinationCidrBlock: "0.0.0.0/0",
          }),
        );
        return answer(stage);
      },
      right: visited,
    },
  ),
  refused(
    "ALB-08",
    "an internet-facing load balancer without gateway",
    /^InvalidSubnetException: VPC vpc-\w+ has no internet gateway$/,
    {
      wrong: async (stage) => {
        const VpcId = await otherVpc(stage);
        const subnets = await Promise.all(
          ["a", "b"].map(async (zone, index) => {
            const { Subnet } = await stage.aws.ec2.send(
              new ec2.CreateSubnetCommand({
                VpcId,
                AvailabilityZone: region + zone,
                CidrBlock: `10.30.${index}.0/24`,
              }),
            );
            return Subnet?.SubnetId ?? "";
          }),
        );
        await balancer(stage, { Subnets: subnets });
      },
      right: (stage) => balancer(stage, {}),
    },
  ),
  shown(
    "ALB-09",
    "a load balancer that admits nobody",
    /^lost at sg-\w+: tcp\/80 from 203\.0\.113\.10 denied: no inbound security group rule allows it/,
    {
      wrong: async (stage) => {
        await close(stage, stage.ids.albGroup, 80);
        return visited(stage);
      },
      right: visited,
    },
  ),
  start("ALB-10", "a load balancer that does not reach its targets", UNHEALTHY, {
    breaks: (stage) =>
      stage.aws.ec2.send(
        new ec2.RevokeSecurityGroupEgressCommand({
          GroupId: stage.ids.albGroup,
          IpPermissions: everything,
        }),
      ),
    repairs: (stage) =>
      stage.aws.ec2.send(
        new ec2.AuthorizeSecurityGroupEgressCommand({
          GroupId: stage.ids.albGroup,
          IpPermissions: everything,
        }),
      ),
    looks: 2,
  }),
  start("ALB-11", "tasks that do not admit the load balancer", UNHEALTHY, {
    breaks: (stage) => close(stage, stage.ids.taskGroup, 8080, stage.ids.albGroup),
    repairs: (stage) => open(stage, stage.ids.taskGroup, 8080, stage.ids.albGroup),
    looks: 2,
  }),
  start(
    "ALB-12",
    "a health check of a path that is not there",
    /\(service app\) \(port 8080\) is unhealthy in \(target-group arn:.*\) due to \(reason Health checks failed with these codes: \[404\]\)/,
    {
      options: { apps: { containers: { app: { answers: { "/healthz": 404 } } } } },
      repairs: (stage) =>
        stage.aws.elb.send(
          new elb.ModifyTargetGroupCommand({
            TargetGroupArn: stage.ids.targets,
            HealthCheckPath: "/",
          }),
        ),
      looks: 2,
    },
  ),
  start(
    "ALB-12",
    "a health check on a port where nothing listens",
    "due to (reason Health checks failed)",
    {
      breaks: async (stage) => {
        await stage.aws.elb.send(
          new elb.ModifyTargetGroupCommand({
            TargetGroupArn: stage.ids.targets,
            HealthCheckPort: "9000",
          }),
        );
        await open(stage, stage.ids.taskGroup, 9000, stage.ids.albGroup);
      },
      repairs: (stage) =>
        stage.aws.elb.send(
          new elb.ModifyTargetGroupCommand({
            TargetGroupArn: stage.ids.targets,
            HealthCheckPort: "traffic-port",
          }),
        ),
      looks: 2,
    },
  ),
  refused(
    "ALB-14",
    "HTTPS without certificate",
    "ValidationError: A certificate must be specified for HTTPS listeners",
    {
      wrong: (stage) => listener(stage, { Protocol: "HTTPS", Port: 443 }),
      right: async (stage) => secure(stage, await givenCertificate(stage.sandbox.url, region)),
    },
  ),
  ...(["ALB-15", "RACE-09"] as const).map((id) =>
    refused(
      id,
      "a certificate that is not issued yet",
      /^UnsupportedCertificate.*: The certificate 'arn:.*' must have a fully-qualified domain name, a supported signature, and a supported key size\.$/,
      {
        wrong: async (stage) => secure(stage, await requested(stage)),
        right: async (stage) => secure(stage, await givenCertificate(stage.sandbox.url, region)),
      },
    ),
  ),
  shown("ALB-16", "a redirect to a port where nobody listens", "301 https://app.example.com:443/", {
    wrong: async (stage) => {
      const at = await listener(stage, {
        DefaultActions: [
          {
            Type: "redirect",
            RedirectConfig: { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" },
          },
        ],
      });
      await open(stage, stage.ids.albGroup, 8081);
      return visited(stage, "/", at);
    },
    right: async (stage) => {
      const at = await secure(stage, await givenCertificate(stage.sandbox.url, region));
      await open(stage, stage.ids.albGroup, 443);
      return visited(stage, "/", at);
    },
  }),
  refused(
    "ALB-17",
    "two listeners on one port",
    /A listener already exists on this port for this load balancer/,
    {
      wrong: (stage) => listener(stage, { Port: 80 }),
      right: (stage) => listener(stage, { Port: 81 }),
    },
  ),
  shown(
    "ALB-18",
    "tasks in a zone that the load balancer is not in",
    "unused Target.NotInUse Target is in an Availability Zone that is not enabled for the load balancer",
    {
      wrong: async (stage) => {
        const { Subnet } = await stage.aws.ec2.send(
          new ec2.CreateSubnetCommand({
            VpcId: stage.ids.vpc,
            AvailabilityZone: `${region}c`,
            CidrBlock: "10.20.40.0/24",
          }),
        );
        await stage.aws.ec2.send(
          new ec2.AssociateRouteTableCommand({
            RouteTableId: stage.ids.privateTable,
            SubnetId: Subnet?.SubnetId,
          }),
        );
        await service(stage, {
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: [Subnet?.SubnetId ?? ""],
              securityGroups: [stage.ids.taskGroup],
            },
          },
        });
        return (await stage.health()).join("; ");
      },
      right: async (stage) => {
        await service(stage);
        return (await stage.health()).every((value) => value === "healthy") ? FINE : "not healthy";
      },
    },
  ),
  shown("ALB-20", "no rule for the path, and a default of 404", "404 nothing here", {
    wrong: async (stage) => {
      await stage.launch();
      await stage.aws.elb.send(
        new elb.ModifyListenerCommand({
          ListenerArn: stage.ids.listener,
          DefaultActions: [
            {
              Type: "fixed-response",
              FixedResponseConfig: { StatusCode: "404", MessageBody: "nothing here" },
            },
          ],
        }),
      );
      return answer(stage, "/api/things");
    },
    right: async (stage) => {
      await stage.aws.elb.send(
        new elb.CreateRuleCommand({
          ListenerArn: stage.ids.listener,
          Priority: 1,
          Conditions: [{ Field: "path-pattern", Values: ["/api/*"] }],
          Actions: [{ Type: "forward", TargetGroupArn: stage.ids.targets }],
        }),
      );
      await stage.aws.elb.send(
        new elb.ModifyListenerCommand({
          ListenerArn: stage.ids.listener,
          DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
        }),
      );
      return visited(stage, "/api/things");
    },
  }),
  refused(
    "ALB-21",
    "a name longer than 32 characters",
    /^ValidationError: The load balancer name /,
    {
      wrong: (stage) => balancer(stage, { Name: "a".repeat(33) }),
      right: (stage) => balancer(stage, { Name: "a".repeat(32) }),
    },
  ),
  refused(
    "ALB-22",
    "a grace period without load balancer",
    "InvalidParameterException: Health check grace period is only valid for services configured to use load balancers",
    {
      wrong: (stage) => service(stage, { healthCheckGracePeriodSeconds: 60, loadBalancers: [] }),
      right: (stage) => service(stage, { healthCheckGracePeriodSeconds: 60 }),
    },
  ),
  refused(
    "ALB-23",
    "a bucket that does not let the load balancer write",
    "Access Denied for bucket: logs-of-app. Please check S3bucket permission",
    {
      wrong: (stage) => accessLogs(stage, false),
      right: (stage) => accessLogs(stage, true),
    },
  ),
  shown("SVC-01", "a service that wants no tasks", /^503 /, {
    wrong: async (stage) => {
      await stage.launch({ service: { desiredCount: undefined } });
      return answer(stage);
    },
    right: visited,
  }),
  start("SVC-10", "the VPC's default security group", UNHEALTHY, {
    wishes: (stage) => ({
      service: {
        networkConfiguration: { awsvpcConfiguration: { subnets: [...stage.ids.privates] } },
      },
    }),
    looks: 2,
  }),
  shown(
    "RACE-06",
    "routes that come after the service",
    "is unable to consistently start tasks successfully",
    {
      wrong: async (stage) => {
        await stage.aws.ec2.send(
          new ec2.DeleteRouteCommand({
            RouteTableId: stage.ids.privateTable,
            DestinationCidrBlock: "0.0.0.0/0",
          }),
        );
        await stage.launch();
        return verdict(await stage.look(3));
      },
      right: async (stage) => verdict(await stage.launch()),
    },
  ),
];

async function accessLogs(stage: Stage, isAllowed: boolean): Promise<unknown> {
  const Bucket = "logs-of-app";
  await stage.aws.s3.send(new s3.CreateBucketCommand({ Bucket }));
  if (isAllowed)
    await stage.aws.s3.send(
      new s3.PutBucketPolicyCommand({
        Bucket,
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: "arn:aws:iam::127311923021:root" },
              Action: "s3:PutObject",
              Resource: `arn:aws:s3:::${Bucket}/*`,
            },
          ],
        }),
      }),
    );
  return stage.aws.elb.send(
    new elb.ModifyLoadBalancerAttributesCommand({
      LoadBalancerArn: stage.ids.balancer,
      Attributes: [
        { Key: "access_logs.s3.enabled", Value: "true" },
        { Key: "access_logs.s3.bucket", Value: Bucket },
      ],
    }),
  );
}
