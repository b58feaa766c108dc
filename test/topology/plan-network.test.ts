import { describe, expect, it } from "vitest";
import { PlanNetwork } from "../../src/topology/plan-network.ts";
import { serviceHost } from "../../src/topology/network-interfaces.ts";
import { dnsOf, subnetOf } from "../../src/topology/subnets.ts";
import { type BlockSpec, planOf, resourceIn } from "../support/plan-builder.ts";
import { block, service, subnet, traceHttps, unknownReferences, vpc } from "./topology.fixtures.ts";

const APP = "aws_security_group.app";
const egress = (cidr: string): BlockSpec =>
  block(APP, {
    values: { egress: [{ protocol: "tcp", from_port: 443, to_port: 443, cidr_blocks: [cidr] }] },
    expressions: { egress: {}, ingress: {} },
  });

const base = (publicIp: boolean): readonly BlockSpec[] => [
  vpc,
  subnet("a", "10.0.1.0/24"),
  egress("0.0.0.0/0"),
  service(
    { subnets: ["aws_subnet.a.id"], security_groups: [`${APP}.id`] },
    { values: { network_configuration: [{ assign_public_ip: publicIp }] } },
  ),
  block("aws_route_table.t", unknownReferences({ vpc_id: ["aws_vpc.main.id"] })),
  block(
    "aws_route_table_association.a",
    unknownReferences({ subnet_id: ["aws_subnet.a.id"], route_table_id: ["aws_route_table.t.id"] }),
  ),
];

const gateway = block("aws_internet_gateway.g", unknownReferences({ vpc_id: ["aws_vpc.main.id"] }));
const routeTo = (attribute: string, reference: string): BlockSpec =>
  block("aws_route.default", {
    values: { destination_cidr_block: "0.0.0.0/0" },
    ...unknownReferences({
      route_table_id: ["aws_route_table.t.id"],
      [attribute]: [reference],
    }),
  });
const toGateway = routeTo("gateway_id", "aws_internet_gateway.g.id");

function taskOf(blocks: readonly BlockSpec[]) {
  const network = new PlanNetwork(planOf({ blocks }));
  const task = network.workloads.flatMap((workload) => network.tasksOf(workload))[0];
  if (!task) throw new RangeError("the plan has no task");
  return { network, task };
}

function toLogs(blocks: readonly BlockSpec[]): string[] {
  const { network, task } = taskOf(blocks);
  return traceHttps(network, task, network.interfaces.host(serviceHost("logs")).address);
}

describe("packets of a task to the internet", () => {
  it.each<{ title: string; blocks: readonly BlockSpec[]; expected: string }>([
    {
      title: "are delivered through an internet gateway with a public IP address",
      blocks: [...base(true), gateway, toGateway],
      expected: "delivered: the internet: internet",
    },
    {
      title: "are dropped by an internet gateway without a public IP address",
      blocks: [...base(false), gateway, toGateway],
      expected:
        "denied: aws_internet_gateway.g: drops the packets: their source has no public IP address",
    },
    {
      title: "are dropped without a route",
      blocks: base(true),
      expected: "no-route: aws_route_table.t: has no route to the destination",
    },
    {
      title: "are dropped by an internet gateway of another VPC",
      blocks: [
        ...base(true),
        block("aws_vpc.other"),
        block("aws_internet_gateway.g", unknownReferences({ vpc_id: ["aws_vpc.other.id"] })),
        toGateway,
      ],
      expected: "denied: aws_internet_gateway.g: is attached to another VPC",
    },
    {
      title: "are denied by a security group",
      blocks: [...base(true), gateway, toGateway].map((spec) =>
        spec.address === APP ? egress("10.0.0.0/8") : spec,
      ),
      expected: `denied: ${APP}: has no egress rule that allows it`,
    },
    {
      title: "are denied by a network ACL without a rule for the responses",
      blocks: [
        ...base(true),
        gateway,
        toGateway,
        block("aws_network_acl.n", {
          values: {
            egress: [{ rule_no: 1, action: "allow", protocol: "-1", cidr_block: "0.0.0.0/0" }],
            ingress: [],
          },
          unknown: { subnet_ids: true },
          expressions: { subnet_ids: ["aws_subnet.a.id"], egress: {}, ingress: {} },
        }),
      ],
      expected:
        "denied: aws_network_acl.n: has no ingress rule that allows it (network ACLs are stateless: responses also need a rule)",
    },
    {
      title: "are delivered through a NAT gateway without a public IP address of the task",
      blocks: [
        ...base(false),
        gateway,
        subnet("public", "10.0.2.0/24"),
        block("aws_route_table.public", {
          values: { route: [{ cidr_block: "0.0.0.0/0" }] },
          unknown: { route: [{ gateway_id: true }] },
          expressions: {
            route: [{ gateway_id: { references: ["aws_internet_gateway.g.id"] } }],
          },
        }),
        block(
          "aws_route_table_association.public",
          unknownReferences({
            subnet_id: ["aws_subnet.public.id"],
            route_table_id: ["aws_route_table.public.id"],
          }),
        ),
        block("aws_nat_gateway.n", unknownReferences({ subnet_id: ["aws_subnet.public.id"] })),
        routeTo("nat_gateway_id", "aws_nat_gateway.n.id"),
      ],
      expected: "delivered: the internet: internet",
    },
    {
      title: "are dropped by an instance with source/destination check",
      blocks: [
        ...base(false),
        block("aws_instance.nat", {
          ...unknownReferences({
            subnet_id: ["aws_subnet.a.id"],
            vpc_security_group_ids: ["aws_security_group.nat.id"],
          }),
          values: { associate_public_ip_address: true },
        }),
        block("aws_security_group.nat", {
          values: { ingress: [{ protocol: "-1", cidr_blocks: ["0.0.0.0/0"] }] },
          expressions: { ingress: {} },
        }),
        routeTo("instance_id", "aws_instance.nat.id"),
      ],
      expected:
        "denied: aws_instance.nat: drops packets that are not addressed to it: source/destination check is enabled",
    },
    {
      title: "are unknown behind a transit gateway",
      blocks: [
        ...base(false),
        block("aws_ec2_transit_gateway.t"),
        routeTo("transit_gateway_id", "aws_ec2_transit_gateway.t.id"),
      ],
      expected:
        "unknown: aws_route.default: the network behind aws_ec2_transit_gateway.t is not in this plan",
    },
  ])("$title", ({ blocks, expected }) => {
    expect(toLogs(blocks)).toEqual([expected]);
  });

  it("are dropped by a route to a NAT gateway that the plan deletes", () => {
    const plan = planOf({
      blocks: [
        ...base(false),
        block("aws_route.default", {
          values: { destination_cidr_block: "0.0.0.0/0", nat_gateway_id: "nat-1" },
          ...unknownReferences({ route_table_id: ["aws_route_table.t.id"] }),
        }),
      ],
      deleted: [{ address: "aws_nat_gateway.n", before: { id: "nat-1" } }],
    });
    const network = new PlanNetwork(plan);
    const node = network.get("subnet aws_subnet.a");
    const route = node?.routes.find(({ origin }) => origin.address === "aws_route.default");
    expect(route).toMatchObject({
      nextHops: [],
      blackhole: "nat-gateway",
      origin: { rule: "0.0.0.0/0 to nat-1, which the plan deletes" },
    });
  });
});

describe("a host name", () => {
  const endpoint = (values: object): BlockSpec =>
    block("aws_vpc_endpoint.logs", {
      values: {
        vpc_endpoint_type: "Interface",
        service_name: "com.amazonaws.eu-west-1.logs",
        ...values,
      },
      ...unknownReferences({ vpc_id: ["aws_vpc.main.id"], subnet_ids: ["aws_subnet.a.id"] }),
    });
  const vpcWith = (hostnames: boolean): BlockSpec =>
    block("aws_vpc.main", {
      values: { cidr_block: "10.0.0.0/16", enable_dns_hostnames: hostnames },
    });

  it.each<[string, readonly BlockSpec[], readonly string[]]>([
    [
      "resolves to an interface endpoint with private DNS",
      [vpcWith(true), endpoint({ private_dns_enabled: true })],
      ["endpoint aws_vpc_endpoint.logs in aws_subnet.a"],
    ],
    [
      "resolves to a public address without private DNS",
      [vpcWith(true), endpoint({ private_dns_enabled: false })],
      [],
    ],
    [
      "resolves to a public address if the VPC has no DNS host names",
      [vpcWith(false), endpoint({ private_dns_enabled: true })],
      [],
    ],
    [
      "resolves to a public address if the endpoint is for another service",
      [
        vpcWith(true),
        endpoint({ private_dns_enabled: true, service_name: "com.amazonaws.eu-west-1.ssm" }),
      ],
      [],
    ],
  ])("%s", (_, blocks, expected) => {
    const plan = planOf({ blocks: [...blocks, subnet("a", "10.0.1.0/24")] });
    const resolution = new PlanNetwork(plan).resolve(
      subnetOf(plan, resourceIn(plan, "aws_subnet.a")),
      serviceHost("logs"),
      "logs.us-east-1.amazonaws.com",
    );
    expect(resolution.interfaces.map(({ name }) => name)).toEqual(expected);
    expect(resolution.unknown).toBeUndefined();
  });

  it("may resolve to an endpoint whose service is unknown", () => {
    const { network, task } = taskOf([
      ...base(false),
      block("aws_vpc_endpoint.any", {
        values: { vpc_endpoint_type: "Interface" },
        ...unknownReferences({ vpc_id: ["aws_vpc.main.id"], service_name: ["local.service"] }),
      }),
    ]);
    expect(
      String(
        network.resolve(task.subnet, serviceHost("logs"), "logs.us-east-1.amazonaws.com").unknown,
      ),
    ).toBe("aws_vpc_endpoint.any: service_name is known after apply");
  });
});

describe("a subnet", () => {
  it("has its CIDR block, its VPC and its availability zone", () => {
    const plan = planOf({ blocks: [vpc, subnet("a", "10.0.1.0/24")] });
    const resource = resourceIn(plan, "aws_subnet.a");
    expect(subnetOf(plan, resource)).toEqual({
      key: "aws_subnet.a",
      resource,
      cidr: { base: 10 * 2 ** 24 + 256, prefix: 24 },
      vpc: "aws_vpc.main",
      availabilityZone: "eu-west-1a",
    });
  });

  it("has no VPC if the plan does not determine it", () => {
    const plan = planOf({
      blocks: [block("aws_subnet.a", unknownReferences({ vpc_id: ["local.vpc"] }))],
    });
    expect(subnetOf(plan, resourceIn(plan, "aws_subnet.a"))).not.toHaveProperty("vpc");
  });
});

describe("the DNS attributes of a VPC", () => {
  it.each([
    [{}, { support: true, hostnames: false }],
    [{ enable_dns_hostnames: true }, { support: true, hostnames: true }],
    [{ enable_dns_support: false }, { support: false, hostnames: false }],
  ])("%j are %j", (values, expected) => {
    const plan = planOf({ blocks: [{ address: "aws_vpc.main", values }] });
    expect(dnsOf(resourceIn(plan, "aws_vpc.main"))).toEqual(expected);
  });
});

describe("a network load balancer without security groups", () => {
  const balancer = (spec: Omit<BlockSpec, "address">): BlockSpec =>
    block("aws_lb.nlb", {
      values: { load_balancer_type: "network", internal: true },
      unknown: { subnets: true, security_groups: true },
      expressions: { subnets: ["aws_subnet.a.id"] },
      ...spec,
    });
  const outcomesOf = (balancerBlock: BlockSpec): string[] => {
    const { network, task } = taskOf([...base(false), balancerBlock]);
    const [loadBalancer] = network.loadBalancers;
    const [networkInterface] = loadBalancer ? network.interfacesOf(loadBalancer) : [];
    return networkInterface ? traceHttps(network, task, networkInterface.address) : [];
  };

  it("accepts packets from everywhere", () => {
    expect(outcomesOf(balancer({})).map((outcome) => outcome.split(":")[0])).toEqual(["delivered"]);
  });

  it("unlike an application load balancer, which has the default security group of its VPC", () => {
    const application = balancer({ values: { load_balancer_type: "application", internal: true } });
    expect(outcomesOf(application).map((outcome) => outcome.split(":")[0])).toEqual(["denied"]);
  });
});

describe("the default VPC", () => {
  const inDefaultVpc = (
    publicIp: boolean,
    ...others: readonly BlockSpec[]
  ): readonly BlockSpec[] => [
    ...others,
    block("aws_default_subnet.a", {
      values: { availability_zone: "eu-west-1a" },
      unknown: { vpc_id: true, cidr_block: true },
    }),
    egress("0.0.0.0/0"),
    service(
      { subnets: ["aws_default_subnet.a.id"], security_groups: [`${APP}.id`] },
      { values: { network_configuration: [{ assign_public_ip: publicIp }] } },
    ),
  ];

  it("has a route to its internet gateway in the main route table", () => {
    expect(toLogs(inDefaultVpc(true, block("aws_default_vpc.d")))).toEqual([
      "delivered: the internet: internet",
    ]);
  });

  it("does not need a resource", () => {
    expect(toLogs(inDefaultVpc(true))).toEqual(["delivered: the internet: internet"]);
  });

  it("drops packets of tasks without a public IP address", () => {
    expect(toLogs(inDefaultVpc(false, block("aws_default_vpc.d")))).toEqual([
      "denied: aws_default_vpc.d's main route table: drops the packets: their source has no public IP address",
    ]);
  });

  it("is unknown if the plan has the default VPCs of two regions", () => {
    expect(
      toLogs(inDefaultVpc(true, block("aws_default_vpc.d"), block("aws_default_vpc.other"))),
    ).toEqual([expect.stringMatching(/^unknown: /)]);
  });
});
