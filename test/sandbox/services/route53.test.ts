import * as route53 from "@aws-sdk/client-route-53";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

/** Creates the hosted zone example.com. Returns a function that creates or updates a record in it: by default, of a.example.com. */
async function createZone() {
  const client = new route53.Route53Client(fixture.clientOptions);
  const { HostedZone } = await client.send(
    new route53.CreateHostedZoneCommand({ Name: "example.com", CallerReference: "one" }),
  );
  return (record: Partial<route53.ResourceRecordSet>) =>
    client.send(
      new route53.ChangeResourceRecordSetsCommand({
        HostedZoneId: HostedZone?.Id,
        ChangeBatch: {
          Changes: [
            {
              Action: "UPSERT",
              ResourceRecordSet: { Name: "a.example.com", Type: "A", ...record },
            },
          ],
        },
      }),
    );
}

describe("Route 53", () => {
  it("returns the octal code of an asterisk, and accepts both forms", async () => {
    const client = new route53.Route53Client(fixture.clientOptions);
    const { HostedZone } = await client.send(
      new route53.CreateHostedZoneCommand({ Name: "example.com", CallerReference: "one" }),
    );
    const change = (Action: route53.ChangeAction, Name: string) =>
      client.send(
        new route53.ChangeResourceRecordSetsCommand({
          HostedZoneId: HostedZone?.Id,
          ChangeBatch: {
            Changes: [
              {
                Action,
                ResourceRecordSet: {
                  Name,
                  Type: "A",
                  TTL: 60,
                  ResourceRecords: [{ Value: "10.0.0.1" }],
                },
              },
            ],
          },
        }),
      );
    await change("CREATE", "*.Example.com");
    const { ResourceRecordSets = [] } = await client.send(
      new route53.ListResourceRecordSetsCommand({ HostedZoneId: HostedZone?.Id }),
    );
    expect(ResourceRecordSets.map((record) => record.Name)).toContain("\\052.example.com.");
    await change("DELETE", "\\052.example.com");
  });

  it.each<[string, object, string]>([
    [
      "a weight without an identifier",
      { TTL: 60, Weight: 1, ResourceRecords: [{ Value: "10.0.0.1" }] },
      "InvalidInput: Invalid request: Missing field 'SetIdentifier' in Change with [Action=CREATE, Name=a.example.com., Type=A, SetIdentifier=null]",
    ],
    [
      "values without a TTL",
      { ResourceRecords: [{ Value: "10.0.0.1" }] },
      "InvalidInput: Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action=CREATE, Name=a.example.com., Type=A, SetIdentifier=null]",
    ],
    [
      "an alias to a name of another zone",
      { AliasTarget: { DNSName: "lb.us-east-1.elb.amazonaws.com" } },
      "InvalidChangeBatch: [Tried to create an alias that targets lb.us-east-1.elb.amazonaws.com., type A in zone ZONE, but the alias target name does not lie within the target zone]",
    ],
    [
      "a name as the value of an A record",
      { TTL: 60, ResourceRecords: [{ Value: "host.example.com" }] },
      "InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with 'host.example.com'']",
    ],
    [
      "two addresses in one value",
      { TTL: 60, ResourceRecords: [{ Value: "10.0.0.1, 10.0.0.2" }] },
      "InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: ARRDATANotSingleField (Value contains spaces) encountered with '10.0.0.1, 10.0.0.2'']",
    ],
    [
      "a text without quotation marks",
      { Type: "TXT", TTL: 60, ResourceRecords: [{ Value: "hello" }] },
      "InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'hello'']",
    ],
    [
      "a text of more than 255 characters",
      { Type: "TXT", TTL: 60, ResourceRecords: [{ Value: `"${"x".repeat(256)}"` }] },
      `InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: CharacterStringTooLong (Value is too long) encountered with '"${"x".repeat(256)}"'']`,
    ],
    [
      "a mail server without a priority",
      { Type: "MX", TTL: 60, ResourceRecords: [{ Value: "mail.example.com" }] },
      "InvalidChangeBatch: [Invalid Resource Record: 'mail.example.com' is not a valid MX value]",
    ],
    [
      "an address twice",
      { TTL: 60, ResourceRecords: [{ Value: "10.0.0.1" }, { Value: "10.0.0.1" }] },
      "InvalidChangeBatch: [Duplicate Resource Record: '10.0.0.1']",
    ],
    [
      "two routing policies",
      {
        TTL: 60,
        SetIdentifier: "a",
        Weight: 1,
        Region: "eu-west-1",
        ResourceRecords: [{ Value: "10.0.0.1" }],
      },
      "InvalidInput: Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found more than one in Change with [Action=CREATE, Name=a.example.com., Type=A, SetIdentifier=a]",
    ],
    [
      "an identifier without a routing policy",
      { TTL: 60, SetIdentifier: "a", ResourceRecords: [{ Value: "10.0.0.1" }] },
      "InvalidInput: Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found none in Change with [Action=CREATE, Name=a.example.com., Type=A, SetIdentifier=a]",
    ],
    [
      "a CNAME with two values",
      { Type: "CNAME", TTL: 60, ResourceRecords: [{ Value: "a.com" }, { Value: "b.com" }] },
      "InvalidChangeBatch: [A CNAME record can have only one value in Change with [Action=CREATE, Name=a.example.com., Type=CNAME, SetIdentifier=null]]",
    ],
  ])(
    "rejects %s",
    async (_, { AliasTarget, ...record }: Partial<route53.ResourceRecordSet>, error) => {
      const client = new route53.Route53Client(fixture.clientOptions);
      const { HostedZone } = await client.send(
        new route53.CreateHostedZoneCommand({ Name: "example.com", CallerReference: "one" }),
      );
      const HostedZoneId = HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
      const target = AliasTarget && { ...AliasTarget, HostedZoneId, EvaluateTargetHealth: false };
      const command = new route53.ChangeResourceRecordSetsCommand({
        HostedZoneId,
        ChangeBatch: {
          Changes: [
            {
              Action: "CREATE",
              ResourceRecordSet: {
                Name: "a.example.com",
                Type: "A",
                AliasTarget: target,
                ...record,
              },
            },
          ],
        },
      });
      expect(await fixture.errorOf(() => client.send(command))).toBe(
        error.replace("ZONE", HostedZoneId),
      );
    },
  );

  it("rejects records that contradict others of the name, also in an update", async () => {
    const upsertRecord = await createZone();
    const upsert = (record: Partial<route53.ResourceRecordSet>) =>
      upsertRecord({ TTL: 60, ResourceRecords: [{ Value: "10.0.0.1" }], ...record });
    const weighted = { SetIdentifier: "one", Weight: 1 };
    await upsert(weighted);
    await upsert({ ...weighted, Weight: 2 });
    const errors: readonly (readonly [Partial<route53.ResourceRecordSet>, string])[] = [
      [
        { Type: "CNAME", ResourceRecords: [{ Value: "b.com" }] },
        "RRSet of type CNAME with DNS name a.example.com. is not permitted as it conflicts with other records with the same DNS name in zone example.com.",
      ],
      [
        {},
        "RRSet with DNS name a.example.com., type A cannot be created as other RRSets exist with the same name and type.",
      ],
      [
        { SetIdentifier: "two", MultiValueAnswer: true },
        "RRSet with DNS name a.example.com., type A, SetIdentifier two cannot be created because a non multivalue answer rrset exists with the same name and type.",
      ],
      [
        { SetIdentifier: "two", Region: "eu-west-1" },
        "RRSet with DNS name a.example.com., type A, SetIdentifier two cannot be created as a non-latency set exists with the same name and type.",
      ],
    ];
    for (const [record, message] of errors)
      expect(await fixture.errorOf(() => upsert(record))).toBe(`InvalidChangeBatch: [${message}]`);
    await upsert({ Name: "c.example.com", Type: "CNAME", ResourceRecords: [{ Value: "b.com" }] });
    expect(await fixture.errorOf(() => upsert({ Name: "c.example.com" }))).toContain(
      "because a conflicting RRSet of type  CNAME with the same DNS name already exists",
    );
  });

  it("accepts an alias with the hosted zone of the load balancer's region only", async () => {
    const upsertRecord = await createZone();
    const alias = (HostedZoneId: string, DNSName: string) =>
      upsertRecord({ AliasTarget: { HostedZoneId, DNSName, EvaluateTargetHealth: false } });
    await alias("Z215JYRZR1TBD5", "dualstack.lb-1.eu-central-1.elb.amazonaws.com");
    for (const [zone, name] of [
      ["Z35SXDOTRQ7X7K", "lb-1.eu-central-1.elb.amazonaws.com"],
      ["Z35SXDOTRQ7X7K", "d111111abcdef8.cloudfront.net"],
    ] as const)
      expect(await fixture.errorOf(() => alias(zone, name))).toBe(
        `InvalidChangeBatch: [Tried to create an alias that targets ${name}., type A in zone ${zone}, but the alias target name does not lie within the target zone]`,
      );
  });

  it("associates a VPC with one private zone of a name", async () => {
    const client = new route53.Route53Client(fixture.clientOptions);
    const { vpcId } = fixture.network;
    const VPC = { VPCId: vpcId, VPCRegion: "us-east-1" } as const;
    const create = (CallerReference: string, Name: string) =>
      client.send(new route53.CreateHostedZoneCommand({ Name, CallerReference, VPC }));
    const { HostedZone } = await create("one", "internal.example.com");
    const conflict = `ConflictingDomainExists: The VPC that you chose, ${vpcId} in region us-east-1, is already associated with another private hosted zone that has an overlapping name space, internal.example.com..`;
    expect(await fixture.errorOf(() => create("two", "internal.example.com"))).toBe(conflict);
    const associate = new route53.AssociateVPCWithHostedZoneCommand({
      HostedZoneId: HostedZone?.Id,
      VPC,
    });
    expect(await fixture.errorOf(() => client.send(associate))).toBe(conflict);
    await create("three", "example.com");
  });
});
