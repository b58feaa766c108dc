import * as route53 from "@aws-sdk/client-route-53";
import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import { describe, expect, it } from "vitest";
import { REGION, useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("Cloud Map", () => {
  it("rejects a CNAME record with multivalue routing", async () => {
    const client = new servicediscovery.ServiceDiscoveryClient(fixture.clientOptions);
    await client.send(
      new servicediscovery.CreatePrivateDnsNamespaceCommand({
        Name: "app.local",
        Vpc: fixture.network.vpcId,
      }),
    );
    const { Namespaces: [namespace] = [] } = await client.send(
      new servicediscovery.ListNamespacesCommand({}),
    );
    const command = new servicediscovery.CreateServiceCommand({
      Name: "web",
      NamespaceId: namespace?.Id,
      DnsConfig: { DnsRecords: [{ Type: "CNAME", TTL: 60 }] },
    });
    expect(await fixture.errorOf(() => client.send(command))).toBe(
      "InvalidInput: A CNAME record requires the routing policy WEIGHTED.",
    );
  });

  it("rejects a duplicate namespace", async () => {
    const client = new servicediscovery.ServiceDiscoveryClient(fixture.clientOptions);
    const create = () =>
      client.send(new servicediscovery.CreateHttpNamespaceCommand({ Name: "hello.internal" }));
    await create();
    expect(await fixture.errorOf(create)).toContain("NamespaceAlreadyExists");
  });

  it("fails to create a DNS namespace whose name a private zone of the VPC has", async () => {
    const client = new servicediscovery.ServiceDiscoveryClient(fixture.clientOptions);
    const { vpcId } = fixture.network;
    await new route53.Route53Client(fixture.clientOptions).send(
      new route53.CreateHostedZoneCommand({
        Name: "hello.internal",
        CallerReference: "one",
        VPC: { VPCId: vpcId, VPCRegion: REGION },
      }),
    );
    const { OperationId } = await client.send(
      new servicediscovery.CreatePrivateDnsNamespaceCommand({ Name: "hello.internal", Vpc: vpcId }),
    );
    const { Operation } = await client.send(
      new servicediscovery.GetOperationCommand({ OperationId }),
    );
    expect(Operation).toMatchObject({ Status: "FAIL", ErrorCode: "CANNOT_CREATE_HOSTED_ZONE" });
    expect(Operation?.ErrorMessage).toContain(
      `The VPC that you chose, ${vpcId} in region ${REGION}, is already associated with another private hosted zone that has an overlapping name space, hello.internal.. (Service: AmazonRoute53;`,
    );
    const { Namespaces } = await client.send(new servicediscovery.ListNamespacesCommand({}));
    expect(Namespaces).toEqual([]);
  });
});
