import { describe, expect, it } from "vitest";
import type { AttributePath } from "../../src/plan/resource.ts";
import { type PlanSpec, planOf, resourceIn } from "../support/plan-builder.ts";

const SUBNETS = ["aws_subnet"];
const VPCS = ["aws_vpc"];

interface Case extends PlanSpec {
  readonly title: string;
  /** Address of the resource that refers. @default aws_instance.app */
  readonly from?: string;
  readonly path: AttributePath;
  readonly types: readonly string[];
  readonly references?: readonly string[];
  readonly externalIds?: readonly string[];
  readonly unknown?: readonly string[];
}

const unknownId = { unknown: { id: true } };

const subnet = { address: "aws_subnet.a", ...unknownId };
const subnetsByKey = (...keys: readonly (string | number)[]) => ({
  address: "aws_subnet.a",
  instances: keys.map((key) => ({ key, ...unknownId })),
});

/** An instance whose subnet_id is an expression with references, known after apply. */
const app = (...references: readonly string[]) => ({
  address: "aws_instance.app",
  unknown: { subnet_id: true },
  expressions: { subnet_id: references },
});

const networkModule = (output: readonly string[], keys?: readonly (string | number)[]) => ({
  network: { ...(keys ? { keys } : {}), blocks: [subnet], outputs: { subnet_id: output } },
});

const cases: readonly Case[] = [
  {
    title: "a known ID leads to the resource that has the ID",
    blocks: [
      { address: "aws_subnet.a", values: { id: "subnet-1" } },
      { address: "aws_instance.app", values: { subnet_id: "subnet-1" } },
    ],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a.id"],
  },
  {
    title: "a known ARN leads to the resource that has the ARN",
    blocks: [
      { address: "aws_iam_role.task", values: { arn: "arn:aws:iam::1:role/task" } },
      { address: "aws_instance.app", values: { role: "arn:aws:iam::1:role/task" } },
    ],
    path: ["role"],
    types: ["aws_iam_role"],
    references: ["aws_iam_role.task.arn"],
  },
  {
    title: "a known ID that the plan does not contain is an external ID",
    blocks: [{ address: "aws_instance.app", values: { subnet_id: "subnet-9" } }],
    path: ["subnet_id"],
    types: SUBNETS,
    externalIds: ["subnet-9"],
  },
  {
    title: "an ID of a resource of another type is an external ID",
    blocks: [
      { address: "aws_vpc.main", values: { id: "vpc-1" } },
      { address: "aws_instance.app", values: { subnet_id: "vpc-1" } },
    ],
    path: ["subnet_id"],
    types: SUBNETS,
    externalIds: ["vpc-1"],
  },
  {
    title: "a name leads to the only resource of the type that has the name",
    blocks: [
      { address: "aws_iam_role.task", values: { name: "task" } },
      { address: "aws_iam_role.other", values: { name: "other" } },
      { address: "aws_instance.app", values: { role: "task" } },
    ],
    path: ["role"],
    types: ["aws_iam_role"],
    references: ["aws_iam_role.task.name"],
  },
  {
    title: "a name that two resources have is an external ID",
    blocks: [
      { address: "aws_iam_role.a", values: { name: "task" } },
      { address: "aws_iam_role.b", values: { name: "task" } },
      { address: "aws_instance.app", values: { role: "task" } },
    ],
    path: ["role"],
    types: ["aws_iam_role"],
    externalIds: ["task"],
  },
  {
    title: "an attribute that is not set has no target",
    blocks: [subnet, { address: "aws_instance.app" }],
    path: ["subnet_id"],
    types: SUBNETS,
  },
  {
    title: "a list has known targets, external IDs and targets that are known after apply",
    blocks: [
      { address: "aws_subnet.known", values: { id: "subnet-1" } },
      subnet,
      {
        address: "aws_instance.app",
        values: { subnets: ["subnet-1", "subnet-9", null] },
        unknown: { subnets: [false, false, true] },
        expressions: { subnets: ["aws_subnet.a.id"] },
      },
    ],
    path: ["subnets"],
    types: SUBNETS,
    references: ["aws_subnet.known.id", "aws_subnet.a.id"],
    externalIds: ["subnet-9"],
  },
  {
    title: "an unknown value leads to the resource that its expression refers to",
    blocks: [subnet, app("aws_subnet.a.id")],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a.id"],
  },
  {
    title: "a reference without an attribute reads the ID",
    blocks: [subnet, app("aws_subnet.a")],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a.id"],
  },
  {
    title: "an expression in a nested block is found by its path",
    blocks: [
      subnet,
      { address: "aws_subnet.b", ...unknownId },
      {
        address: "aws_instance.app",
        values: { network: [{}, {}] },
        unknown: { network: [{ subnet: true }, { subnet: true }] },
        expressions: {
          network: [
            { subnet: { references: ["aws_subnet.a.id", "aws_subnet.a"] } },
            { subnet: { references: ["aws_subnet.b.id", "aws_subnet.b"] } },
          ],
        },
      },
    ],
    path: ["network", 1, "subnet"],
    types: SUBNETS,
    references: ["aws_subnet.b.id"],
  },
  {
    title: "a reference to a data source leads to the data source",
    blocks: [{ address: "data.aws_subnet.a", ...unknownId }, app("data.aws_subnet.a.id")],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["data.aws_subnet.a.id"],
  },
  {
    title: "an attribute of a resource of another type is followed",
    blocks: [
      subnet,
      {
        address: "aws_instance.other",
        unknown: { subnet_id: true },
        expressions: { subnet_id: ["aws_subnet.a.id"] },
      },
      app("aws_instance.other.subnet_id"),
    ],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a.id"],
  },
  {
    title: "a known attribute of a resource of another type leads to the resource that has the ID",
    blocks: [
      { address: "aws_subnet.a", values: { id: "subnet-1" } },
      { address: "aws_instance.other", values: { subnet_id: "subnet-1" } },
      app("aws_instance.other.subnet_id"),
    ],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a.id"],
  },
  {
    title: "an expression that refers only to resources of other types is unknown",
    blocks: [{ address: "aws_vpc.main", ...unknownId }, app("aws_vpc.main.id")],
    path: ["subnet_id"],
    types: SUBNETS,
    unknown: ["subnet_id"],
  },
  {
    title: "a reference to a resource that the plan does not contain is unknown",
    blocks: [app("aws_subnet.missing.id")],
    path: ["subnet_id"],
    types: SUBNETS,
    unknown: ["subnet_id"],
  },
  {
    title: "a reference with a key leads to the instance of the key",
    blocks: [subnetsByKey("x", "y"), app('aws_subnet.a["y"].id')],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ['aws_subnet.a["y"].id'],
  },
  {
    title: "a reference with an index leads to the instance of the index",
    blocks: [subnetsByKey(0, 1), app("aws_subnet.a[1].id")],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a[1].id"],
  },
  {
    title: "a reference without a key leads to all instances",
    blocks: [subnetsByKey(0, 1), app("aws_subnet.a")],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a[0].id", "aws_subnet.a[1].id"],
  },
  {
    title: "count.index selects the instance of the same index",
    from: "aws_instance.app[1]",
    blocks: [
      subnetsByKey(0, 1),
      {
        ...app("aws_subnet.a", "count.index"),
        instances: [0, 1].map((key) => ({ key, unknown: { subnet_id: true } })),
      },
    ],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a[1].id"],
  },
  {
    title: "each.key selects the instance of the same key",
    from: 'aws_instance.app["y"]',
    blocks: [
      subnetsByKey("x", "y"),
      {
        ...app("aws_subnet.a", "each.key"),
        instances: ["x", "y"].map((key) => ({ key, unknown: { subnet_id: true } })),
      },
    ],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ['aws_subnet.a["y"].id'],
  },
  {
    title: "each.value leads to the instance of the same key of the for_each resource",
    from: 'aws_instance.app["x"]',
    blocks: [
      subnetsByKey("x", "y"),
      {
        ...app("each.value.id"),
        forEach: ["aws_subnet.a"],
        instances: ["x", "y"].map((key) => ({ key, unknown: { subnet_id: true } })),
      },
    ],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ['aws_subnet.a["x"].id'],
  },
  {
    title: "an attribute of each.value is the attribute of the for_each resource",
    from: 'aws_instance.app["x"]',
    blocks: [
      {
        address: "aws_vpc.main",
        instances: ["x", "y"].map((key) => ({ key, unknown: { default_security_group_id: true } })),
      },
      {
        ...app("each.value.default_security_group_id"),
        forEach: ["aws_vpc.main"],
        instances: ["x", "y"].map((key) => ({ key, unknown: { subnet_id: true } })),
      },
    ],
    path: ["subnet_id"],
    types: ["aws_vpc.default_security_group_id"],
    references: ['aws_vpc.main["x"].default_security_group_id'],
  },
  {
    title: "an unresolved key does not hide that the targets are instances of one block",
    blocks: [subnetsByKey("x", "y"), app("aws_subnet.a", "local.key")],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ['aws_subnet.a["x"].id', 'aws_subnet.a["y"].id'],
  },
  {
    title: "an unresolved reference beside a single target makes the value unknown",
    blocks: [subnet, app("aws_subnet.a.id", "local.other")],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a.id"],
    unknown: ["subnet_id"],
  },
  {
    title: "a local is followed by the expressions of the .tf files",
    blocks: [subnet, app("local.subnet_id")],
    sources: { locals: { "|subnet_id": ["aws_subnet.a.id"] } },
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a.id"],
  },
  {
    title: "a local that refers to a local is followed",
    blocks: [subnet, app("local.first")],
    sources: { locals: { "|first": ["local.second"], "|second": ["aws_subnet.a.id"] } },
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a.id"],
  },
  {
    title: "a local is unknown without the .tf files",
    blocks: [subnet, app("local.subnet_id")],
    path: ["subnet_id"],
    types: SUBNETS,
    unknown: ["subnet_id"],
  },
  {
    title: "locals that refer to each other end as unknown",
    blocks: [app("local.first")],
    sources: { locals: { "|first": ["local.second"], "|second": ["local.first"] } },
    path: ["subnet_id"],
    types: SUBNETS,
    unknown: ["subnet_id"],
  },
  {
    title: "a dynamic block is followed by the expressions of the .tf files",
    blocks: [subnet, { address: "aws_instance.app", unknown: { network: true } }],
    sources: { attributes: { "|aws_instance.app": { network: ["aws_subnet.a.id"] } } },
    path: ["network"],
    types: SUBNETS,
    references: ["aws_subnet.a.id"],
  },
  {
    title: "a block beside a dynamic block is not followed, because its expressions are not known",
    blocks: [
      subnet,
      {
        address: "aws_instance.app",
        values: { network: [{}, {}] },
        unknown: { network: [{ subnet_id: true }, { subnet_id: true }] },
        expressions: { network: [{ subnet_id: { references: ["aws_subnet.a.id"] } }] },
      },
    ],
    path: ["network", 0, "subnet_id"],
    types: SUBNETS,
    unknown: ["network.subnet_id"],
  },
  {
    title: "an output of a module leads to the resource in the module",
    calls: networkModule(["aws_subnet.a.id"]),
    blocks: [app("module.network.subnet_id")],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["module.network.aws_subnet.a.id"],
  },
  {
    title: "an output of a module instance leads to the resource of the instance",
    calls: networkModule(["aws_subnet.a.id"], ["x", "y"]),
    blocks: [app('module.network["y"].subnet_id')],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ['module.network["y"].aws_subnet.a.id'],
  },
  {
    title: "an output of a module without a key leads to the resources of all instances",
    calls: networkModule(["aws_subnet.a.id"], [0, 1]),
    blocks: [app("module.network.subnet_id")],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["module.network[0].aws_subnet.a.id", "module.network[1].aws_subnet.a.id"],
  },
  {
    title: "an output that the module does not have is unknown",
    calls: networkModule(["aws_subnet.a.id"]),
    blocks: [app("module.network.missing")],
    path: ["subnet_id"],
    types: SUBNETS,
    unknown: ["subnet_id"],
  },
  {
    title: "a variable leads to the argument of the module call",
    from: "module.service.aws_instance.app",
    blocks: [subnet],
    calls: {
      service: { arguments: { subnet_id: ["aws_subnet.a.id"] }, blocks: [app("var.subnet_id")] },
    },
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a.id"],
  },
  {
    title: "a variable of a nested module is followed through both calls",
    from: "module.outer.module.inner.aws_instance.app",
    blocks: [subnet],
    calls: {
      outer: {
        arguments: { subnet: ["aws_subnet.a.id"] },
        calls: {
          inner: { arguments: { subnet_id: ["var.subnet"] }, blocks: [app("var.subnet_id")] },
        },
      },
    },
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a.id"],
  },
  {
    title: "each.value in the argument of a call follows the for_each of the call",
    from: 'module.service["x"].aws_instance.app',
    blocks: [subnetsByKey("x", "y")],
    calls: {
      service: {
        keys: ["x", "y"],
        forEach: ["aws_subnet.a"],
        arguments: { subnet_id: ["each.value.id"] },
        blocks: [app("var.subnet_id")],
      },
    },
    path: ["subnet_id"],
    types: SUBNETS,
    references: ['aws_subnet.a["x"].id'],
  },
  {
    title: "a module instance refers to its own resources only",
    from: "module.network[1].aws_instance.app",
    calls: { network: { keys: [0, 1], blocks: [subnet, app("aws_subnet.a.id")] } },
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["module.network[1].aws_subnet.a.id"],
  },
  {
    title: "an argument that comes from an output of another module is followed",
    from: "module.service.aws_instance.app",
    calls: {
      ...networkModule(["aws_subnet.a.id"]),
      service: {
        arguments: { subnet_id: ["module.network.subnet_id"] },
        blocks: [app("var.subnet_id")],
      },
    },
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["module.network.aws_subnet.a.id"],
  },
  {
    title: "the default security group of a VPC is not the VPC",
    blocks: [
      { address: "aws_vpc.main", unknown: { id: true, default_security_group_id: true } },
      app("aws_vpc.main.default_security_group_id"),
    ],
    path: ["subnet_id"],
    types: VPCS,
    unknown: ["subnet_id"],
  },
  {
    title: "the default security group of a VPC is found by its attribute",
    blocks: [
      { address: "aws_vpc.main", unknown: { id: true, default_security_group_id: true } },
      app("aws_vpc.main.default_security_group_id"),
    ],
    path: ["subnet_id"],
    types: ["aws_vpc.default_security_group_id"],
    references: ["aws_vpc.main.default_security_group_id"],
  },
  {
    title: "two references to one resource are one target",
    blocks: [subnet, app("aws_subnet.a.id", "aws_subnet.a.arn")],
    path: ["subnet_id"],
    types: SUBNETS,
    references: ["aws_subnet.a.arn"],
  },
];

describe("references to resources", () => {
  it.each(cases)("$title", ({ from = "aws_instance.app", path, types, ...expected }) => {
    const resolved = resourceIn(planOf(expected), from).referencesTo(types, ...path);
    expect({
      references: resolved.references.map(
        ({ resource, attribute }) => `${resource.address}.${attribute}`,
      ),
      externalIds: resolved.externalIds,
      unknown: resolved.unknown.map((unknown) => unknown.attribute),
    }).toEqual({
      references: expected.references ?? [],
      externalIds: expected.externalIds ?? [],
      unknown: expected.unknown ?? [],
    });
  });
});

describe("sources of a value", () => {
  it("include no resource for the constant argument of a module call", () => {
    const plan = planOf({
      calls: {
        service: {
          arguments: { image: { constant_value: "nginx" } },
          blocks: [
            {
              address: "aws_instance.app",
              unknown: { image: true },
              expressions: { image: ["var.image"] },
            },
          ],
        },
      },
    });
    const sources = resourceIn(plan, "module.service.aws_instance.app").referencesIn("image");
    expect(sources).toEqual({ references: [], unresolved: [] });
  });

  it("include each resource of the expression, and the references that cannot be resolved", () => {
    const plan = planOf({
      blocks: [
        subnet,
        { address: "aws_vpc.main", ...unknownId },
        app("aws_subnet.a.id", "aws_vpc.main.cidr_block", "local.missing"),
      ],
    });
    const { references, unresolved } = resourceIn(plan, "aws_instance.app").referencesIn(
      "subnet_id",
    );
    expect(references.map(({ resource, attribute }) => `${resource.address}.${attribute}`)).toEqual(
      ["aws_subnet.a.id", "aws_vpc.main.cidr_block"],
    );
    expect(unresolved).toEqual(["local.missing"]);
  });
});

describe("references of outputs", () => {
  const spec: PlanSpec = {
    blocks: [subnetsByKey("x", "y")],
    outputs: {
      subnet_ids: ["aws_subnet.a"],
      first: ['aws_subnet.a["x"].id'],
      missing: ["local.subnet_ids"],
      port: 8080,
    },
  };

  it.each([
    ["subnet_ids", ['aws_subnet.a["x"]', 'aws_subnet.a["y"]']],
    ["first", ['aws_subnet.a["x"]']],
    ["port", []],
    ["undeclared", []],
  ])("%s leads to %j", (name, expected) => {
    const { references, unknown } = planOf(spec).outputReferences(name, SUBNETS);
    expect(references.map(({ resource }) => resource.address)).toEqual(expected);
    expect(unknown).toEqual([]);
  });

  it("reports an output that comes from a local as unknown", () => {
    const { unknown } = planOf(spec).outputReferences("missing", SUBNETS);
    expect(unknown.map(String)).toEqual(["output.missing: value comes from local.subnet_ids"]);
  });

  it("returns the constant of an output, and nothing for an output with references", () => {
    const plan = planOf(spec);
    expect(plan.outputConstant("port")).toBe(8080);
    expect(plan.outputConstant("first")).toBeUndefined();
  });
});
