import { describe, expect, it } from "vitest";
import { joinPlans, type RootPlan } from "../../src/plan/joined-plan.ts";
import { PlanModel } from "../../src/plan/plan-model.ts";
import { type PlanSpec, planOf, resourceIn } from "../support/plan-builder.ts";

const root = (name: string, spec: PlanSpec): RootPlan => ({ name, shown: planOf(spec).planJson });

function modelOf(...roots: readonly RootPlan[]): PlanModel {
  const { shown, sources } = joinPlans(roots);
  return new PlanModel(shown, sources);
}

const network: PlanSpec = {
  blocks: [
    { address: "aws_subnet.a", unknown: { id: true } },
    { address: "aws_subnet.b", unknown: { id: true } },
  ],
  outputs: { subnet_id: ["aws_subnet.b.id"], name: "network" },
};

const deploy = (...references: readonly string[]): PlanSpec => ({
  blocks: [
    {
      address: "data.terraform_remote_state.network",
      actions: ["read"],
      unknown: { outputs: true },
    },
    {
      address: "aws_instance.app",
      unknown: { subnet_id: true },
      expressions: { subnet_id: references },
    },
  ],
});

const REMOTE = "data.terraform_remote_state.network.outputs.subnet_id";

const subnetOf = (plan: PlanModel) => {
  const { references, unknown } = resourceIn(plan, "module.deploy.aws_instance.app").referencesTo(
    ["aws_subnet"],
    "subnet_id",
  );
  return { targets: references.map(({ resource }) => resource.address), unknown: unknown.length };
};

describe("joined plans", () => {
  it("resolve an output that a later root module reads by terraform_remote_state", () => {
    const plan = modelOf(root("infra", network), root("deploy", deploy(REMOTE)));
    expect(subnetOf(plan)).toEqual({ targets: ["module.infra.aws_subnet.b"], unknown: 0 });
  });

  it.each([
    ["is not earlier", [root("deploy", deploy(REMOTE)), root("infra", network)]],
    [
      "is one of two that fit",
      [root("a", network), root("b", network), root("deploy", deploy(REMOTE))],
    ],
    [
      "does not have all outputs",
      [
        root("infra", network),
        root("deploy", deploy(REMOTE, "data.terraform_remote_state.network.outputs.other")),
      ],
    ],
  ])("do not resolve it if the root module with the output %s", (_title, roots) => {
    expect(subnetOf(modelOf(...roots))).toEqual({ targets: [], unknown: 1 });
  });

  it("resolve an SSM parameter that a later root module reads", () => {
    const infra: PlanSpec = {
      blocks: [
        { address: "aws_subnet.a", unknown: { id: true } },
        {
          address: "aws_ssm_parameter.subnet",
          values: { name: "/network/subnet" },
          unknown: { value: true },
          expressions: { value: ["aws_subnet.a.id"] },
        },
      ],
    };
    const reader: PlanSpec = {
      blocks: [
        {
          address: "data.aws_ssm_parameter.subnet",
          actions: ["read"],
          values: { name: "/network/subnet" },
          unknown: { value: true },
        },
        {
          address: "aws_instance.app",
          unknown: { subnet_id: true },
          expressions: { subnet_id: ["data.aws_ssm_parameter.subnet.value"] },
        },
      ],
    };
    const plan = modelOf(root("infra", infra), root("deploy", reader));
    expect(subnetOf(plan)).toEqual({ targets: ["module.infra.aws_subnet.a"], unknown: 0 });
  });

  const parameter = (name: string) => ({
    address: "aws_ssm_parameter.subnet",
    values: { name },
    unknown: { value: true },
    expressions: { value: ["aws_subnet.a.id"] },
  });

  it("do not resolve a parameter that the same root module creates, if Terraform would read it in the plan", () => {
    const spec: PlanSpec = {
      blocks: [
        { address: "aws_subnet.a", unknown: { id: true } },
        parameter("/subnet"),
        {
          address: "data.aws_ssm_parameter.subnet",
          actions: ["read"],
          values: { name: "/subnet" },
          unknown: { value: true },
          dependsOn: ["terraform_data.berth_companion_deferred_reads"],
        },
        {
          address: "aws_instance.app",
          unknown: { subnet_id: true },
          expressions: { subnet_id: ["data.aws_ssm_parameter.subnet.value"] },
        },
      ],
    };
    expect(subnetOf(modelOf(root("infra", network), root("deploy", spec)))).toEqual({
      targets: [],
      unknown: 1,
    });
  });

  it("know that an earlier root module is applied before a later one", () => {
    const plan = modelOf(root("infra", network), root("deploy", deploy(REMOTE)));
    const app = resourceIn(plan, "module.deploy.aws_instance.app");
    const subnet = resourceIn(plan, "module.infra.aws_subnet.a");
    expect(app.dependsOn(subnet)).toBe(true);
    expect(subnet.dependsOn(app)).toBe(false);
  });

  it("resolve the remote state of a planned folder by its state file, in modules too", () => {
    const remote = {
      address: "data.terraform_remote_state.network",
      actions: ["read"],
      unknown: { outputs: true },
      expressions: { config: { constant_value: { path: "/states/1" } } },
    };
    const reader: PlanSpec = {
      blocks: [
        {
          address: "aws_instance.app",
          unknown: { subnet_id: true },
          expressions: { subnet_id: ["module.lookup.subnet_id"] },
        },
      ],
      calls: { lookup: { blocks: [remote], outputs: { subnet_id: [REMOTE] } } },
    };
    const targetsWith = (...stateFiles: readonly string[]) =>
      subnetOf(
        modelOf(
          ...[root("a", network), root("b", network), root("deploy", reader)].map(
            (plan, index) => ({ ...plan, stateFile: stateFiles[index] ?? "/states/own" }),
          ),
        ),
      );
    expect(targetsWith("/states/0", "/states/1")).toEqual({
      targets: ["module.b.aws_subnet.b"],
      unknown: 0,
    });
    expect(targetsWith("/states/0", "/states/2")).toEqual({ targets: [], unknown: 1 });
  });

  describe("with data sources that find resources of an earlier root module", () => {
    const vpcs: PlanSpec = {
      blocks: [
        { address: "aws_vpc.main", values: { tags: { Name: "main" } }, unknown: { id: true } },
        { address: "aws_vpc.other", values: { tags: { Name: "other" } }, unknown: { id: true } },
        ...["a", "b", "public"].map((name) => ({
          address: `aws_subnet.${name}`,
          values: { tags: { Tier: name === "public" ? "public" : "private" } },
          unknown: { id: true, vpc_id: true },
          expressions: { vpc_id: ["aws_vpc.main.id"] },
        })),
        {
          address: "aws_subnet.elsewhere",
          values: { tags: { Tier: "private" } },
          unknown: { id: true, vpc_id: true },
          expressions: { vpc_id: ["aws_vpc.other.id"] },
        },
      ],
    };
    const readerOf = (tags: object, values: object = { tags }): PlanSpec => ({
      blocks: [
        {
          address: "data.aws_vpc.main",
          actions: ["read"],
          values: { tags: { Name: "main" } },
          unknown: { id: true },
          expressions: { tags: { constant_value: { Name: "main" } } },
        },
        {
          address: "data.aws_subnets.private",
          actions: ["read"],
          values: { ...values, filter: [{ name: "vpc-id", values: [null] }] },
          unknown: { ids: true, filter: [{ values: [true] }] },
          expressions: {
            ...Object.fromEntries(
              Object.entries(values).map(([name, value]) => [name, { constant_value: value }]),
            ),
            filter: [
              {
                name: { constant_value: "vpc-id" },
                values: { references: ["data.aws_vpc.main.id", "data.aws_vpc.main"] },
              },
            ],
          },
        },
        {
          address: "aws_instance.app",
          unknown: { subnet_id: true },
          expressions: { subnet_id: ["data.aws_subnets.private.ids"] },
        },
      ],
    });
    const subnetsOf = (...roots: readonly RootPlan[]) => subnetOf(modelOf(...roots));
    const infra = root("infra", vpcs);

    it("resolves subnets by VPC and tags", () => {
      expect(subnetsOf(infra, root("deploy", readerOf({ Tier: "private" })))).toEqual({
        targets: ["module.infra.aws_subnet.a", "module.infra.aws_subnet.b"],
        unknown: 0,
      });
    });

    it.each([
      ["an argument that is not a known criterion", readerOf({}, { state: "available" })],
      ["a wildcard", readerOf({ Tier: "priv*" })],
    ])("does not resolve %s", (_title, reader) => {
      expect(subnetsOf(infra, root("deploy", reader))).toEqual({ targets: [], unknown: 1 });
    });

    it("does not resolve resources of a later root module", () => {
      expect(subnetsOf(root("deploy", readerOf({ Tier: "private" })), root("infra", vpcs))).toEqual(
        { targets: [], unknown: 1 },
      );
    });
  });

  it("keep the modules, the sources and the dependencies of each root module", () => {
    const shown = planOf({
      calls: { web: { blocks: [{ address: "aws_eip.e" }, { address: "aws_instance.app" }] } },
    }).planJson;
    const plan = modelOf({
      name: "my infra",
      shown,
      sources: {
        locals: { "|x": ["module.web.id"] },
        attributes: { "module.web|aws_instance.app": { ip: ["aws_eip.e.id"] } },
        secretKeys: { "": ["password"], "module.web": ["user"] },
      },
    });
    expect(plan.resources.map(({ address }) => address)).toEqual([
      "module.my_infra.module.web.aws_eip.e",
      "module.my_infra.module.web.aws_instance.app",
    ]);
    const instance = resourceIn(plan, "module.my_infra.module.web.aws_instance.app");
    expect(instance.isConfigured("ip")).toBe(true);
    expect(plan.secretKeys).toEqual(["password", "user"]);
  });

  it("reject two root modules with one name", () => {
    expect(() => joinPlans([root("a", network), root("a", network)])).toThrow(RangeError);
  });
});
