import { describe, expect, it } from "vitest";
import { single } from "../../src/ip/intervals.ts";
import type { Direction } from "../../src/reachability/reasons.ts";
import { NetworkInterfaces } from "../../src/topology/network-interfaces.ts";
import { protocolsOf } from "../../src/topology/protocols.ts";
import { securityGroupsAt } from "../../src/topology/security-group-keys.ts";
import { SecurityGroups } from "../../src/topology/security-groups.ts";
import { type BlockSpec, type PlanSpec, planOf, resourceIn } from "../support/plan-builder.ts";
import { ANY, block, none, unknownReferences, vpc } from "./topology.fixtures.ts";

const APP = "aws_security_group.app";
const app = block(APP);

/** A rule of the filter as a line: origin, rule, protocols, ports, and why it is unknown. */
function rulesOf(spec: PlanSpec, direction: Direction, keys: readonly string[] = [APP]): string[] {
  const plan = planOf(spec);
  return new SecurityGroups(plan, new NetworkInterfaces())
    .filter(keys, direction)
    .rules.map(({ origin, match, unknown }) =>
      [
        origin.address,
        origin.rule ?? "-",
        match.protocol === ANY ? "any protocol" : JSON.stringify(match.protocol),
        match.port === ANY ? "any port" : JSON.stringify(match.port),
        ...(unknown === undefined ? [] : [`unknown: ${unknown}`]),
      ].join(" | "),
    );
}

const ingressBlock = (rule: object): BlockSpec =>
  block(APP, {
    values: { ingress: [{ protocol: "tcp", from_port: 443, to_port: 443, ...rule }] },
    expressions: { ingress: {} },
  });

const ruleResource = (values: object, references: Record<string, readonly string[]> = {}) =>
  block("aws_vpc_security_group_ingress_rule.r", {
    values: { ip_protocol: "tcp", from_port: 443, to_port: 443, ...values },
    ...unknownReferences({ security_group_id: [`${APP}.id`], ...references }),
  });

describe("rules of a security group", () => {
  it.each<{ title: string; blocks: readonly BlockSpec[]; expected: readonly string[] }>([
    {
      title: "a block with a CIDR block",
      blocks: [ingressBlock({ cidr_blocks: ["10.0.0.0/8"] })],
      expected: [`${APP} | ingress 443 from 10.0.0.0/8 | [[6,6]] | [[443,443]]`],
    },
    {
      title: "a block with a range of ports",
      blocks: [ingressBlock({ to_port: 445, cidr_blocks: ["10.0.0.0/8"] })],
      expected: [`${APP} | ingress 443-445 from 10.0.0.0/8 | [[6,6]] | [[443,445]]`],
    },
    {
      title: "a block for all protocols, whose ports AWS ignores",
      blocks: [ingressBlock({ protocol: "-1", cidr_blocks: ["0.0.0.0/0"] })],
      expected: [`${APP} | ingress all ports from 0.0.0.0/0 | any protocol | any port`],
    },
    {
      title: "an unknown port",
      blocks: [
        block(APP, {
          values: { ingress: [{ protocol: "tcp", to_port: 443, cidr_blocks: ["10.0.0.0/8"] }] },
          unknown: { ingress: [{ from_port: true }] },
          expressions: { ingress: {} },
        }),
      ],
      expected: [
        `${APP} | ingress 0-443 from 10.0.0.0/8 | [[6,6]] | [[0,443]] | unknown: ${APP}: ingress.from_port is known after apply`,
      ],
    },
    {
      title: "a rule resource",
      blocks: [app, ruleResource({ cidr_ipv4: "10.1.0.0/16" })],
      expected: [
        "aws_vpc_security_group_ingress_rule.r | ingress 443 from 10.1.0.0/16 | [[6,6]] | [[443,443]]",
      ],
    },
    {
      title: "a rule resource with the CIDR block of a subnet that is known",
      blocks: [
        app,
        block("aws_subnet.a", { values: { cidr_block: "10.2.0.0/24" } }),
        ruleResource({}, { cidr_ipv4: ["aws_subnet.a.cidr_block"] }),
      ],
      expected: [
        "aws_vpc_security_group_ingress_rule.r | ingress 443 from 10.2.0.0/24 | [[6,6]] | [[443,443]]",
      ],
    },
    {
      title: "a rule resource with an unknown CIDR block",
      blocks: [app, ruleResource({}, { cidr_ipv4: ["local.cidr"] })],
      expected: [
        "aws_vpc_security_group_ingress_rule.r | ingress 443 from an unknown peer | [[6,6]] | [[443,443]] | unknown: aws_vpc_security_group_ingress_rule.r: cidr_ipv4 is known after apply: it comes from local.cidr",
      ],
    },
    {
      title: "a prefix list whose entries are unknown",
      blocks: [app, ruleResource({ prefix_list_id: "pl-1" })],
      expected: [
        "aws_vpc_security_group_ingress_rule.r | ingress 443 from pl-1 | [[6,6]] | [[443,443]] | unknown: the entries of the prefix list pl-1 are unknown",
      ],
    },
    {
      title: "the prefix list of the S3 endpoint",
      blocks: [
        app,
        block("aws_vpc_endpoint.s3", {
          values: { service_name: "com.amazonaws.eu-west-1.s3", prefix_list_id: "pl-1" },
        }),
        ruleResource({ prefix_list_id: "pl-1" }),
      ],
      expected: [
        "aws_vpc_security_group_ingress_rule.r | ingress 443 from the prefix list of S3 | [[6,6]] | [[443,443]]",
      ],
    },
    {
      title: "no rule of the other direction",
      blocks: [
        block(APP, {
          values: { egress: [{ protocol: "-1", cidr_blocks: ["0.0.0.0/0"] }] },
          expressions: { egress: {} },
        }),
      ],
      expected: [],
    },
    {
      title: "no computed block if the security group has rule resources",
      blocks: [
        block(APP, {
          values: { ingress: [{ protocol: "tcp", cidr_blocks: ["10.9.0.0/16"] }] },
        }),
        ruleResource({ cidr_ipv4: "10.1.0.0/16" }),
      ],
      expected: [
        "aws_vpc_security_group_ingress_rule.r | ingress 443 from 10.1.0.0/16 | [[6,6]] | [[443,443]]",
      ],
    },
  ])("are $title", ({ blocks, expected }) => {
    expect(rulesOf({ blocks }, "ingress")).toEqual(expected);
  });

  it("are one unknown rule if the blocks are unknown", () => {
    const blocks = [block(APP, { unknown: { ingress: true }, expressions: { ingress: {} } })];
    expect(rulesOf({ blocks }, "ingress")).toEqual([
      `${APP} | - | any protocol | any port | unknown: ${APP}: ingress is known after apply`,
    ]);
  });

  it("may be further rules if the plan does not contain the security group", () => {
    expect(rulesOf({}, "egress", ["sg-9"])).toEqual([
      "sg-9 | - | any protocol | any port | unknown: sg-9 is not in this plan: its other rules are unknown",
    ]);
  });

  it("of an unmanaged default security group allow all egress, and ingress from itself", () => {
    const key = "aws_vpc.main#default";
    expect(rulesOf({ blocks: [vpc] }, "egress", [key])).toEqual([
      "aws_vpc.main's default security group | egress to all destinations | any protocol | any port",
    ]);
    expect(rulesOf({ blocks: [vpc] }, "ingress", [key])).toEqual([
      "aws_vpc.main's default security group | ingress from itself | any protocol | any port",
    ]);
  });

  it("of a managed default security group without blocks allow nothing", () => {
    const blocks = [
      vpc,
      block("aws_default_security_group.d", unknownReferences({ vpc_id: ["aws_vpc.main.id"] })),
    ];
    expect(rulesOf({ blocks }, "egress", ["aws_vpc.main#default"])).toEqual([]);
  });

  it("with another security group as peer match the members of that group", () => {
    const other = "aws_security_group.lb";
    const plan = planOf({
      blocks: [
        app,
        block(other),
        ruleResource({}, { referenced_security_group_id: [`${other}.id`] }),
      ],
    });
    const interfaces = new NetworkInterfaces();
    const member = interfaces.add({
      kind: "load balancer",
      name: "lb",
      origin: { address: "aws_lb.lb" },
      subnet: { key: "subnet-1" },
      securityGroups: [other],
      unknownSecurityGroups: [],
      hasPublicIp: false,
      clientPorts: ANY,
    });
    const { rules } = new SecurityGroups(plan, interfaces).filter([APP], "ingress");
    expect(rules.map((rule) => rule.match.source)).toEqual([single(member.address)]);
  });
});

describe("the security groups of an attribute", () => {
  const groupsOf = (blocks: readonly BlockSpec[], vpcKey: string | undefined) => {
    const { items, unknown } = securityGroupsAt(
      resourceIn(planOf({ blocks }), "aws_instance.app"),
      vpcKey,
      "vpc_security_group_ids",
    );
    return { items, unknown: unknown.map((value) => value.attribute) };
  };

  it.each<[string, readonly BlockSpec[], readonly string[], readonly string[]]>([
    [
      "a reference",
      [app, block("aws_instance.app", unknownReferences({ vpc_security_group_ids: [APP] }))],
      [APP],
      [],
    ],
    [
      "an ID that the plan does not contain",
      [block("aws_instance.app", { values: { vpc_security_group_ids: ["sg-9"] } })],
      ["sg-9"],
      [],
    ],
    [
      "the default security group of the VPC if none is configured",
      [block("aws_instance.app", { unknown: { vpc_security_group_ids: true } })],
      ["aws_vpc.main#default"],
      [],
    ],
    [
      "an unknown value if the configured value is unknown",
      [
        block(
          "aws_instance.app",
          unknownReferences({ vpc_security_group_ids: ["local.security_groups"] }),
        ),
      ],
      [],
      ["vpc_security_group_ids"],
    ],
  ])("are %s", (_, blocks, items, unknown) => {
    expect(groupsOf(blocks, "aws_vpc.main")).toEqual({ items, unknown });
  });
});

describe("protocols of a rule", () => {
  it.each([
    ["tcp", single(6)],
    ["UDP", single(17)],
    ["icmp", single(1)],
    ["58", single(58)],
    ["-1", ANY],
    ["all", ANY],
    ["unsupported", none],
  ])("are read from %s", (text, expected) => {
    expect(protocolsOf(text)).toEqual(expected);
  });
});
