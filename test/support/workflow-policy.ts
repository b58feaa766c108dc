import { type Event, type Job, simulate, type Workflow } from "./workflow-simulator.ts";

const REPOSITORY = "harbour/shop";

const pullRequest = (head: string | null, login = "ada"): Record<string, unknown> => ({
  event_name: "pull_request",
  ref: "refs/pull/7/merge",
  base_ref: "main",
  repository: REPOSITORY,
  event: {
    pull_request: {
      number: 7,
      head: { repo: head === null ? null : { full_name: head } },
      user: { login },
    },
  },
});

const onBranch = (event_name: string, branch: string): Record<string, unknown> => ({
  event_name,
  ref: `refs/heads/${branch}`,
  repository: REPOSITORY,
  event: {},
});

type EventName =
  | "pull request"
  | "pull request of a fork"
  | "pull request of a deleted fork"
  | "pull request of Dependabot"
  | "push to main"
  | "push elsewhere"
  | "schedule";

/** Events of a repository. */
export const EVENTS: Readonly<Record<EventName, Event>> = {
  "pull request": { github: pullRequest(REPOSITORY) },
  "pull request of a fork": { github: pullRequest("mallory/shop") },
  "pull request of a deleted fork": { github: pullRequest(null) },
  "pull request of Dependabot": { github: pullRequest(REPOSITORY, "dependabot[bot]") },
  "push to main": { github: onBranch("push", "main") },
  "push elsewhere": { github: onBranch("push", "feature") },
  schedule: { github: onBranch("schedule", "main") },
};

/** A manual start of the workflow. */
export const manualRun = (
  operation: string,
  environment: string,
  branch: string = "main",
): Event => ({
  github: onBranch("workflow_dispatch", branch),
  inputs: { operation, environment, approved: "", confirm: "" },
});

/** The jobs that run for an event. */
export async function jobsFor(workflow: Workflow, event: Event): Promise<string[]> {
  const outcomes = await simulate(workflow, event);
  return Object.entries(outcomes).flatMap(([id, outcome]) => (outcome === "skipped" ? [] : [id]));
}

const hasWritePermission = (job: Job, permission: string): boolean =>
  job.permissions?.[permission] === "write";

/** True if the job has no credentials but a token that reads the code. */
const isWithoutCredentials = (job: Job): boolean =>
  JSON.stringify(job.permissions) === '{"contents":"read"}';

const WRITE_PERMISSIONS = [
  "id-token",
  "contents",
  "pull-requests",
  "issues",
  "packages",
  "actions",
  "deployments",
];

function jobWeaknesses(
  id: string,
  job: Job & { readonly "timeout-minutes"?: number; readonly "runs-on"?: unknown },
): string[] {
  const found: string[] = [];
  if (job.permissions === undefined) found.push(`${id}: no permissions`);
  if (job["timeout-minutes"] === undefined || job["timeout-minutes"] > 60)
    found.push(`${id}: no timeout, or a long one`);
  if (/latest/.test(JSON.stringify(job["runs-on"])))
    found.push(`${id}: a runner image without a fixed version`);
  if (
    hasWritePermission(job, "id-token") &&
    ["contents", "pull-requests"].some((value) => hasWritePermission(job, value))
  )
    found.push(`${id}: AWS credentials together with write access`);
  for (const step of job.steps) {
    const name = step.name ?? step.uses ?? step.run ?? "";
    if (step.uses !== undefined && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(step.uses))
      found.push(`${id}: ${step.uses} is not pinned by commit`);
    if (step.run?.includes("${{") === true)
      found.push(`${id}: an expression in the script of ${name}`);
    if (
      step.uses?.startsWith("actions/checkout@") === true &&
      step.with?.["persist-credentials"] !== false
    )
      found.push(`${id}: checkout stores the token`);
    if (JSON.stringify(step).includes("secrets.")) found.push(`${id}: a secret in ${name}`);
    if (
      step.uses?.includes("upload-artifact") === true &&
      !String(step.with?.["path"]).endsWith(".md") &&
      !(String(step.with?.["path"]).endsWith(".berth/images") && isWithoutCredentials(job))
    )
      found.push(`${id}: an artifact that is not a report`);
    if (/berth build/.test(step.run ?? "") && !isWithoutCredentials(job))
      found.push(`${id}: a build with credentials`);
    if (
      /berth (apply|deploy|destroy|rollback)/.test(step.run ?? "") &&
      job.environment === undefined
    )
      found.push(`${id}: ${name} without an environment`);
    if (/npm (ci|install)(?!.*--ignore-scripts)/.test(step.run ?? ""))
      found.push(`${id}: install scripts of packages are executed`);
  }
  return found;
}

/** Security weaknesses of a workflow. */
export async function weaknesses(text: string, workflow: Workflow): Promise<string[]> {
  const found = Object.entries(workflow.jobs).flatMap(([id, job]) => jobWeaknesses(id, job));
  if (JSON.stringify(workflow.permissions) !== "{}") found.push("permissions for all jobs");
  for (const trigger of ["pull_request_target", "workflow_run", "issue_comment"])
    if (trigger in workflow.on) found.push(`${trigger} runs code of others with write access`);
  for (const [line] of text.matchAll(/^.*uses: .*$/gm))
    if (!/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))
      found.push(`no version beside the commit: ${line.trim()}`);
  const untrustedEvents = [
    "pull request of a fork",
    "pull request of a deleted fork",
    "pull request of Dependabot",
  ] as const;
  for (const untrustedEvent of untrustedEvents) {
    for (const id of await jobsFor(workflow, EVENTS[untrustedEvent])) {
      const job = workflow.jobs[id];
      if (job && WRITE_PERMISSIONS.some((value) => hasWritePermission(job, value)))
        found.push(`${id} has write access for a ${untrustedEvent}`);
    }
  }
  for (const id of await jobsFor(workflow, EVENTS["pull request"])) {
    const job = workflow.jobs[id];
    const checksOutPullRequest = job?.steps.some(
      ({ uses, with: options }) =>
        uses?.startsWith("actions/checkout@") === true && options?.["ref"] === undefined,
    );
    const writes = WRITE_PERMISSIONS.filter((permission) => permission !== "id-token");
    if (
      job &&
      checksOutPullRequest === true &&
      writes.some((permission) => hasWritePermission(job, permission))
    )
      found.push(`${id} runs code of a pull request with a write token`);
  }
  const eventsWithoutEnvironment = [
    EVENTS["pull request"],
    EVENTS["push elsewhere"],
    manualRun("apply", "default", "feature"),
  ];
  for (const event of eventsWithoutEnvironment) {
    for (const id of await jobsFor(workflow, event))
      if (workflow.jobs[id]?.environment !== undefined)
        found.push(`${id} uses its GitHub environment for an event that must not apply`);
  }
  for (const [id, job] of Object.entries(workflow.jobs)) {
    const { concurrency } = job as {
      readonly concurrency?: { readonly "cancel-in-progress"?: unknown };
    }; // the shape of Berth's workflows
    if (job.environment !== undefined && concurrency?.["cancel-in-progress"] !== false)
      found.push(`${id} can be canceled during an apply`);
  }
  return found;
}
