import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { runFrom, stepOutputFile, writeStepOutput } from "../../src/cli/github-actions-context.ts";
import { run } from "../../src/cli/commands/comment.ts";
import { approvalsFrom } from "../../src/cli/parse-approvals.ts";
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

/** Runs the command like the comment job, in a folder with a report. */
async function comment(
  flags: {
    readonly approve?: readonly string[];
    readonly report?: string;
    readonly config?: string;
  },
  pull = github.openPullRequest(HEAD),
): Promise<typeof pull> {
  const folder = testFolder();
  const report = join(folder, "1-plan-prod.md");
  writeFileSync(report, flags.report ?? "## shop: plan\n");
  vi.stubEnv("GITHUB_TOKEN", "t");
  vi.stubEnv("GITHUB_API_URL", github.url);
  vi.stubEnv("GITHUB_REPOSITORY", "harbour/shop");
  vi.stubEnv("GITHUB_RUN_ID", String(github.workflowRunFor(pull.head).id));
  vi.stubEnv("GITHUB_RUN_ATTEMPT", "1");
  const code = await run(
    {
      files: [report],
      config: flags.config ?? join(folder, "berth.config.ts"),
      name: "shop",
      workflow: "berth.yml",
      approve: flags.approve ?? [],
      pullRequest: String(pull.number),
      head: pull.head,
      author: "github-actions[bot]",
    },
    new JsonHost(new PassThrough()),
  );
  expect(code).toBe(0);
  return pull;
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
  it("does not load the config if the name and the workflow are set", async () => {
    const config = join(testFolder(), "berth.config.ts");
    writeFileSync(
      config,
      "throw new Error('this code must not run in a job with a write token');\n",
    );
    const { number } = await comment({ config });
    expect(github.commentsOn(number)).toHaveLength(1);
  });

  it("reads fingerprints only from --approve, not from reports", async () => {
    const report = `<!-- berth:plan prod ${OTHER} -->\n## shop: nothing to do\n`;
    const pull = await comment({ approve: [`prod=${PRINT}`, "dev="], report });
    pull.merged = MERGE;
    expect(await approved("prod")).toMatchObject({ fingerprint: PRINT });
    await expect(approved("dev")).rejects.toMatchObject({ code: "BERTH-E8009" });
    pull.merged = undefined;
  });

  it("adds a warning before the reports if the pull request changes code that runs in the pipeline", async () => {
    const pull = github.openPullRequest(HEAD);
    github.changedFiles.set(pull.number, [{ filename: "package-lock.json" }]);
    await comment({}, pull);
    const body = github.commentsOn(pull.number)[0]?.body ?? "";
    expect(body.indexOf("[!WARNING]")).toBeGreaterThan(0);
    expect(body.indexOf("[!WARNING]")).toBeLessThan(body.indexOf("## shop: plan"));
  });
});

describe("approvalsFrom", () => {
  it("reads one fingerprint per environment", () => {
    expect([...approvalsFrom([`dev=${PRINT}`, "prod=", `eu-1=${OTHER}`])]).toEqual([
      ["dev", PRINT],
      ["eu-1", OTHER],
    ]);
  });

  it.each([
    [[`prod=${PRINT}`, `prod=${OTHER}`], "is set twice for prod"],
    [["prod=", `prod=${OTHER}`], "is set twice for prod"],
    [["prod=berth2-1"], "contains no fingerprint"],
    [[`prod=${PRINT}\n<!-- berth:plan dev ${OTHER} -->`], "contains no fingerprint"],
    [[PRINT], "contains no environment"],
    [[`prod --><!-- =${PRINT}`], "contains no environment"],
  ])("rejects %j", (flags, message) => {
    expect(() => approvalsFrom(flags)).toThrow(
      expect.objectContaining({
        code: "BERTH-E6001",
        exitCode: 64,
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });
});

describe("environment variables of GitHub Actions", () => {
  it("contain the workflow run and the output file of the step", () => {
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
      expect.objectContaining({ code: "BERTH-E6007", exitCode: 64 }) as Error,
    );
  });
});
