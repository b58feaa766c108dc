import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Config } from "../../src/config/options.ts";
import { FakeGitHub } from "../support/github-api.ts";
import { project } from "../support/foundation-modes.ts";
import { berth } from "../support/berth.ts";
import { testFolder } from "../support/folder.ts";

const config: Config = {
  name: "shop",
  region: "eu-west-1",
  account: "111122223333",
  loadBalancer: false,
  state: { bucket: "shop-states" },
  pipeline: {},
};
const FILE = ".github/workflows/berth.yml";

describe("berth pipeline", () => {
  it("writes the workflow, keeps it current, shows what it changes, and leaves an edit alone", async () => {
    const cwd = project(config);
    const pipeline = (...args: string[]) => berth(["pipeline", ...args], { cwd });
    const read = (): string => readFileSync(join(cwd, FILE), "utf8");

    expect(await pipeline("--check")).toMatchObject({ code: 2, stdout: `${FILE} is not there\n` });
    expect(existsSync(join(cwd, FILE))).toBe(false);
    const first = await pipeline();
    expect(first.stderr).toContain("make the environment production with required reviewers");
    expect(first).toMatchObject({ code: 0, stdout: `${FILE}\n` });
    expect(await pipeline()).toMatchObject({ code: 0, stdout: `${FILE} is current\n` });

    project({ ...config, pipeline: { runsOn: "harbour" } }, cwd);
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
    const refused = await pipeline();
    expect(refused.stderr).toContain("was edited by hand, and was left as it is");
    expect(refused.stderr).toContain("-    timeout-minutes: 45");
    expect(refused.code).toBe(1);
    expect(read()).toBe(edited);
    expect((await pipeline("--force")).code).toBe(0);
    expect(read()).toContain("timeout-minutes: 30");
  });

  it("writes to the top of the repository, and works in the config's folder", async () => {
    const root = testFolder();
    execFileSync("git", ["init", "--quiet"], { cwd: root });
    const cwd = join(root, "infra");
    mkdirSync(cwd);
    project(config, cwd);
    expect((await berth(["pipeline"], { cwd })).code).toBe(0);
    const text = readFileSync(join(root, FILE), "utf8");
    expect(text).toContain("working-directory: infra\n");
    expect(text).toContain("path: infra/report/*.md\n");
  });

  it("leaves another config's workflow alone, and gives each a file of its own", async () => {
    const root = testFolder();
    execFileSync("git", ["init", "--quiet"], { cwd: root });
    const shop = project(config, join(root, "shop"));
    const site = project({ ...config, name: "site" }, join(root, "site"));
    expect((await berth(["pipeline"], { cwd: shop })).code).toBe(0);
    const refused = await berth(["pipeline"], { cwd: site });
    expect(refused.stderr).toContain(`${join("..", FILE)} is the pipeline of shop/berth.config.ts`);
    expect(refused.code).toBe(1);
    project({ ...config, name: "site", pipeline: { workflow: "site.yml" } }, site);
    const written = await berth(["pipeline"], { cwd: site });
    expect(written.stdout).toBe("../.github/workflows/site.yml\n");
    expect((await berth(["pipeline"], { cwd: shop })).stdout).toContain("is current");
  });

  it("names a config that is not called as usual", async () => {
    const cwd = project(config);
    renameSync(join(cwd, "berth.config.ts"), join(cwd, "shop.config.ts"));
    expect((await berth(["pipeline", "--config", "shop.config.ts"], { cwd })).code).toBe(0);
    const commands = [...readFileSync(join(cwd, FILE), "utf8").matchAll(/berth (\w+) .*$/gm)];
    expect(commands.length).toBeGreaterThan(8);
    for (const [command] of commands.filter(([, verb]) => verb !== "shop"))
      expect(command).toContain(" --config shop.config.ts");
  });

  it.each<[string, object, string]>([
    ["a pipeline", { pipeline: undefined }, "the config asks for no pipeline"],
    [
      "one pipeline",
      { environments: { dev: {}, prod: { pipeline: { branch: "live" } } } },
      "environment prod asks for another pipeline than dev",
    ],
    ["a workflow", { pipeline: { workflow: "../ci.yml" } }, 'a workflow is a file such as "berth'],
    ["a path", { pipeline: { paths: ["/infra"] } }, "a path begins at the root"],
    ["an account", { account: undefined }, "the pipeline needs an AWS account ID"],
    ["a bucket", { state: undefined }, "the pipeline needs an S3 bucket for the Terraform state"],
    [
      "a repository's name",
      { pipeline: { repository: "shop" } },
      "pipeline.repository: a repository is written owner/name",
    ],
    ["a label", { pipeline: { runsOn: "a ${{ b }}" } }, "a runner's label has letters"],
    ["a branch", { pipeline: { branch: "main'; rm" } }, "a branch has letters"],
    ["a role", { pipeline: { roles: { plan: "shop-plan" } } }, '"shop-plan" is not an ARN such as'],
    ["a schedule", { pipeline: { driftSchedule: "daily" } }, "cron has five fields"],
  ])("says what is wrong: %s", async (_, over, words) => {
    const cwd = project({ ...config, ...over });
    const ran = await berth(["pipeline"], { cwd });
    expect(ran.stderr).toContain(words);
    expect(ran.code).toBe(1);
    expect(existsSync(join(cwd, FILE))).toBe(false);
  });
});

describe("what is said to GitHub by hand", () => {
  it("needs a repository, a token, a pull request and a commit, and says which is missing", async () => {
    const cwd = project(config);
    writeFileSync(join(cwd, "plan.md"), "## a plan\n");
    const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      berth(args, { cwd, env });
    const by = ["comment", "plan.md", "--pull-request", "1", "--head", "a".repeat(40)];
    expect(await run(["comment", "plan.md"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("which pull request") as string,
    });
    expect(await run(["comment", "none.md"])).toMatchObject({ code: 64 });
    expect(await run(by)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("which repository?") as string,
    });
    expect(await run([...by, "--repository", "harbour"], { GITHUB_TOKEN: "t" })).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("write it as owner/name") as string,
    });
    expect(await run([...by, "--repository", "harbour/shop"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("there is no token") as string,
    });
    expect(await run(["approved", "--commit", "HEAD"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("which merge?") as string,
    });
    expect(await run(["apply", "--approved", "yes"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('"yes" is not a fingerprint') as string,
    });
  });

  it("writes the comment, and finds no approval in it that is none", async () => {
    const github = await FakeGitHub.start("harbour/shop");
    const cwd = project(config);
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
      // With name and workflow the config is not loaded: it is code, and the job has a token that may write.
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
