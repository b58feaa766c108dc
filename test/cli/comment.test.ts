import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { runFrom, stepOutputFile, writeStepOutput } from "../../src/cli/github-actions-context.ts";
import { approvalsFrom, run } from "../../src/cli/commands/comment.ts";
import { JsonHost } from "../../src/cli/host/json-host.ts";
import { approvalOf } from "../../src/pipeline/comment.ts";
import { FakeGitHub } from "../support/github-api.ts";
import { openGitHub } from "../../src/pipeline/github.ts";
import { testFolder } from "../support/folder.ts";

const PRINT = `berth2-${"1".repeat(64)}`;
const OTHER = `berth2-${"2".repeat(64)}`;
const HEAD = "a".repeat(40);
const MERGE = "b".repeat(40);

let github: FakeGitHub;

beforeAll(async () => {
  github = await FakeGitHub.start("harbour/shop");
});
afterAll(() => github.close());
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Runs the command as the comment job does, in a folder with reports. */
async function comment(
  flags: {
    readonly approve?: readonly string[];
    readonly report?: string;
    readonly config?: string;
  },
  on = github.openPullRequest(HEAD),
): Promise<typeof on> {
  const folder = testFolder();
  const report = join(folder, "1-plan-prod.md");
  writeFileSync(report, flags.report ?? "## shop: plan\n");
  vi.stubEnv("GITHUB_TOKEN", "t");
  vi.stubEnv("GITHUB_API_URL", github.url);
  vi.stubEnv("GITHUB_REPOSITORY", "harbour/shop");
  vi.stubEnv("GITHUB_RUN_ID", String(github.workflowRunFor(on.head).id));
  vi.stubEnv("GITHUB_RUN_ATTEMPT", "1");
  const code = await run(
    [report],
    {
      config: flags.config ?? join(folder, "berth.config.ts"),
      name: "shop",
      workflow: "berth.yml",
      approve: flags.approve ?? [],
      pullRequest: String(on.number),
      head: on.head,
      author: "github-actions[bot]",
    },
    new JsonHost(new PassThrough()),
  );
  expect(code).toBe(0);
  return on;
}

const approved = (environment: string): ReturnType<typeof approvalOf> =>
  approvalOf(
    openGitHub({ repository: { owner: "harbour", repo: "shop" }, token: "t", api: github.url }),
    {
      name: "shop",
      workflow: ".github/workflows/berth.yml",
      environment,
      commit: MERGE,
      branch: "main",
    },
  );

describe("the comment job", () => {
  it("loads no configuration where it is told the name and the workflow", async () => {
    const config = join(testFolder(), "berth.config.ts");
    writeFileSync(config, "throw new Error('this code ran beside a token that writes');\n");
    const { number } = await comment({ config });
    expect(github.commentsOn(number)).toHaveLength(1);
  });

  it("takes a fingerprint from the plan job's output alone, whatever a report says", async () => {
    const report = `<!-- berth:plan prod ${OTHER} -->\n## shop: no changes\n`;
    const pull = await comment({ approve: [`prod=${PRINT}`, "dev="], report });
    pull.merged = MERGE;
    expect(await approved("prod")).toMatchObject({ fingerprint: PRINT });
    await expect(approved("dev")).rejects.toMatchObject({ code: "BERTH-E8002" });
    pull.merged = undefined;
  });

  it("puts a warning before the reports where the pull request changes which code runs", async () => {
    const pull = github.openPullRequest(HEAD);
    github.changedFiles.set(pull.number, [{ filename: "package-lock.json" }]);
    await comment({}, pull);
    const body = github.commentsOn(pull.number)[0]?.body ?? "";
    expect(body.indexOf("[!WARNING]")).toBeGreaterThan(0);
    expect(body.indexOf("[!WARNING]")).toBeLessThan(body.indexOf("## shop: plan"));
  });
});

describe("fingerprints of environments", () => {
  it("are read once for each environment", () => {
    expect([...approvalsFrom([`dev=${PRINT}`, "prod=", `eu-1=${OTHER}`])]).toEqual([
      ["dev", PRINT],
      ["eu-1", OTHER],
    ]);
  });

  it.each([
    [[`prod=${PRINT}`, `prod=${OTHER}`], "names prod twice"],
    [["prod=", `prod=${OTHER}`], "names prod twice"],
    [["prod=berth2-1"], "holds no fingerprint"],
    [[`prod=${PRINT}\n<!-- berth:plan dev ${OTHER} -->`], "holds no fingerprint"],
    [[PRINT], "names no environment"],
    [[`prod --><!-- =${PRINT}`], "names no environment"],
  ])("are not read from %j", (flags, words) => {
    expect(() => approvalsFrom(flags)).toThrow(
      expect.objectContaining({
        code: "BERTH-E6001",
        exitCode: 64,
        message: expect.stringContaining(words) as string,
      }) as Error,
    );
  });
});

describe("a step of GitHub Actions", () => {
  it("is told by its variables which run it belongs to, and where its outputs go", () => {
    expect(runFrom({ GITHUB_RUN_ID: "16000000001", GITHUB_RUN_ATTEMPT: "2" })).toEqual({
      id: 16_000_000_001,
      attempt: 2,
    });
    expect(runFrom({})).toBeUndefined();
    const file = join(testFolder(), "output");
    writeFileSync(file, "before=1\n");
    writeStepOutput({ GITHUB_OUTPUT: file }, "fingerprint", PRINT);
    expect(readFileSync(file, "utf8")).toBe(`before=1\nfingerprint=${PRINT}\n`);
    expect(() => stepOutputFile({})).toThrow(
      expect.objectContaining({ code: "BERTH-E6001", exitCode: 64 }) as Error,
    );
  });
});
