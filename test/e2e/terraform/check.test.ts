import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { testFolder } from "../../support/folder.ts";
import { copyStacks } from "../stacks/index.ts";

const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));

interface SarifLog {
  readonly runs: readonly {
    readonly results: readonly {
      readonly ruleId: string;
      readonly locations: readonly [
        {
          readonly physicalLocation: {
            readonly artifactLocation: { readonly uri: string };
            readonly region: { readonly startLine: number };
          };
          readonly logicalLocations: readonly [{ readonly fullyQualifiedName: string }];
        },
      ];
    }[];
  }[];
}

/** The annotations of a check run that GitHub's runner makes of workflow commands. Source: GitHub Docs, "Check runs", annotations. */
const annotationsIn = (output: string): readonly object[] =>
  [
    ...output.matchAll(/^::(error|warning|notice) file=([^,]*),line=(\d+),title=([^:]*)::(.*)$/gm),
  ].map(([, level, path, line, title, message]) => ({
    path,
    start_line: Number(line),
    end_line: Number(line),
    annotation_level: level === "error" ? "failure" : level,
    title: title?.replaceAll("%2C", ",").replaceAll("%3A", ":"),
    message,
  }));

describe.concurrent("berth check of a folder", () => {
  it("tells GitHub the line of each finding in a pull request of plain Terraform", async ({
    expect,
  }) => {
    const root = copyStacks([
      {
        file: "modules/network/main.tf",
        text: "subnet_id     = aws_subnet.public[local.zones[0]].id",
        replacement: "subnet_id     = aws_subnet.private[local.zones[0]].id",
      },
    ]);
    mkdirSync(join(root, ".git"));
    const [sarif, github] = await Promise.all(
      ["sarif", "github"].map((format) =>
        berth(["check", ".", "--format", format], { cwd: join(root, "nat") }),
      ),
    );
    const results = (JSON.parse(sarif?.stdout ?? "") as SarifLog).runs[0]?.results ?? [];
    const places = results.map(({ ruleId, locations: [location] }) => {
      const { artifactLocation, region } = location.physicalLocation;
      const line = readFileSync(join(root, artifactLocation.uri), "utf8").split("\n")[
        region.startLine - 1
      ];
      return [ruleId, location.logicalLocations[0].fullyQualifiedName, artifactLocation.uri, line];
    });
    expect(places).toContainEqual([
      "NET-04",
      "module.service.aws_ecs_service.this",
      "modules/service/main.tf",
      'resource "aws_ecs_service" "this" {',
    ]);
    for (const [, address = "", , line] of places) {
      const [type, name] = address.replace(/^(module\.[^.]+\.)*/, "").split(/[.[]/);
      expect(line).toBe(`resource "${type}" "${name}" {`);
    }
    const annotations = annotationsIn(github?.stdout ?? "");
    expect(annotations).toHaveLength(results.length);
    expect(annotations[0]).toEqual({
      path: results[0]?.locations[0].physicalLocation.artifactLocation.uri,
      start_line: results[0]?.locations[0].physicalLocation.region.startLine,
      end_line: results[0]?.locations[0].physicalLocation.region.startLine,
      annotation_level: "failure",
      title: expect.stringMatching(/^NET-04 /) as unknown,
      message: expect.stringMatching(/^module\.service\.aws_ecs_service\.this: /) as unknown,
    });
  });

  it("finds the same failure in the README's example as its rehearsal, and leaves no files", async ({
    expect,
  }) => {
    const folder = testFolder();
    cpSync(join(examples, "forgotten"), folder, { recursive: true });
    const before = readdirSync(folder);
    const ran = await berth(["check"], { cwd: folder });
    expect([ran.code, ran.stdout]).toEqual([
      3,
      expect.stringContaining("error NET-11 Task cannot reach Amazon S3 to pull image layers"),
    ]);
    expect(readdirSync(folder)).toEqual(before);
  });

  it("passes for a foundation", async ({ expect }) => {
    const ran = await berth(["check", join(examples, "hello")], { cwd: testFolder() });
    expect(ran.stdout.trim().split("\n").at(-1)).toMatch(
      /^pass; web not checked \(a plan of \d+ resources/,
    );
    expect(ran.code).toBe(0);
  });

  it("passes for modules with dynamic blocks and jsonencode, which are unknown without their source files", async ({
    expect,
  }) => {
    const ran = await berth(["check", join(copyStacks([]), "https"), "--json"], {
      cwd: testFolder(),
    });
    expect([ran.code, ran.stderr]).toEqual([0, expect.not.stringContaining("error")]);
    expect(existsSync(join(copyStacks([]), "https/.terraform"))).toBe(false);
  });

  it("resolves what one folder publishes and another reads", async ({ expect }) => {
    const root = copyStacks([
      { file: "joined-by-state/service/main.tf", text: "= 443", replacement: "= 80" },
    ]);
    const ran = await berth(["check", "network", "service", "--workspace", "staging"], {
      cwd: join(root, "joined-by-state"),
    });
    expect([ran.code, ran.stdout]).toEqual([
      3,
      expect.stringContaining(
        'a task in network: module.network.aws_subnet.private["eu-west-1a"] → public.ecr.aws:443',
      ),
    ]);
    expect(ran.stdout).toContain("service: aws_security_group.tasks has no egress rule");
  });

  it("reports an error of Terraform", async ({ expect }) => {
    const root = copyStacks([
      { file: "nat/main.tf", text: "module.network.vpc_id", replacement: "module.network.no_such" },
    ]);
    const ran = await berth(["check", join(root, "nat")], { cwd: testFolder() });
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toContain("Unsupported attribute");
    expect(ran.stderr).toContain("code  BERTH-E7004");
  });
});
