import * as acm from "@aws-sdk/client-acm";
import * as ec2 from "@aws-sdk/client-ec2";
import type * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as s3 from "@aws-sdk/client-s3";
import { givenCertificate } from "../../support/given.ts";
import {
  requestResult,
  HEALTHY,
  type Failure,
  rejectedCall,
  observed,
  failedStart,
  statusOf,
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
const FIXED_RESPONSE = {
  Type: "fixed-response",
  FixedResponseConfig: { StatusCode: "200" },
} as const;
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

/** The result of a request when the service is running. */
const visited = async (stage: Stage, path?: string, at?: string): Promise<string> => {
  await stage.launch();
  return requestResult(stage, path, at);
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
  rejectedCall(
    "ALB-01",
    "target group with target type instance",
    /^InvalidParameterException: The provided target group arn:.* has target type instance, which is incompatible with the awsvpc network mode specified in the task definition\.$/,
    {
      brokenAction: async (stage) =>
        service(stage, balanced(await targetGroup(stage, { TargetType: "instance" }))),
      repairedAction: service,
    },
  ),
  rejectedCall(
    "ALB-02",
    "target group without a listener",
    /^InvalidParameterException: The target group with targetGroupArn arn:.* does not have an associated load balancer\.$/,
    {
      brokenAction: async (stage) => service(stage, balanced(await targetGroup(stage))),
      repairedAction: async (stage) => {
        const group = await targetGroup(stage);
        await listener(stage, { DefaultActions: [{ Type: "forward", TargetGroupArn: group }] });
        await service(stage, balanced(group));
      },
    },
  ),
  rejectedCall(
    "RACE-02",
    "service created before the listener rule of its target group",
    "does not have an associated load balancer.",
    {
      brokenAction: async (stage) => service(stage, balanced(await targetGroup(stage))),
      repairedAction: async (stage) => {
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
  rejectedCall(
    "ALB-03",
    "container is not in the task definition",
    "InvalidParameterException: The container web does not exist in the task definition.",
    {
      brokenAction: (stage) => service(stage, balanced(stage.ids.targets, "web")),
      repairedAction: service,
    },
  ),
  rejectedCall(
    "ALB-03",
    "port is not a container port",
    "InvalidParameterException: The container app did not have a container port 80 defined.",
    {
      brokenAction: (stage) => service(stage, balanced(stage.ids.targets, "app", 80)),
      repairedAction: service,
    },
  ),
  rejectedCall(
    "ALB-04",
    "target group in another VPC",
    "is in a different VPC than load balancer",
    {
      brokenAction: async (stage) => {
        const group = await targetGroup(stage, { VpcId: await otherVpc(stage) });
        await listener(stage, { DefaultActions: [{ Type: "forward", TargetGroupArn: group }] });
      },
      repairedAction: async (stage) => {
        const group = await targetGroup(stage);
        await listener(stage, { DefaultActions: [{ Type: "forward", TargetGroupArn: group }] });
      },
    },
  ),
  rejectedCall(
    "ALB-05",
    "load balancer in one availability zone",
    "ValidationError: At least two subnets in two different Availability Zones must be specified",
    {
      brokenAction: (stage) => balancer(stage, { Subnets: [stage.ids.publics[0]] }),
      repairedAction: (stage) => balancer(stage, {}),
    },
  ),
  rejectedCall(
    "ALB-06",
    "two subnets in the same availability zone",
    "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    {
      brokenAction: (stage) =>
        balancer(stage, { Subnets: [stage.ids.publics[0], stage.ids.privates[0]] }),
      repairedAction: (stage) => balancer(stage, {}),
    },
  ),
  observed(
    "ALB-07",
    "internet-facing load balancer without a route to the internet",
    /^lost at .*: no route to 203\.0\.113\.10/,
    {
      brokenAction: async (stage) => {
        await stage.launch();
        await stage.aws.ec2.send(
          new ec2.DeleteRouteCommand({
            RouteTableId: stage.ids.publicTable,
            DestinationCidrBlock: "0.0.0.0/0",
          }),
        );
        return requestResult(stage);
      },
      repairedAction: visited,
    },
  ),
  rejectedCall(
    "ALB-08",
    "internet-facing load balancer in a VPC without an internet gateway",
    /^InvalidSubnetException: VPC vpc-\w+ has no internet gateway$/,
    {
      brokenAction: async (stage) => {
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
      repairedAction: (stage) => balancer(stage, {}),
    },
  ),
  observed(
    "ALB-09",
    "load balancer security group without an ingress rule",
    /^lost at sg-\w+: tcp\/80 from 203\.0\.113\.10 denied: no inbound security group rule allows it/,
    {
      brokenAction: async (stage) => {
        await close(stage, stage.ids.albGroup, 80);
        return visited(stage);
      },
      repairedAction: visited,
    },
  ),
  failedStart("ALB-10", "load balancer security group without egress to the targets", UNHEALTHY, {
    breakStage: (stage) =>
      stage.aws.ec2.send(
        new ec2.RevokeSecurityGroupEgressCommand({
          GroupId: stage.ids.albGroup,
          IpPermissions: everything,
        }),
      ),
    repairStage: (stage) =>
      stage.aws.ec2.send(
        new ec2.AuthorizeSecurityGroupEgressCommand({
          GroupId: stage.ids.albGroup,
          IpPermissions: everything,
        }),
      ),
    polls: 2,
  }),
  failedStart("ALB-11", "task security group without ingress from the load balancer", UNHEALTHY, {
    breakStage: (stage) => close(stage, stage.ids.taskGroup, 8080, stage.ids.albGroup),
    repairStage: (stage) => open(stage, stage.ids.taskGroup, 8080, stage.ids.albGroup),
    polls: 2,
  }),
  failedStart(
    "ALB-12",
    "health check of a path that does not exist",
    /\(service app\) \(port 8080\) is unhealthy in \(target-group arn:.*\) due to \(reason Health checks failed with these codes: \[404\]\)/,
    {
      options: { apps: { containers: { app: { answers: { "/healthz": 404 } } } } },
      repairStage: (stage) =>
        stage.aws.elb.send(
          new elb.ModifyTargetGroupCommand({
            TargetGroupArn: stage.ids.targets,
            HealthCheckPath: "/",
          }),
        ),
      polls: 2,
    },
  ),
  failedStart(
    "ALB-12",
    "health check on a port without a listening program",
    "due to (reason Health checks failed)",
    {
      breakStage: async (stage) => {
        await stage.aws.elb.send(
          new elb.ModifyTargetGroupCommand({
            TargetGroupArn: stage.ids.targets,
            HealthCheckPort: "9000",
          }),
        );
        await open(stage, stage.ids.taskGroup, 9000, stage.ids.albGroup);
      },
      repairStage: (stage) =>
        stage.aws.elb.send(
          new elb.ModifyTargetGroupCommand({
            TargetGroupArn: stage.ids.targets,
            HealthCheckPort: "traffic-port",
          }),
        ),
      polls: 2,
    },
  ),
  rejectedCall(
    "ALB-14",
    "HTTPS listener without a certificate",
    "ValidationError: A certificate must be specified for HTTPS listeners",
    {
      brokenAction: (stage) => listener(stage, { Protocol: "HTTPS", Port: 443 }),
      repairedAction: async (stage) =>
        secure(stage, await givenCertificate(stage.sandbox.url, region)),
    },
  ),
  ...(["ALB-15", "RACE-09"] as const).map((id) =>
    rejectedCall(
      id,
      "a certificate that is not issued yet",
      /^UnsupportedCertificate.*: The certificate 'arn:.*' must have a fully-qualified domain name, a supported signature, and a supported key size\.$/,
      {
        brokenAction: async (stage) => secure(stage, await requested(stage)),
        repairedAction: async (stage) =>
          secure(stage, await givenCertificate(stage.sandbox.url, region)),
      },
    ),
  ),
  observed("ALB-16", "redirect to a port without a listener", "301 https://app.example.com:443/", {
    brokenAction: async (stage) => {
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
    repairedAction: async (stage) => {
      const at = await secure(stage, await givenCertificate(stage.sandbox.url, region));
      await open(stage, stage.ids.albGroup, 443);
      return visited(stage, "/", at);
    },
  }),
  rejectedCall(
    "ALB-17",
    "two listeners on the same port",
    /A listener already exists on this port for this load balancer/,
    {
      // A listener with the same settings would be no other listener.
      brokenAction: (stage) => listener(stage, { Port: 80, DefaultActions: [FIXED_RESPONSE] }),
      repairedAction: (stage) => listener(stage, { Port: 81, DefaultActions: [FIXED_RESPONSE] }),
    },
  ),
  observed(
    "ALB-18",
    "tasks in an availability zone that is not enabled for the load balancer",
    "unused Target.NotInUse Target is in an Availability Zone that is not enabled for the load balancer",
    {
      brokenAction: async (stage) => {
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
      repairedAction: async (stage) => {
        await service(stage);
        return (await stage.health()).every((value) => value === "healthy")
          ? HEALTHY
          : "not healthy";
      },
    },
  ),
  observed("ALB-20", "no rule for the path, and a default action with 404", "404 nothing here", {
    brokenAction: async (stage) => {
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
      return requestResult(stage, "/api/things");
    },
    repairedAction: async (stage) => {
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
  rejectedCall(
    "ALB-21",
    "name longer than 32 characters",
    /^ValidationError: The load balancer name /,
    {
      brokenAction: (stage) => balancer(stage, { Name: "a".repeat(33) }),
      repairedAction: (stage) => balancer(stage, { Name: "a".repeat(32) }),
    },
  ),
  rejectedCall(
    "ALB-22",
    "health check grace period without a load balancer",
    "InvalidParameterException: Health check grace period is only valid for services configured to use load balancers",
    {
      brokenAction: (stage) =>
        service(stage, { healthCheckGracePeriodSeconds: 60, loadBalancers: [] }),
      repairedAction: (stage) => service(stage, { healthCheckGracePeriodSeconds: 60 }),
    },
  ),
  rejectedCall(
    "ALB-23",
    "bucket policy that does not allow access logs",
    "Access Denied for bucket: logs-of-app. Please check S3bucket permission",
    {
      brokenAction: (stage) => accessLogs(stage, false),
      repairedAction: (stage) => accessLogs(stage, true),
    },
  ),
  observed("SVC-01", "service with a desired count of 0", /^503 /, {
    brokenAction: async (stage) => {
      await stage.launch({ service: { desiredCount: undefined } });
      return requestResult(stage);
    },
    repairedAction: visited,
  }),
  failedStart("SVC-10", "default security group of the VPC", UNHEALTHY, {
    overridesOf: (stage) => ({
      service: {
        networkConfiguration: { awsvpcConfiguration: { subnets: [...stage.ids.privates] } },
      },
    }),
    polls: 2,
  }),
  observed(
    "RACE-06",
    "routes created after the service",
    "is unable to consistently start tasks successfully",
    {
      brokenAction: async (stage) => {
        await stage.aws.ec2.send(
          new ec2.DeleteRouteCommand({
            RouteTableId: stage.ids.privateTable,
            DestinationCidrBlock: "0.0.0.0/0",
          }),
        );
        await stage.launch();
        return statusOf(await stage.poll(3));
      },
      repairedAction: async (stage) => statusOf(await stage.launch()),
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
