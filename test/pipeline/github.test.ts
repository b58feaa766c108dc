import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { codeChangesSection } from "../../src/pipeline/code-changes.ts";
import { approvalOf, writeComment } from "../../src/pipeline/comment.ts";
import { type Drift, updateDriftIssue } from "../../src/pipeline/drift-issue.ts";
import { type GitHub, openGitHub } from "../../src/pipeline/github.ts";
import { sectionOf } from "../../src/pipeline/report-section.ts";
import { GitHubStandIn } from "../support/github-api.ts";

const REPOSITORY = { owner: "harbour", repo: "shop" };
const HEAD = "a".repeat(40);
const MERGE = "b".repeat(40);
const PRINT = `berth2-${"1".repeat(64)}`;
const OTHER = `berth2-${"2".repeat(64)}`;

let standIn: GitHubStandIn;
let github: GitHub;

beforeAll(async () => {
  standIn = await GitHubStandIn.start("harbour/shop");
});
afterAll(() => standIn.close());
beforeEach(() => {
  standIn.threads.length = 0;
  standIn.comments.length = 0;
  standIn.pulls.length = 0;
  standIn.runs.length = 0;
  standIn.files.clear();
  standIn.requests.length = 0;
  standIn.troubles.length = 0;
  standIn.pageSize = 100;
  github = openGitHub({ repository: REPOSITORY, token: "t", api: standIn.url });
});

const section = (fingerprint: string, environment = "prod", text = "+ a thing"): string =>
  sectionOf(
    {
      name: `shop-${environment}`,
      environment,
      fingerprint,
      text,
      outputs: 0,
      changes: [
        { address: "aws_vpc.network", action: "create", replacePaths: [] },
        { address: "aws_lb_target_group.load_balancer", action: "replace", replacePaths: ["port"] },
      ],
    },
    "### Check: pass",
  );

const SHOP = { name: "shop", workflow: ".github/workflows/berth.yml" };

const write = (
  pull: number,
  sections: readonly string[],
  approvals: Readonly<Record<string, string>> = {},
  head: string = HEAD,
): ReturnType<typeof writeComment> =>
  writeComment(github, pull, {
    ...SHOP,
    head,
    run: standIn.runFor(head),
    approvals: new Map(Object.entries(approvals)),
    sections,
  });

const asked = { ...SHOP, environment: "prod", commit: MERGE, branch: "main" };

const exitCodeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error: unknown) => error,
  );

describe("the comment of a pull request", () => {
  it("is written once and then updated in place, among the comments of others and of other foundations", async () => {
    standIn.pageSize = 2;
    const { number } = standIn.pull(HEAD);
    for (const word of ["first", "second", "third"]) standIn.say(number, "ada", word);
    for (const other of ["other .github/workflows/berth.yml", "shop .github/workflows/site.yml"])
      standIn.say(number, "github-actions[bot]", `<!-- berth:comment ${other} ${HEAD} -->\nother`);
    expect(await write(number, [section(PRINT)])).toMatchObject({ done: "written" });
    standIn.say(number, "bob", "last");
    expect(await write(number, [section(OTHER)], {}, MERGE)).toMatchObject({ done: "updated" });
    expect(await write(number, [section(OTHER)], {}, MERGE)).toMatchObject({ done: "unchanged" });
    const own = standIn
      .commentsOn(number)
      .filter((comment) => comment.body.startsWith(`<!-- berth:comment shop ${SHOP.workflow} `));
    expect(own).toHaveLength(1);
    expect(own[0]?.body).toContain(OTHER);
    expect(own[0]?.body).not.toContain(PRINT);
    expect(own[0]?.body).toContain(
      "**1 to replace**\n\n- `aws_lb_target_group.load_balancer`: `port` cannot change in place",
    );
    expect(standIn.commentsOn(number)).toHaveLength(7);
  });

  it("stays below GitHub's limit, keeps its short sections whole, and closes what it cuts", async () => {
    const { number } = standIn.pull(HEAD);
    await write(number, [
      section(PRINT, "dev", "a line of a plan\n".repeat(20_000)),
      section(OTHER, "prod"),
    ]);
    const [own] = standIn.commentsOn(number);
    const body = own?.body ?? "";
    expect(body.length).toBeLessThan(65_536);
    expect(body).toContain("Cut here");
    expect(body).toContain("+ a thing");
    expect(body.match(/^`{3,}/gm)?.length).toBe(4);
    expect(body.match(/<details>/g)?.length).toBe(body.match(/<\/details>/g)?.length);
  });

  it("is tried again where GitHub is in trouble for a moment, and says what GitHub has against it", async () => {
    const { number } = standIn.pull(HEAD);
    standIn.troubles.push(502);
    expect(await write(number, [section(PRINT)])).toMatchObject({ done: "written" });
    await expect(write(4242, [section(PRINT)])).rejects.toThrow(
      /GitHub did not list the comments: 404/,
    );
    const stranger = openGitHub({ repository: REPOSITORY, token: "expired", api: standIn.url });
    await expect(stranger.repositoryIds()).rejects.toThrow(/401 Bad credentials/);
    expect(await github.repositoryIds()).toEqual({ ownerId: 17, repositoryId: 4711 });
  });
});

describe("several comments that claim to be the pipeline's", () => {
  it("are left as they are: which of them to change is not known", async () => {
    const { number } = standIn.pull(HEAD);
    await write(number, [section(PRINT)]);
    standIn.say(number, "github-actions[bot]", standIn.comments[0]?.body ?? "");
    const before = standIn.commentsOn(number).map(({ body }) => body);
    await expect(write(number, [section(OTHER)])).rejects.toMatchObject({ code: "BERTH-E8006" });
    expect(standIn.commentsOn(number).map(({ body }) => body)).toEqual(before);
  });
});

describe("what a pull request changes of the code that its jobs run", () => {
  const said = async (...filenames: string[]): Promise<string> => {
    const { number } = standIn.pull(HEAD);
    standIn.files.set(
      number,
      filenames.map((filename) => ({ filename })),
    );
    return codeChangesSection(await github.changedFiles(number), "berth.config.ts") ?? "";
  };

  it.each([
    ["package.json", "packages"],
    ["infra/package-lock.json", "packages"],
    [".npmrc", "packages"],
    ["node_modules/berth/dist/cli/main.js", "packages"],
    [".github/workflows/berth.yml", "workflow"],
    [".github/actions/setup/action.yml", "workflow"],
    [".terraform.lock.hcl", "providers"],
  ])("is a warning for %s", async (file, word) => {
    const text = await said("src/app.ts", file);
    expect(text).toContain("[!WARNING]");
    const line = text.split("\n").find((value) => value.startsWith(`> - \`${file}\`: `));
    expect(line).toContain(word);
    expect(text).not.toContain("src/app.ts");
  });

  it("is a note where the configuration alone changes, and nothing where no such file does", async () => {
    expect(await said("infra/berth.config.ts")).toMatch(/^> \[!NOTE\]/);
    expect(await said("src/app.ts", "README.md")).toBe("");
  });

  it("counts the old name of a renamed file", async () => {
    const { number } = standIn.pull(HEAD);
    standIn.files.set(number, [{ filename: "old.json", previous_filename: "package-lock.json" }]);
    const text = codeChangesSection(await github.changedFiles(number), "berth.config.ts");
    expect(text).toContain("`package-lock.json`");
  });

  it("is a warning where GitHub does not list all files", async () => {
    const text = await said(...Array.from({ length: 3000 }, (_, at) => `docs/${at}.md`));
    expect(text).toContain("[!WARNING]");
    expect(text).toContain("GitHub does not list all of the changed files");
  });
});

describe("what a merge has approved", () => {
  it("is the fingerprint in the comment of its pull request", async () => {
    const pull = standIn.pull(HEAD);
    await write(pull.number, [section(OTHER, "dev")], { dev: OTHER, prod: PRINT });
    pull.merged = MERGE;
    expect(await approvalOf(github, asked)).toEqual({
      fingerprint: PRINT,
      pullRequest: pull.number,
      run: { id: standIn.runFor(HEAD).id, attempt: 1 },
    });
    expect(await approvalOf(github, { ...asked, environment: "dev" })).toMatchObject({
      fingerprint: OTHER,
    });
  });

  it.each<
    [
      string,
      (pull: {
        number: number;
        head: string;
        base: string;
        merged: string | undefined;
      }) => void | Promise<unknown>,
      RegExp,
    ]
  >([
    ["not yet merged", () => {}, /came to main without a pull request/],
    [
      "merged elsewhere",
      (pull) => {
        pull.merged = MERGE;
        pull.base = "next";
      },
      /without a pull request/,
    ],
    [
      "never commented",
      (pull) => {
        pull.merged = MERGE;
        standIn.comments.length = 0;
      },
      /has no comment/,
    ],
    [
      "commented by a person who would like it",
      (pull) => {
        pull.merged = MERGE;
        const [own] = standIn.comments.splice(0);
        standIn.say(pull.number, "mallory", own?.body ?? "");
      },
      /has no comment by github-actions\[bot\]/,
    ],
    [
      "pushed to after the comment",
      (pull) => {
        pull.merged = MERGE;
        pull.head = "c".repeat(40);
      },
      /is not about what was merged/,
    ],
    [
      "without a plan of the environment",
      (pull) => {
        pull.merged = MERGE;
        return write(pull.number, ["no plan here"]);
      },
      /has no plan of the environment prod/,
    ],
    [
      "with a plan that only claims to be one",
      (pull) => {
        pull.merged = MERGE;
        return write(pull.number, [`<!-- berth:plan prod ${PRINT} -->\n## words`]);
      },
      /has no plan of the environment prod/,
    ],
    [
      "approved twice in one comment",
      (pull) => {
        pull.merged = MERGE;
        const [own] = standIn.comments;
        const line = `<!-- berth:plan prod ${PRINT} -->`;
        if (own) own.body = own.body.replace(line, `<!-- berth:plan prod ${OTHER} -->\n${line}`);
      },
      /has several plans of the environment prod/,
    ],
    [
      "commented twice, by another workflow of the same bot",
      (pull) => {
        pull.merged = MERGE;
        standIn.say(pull.number, "github-actions[bot]", standIn.comments[0]?.body ?? "");
      },
      /has several comments by github-actions\[bot\]/,
    ],
    [
      "commented by a bot's login, but through another app",
      (pull) => {
        pull.merged = MERGE;
        const [own] = standIn.comments.splice(0);
        standIn.say(pull.number, "github-actions[bot]", own?.body ?? "", "mallory");
      },
      /has no comment by github-actions\[bot\]/,
    ],
    [
      "commented by the pipeline of another config with the same name",
      (pull) => {
        pull.merged = MERGE;
        const [own] = standIn.comments;
        if (own) own.body = own.body.replace("/berth.yml ", "/site.yml ");
      },
      /has no comment by github-actions\[bot\]/,
    ],
    [
      "commented outside of a run",
      (pull) => {
        pull.merged = MERGE;
        const [own] = standIn.comments;
        if (own) own.body = own.body.replace(/ run \d+ attempt \d+ -->/, " -->");
      },
      /names no workflow run that wrote it/,
    ],
    [
      "commented by a run that does not exist",
      (pull) => {
        pull.merged = MERGE;
        standIn.runs.length = 0;
      },
      /names no workflow run that wrote it/,
    ],
  ])("is nothing where it was %s", async (_, spoil, words) => {
    const pull = standIn.pull(HEAD);
    await write(pull.number, [section(PRINT, "prod")], { prod: PRINT });
    await spoil(pull);
    expect(await exitCodeOf(approvalOf(github, asked))).toMatchObject({
      code: "BERTH-E8002",
      exitCode: 4,
      message: expect.stringMatching(words) as string,
    });
  });
});

describe("the run that a comment names", () => {
  it.each<[string, object]>([
    ["another workflow", { path: ".github/workflows/other.yml" }],
    ["another commit", { head: MERGE }],
    ["another event", { event: "pull_request_target" }],
    ["a fork", { headRepository: 6666 }],
  ])("approves nothing where it is one of %s", async (_, change) => {
    const pull = standIn.pull(HEAD);
    await write(pull.number, [section(PRINT, "prod")], { prod: PRINT });
    pull.merged = MERGE;
    const run = standIn.runFor(HEAD);
    // GitHub's documentation shows the path with the repository and the ref.
    run.path = `harbour/shop/${run.path}@refs/pull/7/merge`;
    expect(await approvalOf(github, asked)).toMatchObject({ fingerprint: PRINT });
    Object.assign(run, change);
    await expect(approvalOf(github, asked)).rejects.toMatchObject({
      code: "BERTH-E8002",
      exitCode: 4,
      message: expect.stringMatching(
        /is no run of \.github\/workflows\/berth\.yml for a{40}$/,
      ) as string,
    });
  });
});

describe("the issue of a drift", () => {
  const drift = (changes: Drift["changes"]): Drift => ({
    workflow: SHOP.workflow,
    name: "shop-prod",
    environment: "prod",
    changes,
    outputs: 0,
    changedOutsideTerraform: changes.map((change) => change.address),
    fingerprint: changes.length === 0 ? undefined : PRINT,
    text: "~ a thing",
  });
  const changes: Drift["changes"] = [
    { address: "aws_lb.load_balancer", action: "update", replacePaths: [] },
  ];

  it("is opened, updated and closed: one, whatever else is open", async () => {
    standIn.pull(HEAD);
    expect(await updateDriftIssue(github, drift([]))).toEqual({ done: "none" });
    expect(await updateDriftIssue(github, drift(changes))).toMatchObject({ done: "opened" });
    expect(await updateDriftIssue(github, { ...drift(changes), text: "~ another" })).toMatchObject({
      done: "updated",
    });
    expect(
      await updateDriftIssue(github, { ...drift(changes), name: "shop-dev", environment: "dev" }),
    ).toMatchObject({ done: "opened" });
    expect(standIn.issues()).toHaveLength(2);
    const [own] = standIn.issues();
    expect(own).toMatchObject({ title: "Drift in shop-prod (prod)", state: "open" });
    expect(own?.body).toContain("~ another");
    expect(own?.body).toContain("Changed behind Terraform's back:\n\n- `aws_lb.load_balancer`");
    expect(await updateDriftIssue(github, drift([]))).toMatchObject({ done: "closed" });
    expect(own?.state).toBe("closed");
    expect(standIn.commentsOn(own?.number ?? 0).map((comment) => comment.body)).toEqual([
      "Nothing differs any more.",
    ]);
    expect(await updateDriftIssue(github, drift([]))).toEqual({ done: "none" });
    expect(await updateDriftIssue(github, drift(changes))).toMatchObject({ done: "opened" });
  });

  it("fits into what GitHub takes, however much has drifted", async () => {
    const many = Array.from({ length: 3000 }, (_, at) => `aws_vpc_security_group_rule.all[${at}]`);
    const drifted = drift(many.map((address) => ({ address, action: "update", replacePaths: [] })));
    expect(await updateDriftIssue(github, drifted)).toMatchObject({ done: "opened" });
    const [issue] = standIn.issues();
    expect(issue?.body).toContain("**3000 to change**");
    expect(issue?.body).toContain("Cut here");
  });
});
