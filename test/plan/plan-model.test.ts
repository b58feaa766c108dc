import { describe, expect, it } from "vitest";
import { parseModuleAddress, withoutKeys } from "../../src/plan/module-address.ts";
import { parseReference, referencesOf } from "../../src/plan/reference-syntax.ts";
import { formatValue, isUnknown, Unknown } from "../../src/plan/unknown.ts";
import { type PlanSpec, planOf, resourceIn } from "../support/plan-builder.ts";

const app = (block: object) => ({ address: "aws_instance.app", ...block });
const resourceOf = (block: object) =>
  resourceIn(planOf({ blocks: [app(block)] }), "aws_instance.app");

describe("a resource", () => {
  const resource = resourceOf({
    values: { name: "app", count: "3", enabled: "true", none: null, list: [1, null], empty: [] },
    unknown: { id: true, list: [false, true], block: [{ port: true }] },
  });

  it.each([
    ["name", "app"],
    ["none", undefined],
    ["missing", undefined],
  ])("has the value of %s: %j", (attribute, expected) => {
    expect(resource.value(attribute)).toBe(expected);
  });

  it("has an Unknown for a value that is known after apply", () => {
    const value = resource.value("id");
    expect(isUnknown(value)).toBe(true);
    expect(String(value)).toBe("aws_instance.app: id is known after apply");
  });

  it("has the known and the unknown elements of a list", () => {
    expect(resource.value("list", 0)).toBe(1);
    expect(String(resource.value("list", 1))).toBe("aws_instance.app: list is known after apply");
  });

  it("converts strings to numbers and booleans, and other values to strings", () => {
    expect(resource.number("count")).toBe(3);
    expect(resource.flag("enabled")).toBe(true);
    expect(resource.text("list")).toBe("[1,null]");
  });

  it.each([
    ["name", true],
    ["id", true],
    ["none", false],
    ["empty", false],
    ["missing", false],
  ])("is set at %s: %s", (attribute, expected) => {
    expect(resource.isSet(attribute)).toBe(expected);
  });

  it("has the paths of its blocks", () => {
    const blocks = resourceOf({ values: { rule: [{ port: 1 }, { port: 2 }] } });
    expect(blocks.blockPaths("rule")).toEqual([
      ["rule", 0],
      ["rule", 1],
    ]);
    expect(blocks.blockPaths("missing")).toEqual([]);
  });

  it("has a value with an Unknown for each unknown part", () => {
    const value = resourceOf({
      values: { input: [{ name: "web" }] },
      unknown: { input: [{ image: true }] },
    }).valueWithUnknowns("input");
    expect(value).toEqual([{ name: "web", image: expect.any(Unknown) }]);
  });

  it("names at most four sources of an unknown value", () => {
    const names = ["a", "b", "c", "d", "e"];
    const plan = planOf({
      blocks: [
        ...names.map((name) => ({ address: `aws_eip.${name}`, unknown: { id: true } })),
        app({
          unknown: { ip: true },
          expressions: { ip: names.map((name) => `aws_eip.${name}.id`) },
        }),
      ],
    });
    expect(String(resourceIn(plan, "aws_instance.app").value("ip"))).toBe(
      "aws_instance.app: ip is known after apply: it comes from aws_eip.a, aws_eip.b, aws_eip.c, aws_eip.d, …",
    );
  });

  it("is configured at an attribute of the configuration, or of the .tf files", () => {
    const plan = planOf({
      blocks: [app({ values: { computed: 1 }, expressions: { name: { constant_value: "app" } } })],
      sources: { attributes: { "|aws_instance.app": { ingress: [] } } },
    });
    expect(
      ["name", "ingress", "computed"].map((name) =>
        resourceIn(plan, "aws_instance.app").isConfigured(name),
      ),
    ).toEqual([true, true, false]);
  });
});

describe("a plan", () => {
  const plan = planOf({
    blocks: [
      { address: "aws_vpc.main", unknown: { id: true } },
      {
        address: "aws_subnet.a",
        expressions: { vpc_id: ["aws_vpc.main.id"] },
        instances: [0, 1].map((key) => ({ key, unknown: { vpc_id: true } })),
      },
      { address: "data.aws_region.current", actions: ["read"], values: { name: "eu-west-1" } },
      {
        address: "terraform_data.berth_companion_aws_instance_app_user_data",
        values: { input: "x" },
      },
      app({}),
    ],
  });

  it("lists the resources of several types", () => {
    expect(
      plan.resourcesOfType("aws_subnet", "aws_vpc").map((resource) => resource.address),
    ).toEqual(["aws_subnet.a[0]", "aws_subnet.a[1]", "aws_vpc.main"]);
  });

  it("finds the referrers of a resource", () => {
    const referrers = plan.referrersOf(
      resourceIn(plan, "aws_vpc.main"),
      ["aws_subnet"],
      ["aws_vpc"],
      "vpc_id",
    );
    expect(referrers.map((resource) => resource.address)).toEqual([
      "aws_subnet.a[0]",
      "aws_subnet.a[1]",
    ]);
  });

  it("hides companion resources, and finds the companion of an attribute", () => {
    const address = "terraform_data.berth_companion_aws_instance_app_user_data";
    const instance = resourceIn(plan, "aws_instance.app");
    expect(plan.resourceAt(address)).toBeUndefined();
    expect(plan.companionOf(instance, "user_data")?.address).toBe(address);
    expect(plan.companionOf(instance, "ami")).toBeUndefined();
  });

  it("finds the companion of an instance in a module", () => {
    const modules = planOf({
      calls: {
        web: {
          keys: ["a"],
          blocks: [
            app({ instances: [{ key: 1 }] }),
            {
              address: "terraform_data.berth_companion_aws_instance_app_user_data",
              instances: [{ key: 0 }, { key: 1 }],
            },
          ],
        },
      },
    });
    const instance = resourceIn(modules, 'module.web["a"].aws_instance.app[1]');
    expect(modules.companionOf(instance, "user_data")?.address).toBe(
      'module.web["a"].terraform_data.berth_companion_aws_instance_app_user_data[1]',
    );
  });

  it.each([
    [{ assume_role: [{ role_arn: { constant_value: "arn:aws:iam::222:role/x" } }] }, "222"],
    [{ allowed_account_ids: { constant_value: ["333"] } }, "333"],
    [{ allowed_account_ids: { constant_value: ["333", "444"] } }, undefined],
    [{}, undefined],
  ])("has the account of the provider configuration %j: %s", (expressions, account) => {
    const withProvider = planOf({
      blocks: [app({ provider: "module.x:aws.other" })],
      providers: { "aws.other": { expressions } },
    });
    const instance = resourceIn(withProvider, "aws_instance.app");
    expect(withProvider.providerOf(instance)).toBe("aws.other");
    expect(withProvider.accountOf(instance)).toBe(account);
  });

  it("separates the deleted resources", () => {
    const withDeletion = planOf({
      blocks: [app({})],
      deleted: [{ address: "aws_eip.old", before: { id: "eip-1" } }],
    });
    expect(withDeletion.resourceAt("aws_eip.old")).toBeUndefined();
    expect(withDeletion.planJson.deleted.map(({ address, before }) => [address, before])).toEqual([
      ["aws_eip.old", { id: "eip-1" }],
    ]);
  });
});

describe("dependencies", () => {
  const unknownRole = { unknown: { role: true } };
  const cases: readonly (PlanSpec & { readonly title: string; readonly expected: boolean })[] = [
    {
      title: "a reference",
      blocks: [
        { address: "aws_iam_role.r" },
        app({ expressions: { role: ["aws_iam_role.r.id"] } }),
      ],
      expected: true,
    },
    {
      title: "no reference",
      blocks: [{ address: "aws_iam_role.r" }, app(unknownRole)],
      expected: false,
    },
    {
      title: "a reference of a nested block",
      blocks: [
        { address: "aws_iam_role.r" },
        app({ expressions: { block: [{ role: { references: ["aws_iam_role.r.id"] } }] } }),
      ],
      expected: true,
    },
    {
      title: "depends_on",
      blocks: [{ address: "aws_iam_role.r" }, app({ dependsOn: ["aws_iam_role.r"] })],
      expected: true,
    },
    {
      title: "a for_each expression",
      blocks: [{ address: "aws_iam_role.r" }, app({ forEach: ["aws_iam_role.r"] })],
      expected: true,
    },
    {
      title: "a resource between them",
      blocks: [
        { address: "aws_iam_role.r" },
        { address: "aws_eip.e", expressions: { tag: ["aws_iam_role.r.arn"] } },
        app({ expressions: { ip: ["aws_eip.e.id"] } }),
      ],
      expected: true,
    },
    {
      title: "a local of the .tf files",
      blocks: [{ address: "aws_iam_role.r" }, app({ expressions: { role: ["local.role"] } })],
      sources: { locals: { "|role": ["aws_iam_role.r.id"] } },
      expected: true,
    },
    {
      title: "an output of a module",
      blocks: [app({ expressions: { role: ["module.iam.id"] } })],
      calls: {
        iam: { blocks: [{ address: "aws_iam_role.r" }], outputs: { id: ["aws_iam_role.r.id"] } },
      },
      expected: true,
    },
    {
      title: "depends_on of a whole module",
      blocks: [app({ dependsOn: ["module.iam"] })],
      calls: { iam: { blocks: [{ address: "aws_iam_role.r" }] } },
      expected: true,
    },
  ];

  it.each(cases)("by $title: $expected", (spec) => {
    const plan = planOf(spec);
    const role = plan.resourcesOfType("aws_iam_role")[0];
    if (!role) throw new RangeError("the plan has no role");
    expect(resourceIn(plan, "aws_instance.app").dependsOn(role)).toBe(spec.expected);
    expect(role.dependsOn(resourceIn(plan, "aws_instance.app"))).toBe(false);
  });

  it("of a module call apply to the resources of the module", () => {
    const plan = planOf({
      blocks: [{ address: "aws_iam_role.r" }],
      calls: { web: { dependsOn: ["aws_iam_role.r"], blocks: [app({})] } },
    });
    const instance = resourceIn(plan, "module.web.aws_instance.app");
    expect(instance.dependsOn(resourceIn(plan, "aws_iam_role.r"))).toBe(true);
  });

  it("of an argument of a module call apply to the resources that use the variable", () => {
    const plan = planOf({
      blocks: [{ address: "aws_iam_role.r" }],
      calls: {
        web: {
          arguments: { role: ["aws_iam_role.r.id"] },
          blocks: [app({ expressions: { role: ["var.role"] } }), { address: "aws_eip.unrelated" }],
        },
      },
    });
    const role = resourceIn(plan, "aws_iam_role.r");
    expect(resourceIn(plan, "module.web.aws_instance.app").dependsOn(role)).toBe(true);
    expect(resourceIn(plan, "module.web.aws_eip.unrelated").dependsOn(role)).toBe(false);
  });
});

describe("addresses and references", () => {
  it.each([
    ["module.a", { parent: "", call: "a", key: undefined }],
    ['module.a["x.y"]', { parent: "", call: "a", key: "x.y" }],
    ['module.a["x"].module.b[2]', { parent: 'module.a["x"]', call: "b", key: 2 }],
  ])("parses the module address %s", (address, expected) => {
    expect(parseModuleAddress(address)).toEqual(expected);
  });

  it("removes the keys of an address", () => {
    expect(withoutKeys('module.a["x\\"]"].module.b[0].aws_eip.e[1]')).toBe(
      "module.a.module.b.aws_eip.e",
    );
  });

  it("parses the keys of a reference", () => {
    expect(parseReference('module.a["x"].ids[0].größe')).toEqual([
      "module",
      "a",
      { key: "x" },
      "ids",
      { key: 0 },
      "größe",
    ]);
  });

  it("omits the prefixes of references", () => {
    expect(
      referencesOf({
        references: [
          "aws_a.b.id",
          "aws_a.b",
          'aws_c.d["x"].id',
          'aws_c.d["x"]',
          "aws_c.d",
          "aws_a.bc",
        ],
      }),
    ).toEqual(["aws_a.b.id", 'aws_c.d["x"].id', "aws_a.bc"]);
  });

  it.each([
    ["text", "text"],
    [[1, "a"], '[1,"a"]'],
    [undefined, "nothing"],
    [
      new Unknown("aws_a.b", "id", () => "is known after apply"),
      "aws_a.b: id is known after apply",
    ],
  ])("formats %j", (value, expected) => {
    expect(formatValue(value)).toBe(expected);
  });
});
