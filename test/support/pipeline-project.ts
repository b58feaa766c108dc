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
import type { SandboxOptions } from "../../src/sandbox/index.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { objects } from "../../src/sandbox/services/s3/buckets.ts";
import { FakeGitHub } from "./github-api.ts";
import { ACCOUNT, awsAt, project, REGION } from "./foundation-modes.ts";
import {
  type Event,
  type Job,
  type Outcome,
  readWorkflow,
  runJob,
  simulate,
} from "./workflow-simulator.ts";
import { assumeRole, type Claims, claims, SHOP } from "./oidc-tokens.ts";
import { berth } from "./berth.ts";
import { testFolder } from "./folder.ts";
import { once } from "./once.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Secrets that must not be leaked: a job's token, and a secret in the account. */
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

/** A saved repository and account. */
interface Snapshot {
  readonly folder: string;
  readonly account: string;
}

/** A repository with its workflow, an AWS account and GitHub, all simulated on this machine. */
export class PipelineProject {
  static readonly #started: PipelineProject[] = [];
  readonly folder: string;
  readonly #artifacts: string = testFolder();
  readonly #output: string[] = [];
  /** Variables of the runner, in addition to those of GitHub. */
  readonly environment: Record<string, string> = {};
  /** Every secret that a job received. */
  readonly secrets: string[] = [TOKEN, SECRET];
  readonly sandbox: Sandbox;
  readonly github: FakeGitHub;

  private constructor(folder: string, sandbox: Sandbox, github: FakeGitHub) {
    this.folder = folder;
    this.sandbox = sandbox;
    this.github = github;
    PipelineProject.#started.push(this);
  }

  /** Starts from a snapshot, or from a configuration only. */
  static async start(
    snapshot?: Snapshot,
    configuration: Config = config(30),
    options: SandboxOptions = {},
  ): Promise<PipelineProject> {
    const sandbox = await startSandbox(options);
    const github = await FakeGitHub.start(`${SHOP.owner}/${SHOP.name}`);
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
      project(configuration, folder);
    }
    return new PipelineProject(folder, sandbox, github);
  }

  static get started(): readonly PipelineProject[] {
    return PipelineProject.#started;
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

  /** The retention of the foundation's log group in the account, in days. */
  get logRetentionDays(): unknown {
    const groups = this.sandbox.invoke("logs", "DescribeLogGroups", {}, { region: REGION })[
      "logGroups"
    ] as readonly Readonly<Record<string, unknown>>[]; // a list by its model
    return groups[0]?.["retentionInDays"];
  }

  /** Changes the retention outside of Terraform. */
  setLogRetentionDays(retentionInDays: number): void {
    const input = { logGroupName: "/ecs/shop", retentionInDays };
    this.sandbox.invoke("logs", "PutRetentionPolicy", input, { region: REGION });
  }

  /** A job's report. */
  report(name: string): string {
    const files = readdirSync(this.#artifacts, { recursive: true, encoding: "utf8" });
    const file = files.find((path) => path.endsWith(name));
    return file === undefined ? "" : readFileSync(join(this.#artifacts, file), "utf8");
  }

  /** The output of all jobs and commands. */
  get output(): string {
    return this.#output.join("");
  }

  get summary(): string {
    const file = join(this.#artifacts, "summary.md");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** Runs a command as the account's root user. */
  async runCommand(
    ...args: string[]
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const ran = await berth(args, { cwd: this.folder, env: awsAt(this.sandbox) });
    this.#output.push(ran.stdout, ran.stderr);
    return ran;
  }

  /** Simulates an event. The given jobs are really executed; the other jobs succeed. */
  async handleEvent(
    event: Event,
    commit: string,
    executedJobs: readonly string[],
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
        ...this.environment,
      },
      credentials: (options: Readonly<Record<string, unknown>>, job: Job) =>
        this.#credentials(options, job, event),
      onOutput: (text: string) => void this.#output.push(text),
    };
    const outcomes = await simulate(workflow, event, (id, job, contexts) =>
      executedJobs.includes(id)
        ? runJob(runner, workflow, job, contexts)
        : Promise.resolve("success"),
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
    const subjectSuffix =
      job.environment === undefined
        ? github["event_name"] === "pull_request"
          ? "pull_request"
          : `ref:${ref}`
        : `environment:${job.environment}`;
    const tokenClaims: Claims = claims(SHOP, subjectSuffix, "ids", {
      ref,
      job_workflow_ref: `harbour/shop/.github/workflows/berth.yml@${ref}`,
    });
    const keys = await assumeRole(this.sandbox, String(options["role-to-assume"]), tokenClaims);
    this.secrets.push(keys.AWS_SECRET_ACCESS_KEY, keys.AWS_SESSION_TOKEN);
    return { ...keys, AWS_REGION: String(options["aws-region"]) };
  }

  pullRequestEvent(number: number, head: string): Event {
    return {
      github: {
        event_name: "pull_request",
        ref: `refs/pull/${number}/merge`,
        base_ref: "main",
        repository: this.github.repository,
        run_id: String(this.github.workflowRunFor(head).id),
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

  eventOnMain(event_name: string, inputs: Readonly<Record<string, string>> = {}): Event {
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

  /** Files of the repository and the artifacts that contain a text. */
  filesContaining(text: string): string[] {
    const walk = (folder: string): string[] =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return entry.name === ".terraform" ? [] : walk(path);
        return statSync(path).isFile() && readFileSync(path).includes(text) ? [path] : [];
      });
    return [...walk(this.folder), ...walk(this.#artifacts)];
  }
}

/** Command lines of all processes on this machine during the tests. */
const commandLines = new Set<string>();
const commandLineSampler = setInterval(() => {
  for (const id of readdirSync("/proc").filter((value) => /^\d+$/.test(value))) {
    try {
      commandLines.add(readFileSync(`/proc/${id}/cmdline`, "utf8"));
    } catch {
      // The process ended in the meantime.
    }
  }
}, 250);

export const fingerprintIn = (text: string): string =>
  /berth2-[0-9a-f]{64}/.exec(text)?.[0] ?? "none";

/** The last fingerprint in a text. */
export const lastFingerprintIn = (text: string): string =>
  fingerprintIn(text.slice(text.lastIndexOf("berth2-")));

/** The account has the state bucket and the roles. */
async function bootstrap(): Promise<{ shop: PipelineProject; snapshot: Snapshot }> {
  const shop = await PipelineProject.start();
  const first = await shop.runCommand("bootstrap", "--yes");
  expect(first.stderr).toContain("moving the state to the bucket");
  expect(first.stdout).toContain("arn:aws:iam::111122223333:role/shop-apply");
  expect(first.code).toBe(0);
  const states = shop.sandbox.contextFor({ region: REGION }).in(objects).all();
  expect(states.map(({ key, encryption }) => `${key} ${encryption}`)).toEqual([
    "shop/bootstrap.tfstate aws:kms",
  ]);
  expect(shop.filesContaining('"aws_iam_role"').filter((file) => file.includes("tfstate"))).toEqual(
    [],
  );
  return { shop, snapshot: shop.snapshot() };
}
export const bootstrapped: typeof bootstrap = once(bootstrap);

/** A pull request has the plan of the foundation in its comment. */
async function plan(): Promise<PipelineProject> {
  const { shop } = await bootstrapped();
  expect((await shop.runCommand("pipeline")).code).toBe(0);
  const pull = shop.github.openPullRequest(sha("a"));
  const event = shop.pullRequestEvent(pull.number, pull.head);
  const { outcomes, printed } = await shop.handleEvent(event, sha("0"), ["plan", "comment"]);
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
  const { outcomes, printed } = await shop.handleEvent(shop.eventOnMain("push"), sha("b"), [
    "preview",
    "apply",
  ]);
  expect(outcomes, printed).toMatchObject({
    preview: "success",
    apply: "success",
    plan: "skipped",
  });
  expect(printed).toContain("approved by the merge of pull request #1");
  expect(shop.logRetentionDays).toBe(30);
  return shop.snapshot();
}
export const applied: typeof apply = once(apply);

/** Stops all projects. */
export async function stopProjects(): Promise<void> {
  clearInterval(commandLineSampler);
  for (const started of PipelineProject.started) await started.stop();
}

/** Timeout of a test in milliseconds. A test waits for up to four previous stages of 5 minutes each. */
export const LIMIT: number = 1_200_000;

/** Secrets that appear in output, requests to GitHub, files or command lines. */
export function leakedSecrets(): string[] {
  const lines = [...commandLines].join("\n");
  if (!lines.includes("berth")) throw new Error("no command line of Berth was recorded");
  return PipelineProject.started.flatMap((shop) =>
    shop.secrets.filter(
      (secret) =>
        shop.output.includes(secret) ||
        shop.github.requestBodies.join("\n").includes(secret) ||
        shop.filesContaining(secret).length > 0 ||
        lines.includes(secret),
    ),
  );
}
