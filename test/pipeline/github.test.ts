import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { approvalOf, writeComment } from "../../src/pipeline/comment.ts";
import { type Drift, tellDrift } from "../../src/pipeline/drift.ts";
import { type GitHub, openGitHub } from "../../src/pipeline/github.ts";
import { sectionOf } from "../../src/pipeline/section.ts";
import { GitHubStandIn } from "./github.ts";

const REPOSITORY = { owner: "harbour", repo: "shop" };
const HEAD = "a".repeat(40);
const MERGE = "b".repeat(40);
const PRINT = `berth1-${"1".repeat(64)}`;
const OTHER = `berth1-${"2".repeat(64)}`;

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
        { address: "aws_vpc.network", action: "create", because: [] },
        { address: "aws_lb_target_group.load_balancer", action: "replace", because: ["port"] },
      ],
    },
    "### Check: proved",
  );

const write = (
  pull: number,
  sections: readonly string[],
  head: string = HEAD,
): ReturnType<typeof writeComment> => writeComment(github, pull, { name: "shop", head, sections });

const asked = { name: "shop", environment: "prod", commit: MERGE, branch: "main" };

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
    standIn.say(number, "github-actions[bot]", `<!-- berth:comment other ${HEAD} -->\nother`);
    expect(await write(number, [section(PRINT)])).toMatchObject({ done: "written" });
    standIn.say(number, "bob", "last");
    expect(await write(number, [section(OTHER)], MERGE)).toMatchObject({ done: "updated" });
    expect(await write(number, [section(OTHER)], MERGE)).toMatchObject({ done: "unchanged" });
    const own = standIn
      .commentsOn(number)
      .filter((one) => one.body.startsWith("<!-- berth:comment shop "));
    expect(own).toHaveLength(1);
    expect(own[0]?.body).toContain(OTHER);
    expect(own[0]?.body).not.toContain(PRINT);
    expect(own[0]?.body).toContain(
      "**1 to replace**\n\n- `aws_lb_target_group.load_balancer`: `port` cannot change in place",
    );
    expect(standIn.commentsOn(number)).toHaveLength(6);
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
    await expect(stranger.ids()).rejects.toThrow(/401 Bad credentials/);
    expect(await github.ids()).toEqual({ ownerId: 17, repositoryId: 4711 });
  });
});

describe("what a merge has approved", () => {
  it("is the fingerprint in the comment of its pull request", async () => {
    const pull = standIn.pull(HEAD);
    await write(pull.number, [section(OTHER, "dev"), section(PRINT, "prod")]);
    pull.merged = MERGE;
    expect(await approvalOf(github, asked)).toEqual({
      fingerprint: PRINT,
      pullRequest: pull.number,
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
        return write(pull.number, [`## words\n<!-- berth:plan prod ${PRINT} -->`]);
      },
      /has no plan of the environment prod/,
    ],
  ])("is nothing where it was %s", async (_, spoil, words) => {
    const pull = standIn.pull(HEAD);
    await write(pull.number, [section(PRINT, "prod")]);
    await spoil(pull);
    expect(await exitCodeOf(approvalOf(github, asked))).toMatchObject({
      code: "BERTH-E8002",
      exitCode: 4,
      message: expect.stringMatching(words) as string,
    });
  });
});

describe("the issue of a drift", () => {
  const drift = (changes: Drift["changes"]): Drift => ({
    name: "shop-prod",
    environment: "prod",
    changes,
    outputs: 0,
    outside: changes.map((one) => one.address),
    fingerprint: PRINT,
    text: "~ a thing",
  });
  const changes: Drift["changes"] = [
    { address: "aws_lb.load_balancer", action: "update", because: [] },
  ];

  it("is opened, updated and closed: one, whatever else is open", async () => {
    standIn.pull(HEAD);
    expect(await tellDrift(github, drift([]))).toEqual({ done: "none" });
    expect(await tellDrift(github, drift(changes))).toMatchObject({ done: "opened" });
    expect(await tellDrift(github, { ...drift(changes), text: "~ another" })).toMatchObject({
      done: "updated",
    });
    expect(
      await tellDrift(github, { ...drift(changes), name: "shop-dev", environment: "dev" }),
    ).toMatchObject({ done: "opened" });
    expect(standIn.issues()).toHaveLength(2);
    const [own] = standIn.issues();
    expect(own).toMatchObject({ title: "Drift in shop-prod (prod)", state: "open" });
    expect(own?.body).toContain("~ another");
    expect(own?.body).toContain("Changed behind Terraform's back:\n\n- `aws_lb.load_balancer`");
    expect(await tellDrift(github, drift([]))).toMatchObject({ done: "closed" });
    expect(own?.state).toBe("closed");
    expect(standIn.commentsOn(own?.number ?? 0).map((one) => one.body)).toEqual([
      "Nothing differs any more.",
    ]);
    expect(await tellDrift(github, drift([]))).toEqual({ done: "none" });
    expect(await tellDrift(github, drift(changes))).toMatchObject({ done: "opened" });
  });

  it("fits into what GitHub takes, however much has drifted", async () => {
    const many = Array.from({ length: 3000 }, (_, at) => `aws_vpc_security_group_rule.all[${at}]`);
    const drifted = drift(many.map((address) => ({ address, action: "update", because: [] })));
    expect(await tellDrift(github, drifted)).toMatchObject({ done: "opened" });
    const [issue] = standIn.issues();
    expect(issue?.body).toContain("**3000 to change**");
    expect(issue?.body).toContain("Cut here");
  });
});
