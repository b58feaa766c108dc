import { describe, expect, it } from "vitest";
import { configSchema } from "../../src/config/schema.ts";
import { configOptions, type OptionGroup } from "../../tools/reference/config-page.ts";
import { parseInterfaces } from "../../tools/reference/parse-interfaces.ts";

const groups = configOptions();

/** A key that resembles no option, so that the error about it lists all options. */
const UNKNOWN = "x".repeat(40);

/** The config that has an object at a path such as `tasks.egressRules[]`. */
function configWith(path: string, value: object): object {
  const keys = path === "" ? [] : path.replaceAll("<name>", "name").split(".");
  return keys.reduceRight<object>((inner, key) => {
    const name = key.replace("[]", "");
    return { [name]: name === key ? inner : [inner] };
  }, value);
}

/** The options of an object in the schema. The required options of the group select the alternative. */
function schemaOptions({ path, options }: OptionGroup): readonly string[] {
  const required = options.filter(({ member }) => !member.optional && path !== "");
  const value = Object.fromEntries(required.map(({ member }) => [member.name, "x"]));
  const { error } = configSchema.safeParse(configWith(path, { ...value, [UNKNOWN]: 1 }));
  const issue = error?.issues.find(({ code }) => code === "unrecognized_keys");
  return issue?.message.replace(/^.*use one of /, "").split(", ") ?? [];
}

describe("options of the config in the reference", () => {
  const nested = groups.filter(({ path }) => path !== "");
  const root = {
    path: "",
    description: "",
    options: groups.filter(({ path }) => path === "").flatMap(({ options }) => options),
  };

  it.each(
    [root, ...nested].map((group) => [`${group.path}: ${group.description}`, group] as const),
  )("%s: are those of the schema", (_, group) => {
    const names = group.options.map(({ member }) => member.name);
    expect([...names].sort()).toEqual([...schemaOptions(group)].sort());
  });

  it("have a description, and a default if they are optional", () => {
    const options = groups.flatMap((group) => group.options);
    const incomplete = options.filter(
      ({ member }) =>
        member.description === "" || (member.optional && member.defaultText === undefined),
    );
    expect(incomplete.map(({ path }) => path)).toEqual([]);
  });
});

describe("parser of interfaces", () => {
  it("parses members, doc comments, bases and aliases", () => {
    const { interfaces, aliases } = parseInterfaces(`
/** A mode. */
export type Mode = "a" | "b";

export interface Base {
  readonly name: string;
}

/** An example. @example { mode: "a" } */
export interface Example extends Base, Other {
  /** The mode. @default "a" */
  readonly mode?: Mode;
  /**
   * Two lines
   * of text.
   *
   * @default every path
   */
  readonly paths:
    | string
    | readonly string[];
}
`);
    expect([...aliases]).toEqual([["Mode", '"a" | "b"']]);
    expect(interfaces.get("Base")).toEqual({
      name: "Base",
      bases: [],
      description: "",
      members: [{ name: "name", optional: false, type: "string", description: "" }],
    });
    expect(interfaces.get("Example")).toEqual({
      name: "Example",
      bases: ["Base", "Other"],
      description: "An example.",
      members: [
        {
          name: "mode",
          optional: true,
          type: "Mode",
          description: "The mode.",
          defaultText: '"a"',
        },
        {
          name: "paths",
          optional: false,
          type: "| string | readonly string[]",
          description: "Two lines of text.",
          defaultText: "every path",
        },
      ],
    });
  });

  it("rejects a member of another form", () => {
    const source = "export interface Example {\n  readonly a: { readonly b: string };\n}\n";
    expect(() => parseInterfaces(source)).toThrow("cannot parse Example: readonly a: {");
  });
});
