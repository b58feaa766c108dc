import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { codeChangesSection } from "../../src/pipeline/code-changes.ts";
import { approvalOf, writeComment } from "../../src/pipeline/comment.ts";
import { type Drift, updateDriftIssue } from "../../src/pipeline/drift-issue.ts";
import { type GitHub, openGitHub } from "../../src/pipeline/github.ts";
import { sectionOf } from "../../src/pipeline/report-section.ts";
import { FakeGitHub } from "../support/github-api.ts";

const REPOSITORY = { owner: "harbour", repo: "shop" };
const HEAD = "a".repeat(40);
const MERGE = "b".repeat(40);
const FINGERPRINT = `berth2-${"1".repeat(64)}`;
const OTHER_FINGERPRINT = `berth2-${"2".repeat(64)}`;

let fakeGitHub: FakeGitHub;
let github: GitHub;

beforeAll(async () => {
  fakeGitHub = await FakeGitHub.start("harbour/shop");
});
afterAll(() => fakeGitHub.close());
beforeEach(() => {
  fakeGitHub.threads.length = 0;
  fakeGitHub.comments.length = 0;
  fakeGitHub.pullRequests.length = 0;
  fakeGitHub.workflowRuns.length = 0;
  fakeGitHub.changedFiles.clear();
  fakeGitHub.requests.length = 0;
  fakeGitHub.statusesToReturn.length = 0;
  fakeGitHub.pageSize = 100;
  github = openGitHub({ repository: REPOSITORY, token: "t", api: fakeGitHub.url });
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
    run: fakeGitHub.workflowRunFor(head),
    approvals: new Map(Object.entries(approvals)),
    sections,
  });

const request = { ...SHOP, environment: "prod", commit: MERGE, branch: "main" };

const exitCodeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error: unknown) => error,
  );

describe("the comment of a pull request", () => {
  it("is created once and then updated, also if other comments exist", async () => {
    fakeGitHub.pageSize = 2;
    const { number } = fakeGitHub.openPullRequest(HEAD);
    for (const word of ["first", "second", "third"]) fakeGitHub.addComment(number, "ada", word);
    for (const other of ["other .github/workflows/berth.yml", "shop .github/workflows/site.yml"])
      fakeGitHub.addComment(
        number,
        "github-actions[bot]",
        `<!-- berth:comment ${other} ${HEAD} -->\nother`,
      );
    expect(await write(number, [section(FINGERPRINT)])).toMatchObject({ done: "written" });
    fakeGitHub.addComment(number, "bob", "last");
    expect(await write(number, [section(OTHER_FINGERPRINT)], {}, MERGE)).toMatchObject({
      done: "updated",
    });
    expect(await write(number, [section(OTHER_FINGERPRINT)], {}, MERGE)).toMatchObject({
      done: "unchanged",
    });
    const own = fakeGitHub
      .commentsOn(number)
      .filter((comment) => comment.body.startsWith(`<!-- berth:comment shop ${SHOP.workflow} `));
    expect(own).toHaveLength(1);
    expect(own[0]?.body).toContain(OTHER_FINGERPRINT);
    expect(own[0]?.body).not.toContain(FINGERPRINT);
    expect(own[0]?.body).toContain(
      "**1 to replace**\n\n- `aws_lb_target_group.load_balancer`: `port` cannot change in place",
    );
    expect(fakeGitHub.commentsOn(number)).toHaveLength(7);
  });

  it("stays below GitHub's size limit, with complete short sections, and closes truncated code blocks", async () => {
    const { number } = fakeGitHub.openPullRequest(HEAD);
    await write(number, [
      section(FINGERPRINT, "dev", "a line of a plan\n".repeat(20_000)),
      section(OTHER_FINGERPRINT, "prod"),
    ]);
    const [own] = fakeGitHub.commentsOn(number);
    const body = own?.body ?? "";
    expect(body.length).toBeLessThan(65_536);
    expect(body).toContain("Truncated");
    expect(body).toContain("+ a thing");
    expect(body.match(/^`{3,}/gm)?.length).toBe(4);
    expect(body.match(/<details>/g)?.length).toBe(body.match(/<\/details>/g)?.length);
  });

  it("is retried after a temporary error of GitHub; other errors contain GitHub's message", async () => {
    const { number } = fakeGitHub.openPullRequest(HEAD);
    fakeGitHub.statusesToReturn.push(502);
    expect(await write(number, [section(FINGERPRINT)])).toMatchObject({ done: "written" });
    await expect(write(4242, [section(FINGERPRINT)])).rejects.toThrow(
      /cannot list the comments on GitHub: 404/,
    );
    const unauthorized = openGitHub({
      repository: REPOSITORY,
      token: "expired",
      api: fakeGitHub.url,
    });
    await expect(unauthorized.repositoryIds()).rejects.toThrow(/401 Bad credentials/);
    expect(await github.repositoryIds()).toEqual({ ownerId: 17, repositoryId: 4711 });
  });
});

describe("several comments with the pipeline's marker", () => {
  it("are not changed, because it is unknown which of them to update", async () => {
    const { number } = fakeGitHub.openPullRequest(HEAD);
    await write(number, [section(FINGERPRINT)]);
    fakeGitHub.addComment(number, "github-actions[bot]", fakeGitHub.comments[0]?.body ?? "");
    const before = fakeGitHub.commentsOn(number).map(({ body }) => body);
    await expect(write(number, [section(OTHER_FINGERPRINT)])).rejects.toMatchObject({
      code: "BERTH-E8006",
    });
    expect(fakeGitHub.commentsOn(number).map(({ body }) => body)).toEqual(before);
  });
});

describe("the warning about changed code that the jobs run", () => {
  const warningFor = async (...filenames: string[]): Promise<string> => {
    const { number } = fakeGitHub.openPullRequest(HEAD);
    fakeGitHub.changedFiles.set(
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
  ])("is shown for %s", async (file, word) => {
    const text = await warningFor("src/app.ts", file);
    expect(text).toContain("[!WARNING]");
    const line = text.split("\n").find((value) => value.startsWith(`> - \`${file}\`: `));
    expect(line).toContain(word);
    expect(text).not.toContain("src/app.ts");
  });

  it("is a note if only the config file changes, and missing if no such file changes", async () => {
    expect(await warningFor("infra/berth.config.ts")).toMatch(/^> \[!NOTE\]/);
    expect(await warningFor("src/app.ts", "README.md")).toBe("");
  });

  it("includes the old name of a renamed file", async () => {
    const { number } = fakeGitHub.openPullRequest(HEAD);
    fakeGitHub.changedFiles.set(number, [
      { filename: "old.json", previous_filename: "package-lock.json" },
    ]);
    const text = codeChangesSection(await github.changedFiles(number), "berth.config.ts");
    expect(text).toContain("`package-lock.json`");
  });

  it("is shown if GitHub does not list all files", async () => {
    const text = await warningFor(...Array.from({ length: 3000 }, (_, at) => `docs/${at}.md`));
    expect(text).toContain("[!WARNING]");
    expect(text).toContain("GitHub does not list all of the changed files");
  });
});

describe("the approval of a merged pull request", () => {
  it("is the fingerprint in the comment of the pull request", async () => {
    const pull = fakeGitHub.openPullRequest(HEAD);
    await write(pull.number, [section(OTHER_FINGERPRINT, "dev")], {
      dev: OTHER_FINGERPRINT,
      prod: FINGERPRINT,
    });
    pull.merged = MERGE;
    expect(await approvalOf(github, request)).toEqual({
      fingerprint: FINGERPRINT,
      pullRequest: pull.number,
      run: { id: fakeGitHub.workflowRunFor(HEAD).id, attempt: 1 },
    });
    expect(await approvalOf(github, { ...request, environment: "dev" })).toMatchObject({
      fingerprint: OTHER_FINGERPRINT,
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
    ["that is not merged", () => {}, /was pushed to main without a pull request/],
    [
      "merged to another branch",
      (pull) => {
        pull.merged = MERGE;
        pull.base = "next";
      },
      /without a pull request/,
    ],
    [
      "without a comment",
      (pull) => {
        pull.merged = MERGE;
        fakeGitHub.comments.length = 0;
      },
      /has no comment/,
    ],
    [
      "commented by a person",
      (pull) => {
        pull.merged = MERGE;
        const [own] = fakeGitHub.comments.splice(0);
        fakeGitHub.addComment(pull.number, "mallory", own?.body ?? "");
      },
      /has no comment by github-actions\[bot\]/,
    ],
    [
      "changed by a push after the comment",
      (pull) => {
        pull.merged = MERGE;
        pull.head = "c".repeat(40);
      },
      /is for a different commit than the merged commit/,
    ],
    [
      "without a plan of the environment",
      (pull) => {
        pull.merged = MERGE;
        return write(pull.number, ["no plan here"]);
      },
      /has no plan for the environment prod/,
    ],
    [
      "with an approval line in the text of a report",
      (pull) => {
        pull.merged = MERGE;
        return write(pull.number, [`<!-- berth:plan prod ${FINGERPRINT} -->\n## words`]);
      },
      /has no plan for the environment prod/,
    ],
    [
      "approved twice in a comment",
      (pull) => {
        pull.merged = MERGE;
        const [own] = fakeGitHub.comments;
        const line = `<!-- berth:plan prod ${FINGERPRINT} -->`;
        if (own)
          own.body = own.body.replace(
            line,
            `<!-- berth:plan prod ${OTHER_FINGERPRINT} -->\n${line}`,
          );
      },
      /has several plans for the environment prod/,
    ],
    [
      "commented twice, by another workflow of the same bot",
      (pull) => {
        pull.merged = MERGE;
        fakeGitHub.addComment(
          pull.number,
          "github-actions[bot]",
          fakeGitHub.comments[0]?.body ?? "",
        );
      },
      /has several comments by github-actions\[bot\]/,
    ],
    [
      "commented by the bot's login through another GitHub App",
      (pull) => {
        pull.merged = MERGE;
        const [own] = fakeGitHub.comments.splice(0);
        fakeGitHub.addComment(pull.number, "github-actions[bot]", own?.body ?? "", "mallory");
      },
      /has no comment by github-actions\[bot\]/,
    ],
    [
      "commented by the pipeline of another config with the same name",
      (pull) => {
        pull.merged = MERGE;
        const [own] = fakeGitHub.comments;
        if (own) own.body = own.body.replace("/berth.yml ", "/site.yml ");
      },
      /has no comment by github-actions\[bot\]/,
    ],
    [
      "commented outside of a run",
      (pull) => {
        pull.merged = MERGE;
        const [own] = fakeGitHub.comments;
        if (own) own.body = own.body.replace(/ run \d+ attempt \d+ -->/, " -->");
      },
      /does not name the workflow run that wrote it/,
    ],
    [
      "commented by a missing run",
      (pull) => {
        pull.merged = MERGE;
        fakeGitHub.workflowRuns.length = 0;
      },
      /does not name the workflow run that wrote it/,
    ],
  ])("is missing for a pull request %s", async (_, change, message) => {
    const pull = fakeGitHub.openPullRequest(HEAD);
    await write(pull.number, [section(FINGERPRINT, "prod")], { prod: FINGERPRINT });
    await change(pull);
    expect(await exitCodeOf(approvalOf(github, request))).toMatchObject({
      code: "BERTH-E8009",
      exitCode: 4,
      message: expect.stringMatching(message) as string,
    });
  });
});

describe("the workflow run in a comment", () => {
  it.each<[string, object]>([
    ["another workflow", { path: ".github/workflows/other.yml" }],
    ["another commit", { head: MERGE }],
    ["another event", { event: "pull_request_target" }],
    ["a fork", { headRepository: 6666 }],
  ])("approves nothing if it is a run of %s", async (_, change) => {
    const pull = fakeGitHub.openPullRequest(HEAD);
    await write(pull.number, [section(FINGERPRINT, "prod")], { prod: FINGERPRINT });
    pull.merged = MERGE;
    const run = fakeGitHub.workflowRunFor(HEAD);
    // In GitHub's documentation, the path has the repository and the ref.
    run.path = `harbour/shop/${run.path}@refs/pull/7/merge`;
    expect(await approvalOf(github, request)).toMatchObject({ fingerprint: FINGERPRINT });
    Object.assign(run, change);
    await expect(approvalOf(github, request)).rejects.toMatchObject({
      code: "BERTH-E8009",
      exitCode: 4,
      message: expect.stringMatching(
        /is not a run of \.github\/workflows\/berth\.yml for a{40}$/,
      ) as string,
    });
  });
});

describe("the drift issue", () => {
  const drift = (changes: Drift["changes"]): Drift => ({
    workflow: SHOP.workflow,
    name: "shop-prod",
    environment: "prod",
    changes,
    outputs: 0,
    changedOutsideTerraform: changes.map((change) => change.address),
    fingerprint: changes.length === 0 ? undefined : FINGERPRINT,
    text: "~ a thing",
  });
  const changes: Drift["changes"] = [
    { address: "aws_lb.load_balancer", action: "update", replacePaths: [] },
  ];

  it("is created, updated and closed, independent of other issues", async () => {
    fakeGitHub.openPullRequest(HEAD);
    expect(await updateDriftIssue(github, drift([]))).toEqual({ done: "none" });
    expect(await updateDriftIssue(github, drift(changes))).toMatchObject({ done: "opened" });
    expect(await updateDriftIssue(github, { ...drift(changes), text: "~ another" })).toMatchObject({
      done: "updated",
    });
    expect(
      await updateDriftIssue(github, { ...drift(changes), name: "shop-dev", environment: "dev" }),
    ).toMatchObject({ done: "opened" });
    expect(fakeGitHub.issues()).toHaveLength(2);
    const [own] = fakeGitHub.issues();
    expect(own).toMatchObject({ title: "Drift in shop-prod (prod)", state: "open" });
    expect(own?.body).toContain("~ another");
    expect(own?.body).toContain("Changed outside of Terraform:\n\n- `aws_lb.load_balancer`");
    expect(await updateDriftIssue(github, drift([]))).toMatchObject({ done: "closed" });
    expect(own?.state).toBe("closed");
    expect(fakeGitHub.commentsOn(own?.number ?? 0).map((comment) => comment.body)).toEqual([
      "No drift: the account matches the configuration.",
    ]);
    expect(await updateDriftIssue(github, drift([]))).toEqual({ done: "none" });
    expect(await updateDriftIssue(github, drift(changes))).toMatchObject({ done: "opened" });
  });

  it("stays below GitHub's size limit with 3,000 changed resources", async () => {
    const many = Array.from({ length: 3000 }, (_, at) => `aws_vpc_security_group_rule.all[${at}]`);
    const drifted = drift(many.map((address) => ({ address, action: "update", replacePaths: [] })));
    expect(await updateDriftIssue(github, drifted)).toMatchObject({ done: "opened" });
    const [issue] = fakeGitHub.issues();
    expect(issue?.body).toContain("**3000 to change**");
    expect(issue?.body).toContain("Truncated");
  });
});
