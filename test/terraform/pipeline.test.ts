import {
  chmodSync,
  cpSync,
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
import { afterAll, describe, expect, it } from "vitest";
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

/** What a repository and its account can be restored from. */
interface Snapshot {
  readonly folder: string;
  readonly account: string;
}

/** A repository with its workflow, an account and GitHub, all on this machine. */
class Project {
  static readonly #started: Project[] = [];
  readonly folder: string;
  readonly #artifacts: string = testFolder();
  readonly #output: string[] = [];
  /** Every secret that a job received. */
  readonly secrets: string[] = [TOKEN, SECRET];
  readonly sandbox: Sandbox;
  readonly github: GitHubStandIn;

  private constructor(folder: string, sandbox: Sandbox, github: GitHubStandIn) {
    this.folder = folder;
    this.sandbox = sandbox;
    this.github = github;
    Project.#started.push(this);
  }

  /** Starts from nothing but the configuration, or from a snapshot. */
  static async start(snapshot?: Snapshot): Promise<Project> {
    const sandbox = await startSandbox();
    const github = await GitHubStandIn.start(`${SHOP.owner}/${SHOP.name}`);
    const folder = testFolder();
    if (snapshot) {
      await sandbox.restore(snapshot.account);
      cpSync(snapshot.folder, folder, { recursive: true });
    } else {
      const bin = join(folder, "node_modules", ".bin");
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(folder, "package.json"), "{}\n");
      writeFileSync(join(bin, "berth"), `#!/bin/sh\nexec node ${PROGRAM} "$@"\n`);
      chmodSync(join(bin, "berth"), 0o755);
      project(config(30), folder);
    }
    return new Project(folder, sandbox, github);
  }

  static get started(): readonly Project[] {
    return Project.#started;
  }

  snapshot(): Snapshot {
    const folder = testFolder();
    cpSync(this.folder, folder, { recursive: true });
    return { folder, account: this.sandbox.snapshot() };
  }

  async stop(): Promise<void> {
    await this.sandbox.close();
    await this.github.close();
  }

  /** Days for which the account keeps the foundation's logs. */
  get retention(): unknown {
    const groups = this.sandbox.invoke("logs", "DescribeLogGroups", {}, { region: REGION })[
      "logGroups"
    ] as readonly Readonly<Record<string, unknown>>[]; // a list by its model
    return groups[0]?.["retentionInDays"];
  }

  /** Changes an attribute behind Terraform's back. */
  setRetention(retentionInDays: number): void {
    const input = { logGroupName: "/ecs/shop", retentionInDays };
    this.sandbox.invoke("logs", "PutRetentionPolicy", input, { region: REGION });
  }

  /** A job's report. */
  report(name: string): string {
    const files = readdirSync(this.#artifacts, { recursive: true, encoding: "utf8" });
    const file = files.find((path) => path.endsWith(name));
    return file === undefined ? "" : readFileSync(join(this.#artifacts, file), "utf8");
  }

  /** Everything that was printed, by the jobs and by hand. */
  get printed(): string {
    return this.#output.join("");
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
    this.#output.push(ran.stdout, ran.stderr);
    return ran;
  }

  /** Lets an event happen: jobs that are named run for real, the others as they are wished. */
  async on(
    event: Event,
    commit: string,
    real: readonly string[],
  ): Promise<{ outcomes: Readonly<Record<string, Outcome>>; printed: string }> {
    const from = this.#output.length;
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
      heard: (text: string) => void this.#output.push(text),
    };
    const outcomes = await simulate(workflow, event, (id, job, contexts) =>
      real.includes(id) ? runJob(runner, workflow, job, contexts) : Promise.resolve("success"),
    );
    return { outcomes, printed: this.#output.slice(from).join("") };
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
        run_id: String(this.github.runFor(head).id),
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
}, 250);

const fingerprintIn = (text: string): string => /berth2-[0-9a-f]{64}/.exec(text)?.[0] ?? "none";

/** The last fingerprint in a text. */
const lastFingerprintIn = (text: string): string =>
  fingerprintIn(text.slice(text.lastIndexOf("berth2-")));

/** Runs a function once, and gives its result to each caller. */
function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => (result ??= work());
}

/** The account has the state bucket and the roles. */
async function bootstrap(): Promise<{ shop: Project; snapshot: Snapshot }> {
  const shop = await Project.start();
  const first = await shop.byHand("bootstrap", "--yes");
  expect(first.stderr).toContain("the state moves into the bucket");
  expect(first.stdout).toContain("arn:aws:iam::111122223333:role/shop-apply");
  expect(first.code).toBe(0);
  const states = shop.sandbox.look({ region: REGION }).in(objects).all();
  expect(states.map(({ key, encryption }) => `${key} ${encryption}`)).toEqual([
    "shop/bootstrap.tfstate aws:kms",
  ]);
  expect(shop.holding('"aws_iam_role"').filter((file) => file.includes("tfstate"))).toEqual([]);
  return { shop, snapshot: shop.snapshot() };
}
const bootstrapped = once(bootstrap);

/** A pull request has the plan of the foundation in its comment. */
async function plan(): Promise<Project> {
  const { shop } = await bootstrapped();
  expect((await shop.byHand("pipeline")).code).toBe(0);
  const pull = shop.github.pull(sha("a"));
  const event = shop.pullRequest(pull.number, pull.head);
  const { outcomes, printed } = await shop.on(event, sha("0"), ["plan", "comment"]);
  expect(outcomes, printed).toMatchObject({
    check: "success",
    plan: "success",
    comment: "success",
    apply: "skipped",
  });
  const [comment, ...more] = shop.github.commentsOn(pull.number);
  expect(more).toEqual([]);
  expect(comment?.body).toContain("to create**");
  expect(comment?.body).toContain("- `aws_ecs_cluster.cluster`");
  expect(comment?.body).toContain("### Check: proved");
  expect(comment?.body).toContain(fingerprintIn(shop.summary));
  pull.merged = sha("b");
  return shop;
}
const planned = once(plan);

/** The foundation is in the account, applied by the merge of the pull request. */
async function apply(): Promise<Snapshot> {
  const shop = await planned();
  const { outcomes, printed } = await shop.on(shop.onMain("push"), sha("b"), ["preview", "apply"]);
  expect(outcomes, printed).toMatchObject({
    preview: "success",
    apply: "success",
    plan: "skipped",
  });
  expect(printed).toContain("approved by the merge of pull request #1");
  expect(shop.retention).toBe(30);
  return shop.snapshot();
}
const applied = once(apply);

afterAll(async () => {
  clearInterval(watch);
  for (const started of Project.started) await started.stop();
});

/** Milliseconds. A test waits for the stages that it starts from: up to four of 5 minutes each. */
const LIMIT = 1_200_000;

describe.concurrent("the pipeline, from its bootstrap to its end", { timeout: LIMIT }, () => {
  it("bootstraps the account, moves its state into the bucket, and does nothing the second time", async ({
    expect,
  }) => {
    const { snapshot } = await bootstrapped();
    const shop = await Project.start(snapshot);
    const second = await shop.byHand("bootstrap", "--yes");
    expect(second.stderr).toContain("nothing to do");
    expect(second.code).toBe(0);
  });

  it("checks and rehearses a pull request without credentials", async ({ expect }) => {
    const shop = await Project.start();
    expect((await shop.byHand("pipeline")).code).toBe(0);
    expect((await shop.byHand("pipeline", "--check")).code).toBe(0);
    const pull = shop.github.pull(sha("a"));
    const event = shop.pullRequest(pull.number, pull.head);
    const { outcomes, printed } = await shop.on(event, sha("0"), ["check"]);
    expect(outcomes, printed).toMatchObject({ check: "success" });
    expect(shop.report("2-check-default.md")).toContain("### Check of shop: proved");
    expect(shop.report("3-rehearse-default.md")).toContain("Rehearsal: shop launches");
  });

  it("plans a pull request, and comments on it once", async ({ expect }) => {
    expect((await planned()).github.commentsOn(1)).toHaveLength(1);
  });

  it("applies at the merge what was approved", async ({ expect }) => {
    expect(await applied()).toHaveProperty("account");
  });

  it("rejects a commit that was not approved, and changes nothing", async ({ expect }) => {
    const shop = await Project.start(await applied());
    project(config(60), shop.folder);
    const { outcomes, printed } = await shop.on(shop.onMain("push"), sha("c"), [
      "preview",
      "apply",
    ]);
    expect(outcomes).toMatchObject({ preview: "failure", apply: "skipped" });
    expect(printed).toContain("came to main without a pull request");
    expect(shop.retention).toBe(30);
  });

  it("rejects a plan that has changed since it was approved, and applies the new one by hand", async ({
    expect,
  }) => {
    const shop = await Project.start(await applied());
    project(config(60), shop.folder);
    const pull = shop.github.pull(sha("d"));
    const event = shop.pullRequest(pull.number, pull.head);
    await shop.on(event, sha("0"), ["plan", "comment"]);
    const [before, ...more] = shop.github.commentsOn(pull.number);
    expect(more).toEqual([]);
    expect(before?.body).toContain("**1 to change**");
    pull.merged = sha("e");

    // Somebody changes the account before the merge.
    shop.setRetention(7);
    const rejected = await shop.on(shop.onMain("push"), sha("e"), ["preview", "apply"]);
    expect(rejected.outcomes).toMatchObject({ preview: "failure", apply: "skipped" });
    expect(rejected.printed).toContain(
      "this is not the plan that was approved, and nothing was changed",
    );
    expect(rejected.printed).toContain("Process completed with exit code 4.");
    expect(shop.retention).toBe(7);
    const approved = lastFingerprintIn(shop.summary);
    const inputs = { operation: "apply", environment: "default", approved };
    const byHand = shop.onMain("workflow_dispatch", inputs);
    const { outcomes, printed } = await shop.on(byHand, sha("e"), ["preview", "apply"]);
    expect(outcomes, printed).toMatchObject({ preview: "success", apply: "success" });
    expect(shop.retention).toBe(60);
  });

  it("opens one issue for a drift, and closes it after the repair", async ({ expect }) => {
    const shop = await Project.start(await applied());
    // Both a plain attribute and a secret one are changed behind Terraform's back.
    shop.setRetention(1);
    shop.sandbox.invoke(
      "ssm",
      "PutParameter",
      { Name: "/berth/shop", Value: SECRET, Overwrite: true },
      { region: REGION },
    );
    for (const _ of ["the first night", "the second night"]) {
      const { outcomes, printed } = await shop.on(shop.onMain("schedule"), sha("e"), ["drift"]);
      expect(outcomes, printed).toEqual(
        expect.objectContaining({ drift: "success", apply: "skipped" }),
      );
      expect(shop.github.issues()).toHaveLength(1);
    }
    const [issue] = shop.github.issues();
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
    const byHand = shop.onMain("workflow_dispatch", inputs);
    const repaired = await shop.on(byHand, sha("e"), ["preview", "apply"]);
    expect(repaired.outcomes, repaired.printed).toMatchObject({ apply: "success" });
    await shop.on(shop.onMain("schedule"), sha("e"), ["drift"]);
    expect(issue?.state).toBe("closed");
  });

  it("is destroyed by its name, and then its bootstrap, which leaves nothing", async ({
    expect,
  }) => {
    const shop = await Project.start(await applied());
    const destroy = (confirm: string) =>
      shop.on(
        shop.onMain("workflow_dispatch", { operation: "destroy", environment: "default", confirm }),
        sha("e"),
        ["destroy"],
      );
    const early = await shop.byHand("bootstrap", "--destroy", "--yes");
    expect(early.stderr).toContain("holds shop/terraform.tfstate");
    expect(early.code).toBe(1);
    expect((await destroy("destroy it")).outcomes).toMatchObject({ destroy: "failure" });
    const done = await destroy("destroy shop");
    expect(done.outcomes, done.printed).toMatchObject({ destroy: "success" });
    const state = { Bucket: "shop-states", Key: "shop/terraform.tfstate" };
    shop.sandbox.invoke("s3", "DeleteObject", state, { region: REGION });
    const last = await shop.byHand("bootstrap", "--destroy", "--yes");
    expect(last.code, last.stderr).toBe(0);
    expect(shop.sandbox.contents()).toEqual([]);
  });
});

describe("all of these runs", () => {
  it("print, write, send and name on a command line no secret", () => {
    const lines = [...commandLines].join("\n");
    for (const shop of Project.started)
      for (const secret of shop.secrets) {
        expect(secret).not.toBe("");
        expect(shop.printed).not.toContain(secret);
        expect(shop.github.bodies.join("\n")).not.toContain(secret);
        expect(shop.holding(secret)).toEqual([]);
        expect(lines).not.toContain(secret);
      }
    expect(lines).toContain("berth");
  });
});
