import { describe, expect, it } from "vitest";
import { PrivateZones } from "../../src/topology/private-zones.ts";
import { type BlockSpec, planOf } from "../support/plan-builder.ts";
import { block, unknownReferences, vpc } from "./topology.fixtures.ts";

const REGISTRY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";

const zone = (label: string, name: string): BlockSpec =>
  block(`aws_route53_zone.${label}`, {
    values: { name, vpc: [{}] },
    unknown: { vpc: [{ vpc_id: true }], zone_id: true },
    expressions: { vpc: [{ vpc_id: { references: ["aws_vpc.main.id"] } }] },
  });

const record = (label: string, zoneLabel: string, name: string, alias = true): BlockSpec =>
  block(`aws_route53_record.${label}`, {
    values: { name, type: "A", ...(alias ? { alias: [{}] } : { records: ["10.0.0.9"] }) },
    unknown: { zone_id: true, ...(alias ? { alias: [{ name: true }] } : {}) },
    expressions: {
      zone_id: [`aws_route53_zone.${zoneLabel}.zone_id`],
      ...(alias ? { alias: [{ name: { references: ["aws_vpc_endpoint.dkr.dns_entry"] } }] } : {}),
    },
  });

const endpoint = block("aws_vpc_endpoint.dkr", {
  values: { vpc_endpoint_type: "Interface", service_name: "com.amazonaws.eu-west-1.ecr.dkr" },
  ...unknownReferences({ vpc_id: ["aws_vpc.main.id"] }),
});

const lookUp = (blocks: readonly BlockSpec[], host = REGISTRY): string => {
  const answer = new PrivateZones(planOf({ blocks: [vpc, endpoint, ...blocks] })).lookUp(
    "aws_vpc.main",
    host,
  );
  if (answer === undefined) return "public";
  switch (answer.kind) {
    case "endpoint":
      return answer.endpoint.address;
    case "no-such-host":
      return `no such host in ${answer.zone.address}`;
    case "unknown":
      return `unknown: ${answer.unknown.address}`;
  }
};

const DKR = zone("dkr", "dkr.ecr.eu-west-1.amazonaws.com");

describe("a name in a VPC with private hosted zones", () => {
  it.each([
    ["is public without a zone for its domain", [zone("other", "example.com")], "public"],
    [
      "is not that of a zone whose name only ends alike",
      [zone("other", "r.eu-west-1.amazonaws.com")],
      "public",
    ],
    [
      "does not exist in a zone without its record",
      [DKR, record("apex", "dkr", "dkr.ecr.eu-west-1.amazonaws.com")],
      "no such host in aws_route53_zone.dkr",
    ],
    ["is an alias of an endpoint", [DKR, record("name", "dkr", REGISTRY)], "aws_vpc_endpoint.dkr"],
    [
      "is relative to the domain of the zone",
      [DKR, record("name", "dkr", "111122223333")],
      "aws_vpc_endpoint.dkr",
    ],
    ["is covered by a wildcard", [DKR, record("star", "dkr", "*")], "aws_vpc_endpoint.dkr"],
    [
      "is in the zone with the longest domain",
      [zone("aws", "amazonaws.com"), record("star", "aws", "*"), DKR],
      "no such host in aws_route53_zone.dkr",
    ],
    [
      "is not covered by a wildcard if a name between them exists",
      [
        zone("aws", "amazonaws.com"),
        record("star", "aws", "*"),
        record("between", "aws", "api.ecr.eu-west-1"),
      ],
      "no such host in aws_route53_zone.aws",
    ],
    [
      "is unknown if its record has an address",
      [DKR, record("name", "dkr", REGISTRY, false)],
      "unknown: aws_route53_record.name",
    ],
    [
      "is unknown if the domain of a zone is unknown",
      [
        block("aws_route53_zone.any", {
          values: { vpc: [{}] },
          unknown: { name: true, vpc: [{ vpc_id: true }] },
          expressions: {
            name: ["terraform_data.x.output"],
            vpc: [{ vpc_id: { references: ["aws_vpc.main.id"] } }],
          },
        }),
      ],
      "unknown: aws_route53_zone.any",
    ],
    [
      "is unknown in the domain of a Cloud Map namespace",
      [
        block("aws_service_discovery_private_dns_namespace.aws", {
          values: { name: "amazonaws.com" },
          ...unknownReferences({ vpc: ["aws_vpc.main.id"] }),
        }),
      ],
      "unknown: aws_service_discovery_private_dns_namespace.aws",
    ],
  ])("%s", (_, blocks, expected) => {
    expect(lookUp(blocks)).toBe(expected);
  });

  it("is in a zone that an association adds to the VPC", () => {
    const associated = block("aws_route53_zone.dkr", {
      values: { name: "dkr.ecr.eu-west-1.amazonaws.com" },
      unknown: { zone_id: true, vpc: true },
    });
    const association = block("aws_route53_zone_association.dkr", {
      ...unknownReferences({
        zone_id: ["aws_route53_zone.dkr.zone_id"],
        vpc_id: ["aws_vpc.main.id"],
      }),
    });
    expect([lookUp([associated]), lookUp([associated, association])]).toEqual([
      "public",
      "no such host in aws_route53_zone.dkr",
    ]);
  });
});
