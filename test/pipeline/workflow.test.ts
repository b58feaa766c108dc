import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as parserModule from "@actions/workflow-parser";
import { createJiti } from "jiti";
import { describe, expect, it } from "vitest";
import type { Config } from "../../src/config/options.ts";
import { workflowFile } from "../../src/config/pipeline.ts";
import { versionOf } from "../../src/pipeline/pins.ts";
import { isEdited } from "../../src/pipeline/workflow.ts";
import type { PackageManagerName } from "../../src/shared/package-manager.ts";
import { manualRun, EVENTS, jobsFor, weaknesses } from "../support/workflow-policy.ts";
import { testFolder } from "../support/folder.ts";
import { generateWorkflow, pipelineConfig } from "../support/pipeline-config.ts";
import {
  type JobResult,
  type Outcome,
  readWorkflow,
  runJob,
  simulate,
} from "../support/workflow-simulator.ts";

const base: Config = { ...pipelineConfig, loadBalancer: { allowFrom: ["0.0.0.0/0"] } };

const two: Config = {
  ...base,
  environments: { dev: {}, prod: { production: true, account: "444455556666" } },
};

/** Services, and a job, with images that the pipeline builds. */
const withServices: Config = {
  ...two,
  services: {
    web: { image: { build: "." }, port: 8080, route: { path: "/*" } },
    "image-proxy": { image: { tag: "v1" } },
  },
  jobs: { nightly: { image: { build: "jobs" }, schedule: "rate(1 day)" } },
};

/** Configs that together use all options of the workflow. */
const options: Readonly<Record<string, readonly [Config, string]>> = {
  "one environment": [base, "berth.config.ts"],
  "two environments": [two, "berth.config.ts"],
  OpenTofu: [
    { ...base, pipeline: { engine: "opentofu", engineVersion: "1.11.2" } },
    "berth.config.ts",
  ],
  "self-hosted runners": [
    { ...base, pipeline: { runsOn: ["self-hosted", "harbour"] } },
    "berth.config.ts",
  ],
  "self-hosted runners for pull requests": [
    { ...base, pipeline: { runsOn: "harbour", checksRunOn: ["self-hosted", "pulls"] } },
    "berth.config.ts",
  ],
  "existing roles": [
    {
      ...base,
      pipeline: {
        roles: {
          plan: "arn:aws:iam::111122223333:role/ci/reader",
          apply: "arn:aws:iam::111122223333:role/ci/writer",
        },
      },
    },
    "berth.config.ts",
  ],
  "another branch and another schedule": [
    { ...base, pipeline: { branch: "release/live", driftSchedule: "0 4 * * *" } },
    "berth.config.ts",
  ],
  "a config below the root": [two, "infra/shop/berth.config.ts"],
  services: [withServices, "berth.config.ts"],
  "services of one environment, with scans": [
    {
      ...base,
      services: { web: { image: { build: "." } } },
      pipeline: { scanCommand: 'grype "oci-archive:$IMAGE_ARCHIVE"', failOn: "high" },
    },
    "infra/berth.config.ts",
  ],
  "a job with an existing image": [
    { ...base, jobs: { nightly: { image: { tag: "v1" } } } },
    "berth.config.ts",
  ],
  "another workflow file, and paths": [
    { ...base, pipeline: { workflow: "shop.yml", paths: ["infra/**"] } },
    "infra/the shop's.config.ts",
  ],
};

/** GitHub's workflow parser. Node.js does not support its JSON imports, so jiti loads it. */
const parser = createJiti(import.meta.url).import<typeof parserModule>("@actions/workflow-parser");

async function problemsIn(text: string): Promise<string[]> {
  const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await parser;
  const file = { name: workflowFile(), content: text };
  const { context, value } = parseWorkflow(file, new NoOperationTraceWriter());
  const syntax = context.errors.getErrors().map((error) => error.message);
  if (!value) return [...syntax, "nothing was read"];
  const template = await convertWorkflowTemplate(context, value);
  return [...new Set([...syntax, ...(template.errors ?? []).map((error) => error.Message)])];
}

describe.each(Object.entries(options))("the workflow for %s", (_, [config, file]) => {
  const text = generateWorkflow(config, file);

  it("is valid by GitHub's own parser", async () => {
    expect(await problemsIn(text)).toEqual([]);
  });

  it("has no security weakness", async () => {
    const own = text
      .replaceAll("refs/heads/release/live", "refs/heads/main")
      .replace("- release/live", "- main")
      .replace("- release/live", "- main");
    expect(await weaknesses(own, readWorkflow(own))).toEqual([]);
  });

  it("is equal for the same config, and is recognized as unedited", () => {
    expect(generateWorkflow(config, file)).toBe(text);
    expect(isEdited(text)).toBe(false);
    expect(isEdited(text.replace("timeout-minutes: 60", "timeout-minutes: 600"))).toBe(true);
  });
});

describe.each<[PackageManagerName, string[], string, string]>([
  ["npm", [], "npm ci --ignore-scripts", "npx --no-install berth"],
  [
    "pnpm",
    ["corepack enable"],
    "pnpm install --frozen-lockfile --ignore-scripts",
    "pnpm exec berth",
  ],
  [
    "yarn-classic",
    ["corepack enable"],
    "yarn install --frozen-lockfile --ignore-scripts",
    "yarn --silent run berth",
  ],
  ["yarn", ["corepack enable"], "yarn install --immutable --mode=skip-build", "yarn run berth"],
  [
    "bun",
    [expect.stringContaining("oven-sh/setup-bun@") as string],
    "bun install --frozen-lockfile --ignore-scripts",
    "bunx --no-install berth",
  ],
])("the workflow of a project with %s", (name, setup, install, berth) => {
  const text = generateWorkflow(two, "berth.config.ts", name);

  it("is valid by GitHub's own parser", async () => {
    expect(await problemsIn(text)).toEqual([]);
  });

  it("installs the packages and runs Berth with it, in each job", () => {
    const jobs = Object.values(readWorkflow(text).jobs).filter(({ steps }) =>
      steps.some(({ run = "" }) => run.includes("berth ")),
    );
    expect(jobs).toHaveLength(13);
    for (const { steps } of jobs) {
      const rest = steps.slice(
        1 + steps.findIndex(({ uses = "" }) => uses.startsWith("actions/setup-node@")),
      );
      const own = rest.slice(0, setup.length + 1).map(({ run, uses }) => run ?? uses);
      expect(own).toEqual([...setup, install]);
      for (const { run = "" } of steps)
        for (const [line] of run.matchAll(
          /^.*\bberth (?:check|rehearse|plan|apply|destroy|drift|approved|recover|comment)\b.*$/gm,
        ))
          expect(line).toContain(`${berth} `);
    }
  });
});

it("runs for changes of the configured paths, and of the workflow itself", () => {
  const config = { ...base, pipeline: { workflow: "shop.yml", paths: ["infra/**"] } };
  const { on } = readWorkflow(generateWorkflow(config));
  const paths = ["infra/**", ".github/workflows/shop.yml"];
  expect(on).toMatchObject({ pull_request: { paths }, push: { paths } });
});

it("does not execute configuration code in check, and loads no config with a write token", () => {
  const { jobs } = readWorkflow(generateWorkflow(base, "infra/shop.config.ts"));
  const commands = (id: string): string[] =>
    (jobs[id]?.steps ?? []).flatMap(({ run = "" }) =>
      [...run.matchAll(/berth (.*?)(?: > .*)?$/gm)].map(([, command = ""]) => command),
    );
  expect(commands("check")).toEqual([
    "check --config shop.config.ts --no-exec --format markdown",
    "rehearse --config shop.config.ts --no-exec --markdown",
  ]);
  expect(commands("comment")).toEqual([
    expect.stringContaining(" --name shop --workflow berth.yml"),
  ]);
  for (const { permissions = {}, steps } of Object.values(jobs)) {
    const loads = steps.some(({ run = "" }) => /berth (?!comment)/.test(run));
    expect(loads && permissions["pull-requests"] === "write").toBe(false);
  }
});

it("the roles of environments may differ", () => {
  const role = "arn:aws:iam::444455556666:role/ci/writer";
  const environments = { dev: {}, prod: { pipeline: { roles: { apply: role } } } };
  const text = generateWorkflow({ ...base, environments });
  // Twice in apply and twice in destroy: before the change, and before saving a state that was not saved.
  expect(text.split(`role-to-assume: ${role}`)).toHaveLength(5);
});

describe.each(["ci.yml", "release.yml"])("the workflow %s of this repository", (name) => {
  const text = readFileSync(new URL(`../../.github/workflows/${name}`, import.meta.url), "utf8");

  it("is valid by GitHub's own parser", async () => {
    expect(await problemsIn(text)).toEqual([]);
  });

  it("has no security weakness", async () => {
    expect(await weaknesses(text, readWorkflow(text))).toEqual([]);
  });

  it("uses the same pinned commits as generated workflows", () => {
    const used = [...text.matchAll(/uses: (\S+) # (v\S+)$/gm)];
    expect(used.filter(([, action = "", version]) => versionOf(action) !== version)).toEqual([]);
  });
});

it("GitHub's parser reports errors", async () => {
  const text = generateWorkflow(base);
  expect(await problemsIn(text.replace("runs-on:", "runs-in:"))).not.toEqual([]);
  expect(await problemsIn(text.replace("needs: check", "needs: chek"))).not.toEqual([]);
});

describe("weaknesses are detected", () => {
  const text = generateWorkflow(base);
  const changes: Readonly<Record<string, (text: string) => string>> = {
    "a tag instead of a commit": (value) =>
      value.replace(/checkout@[0-9a-f]{40} # v7\.0\.1/, "checkout@v7"),
    "no version beside the commit": (value) => value.replace(" # v7.0.1", ""),
    "an expression in a script": (value) =>
      value.replace('"$APPROVED"', '"${{ inputs.approved }}"'),
    "permissions for all": (value) => value.replace("permissions: {}", "permissions: write-all"),
    "a job without permissions": (value) =>
      value.replace(/^ {4}permissions:\n {6}contents: read\n(?= {4}conc)/m, ""),
    "no timeout": (value) => value.replace("    timeout-minutes: 60\n", ""),
    "a runner image without a fixed version": (value) =>
      value.replace("ubuntu-24.04", "ubuntu-latest"),
    "a stored token": (value) =>
      value.replace("persist-credentials: false", "persist-credentials: true"),
    "an apply without a GitHub environment": (value) =>
      value.replace("    environment: production\n", ""),
    "a saved plan as an artifact": (value) =>
      value.replace("path: report/*.md", "path: .berth/**/plan.tfplan"),
    "a secret": (value) => value.replace("${{ github.token }}", "${{ secrets.PAT }}"),
    "permissions for pull requests from forks": (value) =>
      value.replace(
        /if: github\.event_name == 'pull_request' && github\.event\.pull_request\.head.*$/m,
        "if: github.event_name == 'pull_request'",
      ),
    pull_request_target: (value) => value.replace("  pull_request:", "  pull_request_target:"),
    "an apply from any branch": (value) =>
      value.replace(
        "github.ref == 'refs/heads/main' && (github.event_name == 'push'",
        "(github.event_name == 'pull_request' || github.event_name == 'push'",
      ),
    "an apply that can be canceled": (value) =>
      value.replaceAll("cancel-in-progress: false", "cancel-in-progress: true"),
    "code of a pull request with a write token": (value) =>
      value.replace("          ref: main\n", ""),
    "install scripts of packages": (value) => value.replace("npm ci --ignore-scripts", "npm ci"),
  };
  it.each(Object.entries(changes))("%s", async (_, change) => {
    const worse = change(text);
    expect(worse).not.toBe(text);
    expect(await weaknesses(worse, readWorkflow(worse))).not.toEqual([]);
  });
});

describe("the preview", () => {
  const workflow = readWorkflow(generateWorkflow(two));

  /** The jobs that run after a merge, if some jobs have the given results. */
  const onMerge = async (
    results: Readonly<Record<string, Outcome | JobResult>>,
  ): Promise<string[]> =>
    Object.entries(
      await simulate(workflow, EVENTS["push to main"], (id) =>
        Promise.resolve(results[id] ?? "success"),
      ),
    ).flatMap(([id, outcome]) => (outcome === "skipped" ? [] : [id]));

  it("requests no review if the plan is not the approved plan", async () => {
    expect(await onMerge({ "preview-dev": "failure" })).toEqual(["preview-dev"]);
    const failed: JobResult = { outcome: "failure", outputs: { fingerprint: "berth2-…" } };
    expect(await onMerge({ "preview-dev": failed })).toEqual(["preview-dev"]);
  });

  it("requests no review for a plan without changes, and continues with the next environment", async () => {
    const idle: JobResult = { outcome: "success", outputs: { fingerprint: "" } };
    expect(await onMerge({ "preview-dev": idle })).toEqual([
      "preview-dev",
      "preview-prod",
      "apply-prod",
    ]);
  });

  it("of an environment waits for the apply of the previous environment", async () => {
    expect(await onMerge({ "apply-dev": "failure" })).toEqual(["preview-dev", "apply-dev"]);
  });

  it("uses the read-only role without a GitHub environment, and passes its fingerprint to the apply", () => {
    const { "preview-prod": preview, "apply-prod": apply } = workflow.jobs;
    expect(preview?.environment).toBeUndefined();
    expect(JSON.stringify(preview)).toContain("role/shop-prod-plan");
    expect(JSON.stringify(preview)).not.toContain("role/shop-prod-apply");
    const step = apply?.steps.find(({ run }) => run?.includes("berth apply"));
    expect(step?.env).toEqual({ APPROVED: "${{ needs.preview-prod.outputs.fingerprint }}" });
    expect(apply?.permissions).toEqual({ contents: "read", "id-token": "write" });
  });
});

describe("the code of a pull request", () => {
  const runners = (pipeline: Config["pipeline"]): Readonly<Record<string, unknown>> =>
    Object.fromEntries(
      Object.entries(readWorkflow(generateWorkflow({ ...base, pipeline })).jobs).map(
        ([id, job]) => [id, job["runs-on"]],
      ),
    );

  it("runs on GitHub-hosted runners, unless checksRunOn is set", () => {
    const [own, checks] = ["harbour", ["self-hosted", "pulls"]];
    const branch = { comment: own, preview: own, apply: own, drift: own, destroy: own };
    expect(runners({ runsOn: own })).toEqual({
      check: "ubuntu-24.04",
      plan: "ubuntu-24.04",
      fork: "ubuntu-24.04",
      ...branch,
    });
    expect(runners({ runsOn: own, checksRunOn: checks })).toEqual({
      check: checks,
      plan: checks,
      fork: checks,
      ...branch,
    });
  });

  it("is not executed by the comment job, which gets the fingerprints as job outputs", () => {
    const { jobs } = readWorkflow(generateWorkflow(two, "infra/berth.config.ts"));
    const comment = jobs["comment"];
    const checkout = comment?.steps.find(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkout?.with).toEqual({ ref: "main", "persist-credentials": false });
    const step = comment?.steps.find(({ run }) => run?.includes("berth comment"));
    expect(step?.run).toContain(" --name shop --workflow berth.yml ");
    expect(step?.env).toMatchObject({
      PLAN_1: "${{ needs.plan-dev.outputs.fingerprint }}",
      PLAN_2: "${{ needs.plan-prod.outputs.fingerprint }}",
    });
    const download = comment?.steps.find(({ uses }) => uses?.includes("download-artifact"));
    expect(download?.with).toEqual({ pattern: "report-*", path: "infra/report" });
  });
});

it("two pipelines with the same name do not cancel each other's jobs", () => {
  const groups = (workflow: string): unknown[] =>
    Object.values(readWorkflow(generateWorkflow({ ...base, pipeline: { workflow } })).jobs).flatMap(
      ({ concurrency }) => (concurrency ? [concurrency.group] : []),
    );
  const [entry, other] = [groups("shop.yml"), groups("site.yml")];
  expect(entry.length).toBeGreaterThan(5);
  expect(entry.filter((group) => other.includes(group))).toEqual([]);
});

describe("jobs that run", () => {
  const workflow = readWorkflow(generateWorkflow(base));
  const both = readWorkflow(generateWorkflow(two));

  it.each([
    ["pull request", ["check", "plan", "comment"]],
    ["pull request of a fork", ["check", "fork"]],
    ["pull request of a deleted fork", ["check", "fork"]],
    ["pull request of Dependabot", ["check", "fork"]],
    ["push to main", ["preview", "apply"]],
    ["push elsewhere", []],
    ["schedule", ["drift"]],
  ] as const)("for the event: %s", async (event, jobs) => {
    expect(await jobsFor(workflow, EVENTS[event])).toEqual(jobs);
  });

  it.each([
    ["drift", "main", ["drift"]],
    ["apply", "main", ["preview", "apply"]],
    ["destroy", "main", ["destroy"]],
    ["drift", "feature", []],
    ["apply", "feature", []],
    ["destroy", "feature", []],
  ] as const)("after a manual start: %s on %s", async (operation, branch, jobs) => {
    expect(await jobsFor(workflow, manualRun(operation, "default", branch))).toEqual(jobs);
  });

  it("apply the environments in order after a merge, and only the selected environment after a manual start", async () => {
    expect(await jobsFor(both, EVENTS["push to main"])).toEqual([
      "preview-dev",
      "apply-dev",
      "preview-prod",
      "apply-prod",
    ]);
    expect(await jobsFor(both, manualRun("apply", "prod"))).toEqual(["preview-prod", "apply-prod"]);
    expect(await jobsFor(both, manualRun("destroy", "dev"))).toEqual(["destroy-dev"]);
    expect(await jobsFor(both, EVENTS.schedule)).toEqual(["drift-dev", "drift-prod"]);
  });
});

describe("a failed change", () => {
  /** The commands of a job in which the given command fails. */
  async function commandsOf(
    id: "apply" | "destroy",
    failing: string,
    confirm = "destroy shop",
  ): Promise<string[]> {
    const folder = testFolder();
    const log = join(folder, "commands.txt");
    writeFileSync(log, "");
    for (const program of ["npx", "npm"]) {
      writeFileSync(
        join(folder, program),
        `#!/bin/sh\necho "${program} $*" >> '${log}'\ncase "$*" in *"berth ${failing}"*) exit 1;; esac\n`,
        { mode: 0o755 },
      );
    }
    const workflow = readWorkflow(generateWorkflow(base));
    const job = workflow.jobs[id];
    if (job === undefined) throw new TypeError(`no job ${id}`);
    const { outcome } = await runJob(
      {
        folder,
        artifacts: testFolder(),
        env: { PATH: `${folder}:${process.env["PATH"]}`, GITHUB_STEP_SUMMARY: "/dev/null" },
        credentials: ({ "role-to-assume": role }) => {
          appendFileSync(log, `credentials ${String(role).split("/").at(-1)}\n`);
          return Promise.resolve({});
        },
        onOutput: () => {},
      },
      workflow,
      job,
      {
        github: { run_id: "1" },
        inputs: { approved: "", confirm },
        needs: { preview: { result: "success", outputs: { fingerprint: "berth2-0" } } },
      },
    );
    return [...readFileSync(log, "utf8").trim().split("\n"), outcome];
  }

  it.each(["apply", "destroy"] as const)(
    "%s: the state is saved with new credentials in the same job",
    async (id) => {
      const commands = await commandsOf(id, id);
      const failed = commands.findIndex((command) => command.includes(`berth ${id} --yes`));
      expect(commands.slice(failed + 1, failed + 3)).toEqual([
        "credentials shop-apply",
        "npx --no-install berth recover --yes",
      ]);
    },
  );

  it("the state is not saved again after success, after a failure of a later step, or if the change did not start", async () => {
    const runs = [
      await commandsOf("apply", "none"),
      await commandsOf("apply", "plan"),
      await commandsOf("destroy", "none", "destroy another"),
    ];
    expect(runs.map((commands) => commands.at(-1))).toEqual(["success", "failure", "failure"]);
    expect(runs.flat().join("\n")).not.toContain("recover");
  });
});
