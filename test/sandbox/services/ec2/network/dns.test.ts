import * as ec2 from "@aws-sdk/client-ec2";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as route53 from "@aws-sdk/client-route-53";
import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import { beforeEach, describe, expect, it } from "vitest";
import { type Answer, resolveHost } from "../../../../../src/sandbox/services/ec2/network/dns.ts";
import { networkInterfaces } from "../../../../../src/sandbox/services/ec2/tables.ts";
import { REGION, useSandbox } from "../../../../support/sandbox-calls.ts";

const fixture = useSandbox();
const ACCOUNT = "111122223333";

describe("names in a VPC", () => {
  let interfaceId: string;

  beforeEach(async () => {
    const { NetworkInterface } = await fixture.aws.ec2.send(
      new ec2.CreateNetworkInterfaceCommand({ SubnetId: fixture.network.privateSubnetIds[0] }),
    );
    interfaceId = NetworkInterface?.NetworkInterfaceId ?? "";
  });

  function resolve(host: string): Answer {
    const context = fixture.sandbox.contextFor({ account: ACCOUNT, region: REGION });
    const networkInterface = context.in(networkInterfaces).get(interfaceId);
    if (!networkInterface) throw new TypeError(`${interfaceId} does not exist`);
    return resolveHost(context, networkInterface, host);
  }

  /** What a name resolves to: an address, the ID of an endpoint, or the kind of the answer. */
  function answerFor(host: string): string {
    const answer = resolve(host);
    switch (answer.kind) {
      case "endpoint":
        return answer.endpointId;
      case "interface":
        return answer.networkInterface.privateIp;
      case "public":
        return answer.address;
      case "none":
        return "none";
    }
  }

  const client = () => new route53.Route53Client(fixture.clientOptions);

  async function createZone(name: string, VPCId = fixture.network.vpcId): Promise<string> {
    const { HostedZone } = await client().send(
      new route53.CreateHostedZoneCommand({
        Name: name,
        CallerReference: `${name} ${VPCId}`,
        VPC: { VPCId, VPCRegion: REGION },
      }),
    );
    return HostedZone?.Id ?? "";
  }

  async function createRecord(
    HostedZoneId: string,
    ResourceRecordSet: route53.ResourceRecordSet,
  ): Promise<void> {
    const Changes = [{ Action: "CREATE" as const, ResourceRecordSet }];
    await client().send(
      new route53.ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }),
    );
  }

  const addressRecord = (Name: string, Value: string): route53.ResourceRecordSet => ({
    Name,
    Type: "A",
    TTL: 60,
    ResourceRecords: [{ Value }],
  });

  it("are decided by the private zone with the longest matching domain", async () => {
    const outer = await createZone("corp.example");
    await createRecord(outer, addressRecord("db.eu.corp.example", "192.0.2.1"));
    await createRecord(outer, addressRecord("web.corp.example", "192.0.2.2"));
    expect(answerFor("db.eu.corp.example")).toBe("192.0.2.1");
    await createZone("eu.corp.example");
    expect(answerFor("WEB.corp.example.")).toBe("192.0.2.2");
    // The inner zone has no such record, and the outer zone is not asked.
    expect(answerFor("db.eu.corp.example")).toBe("none");
    expect(resolve("other.corp.example")).toMatchObject({ kind: "none", zoneId: outer.slice(12) });
    expect(resolve("corp.example.org").kind).toBe("public");
  });

  it("are covered by a wildcard unless a closer name exists", async () => {
    const zone = await createZone("corp.example");
    await createRecord(zone, addressRecord("*.corp.example", "192.0.2.1"));
    await createRecord(zone, addressRecord("api.corp.example", "192.0.2.2"));
    await createRecord(zone, {
      Name: "text.corp.example",
      Type: "TXT",
      TTL: 60,
      ResourceRecords: [{ Value: '"x"' }],
    });
    expect(
      ["a", "a.b", "api", "v1.api", "text"].map((name) => answerFor(`${name}.corp.example`)),
    ).toEqual(["192.0.2.1", "192.0.2.1", "192.0.2.2", "none", "none"]);
  });

  it("are not decided by a zone of another VPC, or without DNS host names", async () => {
    const { Vpc } = await fixture.aws.ec2.send(
      new ec2.CreateVpcCommand({ CidrBlock: "10.50.0.0/16" }),
    );
    await createZone("other.example", Vpc?.VpcId);
    expect(resolve("x.other.example").kind).toBe("public");
    await createZone("own.example");
    expect(resolve("x.own.example").kind).toBe("none");
    await fixture.aws.ec2.send(
      new ec2.ModifyVpcAttributeCommand({
        VpcId: fixture.network.vpcId,
        EnableDnsHostnames: { Value: false },
      }),
    );
    expect(resolve("x.own.example").kind).toBe("public");
  });

  it("follow aliases to endpoints and load balancers, and CNAME records", async () => {
    const { VpcEndpoint } = await fixture.aws.ec2.send(
      new ec2.CreateVpcEndpointCommand({
        VpcId: fixture.network.vpcId,
        VpcEndpointType: "Interface",
        ServiceName: `com.amazonaws.${REGION}.ecr.dkr`,
        PrivateDnsEnabled: false,
        SubnetIds: fixture.network.privateSubnetIds,
      }),
    );
    const { LoadBalancers = [] } = await fixture.aws.elb.send(
      new elb.CreateLoadBalancerCommand({
        Name: "internal",
        Scheme: "internal",
        Subnets: fixture.network.privateSubnetIds,
      }),
    );
    const zone = await createZone(`dkr.ecr.${REGION}.amazonaws.com`);
    const alias = (Name: string, DNSName: string, HostedZoneId: string) => ({
      Name,
      Type: "A" as const,
      AliasTarget: { DNSName, HostedZoneId, EvaluateTargetHealth: false },
    });
    const registry = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
    const entry = VpcEndpoint?.DnsEntries?.[0];
    await createRecord(
      zone,
      alias(`dkr.ecr.${REGION}.amazonaws.com`, entry?.DnsName ?? "", entry?.HostedZoneId ?? ""),
    );
    expect(answerFor(registry)).toBe("none");
    await createRecord(
      zone,
      alias(`*.dkr.ecr.${REGION}.amazonaws.com`, `dkr.ecr.${REGION}.amazonaws.com`, zone.slice(12)),
    );
    expect(answerFor(registry)).toBe(VpcEndpoint?.VpcEndpointId);

    const app = await createZone("app.example");
    const [balancer] = LoadBalancers;
    await createRecord(
      app,
      alias(
        "lb.app.example",
        `dualstack.${balancer?.DNSName}`,
        balancer?.CanonicalHostedZoneId ?? "",
      ),
    );
    await createRecord(app, {
      Name: "www.app.example",
      Type: "CNAME",
      TTL: 60,
      ResourceRecords: [{ Value: "lb.app.example" }],
    });
    await createRecord(app, {
      Name: "loop.app.example",
      Type: "CNAME",
      TTL: 60,
      ResourceRecords: [{ Value: "loop.app.example" }],
    });
    expect(answerFor("www.app.example")).toMatch(/^10\.9\.2\./);
    expect(answerFor("loop.app.example")).toBe("none");
  });

  it("of a Cloud Map namespace resolve to registered instances", async () => {
    const discovery = new servicediscovery.ServiceDiscoveryClient(fixture.clientOptions);
    await discovery.send(
      new servicediscovery.CreatePrivateDnsNamespaceCommand({
        Name: "svc.internal",
        Vpc: fixture.network.vpcId,
      }),
    );
    const { Namespaces = [] } = await discovery.send(
      new servicediscovery.ListNamespacesCommand({}),
    );
    const { Service } = await discovery.send(
      new servicediscovery.CreateServiceCommand({
        Name: "api",
        NamespaceId: Namespaces[0]?.Id,
        DnsConfig: {
          DnsRecords: [
            { Type: "A", TTL: 10 },
            { Type: "SRV", TTL: 10 },
          ],
        },
      }),
    );
    expect(answerFor("api.svc.internal")).toBe("none");
    await discovery.send(
      new servicediscovery.RegisterInstanceCommand({
        ServiceId: Service?.Id,
        InstanceId: "one",
        Attributes: { AWS_INSTANCE_IPV4: "10.9.2.4", AWS_INSTANCE_PORT: "8080" },
      }),
    );
    expect(answerFor("api.svc.internal")).toBe("10.9.2.4");
    // The host name in the SRV record.
    expect(answerFor("one.api.svc.internal")).toBe("10.9.2.4");
    expect(answerFor("two.api.svc.internal")).toBe("none");
    await discovery.send(
      new servicediscovery.DeregisterInstanceCommand({ ServiceId: Service?.Id, InstanceId: "one" }),
    );
    expect(answerFor("one.api.svc.internal")).toBe("none");
  });
});
