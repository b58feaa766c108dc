import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { XMLParser } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { berth } from "../support/berth.ts";
import { testFolder } from "../support/folder.ts";
import { readFixture } from "../support/plan-fixtures.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const SOURCES = {
  "main.tf": join(root, "test/checks/cases/base/main.tf"),
  "egress.tf": join(root, "test/checks/cases/endpoints/egress.tf"),
};

/** The line of a text in a file, which a person finds by looking for it. */
const lineOf = (file: keyof typeof SOURCES, text: string): number =>
  readFileSync(SOURCES[file], "utf8").split("\n").indexOf(text) + 1;
const SERVICE_LINE = lineOf("main.tf", 'resource "aws_ecs_service" "app" {');

const plan = JSON.stringify(readFixture("cases")["no endpoint for layers"]?.plan);

/** The resource that Berth had added when the plan was recorded. */
const COMPANION =
  'resource "terraform_data" "berth_companion_aws_ecs_task_definition_app_container_definitions" {}\n';

/** A repository with a folder of Terraform, and a plan of it in the folder. */
function repositoryWith(
  files: readonly (keyof typeof SOURCES)[] = ["main.tf", "egress.tf"],
): string {
  const repository = testFolder();
  mkdirSync(join(repository, ".git"));
  mkdirSync(join(repository, "my infra"));
  for (const file of files) copyFileSync(SOURCES[file], join(repository, "my infra", file));
  writeFileSync(join(repository, "my infra/companion.tf"), COMPANION);
  writeFileSync(join(repository, "my infra/plan.json"), plan);
  return repository;
}

const check = (cwd: string, ...args: readonly string[]): Promise<string> =>
  berth(["check", ...args], { cwd }).then(({ stdout }) => stdout);
const checkIn = (folder: string, ...args: readonly string[]): Promise<string> =>
  check(join(repositoryWith(), folder), ...args);

const findingsOf = (stdout: string): CheckResult["findings"] =>
  (JSON.parse(stdout) as { readonly data: CheckResult }).data.findings;

describe("a finding of plain Terraform", () => {
  it("has its location in the result, relative to the working directory", async () => {
    const [here, above] = await Promise.all([
      checkIn("my infra", "plan.json", "--json"),
      checkIn(".", "my infra/plan.json", "--sources", "my infra", "--json"),
    ]);
    expect(findingsOf(here)[0]).toMatchObject({
      id: "NET-11",
      address: "aws_ecs_service.app",
      location: { file: "main.tf", line: SERVICE_LINE },
    });
    expect(findingsOf(above)[0]?.location).toEqual({
      file: "my infra/main.tf",
      line: SERVICE_LINE,
    });
    for (const { address, location } of findingsOf(here)) {
      const [type = "", name = ""] = address.replace(/\[.*\]$/, "").split(".");
      const header = `resource "${type}" "${name}" {`;
      const file = lineOf("main.tf", header) > 0 ? "main.tf" : "egress.tf";
      expect(location, address).toEqual({ file, line: lineOf(file, header) });
    }
  });

  it("has no location if the folder is not that of the plan", async () => {
    const incomplete = join(repositoryWith(["main.tf"]), "my infra");
    const results = await Promise.all([
      checkIn(".", "my infra/plan.json", "--json"),
      check(incomplete, "plan.json", "--json"),
    ]);
    for (const result of results)
      expect(findingsOf(result).filter(({ location }) => location !== undefined)).toEqual([]);
  });

  it("has its location below the title", async () => {
    expect(await checkIn("my infra", "plan.json")).toContain(
      [
        "error NET-11 Task cannot reach Amazon S3 to pull image layers",
        `    at   main.tf:${SERVICE_LINE}`,
        "    aws_ecs_service.app: aws_route_table.private has no route to the destination (and in 1 more place)",
      ].join("\n"),
    );
  });

  it("has its location in the repository as an annotation of GitHub", async () => {
    const annotations = await checkIn("my infra", "plan.json", "--format", "github");
    expect(annotations.split("\n")[0]).toBe(
      `::error file=my infra/main.tf,line=${SERVICE_LINE},title=NET-11 Task cannot reach Amazon S3 to pull image layers::` +
        "aws_ecs_service.app: aws_route_table.private has no route to the destination. " +
        "Fix: Add the gateway endpoint com.amazonaws.us-east-1.s3 to the route tables of the task's subnets",
    );
  });

  it("has its location in the repository in SARIF, as a URI", async () => {
    const log = JSON.parse(await checkIn("my infra", "plan.json", "--format", "sarif")) as {
      readonly runs: readonly { readonly results: readonly { readonly locations: unknown }[] }[];
    };
    expect(log.runs[0]?.results[0]?.locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: "my%20infra/main.tf" },
          region: { startLine: SERVICE_LINE },
        },
        logicalLocations: [{ fullyQualifiedName: "aws_ecs_service.app", kind: "resource" }],
      },
    ]);
  });

  it("has its location in JUnit and Markdown", async () => {
    const [junit, markdown] = await Promise.all([
      checkIn("my infra", "plan.json", "--format", "junit"),
      checkIn("my infra", "plan.json", "--format", "markdown"),
    ]);
    const report = new XMLParser({ ignoreAttributes: false }).parse(junit) as {
      readonly testsuites: {
        readonly testsuite: { readonly testcase: readonly Readonly<Record<string, unknown>>[] };
      };
    };
    const testCase = report.testsuites.testsuite.testcase.find(
      (entry) => entry["@_name"] === "reach-ecr-layers",
    );
    expect(testCase).toMatchObject({ "@_file": "main.tf", "@_line": String(SERVICE_LINE) });
    expect(JSON.stringify(testCase?.["failure"])).toContain(
      `main.tf:${SERVICE_LINE}: aws_ecs_service.app: `,
    );
    expect(markdown).toContain(`\`aws_ecs_service.app\` (\`main.tf:${SERVICE_LINE}\`): `);
  });

  it("has the file of its plan if several plans are checked", async () => {
    const repository = repositoryWith();
    const folder = join(repository, "my infra");
    writeFileSync(join(folder, "second.json"), plan);
    const findings = findingsOf(await check(folder, "plan.json", "second.json", "--json"));
    const located = findings.filter(
      ({ id, address }) => id === "NET-11" && address.endsWith("aws_ecs_service.app"),
    );
    expect(located.map(({ address, location }) => [address, location])).toEqual(
      ["plan.json", "second.json"].map((name) => [
        `${name}: aws_ecs_service.app`,
        { file: "main.tf", line: SERVICE_LINE },
      ]),
    );
  });
});

interface Pattern {
  readonly regexp: string;
  readonly file?: number;
  readonly line?: number;
  readonly column?: number;
  readonly severity?: number;
  readonly code?: number;
  readonly message?: number;
}

interface Matcher {
  readonly owner: string;
  readonly pattern: readonly Pattern[];
}

/** The problem matchers in the guide. */
const matchers = ((): readonly Matcher[] => {
  const guide = readFileSync(join(root, "docs/guides/check.md"), "utf8");
  const text = /```json\n(\{\n {2}"version": "2\.0\.0"[^]*?)```/.exec(guide)?.[1] ?? "";
  const { tasks } = JSON.parse(text) as {
    readonly tasks: readonly { readonly problemMatcher: readonly Matcher[] }[];
  };
  return tasks[0]?.problemMatcher ?? [];
})();

/** What a problem matcher with one pattern for each line finds. Source: VS Code, "Tasks", "Defining a multiline problem matcher". */
function problemsIn(output: string, owner: string): Readonly<Record<string, string>>[] {
  const patterns = matchers.find((matcher) => matcher.owner === owner)?.pattern ?? [];
  const lines = output.split("\n");
  return lines.flatMap((_, index) => {
    const groups = patterns.map((pattern, offset) =>
      new RegExp(pattern.regexp).exec(lines[index + offset] ?? ""),
    );
    if (patterns.length === 0 || groups.some((group) => group === null)) return [];
    const parts = patterns.flatMap(({ regexp: _regexp, ...members }, offset) =>
      Object.entries(members).map(([name, group]) => [name, groups[offset]?.[group]]),
    );
    return [Object.fromEntries(parts) as Record<string, string>];
  });
}

describe("the problem matcher in the guide", () => {
  it("finds each located finding in the output, and nothing else", async () => {
    const text = await checkIn("my infra", "plan.json", "--all");
    const findings = findingsOf(await checkIn("my infra", "plan.json", "--json"));
    expect(problemsIn(text, "berth")).toEqual(
      findings.map(({ severity, id, check: checkId, title, location }) => ({
        severity,
        code: id ?? checkId,
        message: title,
        file: location?.file,
        line: String(location?.line),
      })),
    );
    expect(findings.map(({ severity }) => severity)).toEqual(
      expect.arrayContaining(["error", "note"]),
    );
  });

  it("finds the errors in a config", async () => {
    const folder = testFolder();
    writeFileSync(
      join(folder, "berth.config.ts"),
      'export default {\n  name: "a",\n  region: "mars",\n  loadBalancer: false,\n};\n',
    );
    const { stderr } = await berth(["synth"], { cwd: folder });
    expect(problemsIn(stderr, "berth-config")).toEqual([
      {
        message: 'name: "a" has 1 character; expected 2 to 32',
        file: "berth.config.ts",
        line: "2",
        column: "3",
      },
      {
        message: expect.stringContaining('region: "mars" is not a known region') as unknown,
        file: "berth.config.ts",
        line: "3",
        column: "3",
      },
    ]);
  });
});
