import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  attributeCoverage,
  attributeStatus,
  containerKeyCoverage,
  coverageOf,
  entriesOf,
  type TypeCoverage,
} from "../../src/checks/attribute-coverage/index.ts";
import { recordReads } from "../support/attribute-reads.ts";

const reads = recordReads();
/** Names of attributes in the code of the checks: no recorded plan uses every attribute that they read. */
const namesInCode = new Set(
  ["topology", "checks/rules", "checks/shared"].flatMap((name) => {
    const folder = new URL(`../../src/${name}/`, import.meta.url);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap(
        (file) => readFileSync(new URL(file, folder), "utf8").match(/\b[a-z][\w-]+\b/g) ?? [],
      );
  }),
);

const CONTAINERS = "container_definitions.";

/** What the checks read of a type. aws_alb is another name of aws_lb. */
const readsOf = (type: string): ReadonlySet<string> =>
  new Set([...(reads.get(type) ?? []), ...(reads.get(type.replace(/^aws_lb/, "aws_alb")) ?? [])]);

const tables: readonly (readonly [string, TypeCoverage, ReadonlySet<string>])[] = [
  ...Object.entries(attributeCoverage).map(
    ([type, coverage]) => [type, coverage, readsOf(type)] as const,
  ),
  [
    "container_definitions",
    containerKeyCoverage,
    new Set(
      [...readsOf("aws_ecs_task_definition")]
        .filter((path) => path.startsWith(CONTAINERS))
        .map((path) => path.slice(CONTAINERS.length)),
    ),
  ],
];

describe.each(tables)("%s", (_type, coverage, read) => {
  it("has no attribute that the table calls read, and that no check reads", () => {
    const listed = [...entriesOf(coverage)].flatMap(([path, { kind }]) =>
      kind === "read" ? [path] : [],
    );
    const isNamed = (path: string): boolean => namesInCode.has(path.split(".").at(-1) ?? "");
    expect(listed.filter((path) => !read.has(path) && !isNamed(path))).toEqual([]);
  });

  it("has no attribute that the table calls irrelevant or unread, and that a check reads", () => {
    const entries = entriesOf(coverage);
    expect(
      [...read].filter((path) => {
        const status = attributeStatus(coverage, path);
        const isBlock = [...entries.keys()].some((other) => other.startsWith(`${path}.`));
        return (
          !isBlock && status.kind !== "read" && (entries.has(path) || status.kind === "irrelevant")
        );
      }),
    ).toEqual([]);
  });
});

describe("the status of an attribute", () => {
  const service = coverageOf("aws_ecs_service");
  const statusOf = (path: string): unknown => service && attributeStatus(service, path);

  it("is that of its block", () => {
    expect(statusOf("load_balancer.advanced_configuration.role_arn")).toMatchObject({
      kind: "unread",
      isListed: true,
    });
  });

  it("is unread if the table does not contain it", () => {
    expect(statusOf("new_argument")).toMatchObject({ kind: "unread", isListed: false });
  });

  it("is irrelevant for a name that is so in every type", () => {
    expect(statusOf("tags")).toMatchObject({ kind: "irrelevant" });
  });
});
