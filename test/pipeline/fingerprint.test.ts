import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprintOf, isFingerprint } from "../../src/pipeline/fingerprint/fingerprint.ts";

type Json = Record<string, unknown>;

interface Changed extends Json {
  address: string;
  change: Json & { actions: string[]; before: unknown; after: unknown };
}

const key = fc.stringMatching(/^[a-z_]{1,8}$/);
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const content = fc.dictionary(
  key,
  fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(key, scalar, { maxKeys: 3 })),
  { minKeys: 1, maxKeys: 5 },
);

const actions = fc.constantFrom(
  ["create"],
  ["update"],
  ["delete"],
  ["delete", "create"],
  ["create", "delete"],
);

const changed = fc
  .record({ name: key, actions, before: content, after: content })
  .map(({ name, actions, before, after }): Changed => ({
    address: `aws_thing.${name}`,
    type: "aws_thing",
    name,
    change: {
      actions: [...actions],
      before: actions[0] === "create" && actions.length === 1 ? null : before,
      after: actions[0] === "delete" && actions.length === 1 ? null : after,
      after_unknown: {},
      before_sensitive: {},
      after_sensitive: {},
      replace_paths: actions.length > 1 ? [["zone"], ["tags", "a"]] : [],
    },
  }));

const plans = fc
  .uniqueArray(changed, { selector: ({ address }) => address, minLength: 1, maxLength: 5 })
  .map((resource_changes) => ({
    format_version: "1.2",
    terraform_version: "1.11.4",
    timestamp: "2026-11-24T00:00:00Z",
    resource_changes,
    output_changes: {},
    configuration: {
      provider_config: {
        aws: { name: "aws", expressions: { region: { constant_value: "eu-west-1" } } },
      },
    },
  }));

/** The same JSON with the keys of every object in reverse order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, entry]) => [name, turned(entry)]),
  );
}

/** The fingerprint of a plan, or "none". */
const print = (plan: Json): string =>
  fingerprintOf(JSON.stringify({ format_version: "1.2", resource_changes: [], ...plan })) ?? "none";

const planOf = (change: Json, more: Json = {}): Json => ({
  resource_changes: [
    { address: "aws_thing.a", mode: "managed", type: "aws_thing", name: "a", change },
  ],
  ...more,
});

const update = (before: unknown, after: unknown, more: Json = {}): string =>
  print(planOf({ actions: ["update"], before, after, after_unknown: {}, ...more }));

describe("a fingerprint does not change", () => {
  it("with another order of keys and resources", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const other = turned({ ...plan, resource_changes: [...plan.resource_changes].reverse() });
        expect(print(other as Json)).toBe(print(plan));
        expect(isFingerprint(print(plan))).toBe(true);
      }),
    );
  });

  it("with another timestamp, another engine version, or more unchanged resources", () => {
    fc.assert(
      fc.property(plans, content, (plan, before) => {
        const idle = {
          address: "aws_thing.idle",
          change: { actions: ["no-op"], before, after: before },
        };
        const later = {
          ...plan,
          terraform_version: "1.13.5",
          timestamp: "2026-11-26T00:00:00Z",
          prior_state: { values: before },
          relevant_attributes: [{ resource: "aws_thing.a", attribute: ["id"] }],
          resource_changes: [idle, ...plan.resource_changes],
          output_changes: { same: { actions: ["no-op"], before: 1, after: 1 } },
        };
        expect(print(later)).toBe(print(plan));
      }),
    );
  });

  it("with other secrets, or other unchanged values of an updated resource", () => {
    const mask = { before_sensitive: { password: true }, after_sensitive: { password: true } };
    const secret = (before: string, after: string): string =>
      update({ password: before, size: 1 }, { password: after, size: 2 }, mask);
    expect(secret("a", "b")).toBe(secret("hunter2", "hunter3"));
    expect(update({ size: 1, calls: 7 }, { size: 2, calls: 7 })).toBe(
      update({ size: 1, calls: 9 }, { size: 2, calls: 9 }),
    );
    expect(update({ size: 1, note: null }, { size: 2 })).toBe(
      update({ size: 1 }, { size: 2, note: null }),
    );
  });
});

describe("a fingerprint changes", () => {
  it("with any other value of a created, destroyed or replaced resource", () => {
    fc.assert(
      fc.property(plans, fc.nat(), (plan, at) => {
        const index = at % plan.resource_changes.length;
        const side = (otherChanged: Changed): "before" | "after" =>
          otherChanged.change.after === null ? "before" : "after";
        const other = plan.resource_changes.map((resourceChange, i) =>
          i === index
            ? {
                ...resourceChange,
                change: {
                  ...resourceChange.change,
                  [side(resourceChange)]: {
                    ...(resourceChange.change[side(resourceChange)] as Json),
                    zz: "new",
                  },
                },
              }
            : resourceChange,
        ); // a side that is not null is an object
        expect(print({ ...plan, resource_changes: other })).not.toBe(print(plan));
      }),
    );
  });

  it("with another address, another action, or another number of changes", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const [first, ...rest] = plan.resource_changes;
        const own = print(plan);
        const withFirst = (changes: Json): string =>
          print({ ...plan, resource_changes: [{ ...first, ...changes }, ...rest] });
        expect(print({ ...plan, resource_changes: rest })).not.toBe(own);
        expect(withFirst({ address: "aws_thing.ZZ" })).not.toBe(own);
        expect(withFirst({ change: { ...first?.change, actions: ["forget"] } })).not.toBe(own);
        expect(withFirst({ previous_address: "aws_thing.ZZ" })).not.toBe(own);
        expect(withFirst({ deposed: "00000001" })).not.toBe(own);
        expect(withFirst({ change: { ...first?.change, replace_paths: [["other"]] } })).not.toBe(
          own,
        );
        expect(withFirst({ change: { ...first?.change, importing: { id: "vpc-1" } } })).not.toBe(
          own,
        );
      }),
    );
  });

  it.each<[string, string, string]>([
    [
      "a changed and an unchanged secret",
      update(
        { a: "x", b: 1 },
        { a: "y", b: 2 },
        { before_sensitive: { a: true }, after_sensitive: { a: true } },
      ),
      update(
        { a: "x", b: 1 },
        { a: "x", b: 2 },
        { before_sensitive: { a: true }, after_sensitive: { a: true } },
      ),
    ],
    [
      "an unknown and a known value",
      update({ a: 1 }, {}, { after_unknown: { a: true } }),
      update({ a: 1 }, { a: 2 }),
    ],
    [
      "an unknown value, and the text !unknown",
      update({ a: 1 }, {}, { after_unknown: { a: true } }),
      update({ a: 1 }, { a: "!unknown" }),
    ],
    [
      "a secret, and the text !sensitive",
      update({ a: "x" }, { a: "y" }, { after_sensitive: { a: true } }),
      update({ a: "x" }, { a: "!sensitive" }),
    ],
    [
      "a number, and the same number as text",
      update({ a: 1 }, { a: 2 }),
      update({ a: 1 }, { a: "2" }),
    ],
    ["an old value", update({ a: 1 }, { a: 3 }), update({ a: 2 }, { a: 3 })],
    ["the order of a list", update({ a: [] }, { a: [1, 2] }), update({ a: [] }, { a: [2, 1] })],
    [
      "an unknown item of a list",
      update({ a: [1] }, { a: [1, null] }, { after_unknown: { a: [false, true] } }),
      update({ a: [1] }, { a: [1, 2] }),
    ],
    [
      "a key with a slash, and a nested path",
      update({ a: { "b/c": 1 } }, { a: { "b/c": 2 } }),
      update({ a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }),
    ],
  ])("depending on %s", (_, value, other) => {
    expect(value).not.toBe(other);
  });

  it("for a resource that is only imported or only moved", () => {
    const idle = (more: Json, change: Json = {}): string =>
      print({
        resource_changes: [
          { address: "aws_thing.a", ...more, change: { actions: ["no-op"], ...change } },
        ],
      });
    const values = [
      idle({}),
      idle({ previous_address: "aws_thing.b" }),
      idle({ previous_address: "aws_thing.c" }),
      idle({}, { importing: { id: "vpc-1" } }),
      idle({}, { importing: { id: "vpc-2" } }),
    ];
    expect(new Set(values).size).toBe(values.length);
  });

  it("with another region, account or output", () => {
    const at = (expressions: Json): string =>
      print(
        planOf(
          { actions: ["create"], before: null, after: {} },
          { configuration: { provider_config: { aws: { expressions } } } },
        ),
      );
    expect(at({ region: { constant_value: "eu-west-1" } })).not.toBe(
      at({ region: { constant_value: "eu-west-2" } }),
    );
    expect(at({ allowed_account_ids: { constant_value: ["1"] } })).not.toBe(
      at({ allowed_account_ids: { constant_value: ["2"] } }),
    );
    expect(at({ access_key: { constant_value: "a" } })).toBe(
      at({ access_key: { constant_value: "b" } }),
    );
    const output = (after: unknown): string =>
      print({ output_changes: { url: { actions: ["create"], before: null, after } } });
    expect(output("a")).not.toBe(output("b"));
  });
});

it("a fingerprint does not depend on a secret", () => {
  const mask = { after_sensitive: { password: true } };
  const own = (password: string): string => update({ size: 1 }, { size: 1, password }, mask);
  expect(own("hunter2")).toBe(own("correct horse"));
});

describe("the fingerprint of an update", () => {
  it.each(["id", "arn"])("contains the unchanged %s of the object", (key) => {
    const of = (value: string): string =>
      update({ [key]: value, size: 1 }, { [key]: value, size: 2 });
    expect(of("sg-1")).not.toBe(of("sg-2"));
  });

  it("contains the identity of an object without ID and ARN", () => {
    const of = (name: string): string =>
      update({ size: 1 }, { size: 2 }, { before_identity: { name } });
    expect(of("a")).not.toBe(of("b"));
  });

  it("contains the provider, and the alias of its configuration", () => {
    const of = (provider: string, alias: string): string =>
      print({
        resource_changes: [
          {
            address: "aws_thing.a",
            mode: "managed",
            type: "aws_thing",
            name: "a",
            provider_name: provider,
            change: { actions: ["create"], before: null, after: {} },
          },
        ],
        configuration: {
          root_module: { resources: [{ address: "aws_thing.a", provider_config_key: alias }] },
        },
      });
    const prints = [
      of("hashicorp/aws", "aws"),
      of("acme/aws", "aws"),
      of("hashicorp/aws", "aws.b"),
    ];
    expect(new Set(prints).size).toBe(3);
  });
});

describe("the fingerprint of a value that is known after apply", () => {
  interface Written {
    /** Expressions of the resource. */
    readonly expressions: Json;
    readonly root?: Json;
    readonly module?: Json;
    readonly call?: Json;
    readonly more?: Json;
  }
  const created = (path: unknown, { expressions, root, module, call, more }: Written): string => {
    const resource = { address: "aws_thing.a", mode: "managed", expressions };
    return print({
      resource_changes: [
        {
          address: module ? "module.m.aws_thing.a" : "aws_thing.a",
          ...(module ? { module_address: "module.m" } : {}),
          mode: "managed",
          type: "aws_thing",
          name: "a",
          change: { actions: ["create"], before: null, after: {}, after_unknown: path },
        },
      ],
      configuration: {
        root_module: module
          ? {
              module_calls: {
                m: { expressions: call, module: { resources: [resource], ...module } },
              },
              ...root,
            }
          : { resources: [resource], ...root },
      },
      ...more,
    });
  };
  const references = (...names: string[]): Json => ({ references: names });
  const pairs: Readonly<Record<string, readonly [string, string]>> = {
    "the referenced resource": [
      created({ group: true }, { expressions: { group: references("aws_sg.a.id", "aws_sg.a") } }),
      created({ group: true }, { expressions: { group: references("aws_sg.b.id", "aws_sg.b") } }),
    ],
    "the referenced attribute": [
      created({ group: true }, { expressions: { group: references("aws_sg.a.id", "aws_sg.a") } }),
      created({ group: true }, { expressions: { group: references("aws_sg.a.arn", "aws_sg.a") } }),
    ],
    "references in a block": [
      created(
        { rule: [{ group: true }] },
        { expressions: { rule: [{ group: references("aws_sg.a.id") }] } },
      ),
      created(
        { rule: [{ group: true }] },
        { expressions: { rule: [{ group: references("aws_sg.b.id") }] } },
      ),
    ],
    "arguments of its module": [
      created(
        { group: true },
        {
          expressions: { group: references("var.group") },
          module: {},
          call: { group: references("aws_sg.a.id") },
        },
      ),
      created(
        { group: true },
        {
          expressions: { group: references("var.group") },
          module: {},
          call: { group: references("aws_sg.b.id") },
        },
      ),
    ],
    "outputs of another module": [
      created(
        { group: true },
        {
          expressions: { group: references("module.n.group", "module.n") },
          root: {
            module_calls: {
              n: { module: { outputs: { group: { expression: references("aws_sg.a.id") } } } },
            },
          },
        },
      ),
      created(
        { group: true },
        {
          expressions: { group: references("module.n.group", "module.n") },
          root: {
            module_calls: {
              n: { module: { outputs: { group: { expression: references("aws_sg.b.id") } } } },
            },
          },
        },
      ),
    ],
    "attributes behind a local value": [
      created(
        { group: true },
        {
          expressions: { group: references("local.group") },
          more: { relevant_attributes: [{ resource: "aws_sg.a", attribute: ["id"] }] },
        },
      ),
      created(
        { group: true },
        {
          expressions: { group: references("local.group") },
          more: { relevant_attributes: [{ resource: "aws_sg.b", attribute: ["id"] }] },
        },
      ),
    ],
    "the value of a variable": [
      created(
        { group: true },
        {
          expressions: { group: references("aws_sg.a.id", "var.index") },
          more: { variables: { index: { value: 1 } } },
        },
      ),
      created(
        { group: true },
        {
          expressions: { group: references("aws_sg.a.id", "var.index") },
          more: { variables: { index: { value: 2 } } },
        },
      ),
    ],
  };

  it.each(Object.entries(pairs))("contains %s", (_, [value, other]) => {
    expect(value).not.toBe(other);
  });

  it("does not contain sensitive variables, or the expressions of known values", () => {
    const secret = (value: string): string =>
      created(
        { group: true },
        {
          expressions: { group: references("var.secret") },
          root: { variables: { secret: { sensitive: true } } },
          more: { variables: { secret: { value } } },
        },
      );
    expect(secret("hunter2")).toBe(secret("correct horse"));
    const known = (name: string): string =>
      created(
        { group: true },
        { expressions: { group: references("aws_sg.a.id"), size: references(name) } },
      );
    expect(known("var.a")).toBe(known("var.b"));
  });

  it("contains the literals of an expression if the root module is given", () => {
    const planText = JSON.stringify({
      format_version: "1.2",
      ...planOf(
        {
          actions: ["create"],
          before: null,
          after: {},
          after_unknown: { policy: true, rule: [{ group: true }], password: true },
          after_sensitive: { password: true },
        },
        {
          configuration: {
            root_module: {
              resources: [{ address: "aws_thing.a", type: "aws_thing", name: "a" }],
            },
          },
        },
      ),
    });
    const of = (policy: string, group: string, password = "${x.y}"): string =>
      fingerprintOf(
        planText,
        JSON.stringify({
          resource: { aws_thing: { a: { policy, rule: { group }, password, size: policy } } },
        }),
      ) ?? "none";
    const own = of('${jsonencode({ "Action" = "a", "Resource" = x.y.arn })}', "${x.y.id}");
    expect(own).not.toBe(
      of('${jsonencode({ "Action" = "*", "Resource" = x.y.arn })}', "${x.y.id}"),
    );
    expect(own).not.toBe(
      of('${jsonencode({ "Action" = "a", "Resource" = x.y.arn })}', "${x.z.id}"),
    );
    expect(own).toBe(
      of('${jsonencode({ "Action" = "a", "Resource" = x.y.arn })}', "${x.y.id}", "hunter2${x.y}"),
    );
  });

  it("is computed for modules with circular references", () => {
    expect(
      created(
        { group: true },
        {
          expressions: { group: references("var.group") },
          module: {
            outputs: { group: { expression: references("var.group") } },
          },
          call: { group: references("module.m.group") },
        },
      ),
    ).toMatch(/^berth2-/);
  });
});

describe("the fingerprint of the provider configuration", () => {
  const at = (provider: Json, more: Json = {}): string =>
    print(
      planOf(
        { actions: ["create"], before: null, after: {} },
        { configuration: { provider_config: { aws: provider } }, ...more },
      ),
    );
  const constant = (value: unknown): Json => ({ constant_value: value });

  it.each<[string, Json, Json]>([
    ["the alias", { alias: "a" }, { alias: "b" }],
    [
      "the assumed role",
      { expressions: { assume_role: [{ role_arn: constant("arn:1") }] } },
      { expressions: { assume_role: [{ role_arn: constant("arn:2") }] } },
    ],
    [
      "an endpoint",
      { expressions: { endpoints: [{ s3: constant("http://a") }] } },
      { expressions: { endpoints: [{ s3: constant("http://b") }] } },
    ],
    [
      "a profile",
      { expressions: { profile: constant("a") } },
      { expressions: { profile: constant("b") } },
    ],
  ])("contains %s", (_, value, other) => {
    expect(at(value)).not.toBe(at(other));
  });

  it("contains a region from a variable", () => {
    const region = (value: string): string =>
      at(
        { expressions: { region: { references: ["var.region"] } } },
        { variables: { region: { value } } },
      );
    expect(region("eu-west-1")).not.toBe(region("eu-west-2"));
  });
});

describe("the fingerprint of data sources and actions", () => {
  it("contains a data source that is read during the apply", () => {
    const read = (after: Json): string =>
      print({
        resource_changes: [
          {
            address: "data.aws_thing.a",
            mode: "data",
            type: "aws_thing",
            name: "a",
            change: { actions: ["read"], before: null, after, after_unknown: { id: true } },
          },
        ],
      });
    expect(read({ name: "a" })).not.toBe(read({ name: "b" }));
    expect(read({ name: "a" })).not.toBe("none");
  });

  it("contains an action that Terraform invokes, except its secrets", () => {
    const invoke = (config_values: Json, more: Json = {}): string =>
      print({
        action_invocations: [
          {
            address: "action.aws_lambda_invoke.a",
            config_values,
            config_sensitive: { token: true },
            ...more,
          },
        ],
      });
    expect(invoke({ name: "a" })).not.toBe(invoke({ name: "b" }));
    expect(invoke({ name: "a" })).not.toBe(
      invoke({ name: "a" }, { lifecycle_action_trigger: { action_trigger_event: "AfterCreate" } }),
    );
    expect(invoke({ token: "hunter2" })).toBe(invoke({ token: "correct horse" }));
    expect(invoke({})).not.toBe("none");
  });
});

describe("the fingerprint of numbers, nested values and special keys", () => {
  const created = (after: string): string =>
    fingerprintOf(
      `{"format_version":"1.2","resource_changes":[{"address":"a","change":{"actions":["create"],"before":null,"after":${after}}}]}`,
    ) ?? "none";

  it("differs for numbers that JavaScript rounds to the same value", () => {
    const prints = [
      "9007199254740993",
      "9007199254740992",
      "1e400",
      "1e401",
      "0.1",
      "0.10000000000000000001",
    ].map((number) => created(`{"size":${number}}`));
    expect(new Set(prints).size).toBe(prints.length);
    expect(created('{"size":9007199254740993}')).not.toBe(
      created(String.raw`{"size":"\u0000#9007199254740993e0"}`),
    );
  });

  it("is equal for different notations of a number", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n }), fc.nat(5), (number, zeros) => {
        const own = created(`{"size":${number}}`);
        expect(created(`{"size":${number}.${"0".repeat(zeros + 1)}}`)).toBe(own);
        expect(created(`{"size":${number}${"0".repeat(zeros)}e-${zeros}}`)).toBe(own);
        expect(created(`{"size":${number + 1n}}`)).not.toBe(own);
      }),
    );
  });

  it("supports 20,000 levels of nesting, in values and masks", () => {
    const deep = (end: string): string => `${'{"a":'.repeat(20_000)}${end}${"}".repeat(20_000)}`;
    expect(created(deep("1"))).not.toBe(created(deep("2")));
    const updated = (before: string, after: string, unknown: string): string =>
      fingerprintOf(
        `{"format_version":"1.2","resource_changes":[{"address":"a","change":{"actions":["update"],"before":${before},"after":${after},"after_unknown":${unknown}}}]}`,
      ) ?? "none";
    expect(updated(deep("1"), deep("2"), "{}")).not.toBe(updated(deep("1"), deep("3"), "{}"));
    expect(updated(deep("1"), "{}", deep("true"))).not.toBe(
      updated(deep("1"), "{}", deep("false")),
    );
    expect(created(`${"[".repeat(20_000)}1${"]".repeat(20_000)}`)).toMatch(/^berth2-/);
  });

  it("treats names of JavaScript object members as ordinary keys", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty"),
        (name) => {
          const own = created(`{${JSON.stringify(name)}:{"a":1}}`);
          expect(own).not.toBe(created(`{${JSON.stringify(name)}:{"a":2}}`));
          expect(own).not.toBe(created("{}"));
        },
      ),
    );
  });
});

describe("the fingerprint of a policy", () => {
  const policies = fc.dictionary(
    fc.string(),
    fc.oneof(fc.string(), fc.integer(), fc.dictionary(fc.string(), fc.string())),
    { minKeys: 2 },
  );

  it("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const of = (text: string, key = "policy"): string =>
          update({ [key]: "{}" }, { [key]: text });
        const own = of(JSON.stringify(policy));
        expect(of(JSON.stringify(turned(policy), null, 2))).toBe(own);
        expect(of(JSON.stringify({ ...policy, "a new key": 1 }))).not.toBe(own);
      }),
    );
  });

  it.each<[string, string, string, string]>([
    [
      "depends on the order of keys in an attribute with another name",
      "value",
      '{"a":1,"b":2}',
      '{"b":2,"a":1}',
    ],
    ["contains the text of a policy with a duplicate key", "policy", '{"a":1,"a":2}', '{"a":2}'],
    [
      "differs between a JSON string and an object with the same content",
      "policy",
      '"{\\"a\\":1}"',
      '{"a":1}',
    ],
    ["depends on the order of a list", "policy", '{"a":[1,2]}', '{"a":[2,1]}'],
  ])("%s", (_, key, value, other) => {
    expect(update({}, { [key]: value })).not.toBe(update({}, { [key]: other }));
  });
});

describe("no fingerprint is computed", () => {
  it("for a plan without changes", () => {
    const idle = { address: "a", change: { actions: ["no-op"], before: {}, after: {} } };
    expect(fingerprintOf('{"format_version":"1.2","planned_values":{}}')).toBeUndefined();
    expect(
      fingerprintOf(JSON.stringify({ format_version: "1.2", resource_changes: [idle] })),
    ).toBeUndefined();
  });

  it.each<[string, string]>([
    ["text that is not JSON", "Error: no plan"],
    ["JSON that is not an object", "[]"],
    ["JSON without a format", '{"resource_changes":[]}'],
    ["another format version", '{"format_version":"2.0","resource_changes":[]}'],
    ["a state", '{"format_version":"1.0","values":{}}'],
    ["a plan that failed", '{"format_version":"1.2","resource_changes":[],"errored":true}'],
    [
      "a plan that is not complete",
      '{"format_version":"1.2","resource_changes":[],"complete":false}',
    ],
    [
      "deferred changes",
      '{"format_version":"1.2","resource_changes":[],"deferred_changes":[{"reason":"unknown"}]}',
    ],
  ])("for %s", (_, text) => {
    expect(() => fingerprintOf(text)).toThrow(
      expect.objectContaining({
        code: "BERTH-E8005",
        message: expect.stringMatching(/^no fingerprint: /) as string,
        fix: expect.any(String) as string,
      }) as Error,
    );
  });
});
