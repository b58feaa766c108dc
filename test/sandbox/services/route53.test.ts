import * as route53 from "@aws-sdk/client-route-53";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

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
      "Invalid request: Missing field 'SetIdentifier' in Change with [Name=a.example.com., Type=A]",
    ],
    [
      "an alias to a name of another zone",
      { AliasTarget: { DNSName: "lb.us-east-1.elb.amazonaws.com" } },
      "Tried to create an alias that targets lb.us-east-1.elb.amazonaws.com., type A in zone ZONE, but the alias target name does not lie within the target zone",
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
        `InvalidChangeBatch: [${error.replace("ZONE", HostedZoneId)}]`,
      );
    },
  );
});
