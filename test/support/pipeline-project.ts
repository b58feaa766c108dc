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
import { expect } from "vitest";
import type { Config } from "../../src/config/options.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { objects } from "../../src/sandbox/services/s3/buckets.ts";
import { GitHubStandIn } from "./github-api.ts";
import { ACCOUNT, awsAt, project, REGION } from "./foundation-modes.ts";
import {
  type Event,
  type Job,
  type Outcome,
  readWorkflow,
  runJob,
  simulate,
} from "./workflow-simulator.ts";
import { assume, type Claims, claims, SHOP } from "./oidc-tokens.ts";
import { berth } from "./berth.ts";
import { testFolder } from "./folder.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** What must never be seen anywhere: a job's token, and a secret that somebody has put into the account. */
const TOKEN = "ghs_planted0000000000000000000000000000";
export const SECRET = "planted-9f8e7d6c5b4a";

export const sha = (digit: string): string => digit.repeat(40);

export const config = (retentionDays: number): Config => ({
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
export class Project {
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
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return entry.name === ".terraform" ? [] : walk(path);
        return statSync(path).isFile() && readFileSync(path).includes(text) ? [path] : [];
      });
    return [...walk(this.folder), ...walk(this.#artifacts)];
  }
}

/** Command lines of the machine's processes, while it all goes on. */
const commandLines = new Set<string>();
const watch = setInterval(() => {
  for (const id of readdirSync("/proc").filter((value) => /^\d+$/.test(value))) {
    try {
      commandLines.add(readFileSync(`/proc/${id}/cmdline`, "utf8"));
    } catch {
      // It has ended in between.
    }
  }
}, 250);

export const fingerprintIn = (text: string): string =>
  /berth2-[0-9a-f]{64}/.exec(text)?.[0] ?? "none";

/** The last fingerprint in a text. */
export const lastFingerprintIn = (text: string): string =>
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
  expect(first.stderr).toContain("moving the state to the bucket");
  expect(first.stdout).toContain("arn:aws:iam::111122223333:role/shop-apply");
  expect(first.code).toBe(0);
  const states = shop.sandbox.contextFor({ region: REGION }).in(objects).all();
  expect(states.map(({ key, encryption }) => `${key} ${encryption}`)).toEqual([
    "shop/bootstrap.tfstate aws:kms",
  ]);
  expect(shop.holding('"aws_iam_role"').filter((file) => file.includes("tfstate"))).toEqual([]);
  return { shop, snapshot: shop.snapshot() };
}
export const bootstrapped: typeof bootstrap = once(bootstrap);

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
  expect(comment?.body).toContain("### Check: pass");
  expect(comment?.body).toContain(fingerprintIn(shop.summary));
  pull.merged = sha("b");
  return shop;
}
export const planned: typeof plan = once(plan);

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
export const applied: typeof apply = once(apply);

/** Stops what all projects have started. */
export async function stopProjects(): Promise<void> {
  clearInterval(watch);
  for (const started of Project.started) await started.stop();
}

/** Milliseconds. A test waits for the stages that it starts from: up to four of 5 minutes each. */
export const LIMIT: number = 1_200_000;

/** Secrets of the jobs that were printed, sent, written to a file, or given on a command line. */
export function leakedSecrets(): string[] {
  const lines = [...commandLines].join("\n");
  if (!lines.includes("berth")) throw new Error("no command line of Berth was seen");
  return Project.started.flatMap((shop) =>
    shop.secrets.filter(
      (secret) =>
        shop.printed.includes(secret) ||
        shop.github.bodies.join("\n").includes(secret) ||
        shop.holding(secret).length > 0 ||
        lines.includes(secret),
    ),
  );
}
