import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Config } from "../../src/config/options.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { objects } from "../../src/sandbox/services/s3/buckets.ts";
import { GitHubStandIn } from "../pipeline/github.ts";
import { ACCOUNT, awsAt, project, REGION } from "../pipeline/lives.ts";
import {
  type Event,
  type Job,
  type Outcome,
  readWorkflow,
  runJob,
  simulate,
} from "../pipeline/simulator.ts";
import { assume, type Claims, claims, SHOP } from "../pipeline/tokens.ts";
import { berth } from "../support/berth.ts";
import { testFolder } from "../support/folder.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** What must never be seen anywhere: a job's token, and a secret that somebody has put into the account. */
const TOKEN = "ghs_planted0000000000000000000000000000";
const SECRET = "planted-9f8e7d6c5b4a";

const sha = (digit: string): string => digit.repeat(40);

const config = (retentionDays: number): Config => ({
  name: "shop",
  region: REGION,
  account: ACCOUNT,
  zones: 1,
  logs: { retentionDays },
  repository: { forceDelete: true },
  loadBalancer: false,
  publish: true,
  state: { bucket: "shop-states" },
  pipeline: {
    repository: `${SHOP.owner}/${SHOP.name}`,
    ownerId: SHOP.ownerId,
    repositoryId: SHOP.repositoryId,
  },
});

/** A repository with its workflow, an account, and GitHub: all of them here. */
class Yard {
  readonly folder: string = testFolder();
  readonly #artifacts: string = testFolder();
  readonly #seen: string[] = [];
  /** Every secret that was given out on the way. */
  readonly secrets: string[] = [TOKEN, SECRET];
  readonly sandbox: Sandbox;
  readonly github: GitHubStandIn;

  constructor(sandbox: Sandbox, github: GitHubStandIn) {
    this.sandbox = sandbox;
    this.github = github;
    const bin = join(this.folder, "node_modules", ".bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(this.folder, "package.json"), "{}\n");
    writeFileSync(join(bin, "berth"), `#!/bin/sh\nexec node ${PROGRAM} "$@"\n`);
    chmodSync(join(bin, "berth"), 0o755);
  }

  /** Everything that was printed, by the jobs and by hand. */
  get printed(): string {
    return this.#seen.join("");
  }

  get summary(): string {
    const file = join(this.#artifacts, "summary.md");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** Runs a command by hand, as the account's root. */
  async byHand(
    ...args: string[]
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const ran = await berth(args, { cwd: this.folder, env: awsAt(this.sandbox) });
    this.#seen.push(ran.stdout, ran.stderr);
    return ran;
  }

  /** Lets an event happen: jobs that are named run for real, the others as they are wished. */
  async on(
    event: Event,
    commit: string,
    real: readonly string[],
  ): Promise<{ outcomes: Readonly<Record<string, Outcome>>; printed: string }> {
    const from = this.#seen.length;
    rmSync(join(this.folder, "report"), { recursive: true, force: true });
    const workflow = readWorkflow(
      readFileSync(join(this.folder, ".github/workflows/berth.yml"), "utf8"),
    );
    const file = join(this.#artifacts, "event.json");
    writeFileSync(file, JSON.stringify(event.github["event"]));
    const runner = {
      folder: this.folder,
      artifacts: this.#artifacts,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: process.env["HOME"] ?? "",
        AWS_ENDPOINT_URL: this.sandbox.url,
        GITHUB_ACTIONS: "true",
        GITHUB_API_URL: this.github.url,
        GITHUB_REPOSITORY: this.github.repository,
        GITHUB_SHA: commit,
        GITHUB_EVENT_PATH: file,
        GITHUB_STEP_SUMMARY: join(this.#artifacts, "summary.md"),
      },
      credentials: (options: Readonly<Record<string, unknown>>, job: Job) =>
        this.#credentials(options, job, event),
      heard: (text: string) => void this.#seen.push(text),
    };
    const outcomes = await simulate(workflow, event, (id, job, contexts) =>
      real.includes(id) ? runJob(runner, workflow, job, contexts) : Promise.resolve("success"),
    );
    return { outcomes, printed: this.#seen.slice(from).join("") };
  }

  async #credentials(
    options: Readonly<Record<string, unknown>>,
    job: Job,
    { github }: Event,
  ): Promise<Readonly<Record<string, string>>> {
    if (job.permissions?.["id-token"] !== "write") throw new Error("no token for this job");
    const ref = String(github["ref"]);
    const ends =
      job.environment === undefined
        ? github["event_name"] === "pull_request"
          ? "pull_request"
          : `ref:${ref}`
        : `environment:${job.environment}`;
    const own: Claims = claims(SHOP, ends, "ids", {
      ref,
      job_workflow_ref: `harbour/shop/.github/workflows/berth.yml@${ref}`,
    });
    const keys = await assume(this.sandbox, String(options["role-to-assume"]), own);
    this.secrets.push(keys.AWS_SECRET_ACCESS_KEY, keys.AWS_SESSION_TOKEN);
    return { ...keys, AWS_REGION: String(options["aws-region"]) };
  }

  pullRequest(number: number, head: string): Event {
    return {
      github: {
        event_name: "pull_request",
        ref: `refs/pull/${number}/merge`,
        base_ref: "main",
        repository: this.github.repository,
        run_id: "1",
        token: TOKEN,
        event: {
          pull_request: {
            number,
            head: { sha: head, repo: { full_name: this.github.repository } },
            user: { login: "ada" },
          },
        },
      },
    };
  }

  onMain(event_name: string, inputs: Readonly<Record<string, string>> = {}): Event {
    return {
      github: {
        event_name,
        ref: "refs/heads/main",
        repository: this.github.repository,
        run_id: "2",
        token: TOKEN,
        event: {},
      },
      inputs: { operation: "", environment: "", approved: "", confirm: "", ...inputs },
    };
  }

  /** Files below the repository and the artifacts that hold a text. */
  holding(text: string): string[] {
    const walk = (folder: string): string[] =>
      readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
        const path = join(folder, one.name);
        if (one.isDirectory()) return one.name === ".terraform" ? [] : walk(path);
        return statSync(path).isFile() && readFileSync(path).includes(text) ? [path] : [];
      });
    return [...walk(this.folder), ...walk(this.#artifacts)];
  }
}

let sandbox: Sandbox;
let github: GitHubStandIn;
let yard: Yard;

/** Command lines of the machine's processes, while it all goes on. */
const commandLines = new Set<string>();
const watch = setInterval(() => {
  for (const id of readdirSync("/proc").filter((one) => /^\d+$/.test(one))) {
    try {
      commandLines.add(readFileSync(`/proc/${id}/cmdline`, "utf8"));
    } catch {
      // It has ended in between.
    }
  }
}, 100);

const retention = (): unknown =>
  (
    sandbox.invoke("logs", "DescribeLogGroups", {}, { region: REGION })[
      "logGroups"
    ] as readonly Readonly<Record<string, unknown>>[]
  )[0]?.["retentionInDays"]; // a list by its model

const fingerprintIn = (text: string): string => /berth1-[0-9a-f]{64}/.exec(text)?.[0] ?? "none";

beforeAll(async () => {
  sandbox = await startSandbox();
  github = await GitHubStandIn.start("harbour/shop");
  yard = new Yard(sandbox, github);
  project(config(30), yard.folder);
});
afterAll(async () => {
  clearInterval(watch);
  await sandbox.close();
  await github.close();
});

describe("the pipeline, from its bootstrap to its end", () => {
  it("bootstraps the account, moves its state into the bucket, and does nothing the second time", async () => {
    const first = await yard.byHand("bootstrap", "--yes");
    expect(first.stderr).toContain("the state moves into the bucket");
    expect(first.stdout).toContain("arn:aws:iam::111122223333:role/shop-apply");
    expect(first.code).toBe(0);
    const states = sandbox.look({ region: REGION }).in(objects).all();
    expect(states.map(({ key, encryption }) => `${key} ${encryption}`)).toEqual([
      "shop/bootstrap.tfstate aws:kms",
    ]);
    expect(yard.holding('"aws_iam_role"').filter((file) => file.includes("tfstate"))).toEqual([]);
    const second = await yard.byHand("bootstrap", "--yes");
    expect(second.stderr).toContain("nothing to do");
    expect(second.code).toBe(0);
  });

  it("a pull request is checked, rehearsed, planned, and commented on once", async () => {
    expect((await yard.byHand("pipeline")).code).toBe(0);
    expect((await yard.byHand("pipeline", "--check")).code).toBe(0);
    const pull = github.pull(sha("a"));
    const event = yard.pullRequest(pull.number, pull.head);
    const { outcomes, printed } = await yard.on(event, sha("0"), ["check", "plan", "comment"]);
    expect(outcomes, printed).toMatchObject({
      check: "success",
      plan: "success",
      comment: "success",
      apply: "skipped",
    });
    const [comment, ...more] = github.commentsOn(pull.number);
    expect(more).toEqual([]);
    expect(comment?.body).toContain("to create**");
    expect(comment?.body).toContain("- `aws_ecs_cluster.cluster`");
    expect(comment?.body).toContain("### Check: proved");
    expect(comment?.body).toContain("### Check of shop: proved");
    expect(comment?.body).toContain(fingerprintIn(yard.summary));
    pull.merged = sha("b");
  });

  it("the merge applies what was approved, and leaves nothing to do", async () => {
    const { outcomes, printed } = await yard.on(yard.onMain("push"), sha("b"), ["apply"]);
    expect(outcomes, printed).toMatchObject({
      apply: "success",
      plan: "skipped",
    });
    expect(printed).toContain("approved by the merge of pull request #1");
    expect(retention()).toBe(30);
  });

  it("a commit that nobody has approved is refused, and changes nothing", async () => {
    project(config(60), yard.folder);
    const { outcomes, printed } = await yard.on(yard.onMain("push"), sha("c"), ["apply"]);
    expect(outcomes).toMatchObject({ apply: "failure" });
    expect(printed).toContain("came to main without a pull request");
    expect(retention()).toBe(30);
  });

  it("a plan that has changed since it was approved is refused; what is read of the new one can be applied by hand", async () => {
    const pull = github.pull(sha("d"));
    const event = yard.pullRequest(pull.number, pull.head);
    await yard.on(event, sha("0"), ["plan", "comment"]);
    const before = github.commentsOn(pull.number)[0]?.body;
    await yard.on(event, sha("0"), ["comment"]);
    expect(github.commentsOn(pull.number).map((one) => one.body)).toEqual([before]);
    expect(before).toContain("**1 to change**");
    pull.merged = sha("e");

    // Somebody is at the account before the merge is.
    sandbox.invoke(
      "logs",
      "PutRetentionPolicy",
      { logGroupName: "/ecs/shop", retentionInDays: 7 },
      { region: REGION },
    );
    const refused = await yard.on(yard.onMain("push"), sha("e"), ["apply"]);
    expect(refused.outcomes).toMatchObject({ apply: "failure" });
    expect(refused.printed).toContain(
      "this is not the plan that was approved, and nothing was changed",
    );
    expect(refused.printed).toContain("Process completed with exit code 4.");
    expect(retention()).toBe(7);
    const approved = fingerprintIn(yard.summary.slice(yard.summary.lastIndexOf("Fingerprint")));
    const inputs = { operation: "apply", environment: "default", approved };
    const applied = await yard.on(yard.onMain("workflow_dispatch", inputs), sha("e"), ["apply"]);
    expect(applied.outcomes, applied.printed).toMatchObject({ apply: "success" });
    expect(retention()).toBe(60);
  });

  it("a drift opens an issue, stays one, and its repair closes it", async () => {
    // Both a plain attribute and a secret one are changed behind Terraform's back.
    sandbox.invoke(
      "logs",
      "PutRetentionPolicy",
      { logGroupName: "/ecs/shop", retentionInDays: 1 },
      { region: REGION },
    );
    sandbox.invoke(
      "ssm",
      "PutParameter",
      { Name: "/berth/shop", Value: SECRET, Overwrite: true },
      { region: REGION },
    );
    for (const _ of ["the first night", "the second night"]) {
      const { outcomes, printed } = await yard.on(yard.onMain("schedule"), sha("e"), ["drift"]);
      expect(outcomes, printed).toEqual(
        expect.objectContaining({ drift: "success", apply: "skipped" }),
      );
      expect(github.issues()).toHaveLength(1);
    }
    const [issue] = github.issues();
    expect(issue).toMatchObject({ title: "Drift in shop (default)", state: "open" });
    expect(issue?.body).toContain(
      "Changed behind Terraform's back:\n\n- `aws_cloudwatch_log_group.logs`\n- `aws_ssm_parameter.published`",
    );
    expect(issue?.body).toContain("(sensitive value)");
    const inputs = {
      operation: "apply",
      environment: "default",
      approved: fingerprintIn(issue?.body ?? ""),
    };
    const applied = await yard.on(yard.onMain("workflow_dispatch", inputs), sha("e"), ["apply"]);
    expect(applied.outcomes, applied.printed).toMatchObject({ apply: "success" });
    await yard.on(yard.onMain("schedule"), sha("e"), ["drift"]);
    expect(issue?.state).toBe("closed");
  });

  it("is destroyed by the name that is typed, and the bootstrap after it, which leaves nothing", async () => {
    const destroy = (confirm: string) =>
      yard.on(
        yard.onMain("workflow_dispatch", { operation: "destroy", environment: "default", confirm }),
        sha("e"),
        ["destroy"],
      );
    const early = await yard.byHand("bootstrap", "--destroy", "--yes");
    expect(early.stderr).toContain("holds shop/terraform.tfstate");
    expect(early.code).toBe(1);
    expect((await destroy("destroy it")).outcomes).toMatchObject({ destroy: "failure" });
    const done = await destroy("destroy shop");
    expect(done.outcomes, done.printed).toMatchObject({ destroy: "success" });
    const state = { Bucket: "shop-states", Key: "shop/terraform.tfstate" };
    sandbox.invoke("s3", "DeleteObject", state, { region: REGION });
    const last = await yard.byHand("bootstrap", "--destroy", "--yes");
    expect(last.code, last.stderr).toBe(0);
    expect(sandbox.contents()).toEqual([]);
  });

  it("no secret was printed, written, sent or named on a command line", () => {
    const lines = [...commandLines].join("\n");
    for (const secret of yard.secrets) {
      expect(secret).not.toBe("");
      expect(yard.printed).not.toContain(secret);
      expect(github.bodies.join("\n")).not.toContain(secret);
      expect(yard.holding(secret)).toEqual([]);
      expect(lines).not.toContain(secret);
    }
    expect(lines).toContain("berth");
  });
});
