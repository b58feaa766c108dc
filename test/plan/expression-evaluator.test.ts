import { describe, expect, it } from "vitest";
import type { SourceBodies } from "../../src/plan/source-expressions.ts";
import { MAX_REFERENCE_DEPTH } from "../../src/plan/expression-evaluator.ts";
import { type CallSpec, type PlanSpec, planOf, resourceIn } from "../support/plan-builder.ts";

type Key = string | number;

const subnets = (...keys: readonly Key[]) => ({
  address: "aws_subnet.a",
  instances: keys.map((key) => ({ key, unknown: { id: true } })),
});

const bodies = (spec: Partial<SourceBodies>): { readonly bodies: SourceBodies } => ({
  bodies: { locals: {}, outputs: {}, calls: {}, resources: {}, ...spec },
});

interface Case extends PlanSpec {
  readonly title: string;
  /** The expression of aws_instance.app's subnet_id. */
  readonly expression: unknown;
  /** Keys of aws_instance.app. @default none */
  readonly keys?: readonly Key[];
  readonly forEach?: unknown;
  readonly source?: Partial<SourceBodies>;
  /** Key of the aws_instance.app that is resolved. */
  readonly of?: Key;
  readonly expected: readonly string[];
}

/** The call of a module whose output `ids` is an expression of the .tf files. */
const network = (keys: readonly Key[]): Readonly<Record<string, CallSpec>> => ({
  network: { blocks: [subnets(...keys)], outputs: { ids: ["aws_subnet.a"] } },
});

const cases: readonly Case[] = [
  {
    title: "count.index selects an element of a list",
    blocks: [subnets(0, 1, 2)],
    source: { locals: { "|ids": "${aws_subnet.a[*].id}" } },
    expression: "${local.ids[count.index]}",
    keys: [0, 1, 2],
    of: 1,
    expected: ["aws_subnet.a[1]"],
  },
  {
    title: "jsondecode selects a member of a template that is JSON",
    blocks: [subnets(0, 1, 2)],
    source: {
      locals: {
        "|text":
          '{"name":"a-${aws_subnet.a[0].id}","number":1,"ids":["${aws_subnet.a[1].id}","${aws_subnet.a[2].id}"]}',
        "|decoded": "${nonsensitive(jsondecode(local.text))}",
      },
    },
    expression: "${local.decoded.ids[1]}",
    expected: ["aws_subnet.a[2]"],
  },
  {
    title: "jsondecode selects a member of what jsonencode has encoded",
    blocks: [subnets(0, 1)],
    source: {
      locals: { "|text": "${jsonencode({ id = aws_subnet.a[1].id, other = aws_subnet.a[0].id })}" },
    },
    expression: "${jsondecode(local.text).id}",
    expected: ["aws_subnet.a[1]"],
  },
  {
    title: "jsondecode of a template that is not JSON means any of its parts",
    blocks: [subnets(0, 1)],
    source: { locals: { "|text": "${aws_subnet.a[0].id},${aws_subnet.a[1].id}" } },
    expression: "${jsondecode(local.text).id}",
    expected: ["aws_subnet.a[0]", "aws_subnet.a[1]"],
  },
  {
    title: "an index that is computed from count.index selects that instance",
    blocks: [subnets(0, 1, 2)],
    expression: "${aws_subnet.a[(count.index + 1) % 3].id}",
    keys: [0, 1, 2],
    of: 2,
    expected: ["aws_subnet.a[0]"],
  },
  {
    title: "an index that is not known means any instance",
    blocks: [subnets(0, 1)],
    expression: "${aws_subnet.a[local.missing].id}",
    expected: ["aws_subnet.a[0]", "aws_subnet.a[1]"],
  },
  {
    title: "a key selects the entry of a map that an output makes by for",
    calls: network(["app-a", "app-c", "db-a"]),
    source: { outputs: { "module.network|ids": "${{ for k, s in aws_subnet.a : k => s.id }}" } },
    expression: '${module.network.ids["app-c"]}',
    expected: ['module.network.aws_subnet.a["app-c"]'],
  },
  {
    title: "each.key selects the entry of a map that a local makes by for with a condition",
    blocks: [subnets("x", "y")],
    source: { locals: { "|ids": '${{ for k, s in aws_subnet.a : "${k}!" => s.id if k != "x" }}' } },
    expression: '${local.ids["y!"]}',
    expected: ['aws_subnet.a["y"]'],
  },
  {
    title: "each.value is the element of the for_each map",
    blocks: [subnets("x", "y")],
    source: {
      locals: { "|ids": '${{ first = aws_subnet.a["y"].id, second = aws_subnet.a["x"].id }}' },
    },
    expression: "${each.value}",
    keys: ["first", "second"],
    forEach: "${local.ids}",
    of: "first",
    expected: ['aws_subnet.a["y"]'],
  },
  {
    title: "a known condition selects one branch",
    blocks: [subnets(0), { address: "aws_subnet.b", unknown: { id: true } }],
    source: { locals: { "|public": false } },
    expression: "${local.public ? aws_subnet.a[0].id : aws_subnet.b.id}",
    expected: ["aws_subnet.b"],
  },
  {
    title: "a condition that is not known means both branches",
    blocks: [subnets(0), { address: "aws_subnet.b", unknown: { id: true } }],
    expression: '${local.missing == "x" ? aws_subnet.a[0].id : aws_subnet.b.id}',
    expected: ["aws_subnet.a[0]", "aws_subnet.b"],
  },
  {
    title: "an element of concatenated lists",
    blocks: [subnets(0, 1), { address: "aws_subnet.b", unknown: { id: true } }],
    expression: "${concat(aws_subnet.a[*].id, [aws_subnet.b.id])[2]}",
    expected: ["aws_subnet.b"],
  },
  {
    title: "an element of merged maps",
    blocks: [subnets(0, 1)],
    expression: '${merge({ a = aws_subnet.a[0].id }, { a = aws_subnet.a[1].id })["a"]}',
    expected: ["aws_subnet.a[1]"],
  },
  {
    title: "element() starts again after the last element",
    blocks: [subnets(0, 1)],
    expression: "${element(aws_subnet.a[*].id, 3)}",
    expected: ["aws_subnet.a[1]"],
  },
  {
    title: "an unknown list in flatten() hides the positions after it",
    blocks: [subnets(0, 1), { address: "data.aws_subnets.other", unknown: { ids: true } }],
    expression: "${flatten([data.aws_subnets.other.ids, aws_subnet.a[*].id])[0]}",
    expected: ["aws_subnet.a[0]", "aws_subnet.a[1]"],
  },
  {
    title: "a function that is not evaluated means any of its arguments",
    blocks: [subnets(0, 1)],
    expression: "${sort(aws_subnet.a[*].id)[0]}",
    expected: ["aws_subnet.a[0]", "aws_subnet.a[1]"],
  },
  {
    title: "an attribute of an object that is a local",
    blocks: [subnets(0), { address: "aws_subnet.b", unknown: { id: true } }],
    source: { locals: { "|net": { app: "${aws_subnet.b.id}", db: "${aws_subnet.a[0].id}" } } },
    expression: "${local.net.app}",
    expected: ["aws_subnet.b"],
  },
];

const APP = "aws_instance.app";

function planOfCase({ expression, keys, forEach, source = {}, blocks = [], calls }: Case) {
  const unknown = { subnet_id: true };
  return planOf({
    ...(calls ? { calls } : {}),
    blocks: [
      ...blocks,
      {
        address: APP,
        expressions: { subnet_id: ["local.in_the_files"] },
        ...(keys ? { instances: keys.map((key) => ({ key, unknown })) } : { unknown }),
      },
    ],
    sources: bodies({
      ...source,
      resources: {
        [`|${APP}`]: {
          subnet_id: expression,
          ...(forEach === undefined ? {} : { for_each: forEach }),
        },
      },
    }),
  });
}

describe("the evaluation of expressions", () => {
  it.each(cases)("$title", (spec) => {
    const key = spec.of === undefined ? "" : `[${JSON.stringify(spec.of)}]`;
    const { references } = resourceIn(planOfCase(spec), `${APP}${key}`).referencesTo(
      ["aws_subnet"],
      "subnet_id",
    );
    expect(references.map(({ resource }) => resource.address)).toEqual(spec.expected);
  });

  it("follows an argument of a module call that selects by count.index", () => {
    const plan = planOf({
      blocks: [subnets(0, 1)],
      calls: {
        nat: {
          arguments: { ids: ["aws_subnet.a"] },
          blocks: [
            {
              address: APP,
              expressions: { subnet_id: ["var.ids", "count.index"] },
              instances: [0, 1].map((key) => ({ key, unknown: { subnet_id: true } })),
            },
          ],
        },
      },
      sources: bodies({
        calls: { "|nat": { ids: "${aws_subnet.a[*].id}" } },
        resources: { [`module.nat|${APP}`]: { subnet_id: "${var.ids[count.index]}" } },
      }),
    });
    const { references } = resourceIn(plan, `module.nat.${APP}[1]`).referencesTo(
      ["aws_subnet"],
      "subnet_id",
    );
    expect(references.map(({ resource }) => resource.address)).toEqual(["aws_subnet.a[1]"]);
  });

  it.each([
    [MAX_REFERENCE_DEPTH, ["aws_subnet.a[0]"], 0],
    [MAX_REFERENCE_DEPTH + 1, [], 1],
  ])("follows %i locals: %j", (depth, expected, unknownCount) => {
    const locals = Object.fromEntries(
      Array.from({ length: depth }, (_, index) => [
        `|l${index}`,
        index === depth - 1 ? "${aws_subnet.a[0].id}" : `\${local.l${index + 1}}`,
      ]),
    );
    const plan = planOfCase({
      title: "",
      expected: [],
      blocks: [subnets(0)],
      source: { locals },
      expression: "${local.l0}",
    });
    const { references, unknown } = resourceIn(plan, APP).referencesTo(["aws_subnet"], "subnet_id");
    expect(references.map(({ resource }) => resource.address)).toEqual(expected);
    expect(unknown).toHaveLength(unknownCount);
  });

  it("ends at a cycle of locals, and still evaluates a local of the cycle that is not in it", () => {
    const plan = planOfCase({
      title: "",
      expected: [],
      blocks: [subnets(0)],
      source: { locals: { "|a": "${local.b}", "|b": ["${local.a}", "${aws_subnet.a[0].id}"] } },
      expression: "${local.a}",
    });
    const { references, unresolved } = resourceIn(plan, APP).referencesIn("subnet_id");
    expect(references.map(({ resource }) => resource.address)).toEqual(["aws_subnet.a[0]"]);
    expect(unresolved).toEqual(["local.a"]);
  });

  it("ends at attributes that refer to each other", () => {
    const plan = planOf({
      blocks: ["x", "y"].map((name) => ({
        address: `aws_instance.${name}`,
        unknown: { subnet_id: true },
        expressions: { subnet_id: [`aws_instance.${name === "x" ? "y" : "x"}.subnet_id`] },
      })),
    });
    const { references, unknown } = resourceIn(plan, "aws_instance.x").referencesTo(
      ["aws_subnet"],
      "subnet_id",
    );
    expect(references).toEqual([]);
    expect(unknown.map(({ attribute }) => attribute)).toEqual(["subnet_id"]);
  });
});

describe("functions", () => {
  const a = (index: number): string => `aws_subnet.a[${index}]`;

  it.each([
    ["one(aws_subnet.b[*].id)", ["aws_subnet.b"]],
    ["try(aws_subnet.a[7].id, aws_subnet.b.id)", ["aws_subnet.b"]],
    ["try(aws_subnet.none[0].id, aws_subnet.b.id)", ["aws_subnet.b"]],
    ["try(data.aws_subnets.x.ids, aws_subnet.b.id)", ["data.aws_subnets.x"]],
    ['coalesce(null, "", aws_subnet.a[1].id, aws_subnet.b.id)', [a(1)]],
    ["coalesce(local.empty, aws_subnet.b.id)", ["aws_subnet.b"]],
    ["coalesce(data.aws_subnets.x.tier, aws_subnet.b.id)", ["data.aws_subnets.x", "aws_subnet.b"]],
    ["coalescelist([], aws_subnet.a[*].id)[1]", [a(1)]],
    ['compact(["", null, aws_subnet.a[1].id])[0]', [a(1)]],
    ["distinct([aws_subnet.a[0].id, aws_subnet.a[0].id, aws_subnet.a[1].id])[1]", [a(1)]],
    ["reverse(aws_subnet.a[*].id)[0]", [a(1)]],
    ["slice(aws_subnet.a[*].id, 1, 2)[0]", [a(1)]],
    ['zipmap(["x", "y"], aws_subnet.a[*].id)["y"]', [a(1)]],
    ['setproduct(["p"], aws_subnet.a[*].id)[1][1]', [a(1)]],
    ['merge([{ x = aws_subnet.a[0].id }, { y = aws_subnet.a[1].id }]...)["y"]', [a(1)]],
    ["aws_subnet.a[contains([aws_subnet.a[0].id], aws_subnet.a[0].id) ? 1 : 0].id", [a(1)]],
    [
      "contains([aws_subnet.a[0].id], aws_subnet.b.id) ? aws_subnet.a[0].id : aws_subnet.b.id",
      [a(0), "aws_subnet.b"],
    ],
    ["local.empty == null ? aws_subnet.a[1].id : aws_subnet.b.id", [a(1)]],
    ["aws_subnet.a[0].id != null ? aws_subnet.a[1].id : aws_subnet.b.id", [a(1)]],
    [
      'jsondecode(templatefile("${path.module}/net.tftpl", { id = aws_subnet.a[1].id, port = 80 })).id',
      [a(1)],
    ],
    [
      'jsondecode(templatefile("${path.module}/missing.tftpl", { id = aws_subnet.a[1].id })).id',
      [a(1)],
    ],
  ])("evaluates %s", (expression, expected) => {
    const plan = planOfCase({
      title: "",
      expected,
      blocks: [
        subnets(0, 1),
        { address: "aws_subnet.b", unknown: { id: true } },
        { address: "aws_subnet.none", instances: [] },
        { address: "data.aws_subnets.x", unknown: { ids: true, tier: true } },
      ],
      source: {
        locals: { "|empty": null },
        templates: {
          "|${path.module}/net.tftpl":
            '{"port": ${port}, "id": "%{ if port > 1 ~} ${id}%{ endif }"}',
        },
      },
      expression: `\${${expression}}`,
    });
    const { references } = resourceIn(plan, APP).referencesTo(
      ["aws_subnet", "aws_subnets"],
      "subnet_id",
    );
    expect(references.map(({ resource }) => resource.address)).toEqual(expected);
  });

  it.each([
    ['format("%s-%d%%", "k", 2)', "k-2%"],
    ['formatlist("%s/%s", ["a", "b"], "c")[1]', "b/c"],
    ['join("-", ["a"], ["b", "c"])', "a-b-c"],
    ["keys({ y = 1, x = 2 })[0]", "x"],
    ['sort(["b", "a"])[0]', "a"],
    ['split("/", "a/b")[1]', "b"],
    ['lower("AbC")', "abc"],
    ['upper("a")', "A"],
    ['substr("hello", -3, 2)', "ll"],
    ['trimprefix("https://x", "https://")', "x"],
    ['trimsuffix("x.", ".")', "x"],
    ['trim("--x-", "-")', "x"],
    ['trimspace(" x ")', "x"],
    ['chomp("x\\n")', "x"],
    ['startswith("abc", "ab") ? "yes" : "no"', "yes"],
    ['endswith("abc", "ab") ? "yes" : "no"', "no"],
    ['strcontains("abc", "b") ? "yes" : "no"', "yes"],
    ['tobool("true") ? "yes" : "no"', "yes"],
    ["tostring(max(1, 3, 2) - min(4, 2) + sum([1, 2]) + abs(-1) + ceil(0.5) + floor(1.5))", "7"],
    ["tostring(range(1, 4)[2])", "3"],
    ['keys(setunion(["a"], ["b"]))[1]', "b"],
    ['"%{ for s in ["x", "y"] }${s}%{ endfor }"', "xy"],
    ['"%{ if false }a%{ else }b%{ endif }"', "b"],
    ['"a ${~ "b" ~} c"', "abc"],
  ])("selects an instance by %s", (expression, key) => {
    const plan = planOfCase({
      title: "",
      expected: [],
      blocks: [subnets(key, "other")],
      expression: `\${aws_subnet.a[${expression}].id}`,
    });
    const { references } = resourceIn(plan, APP).referencesTo(["aws_subnet"], "subnet_id");
    expect(references.map(({ resource }) => resource.address)).toEqual([
      `aws_subnet.a[${JSON.stringify(key)}]`,
    ]);
  });
});

describe("a dynamic block", () => {
  const planWith = (forEach: unknown) =>
    planOf({
      blocks: [{ address: "aws_route_table.r", unknown: { route: true } }],
      sources: {
        attributes: { "|aws_route_table.r": { route: ["aws_nat_gateway.n"] } },
        ...bodies({
          locals: { "|nat": false },
          resources: {
            "|aws_route_table.r": {
              dynamic: [{ route: [{ for_each: forEach, content: [{ cidr_block: "0.0.0.0/0" }] }] }],
            },
          },
        }),
      },
    });

  it.each([
    ["${local.nat ? [1] : []}", false],
    ["${local.nat ? [] : [1]}", true],
    ["${aws_nat_gateway.n[*].id}", true],
    [[], false],
  ])("with for_each = %j is configured: %s", (forEach, expected) => {
    expect(resourceIn(planWith(forEach), "aws_route_table.r").isConfigured("route")).toBe(expected);
  });
});
