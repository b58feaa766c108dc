import { describe, expect, it } from "vitest";
import { isUnknown } from "../../src/plan/unknown.ts";
import { vpcEndpointsOf } from "../../src/topology/vpc-endpoints.ts";
import { planOf } from "../support/plan-builder.ts";
import { block } from "./topology.fixtures.ts";

const privateDnsOf = (expressions: Readonly<Record<string, unknown>>) =>
  vpcEndpointsOf(
    planOf({
      blocks: [
        block("aws_vpc_endpoint.logs", {
          values: { service_name: "com.amazonaws.eu-west-1.logs", vpc_endpoint_type: "Interface" },
          unknown: { private_dns_enabled: true },
          expressions,
        }),
      ],
    }),
  )[0]?.privateDnsEnabled;

const ofEndpointWith = (onlyForInbound: boolean | undefined) =>
  vpcEndpointsOf(
    planOf({
      blocks: [
        block("aws_vpc_endpoint.s3", {
          values: {
            service_name: "com.amazonaws.eu-west-1.s3",
            vpc_endpoint_type: "Interface",
            private_dns_enabled: true,
            dns_options: [{ private_dns_only_for_inbound_resolver_endpoint: onlyForInbound }],
          },
          unknown: {
            dns_options: [
              { private_dns_only_for_inbound_resolver_endpoint: onlyForInbound === undefined },
            ],
          },
          expressions: {
            dns_options: [
              { private_dns_only_for_inbound_resolver_endpoint: ["terraform_data.x.output"] },
            ],
          },
        }),
      ],
    }),
  )[0]?.privateDnsEnabled;

describe("the private DNS name of an interface endpoint", () => {
  it("does not apply in the VPC if it is only for inbound resolver endpoints", () => {
    expect([ofEndpointWith(true), ofEndpointWith(false)]).toEqual([false, true]);
    expect(isUnknown(ofEndpointWith(undefined))).toBe(true);
  });

  it("is disabled if the configuration does not contain the attribute", () => {
    expect(privateDnsOf({})).toBe(false);
  });

  it("is unknown if the attribute is known after apply", () => {
    expect(isUnknown(privateDnsOf({ private_dns_enabled: ["terraform_data.x.output"] }))).toBe(
      true,
    );
  });
});
