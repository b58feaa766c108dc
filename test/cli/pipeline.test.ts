import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeGitHub } from "../support/github-api.ts";
import { project } from "../support/foundation-modes.ts";
import { berth } from "../support/berth.ts";
import { testFolder } from "../support/folder.ts";
import { pipelineConfig } from "../support/pipeline-config.ts";

const FILE = ".github/workflows/berth.yml";

describe("berth pipeline", () => {
  it("writes and updates the workflow, shows the differences, and keeps manual edits", async () => {
    const cwd = project(pipelineConfig);
    const pipeline = (...args: string[]) => berth(["pipeline", ...args], { cwd });
    const read = (): string => readFileSync(join(cwd, FILE), "utf8");

    expect(await pipeline("--check")).toMatchObject({
      code: 2,
      stdout: `${FILE} does not exist\n`,
    });
    expect(existsSync(join(cwd, FILE))).toBe(false);
    const first = await pipeline();
    expect(first.stderr).toContain("create the environment production with required reviewers");
    expect(first).toMatchObject({ code: 0, stdout: `${FILE}\n` });
    expect(await pipeline()).toMatchObject({ code: 0, stdout: `${FILE} is up to date\n` });

    project({ ...pipelineConfig, pipeline: { runsOn: "harbour" } }, cwd);
    const changed = await pipeline("--check");
    expect(changed.stdout).toContain("-    runs-on: ubuntu-24.04\n+    runs-on: harbour\n");
    expect(changed.code).toBe(2);
    expect(read()).not.toContain("harbour");
    const second = await pipeline();
    expect(second.stdout).toContain("+    runs-on: harbour");
    expect(second.code).toBe(0);
    expect(read()).toContain("runs-on: harbour");

    const edited = read().replace("timeout-minutes: 30", "timeout-minutes: 45");
    writeFileSync(join(cwd, FILE), edited);
    const rejected = await pipeline();
    expect(rejected.stderr).toContain("was edited by hand and was not changed");
    expect(rejected.stderr).toContain("-    timeout-minutes: 45");
    expect(rejected.code).toBe(1);
    expect(read()).toBe(edited);
    expect((await pipeline("--force")).code).toBe(0);
    expect(read()).toContain("timeout-minutes: 30");
  });

  it("writes to the root of the repository, and uses the folder of the config as working directory", async () => {
    const root = testFolder();
    execFileSync("git", ["init", "--quiet"], { cwd: root });
    const cwd = join(root, "infra");
    mkdirSync(cwd);
    project(pipelineConfig, cwd);
    expect((await berth(["pipeline"], { cwd })).code).toBe(0);
    const text = readFileSync(join(root, FILE), "utf8");
    expect(text).toContain("working-directory: infra\n");
    expect(text).toContain("path: infra/report/*.md\n");
  });

  it("does not overwrite the workflow of another config", async () => {
    const root = testFolder();
    execFileSync("git", ["init", "--quiet"], { cwd: root });
    const shop = project(pipelineConfig, join(root, "shop"));
    const site = project({ ...pipelineConfig, name: "site" }, join(root, "site"));
    expect((await berth(["pipeline"], { cwd: shop })).code).toBe(0);
    const rejected = await berth(["pipeline"], { cwd: site });
    expect(rejected.stderr).toContain(
      `${join("..", FILE)} is the workflow of another config: shop/berth.config.ts`,
    );
    expect(rejected.code).toBe(1);
    project({ ...pipelineConfig, name: "site", pipeline: { workflow: "site.yml" } }, site);
    const written = await berth(["pipeline"], { cwd: site });
    expect(written.stdout).toBe("../.github/workflows/site.yml\n");
    expect((await berth(["pipeline"], { cwd: shop })).stdout).toContain("is up to date");
  });

  it("passes the name of the config if it is not the default", async () => {
    const cwd = project(pipelineConfig);
    renameSync(join(cwd, "berth.config.ts"), join(cwd, "shop.config.ts"));
    expect((await berth(["pipeline", "--config", "shop.config.ts"], { cwd })).code).toBe(0);
    const commands = [...readFileSync(join(cwd, FILE), "utf8").matchAll(/berth (\w+) .*$/gm)];
    expect(commands.length).toBeGreaterThan(8);
    for (const [command] of commands.filter(([, verb]) => verb !== "shop"))
      expect(command).toContain(" --config shop.config.ts");
  });

  it.each<[string, object, string]>([
    ["a pipeline", { pipeline: undefined }, "the config has no pipeline"],
    [
      "one pipeline",
      { environments: { dev: {}, prod: { pipeline: { branch: "live" } } } },
      "environment prod has other pipeline options than dev",
    ],
    ["a workflow", { pipeline: { workflow: "../ci.yml" } }, 'expected a file name such as "berth'],
    [
      "a path",
      { pipeline: { paths: ["/infra"] } },
      "expected a path relative to the repository root",
    ],
    ["an account", { account: undefined }, "the pipeline needs an AWS account ID"],
    ["a bucket", { state: undefined }, "the pipeline needs an S3 bucket"],
    [
      "a repository's name",
      { pipeline: { repository: "shop" } },
      "pipeline.repository: expected owner/name",
    ],
    ["a label", { pipeline: { runsOn: "a ${{ b }}" } }, "a runner label contains only letters"],
    ["a branch", { pipeline: { branch: "main'; rm" } }, "a branch contains only letters"],
    ["a role", { pipeline: { roles: { plan: "shop-plan" } } }, '"shop-plan" is not an ARN such as'],
    [
      "a schedule",
      { pipeline: { driftSchedule: "daily" } },
      "expected a cron expression with five numeric fields",
    ],
  ])("reports an invalid or missing option: %s", async (_, overrides, message) => {
    const cwd = project({ ...pipelineConfig, ...overrides });
    const ran = await berth(["pipeline"], { cwd });
    expect(ran.stderr).toContain(message);
    expect(ran.code).toBe(1);
    expect(existsSync(join(cwd, FILE))).toBe(false);
  });
});

describe("commands that use the GitHub API", () => {
  it("report a missing repository, token, pull request or commit", async () => {
    const cwd = project(pipelineConfig);
    writeFileSync(join(cwd, "plan.md"), "## a plan\n");
    const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      berth(args, { cwd, env });
    const commentCommand = ["comment", "plan.md", "--pull-request", "1", "--head", "a".repeat(40)];
    expect(await run(["comment", "plan.md"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("the pull request or its last commit is unknown") as string,
    });
    expect(await run(["comment", "none.md"])).toMatchObject({ code: 64 });
    expect(await run(commentCommand)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("the GitHub repository is unknown") as string,
    });
    expect(
      await run([...commentCommand, "--repository", "harbour"], { GITHUB_TOKEN: "t" }),
    ).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("write it as owner/name") as string,
    });
    expect(await run([...commentCommand, "--repository", "harbour/shop"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("there is no GitHub token") as string,
    });
    expect(await run(["approved", "--commit", "HEAD"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("the merge commit is unknown") as string,
    });
    expect(await run(["apply", "--yes", "--approved", "yes"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('"yes" is not a fingerprint') as string,
    });
  });

  it("write the comment, and find no approval in a comment without one", async () => {
    const github = await FakeGitHub.start("harbour/shop");
    const cwd = project(pipelineConfig);
    writeFileSync(join(cwd, "plan.md"), "## a plan\n");
    const pull = github.openPullRequest("a".repeat(40));
    const env = {
      GITHUB_TOKEN: "t",
      GITHUB_API_URL: github.url,
      GITHUB_REPOSITORY: "harbour/shop",
      GITHUB_RUN_ID: String(github.workflowRunFor(pull.head).id),
      GITHUB_RUN_ATTEMPT: "1",
    };
    const written = await berth(
      // With --name and --workflow the config is not loaded: it is code, and the job has a write token.
      [
        "comment",
        "plan.md",
        ...`--pull-request 1 --head ${pull.head} --name shop --workflow berth.yml --config none.ts`.split(
          " ",
        ),
      ],
      { cwd, env },
    );
    expect(written.stdout).toMatch(/^written: https:/);
    expect(written.code).toBe(0);
    pull.merged = "b".repeat(40);
    const approved = await berth(["approved", "--commit", pull.merged], { cwd, env });
    expect(approved.stderr).toContain("has no plan for the environment default");
    expect(approved).toMatchObject({ code: 4, stdout: "" });
    await github.close();
  });
});
