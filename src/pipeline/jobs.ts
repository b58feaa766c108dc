import { basename } from "node:path/posix";
import type { PipelineOptions, Settings } from "../config/options.ts";
import { gitHubEnvironment, workflowFile } from "../config/pipeline.ts";
import { pins, uses } from "./pins.ts";

/** Versions that a pipeline uses unless the config says others. */
const ENGINE = { terraform: "1.13.5", opentofu: "1.10.6" } as const;
const NODE = 22;
/** GitHub's own runner: it is thrown away after each job. */
const RUNNER = "ubuntu-24.04";

export type Yaml = Readonly<Record<string, unknown>>;

/** One environment, with all that its jobs need to know. */
export interface EnvironmentJobs {
  readonly settings: Settings;
  /** The end of the names of its jobs: none where there is one environment. */
  readonly suffix: string;
  /** Flags that choose it. */
  readonly flags: string;
  readonly account: string;
  readonly roles: { readonly plan: string; readonly apply: string };
}

const SAME_REPOSITORY =
  "github.event.pull_request.head.repo.full_name == github.repository && github.event.pull_request.user.login != 'dependabot[bot]'";

/**
 * What each job begins with: the code, without the token, and its packages, without running their scripts.
 *
 * @param ref whose code, where it is not that of the event
 */
const code = (ref?: string): readonly Yaml[] => [
  {
    uses: uses(pins.checkout),
    with: { ...(ref === undefined ? {} : { ref }), "persist-credentials": false },
  },
  { uses: uses(pins.setupNode), with: { "node-version": NODE } },
  { run: "npm ci --ignore-scripts" },
];

/** The same, with the engine. */
function tools({ engine = "terraform", engineVersion }: PipelineOptions): Yaml[] {
  const version = engineVersion ?? ENGINE[engine];
  return [
    ...code(),
    engine === "terraform"
      ? {
          uses: uses(pins.setupTerraform),
          with: { terraform_version: version, terraform_wrapper: false },
        }
      : {
          uses: uses(pins.setupOpentofu),
          with: { tofu_version: version, tofu_wrapper: false },
        },
  ];
}

const credentials = ({ settings, account }: EnvironmentJobs, role: string, kind: string): Yaml => ({
  uses: uses(pins.awsCredentials),
  with: {
    "role-to-assume": role,
    "role-session-name": `${settings.name}-${kind}-\${{ github.run_id }}`,
    "aws-region": settings.region,
    "allowed-account-ids": account,
  },
});

const lines = (...texts: readonly string[]): string => `${texts.join("\n")}\n`;

/** A command whose Markdown is kept and shown in the job's summary, whether it succeeds or not. */
const reported = (command: string, file: string): string =>
  lines(
    "mkdir -p report",
    "code=0",
    `npx --no-install berth ${command} > report/${file}.md || code=$?`,
    `cat report/${file}.md >> "$GITHUB_STEP_SUMMARY"`,
    'exit "$code"',
  );

const token: Yaml = { GITHUB_TOKEN: "${{ github.token }}" };

const upload = (name: string, folder: string): Yaml => ({
  if: "${{ !cancelled() }}",
  uses: uses(pins.uploadArtifact),
  with: {
    name,
    path: `${folder}report/*.md`,
    "if-no-files-found": "ignore",
    "retention-days": 7,
  },
});

/** The order of the comment's texts is the order of these names. */
const reportName = (
  { settings: { environment } }: EnvironmentJobs,
  kind: "2-check" | "3-rehearse" | "1-plan",
): string => `${kind}-${environment}`;

const byHand = (operation: string, { settings }: EnvironmentJobs): string =>
  `github.event_name == 'workflow_dispatch' && inputs.operation == '${operation}' && inputs.environment == '${settings.environment}'`;

/** What all jobs of a workflow share. */
export interface WorkflowContext {
  /** The project's name: it keeps what several workflows of a repository do apart. */
  readonly name: string;
  /** The flag that names the config, where it is not called as usual. */
  readonly configFlag: string;
  readonly pipeline: PipelineOptions;
  readonly branch: string;
  /** The config's folder in the repository, with a slash at its end; empty for the root. */
  readonly folder: string;
}

/** Jobs of one kind that must not run at a time. Another pipeline of the same name has groups of its own. */
const concurrency = (
  { pipeline }: WorkflowContext,
  kind: string,
  name: string,
  cancels: boolean,
): Yaml => ({
  concurrency: {
    group: `${basename(workflowFile(pipeline))}/${kind}/${name}`,
    "cancel-in-progress": cancels,
  },
});

/** The same, for each pull request by itself: a later push makes an earlier one's jobs needless. */
const onePerPull = (frame: WorkflowContext, kind: string, name: string): Yaml =>
  concurrency(frame, kind, `${name}/\${{ github.ref }}`, true);

/** Where jobs run whose code is that of the branch, and where those run whose code is a pull request's. */
const runnerOf = ({ pipeline }: WorkflowContext, codeOf: "branch" | "pull request"): unknown =>
  (codeOf === "branch" ? pipeline.runsOn : pipeline.checksRunOn) ?? RUNNER;

function job(runner: unknown, minutes: number, permissions: Yaml, rest: Yaml): Yaml {
  const { if: condition, needs, ...more } = rest;
  return {
    ...(condition === undefined ? {} : { if: condition }),
    ...(needs === undefined ? {} : { needs }),
    "runs-on": runner,
    "timeout-minutes": minutes,
    permissions,
    ...more,
  };
}

/** Without credentials, and so for everybody: is it proved to launch, and does it launch in a rehearsal? */
const checkJob = (frame: WorkflowContext, lane: EnvironmentJobs): Yaml =>
  job(
    runnerOf(frame, "pull request"),
    30,
    { contents: "read" },
    {
      if: "github.event_name == 'pull_request'",
      ...onePerPull(frame, "check", lane.settings.name),
      steps: [
        ...tools(frame.pipeline),
        {
          name: "Check",
          run: reported(
            `check${lane.flags} --no-exec --format markdown`,
            reportName(lane, "2-check"),
          ),
        },
        {
          name: "Rehearse",
          run: reported(
            `rehearse${lane.flags} --no-exec --markdown`,
            reportName(lane, "3-rehearse"),
          ),
        },
        upload(`report-check-${lane.settings.environment}`, frame.folder),
      ],
    },
  );

/** A step that plans and hands the plan's fingerprint to the jobs after its own, and the output that does. */
const planStep = (lane: EnvironmentJobs): Yaml => ({
  name: "Plan",
  id: "plan",
  run: reported(
    `plan${lane.flags} --no-lock --markdown --github-output`,
    reportName(lane, "1-plan"),
  ),
});
const planOutputs: Yaml = {
  outputs: { fingerprint: "${{ steps.plan.outputs.fingerprint }}" },
};

const planJob = (frame: WorkflowContext, lane: EnvironmentJobs): Yaml =>
  job(
    runnerOf(frame, "pull request"),
    20,
    { contents: "read", "id-token": "write" },
    {
      if: `github.event_name == 'pull_request' && ${SAME_REPOSITORY}`,
      needs: `check${lane.suffix}`,
      ...onePerPull(frame, "plan", lane.settings.name),
      ...planOutputs,
      steps: [
        ...tools(frame.pipeline),
        credentials(lane, lane.roles.plan, "plan"),
        planStep(lane),
        upload(`report-plan-${lane.settings.environment}`, frame.folder),
      ],
    },
  );

/**
 * It writes to GitHub: so it has no credentials of AWS, and runs the branch's code alone. The pull request gives it text,
 * and each plan's fingerprint as an output of the job that planned.
 */
const commentJob = (frame: WorkflowContext, lanes: readonly EnvironmentJobs[]): Yaml =>
  job(
    runnerOf(frame, "branch"),
    10,
    { contents: "read", "pull-requests": "write" },
    {
      if: `\${{ !cancelled() && github.event_name == 'pull_request' && ${SAME_REPOSITORY} }}`,
      needs: lanes.flatMap(({ suffix }) => [`check${suffix}`, `plan${suffix}`]),
      ...onePerPull(frame, "comment", frame.name),
      steps: [
        ...code(frame.branch),
        {
          uses: uses(pins.downloadArtifact),
          // Each artifact has a folder of its own: a report cannot take the place of another job's.
          with: { pattern: "report-*", path: `${frame.folder}report` },
        },
        {
          name: "Comment",
          env: {
            ...token,
            FAILED: "${{ contains(needs.*.result, 'failure') }}",
            ...Object.fromEntries(
              lanes.map(({ suffix }, at) => [
                `PLAN_${at + 1}`,
                `\${{ needs.plan${suffix}.outputs.fingerprint }}`,
              ]),
            ),
          },
          run: lines(
            "shopt -s nullglob",
            "mkdir -p report",
            'if [ "$FAILED" = true ]; then',
            "  echo '**A job failed; its log says why.** What has no plan here is not approved.' > report/0-failed.md",
            "fi",
            [
              `npx --no-install berth comment${frame.configFlag} --name ${frame.name} --workflow ${basename(workflowFile(frame.pipeline))}`,
              ...lanes.map(
                ({ settings: { environment } }, at) => `--approve "${environment}=$PLAN_${at + 1}"`,
              ),
              "report/*.md report/report-plan-*/*.md report/report-check-*/*.md",
            ].join(" \\\n  "),
          ),
        },
      ],
    },
  );

const forkJob = (frame: WorkflowContext): Yaml =>
  job(
    runnerOf(frame, "pull request"),
    5,
    {},
    {
      if: `github.event_name == 'pull_request' && !(${SAME_REPOSITORY})`,
      steps: [
        {
          name: "Say what was not run",
          // Nothing is checked out: there may be no such folder.
          "working-directory": ".",
          run: lines(
            'echo "This pull request may not have credentials: it was checked and rehearsed without them, and not planned. A maintainer who has read it can push its branch into this repository." >> "$GITHUB_STEP_SUMMARY"',
          ),
        },
      ],
    },
  );

/** In the environment that people guard, and one at a time. */
const guarded = (frame: WorkflowContext, lane: EnvironmentJobs): Yaml => ({
  environment: gitHubEnvironment(lane.settings.environment),
  ...concurrency(frame, "apply", lane.settings.name, false),
});

/** True on the branch, for a merge and for an apply by hand. */
const applies = (frame: WorkflowContext, lane: EnvironmentJobs): string =>
  `github.ref == 'refs/heads/${frame.branch}' && (github.event_name == 'push' || (${byHand("apply", lane)}))`;

/**
 * Plans on the branch before the environment's reviewers are asked: what they read in the run's summary is the plan that
 * is applied. It stops where that plan is not the approved one.
 */
const previewJob = (
  frame: WorkflowContext,
  lane: EnvironmentJobs,
  before: EnvironmentJobs | undefined,
): Yaml =>
  job(
    runnerOf(frame, "branch"),
    20,
    { actions: "read", contents: "read", "id-token": "write", "pull-requests": "read" },
    {
      if: `\${{ !failure() && !cancelled() && ${applies(frame, lane)} }}`,
      ...(before ? { needs: `apply${before.suffix}` } : {}),
      ...concurrency(frame, "preview", lane.settings.name, false),
      ...planOutputs,
      steps: [
        ...tools(frame.pipeline),
        credentials(lane, lane.roles.plan, "preview"),
        planStep(lane),
        {
          if: "${{ steps.plan.outputs.fingerprint != '' }}",
          name: "Compare with what was approved",
          env: {
            ...token,
            APPROVED: "${{ inputs.approved }}",
            PLANNED: "${{ steps.plan.outputs.fingerprint }}",
          },
          run: lines(
            'approved="$APPROVED"',
            'if [ -z "$approved" ]; then',
            `  approved=$(npx --no-install berth approved${lane.flags})`,
            "fi",
            'if [ "$approved" != "$PLANNED" ]; then',
            '  echo "::error::this is not the plan that was approved, and nothing was changed: read it in the summary of this run, and start the workflow by hand with its fingerprint"',
            "  exit 4",
            "fi",
          ),
        },
      ],
    },
  );

/**
 * Saves a state that the step `change` could not save, for example because its session had expired, and releases the
 * lock that it left: the runner's disk ends with the job. The state holds secrets, so it is not uploaded.
 *
 * Source: GitHub Docs, "Contexts reference": steps.<step_id>.conclusion.
 */
function recovery(lane: EnvironmentJobs): Yaml[] {
  const condition =
    "${{ always() && (steps.change.conclusion == 'failure' || steps.change.conclusion == 'cancelled') }}";
  const fresh = credentials(lane, lane.roles.apply, "recover");
  return [
    {
      if: condition,
      ...fresh,
      with: { ...(fresh["with"] as Yaml), "unset-current-credentials": true }, // written by credentials()
    },
    {
      if: condition,
      name: "Save a state that was not saved",
      run: lines(`npx --no-install berth recover${lane.flags} --yes`),
    },
  ];
}

const applyJob = (frame: WorkflowContext, lane: EnvironmentJobs): Yaml =>
  job(
    runnerOf(frame, "branch"),
    60,
    { contents: "read", "id-token": "write" },
    {
      // Without a fingerprint the plan would do nothing, and nobody needs to be asked.
      if: `\${{ !failure() && !cancelled() && needs.preview${lane.suffix}.result == 'success' && needs.preview${lane.suffix}.outputs.fingerprint != '' && ${applies(frame, lane)} }}`,
      needs: `preview${lane.suffix}`,
      ...guarded(frame, lane),
      steps: [
        ...tools(frame.pipeline),
        credentials(lane, lane.roles.apply, "apply"),
        {
          id: "change",
          name: "Apply what was approved",
          env: { APPROVED: `\${{ needs.preview${lane.suffix}.outputs.fingerprint }}` },
          run: lines(`npx --no-install berth apply${lane.flags} --yes --approved "$APPROVED"`),
        },
        {
          name: "Verify that nothing is left to do",
          run: lines(`npx --no-install berth plan${lane.flags} --detailed-exitcode`),
        },
        ...recovery(lane),
        {
          if: "${{ failure() }}",
          name: "Show what it would do now",
          run: lines(
            `npx --no-install berth plan${lane.flags} --markdown >> "$GITHUB_STEP_SUMMARY"`,
          ),
        },
      ],
    },
  );

const driftJob = (frame: WorkflowContext, lane: EnvironmentJobs): Yaml =>
  job(
    runnerOf(frame, "branch"),
    20,
    { contents: "read", "id-token": "write", issues: "write" },
    {
      if: `github.ref == 'refs/heads/${frame.branch}' && (github.event_name == 'schedule' || (${byHand("drift", lane)}))`,
      ...concurrency(frame, "drift", lane.settings.name, false),
      steps: [
        ...tools(frame.pipeline),
        credentials(lane, lane.roles.plan, "drift"),
        {
          name: "Look for drift",
          env: token,
          run: lines(
            "code=0",
            `npx --no-install berth drift${lane.flags} --issue || code=$?`,
            "# 2 is drift: the issue tells of it, and nothing has failed.",
            'if [ "$code" -ne 2 ]; then exit "$code"; fi',
          ),
        },
      ],
    },
  );

const destroyJob = (frame: WorkflowContext, lane: EnvironmentJobs): Yaml =>
  job(
    runnerOf(frame, "branch"),
    60,
    { contents: "read", "id-token": "write" },
    {
      if: `github.ref == 'refs/heads/${frame.branch}' && ${byHand("destroy", lane)}`,
      ...guarded(frame, lane),
      steps: [
        {
          name: "Ask for the name",
          "working-directory": ".",
          env: { CONFIRM: "${{ inputs.confirm }}" },
          run: lines(
            `if [ "$CONFIRM" != "destroy ${lane.settings.name}" ]; then`,
            `  echo "::error::type 'destroy ${lane.settings.name}' into confirm to destroy it"`,
            "  exit 64",
            "fi",
          ),
        },
        ...tools(frame.pipeline),
        credentials(lane, lane.roles.apply, "destroy"),
        {
          id: "change",
          name: "Destroy",
          run: lines(`npx --no-install berth destroy${lane.flags} --yes`),
        },
        ...recovery(lane),
      ],
    },
  );

/** The jobs by their ids, in the order in which a person reads them. */
export function jobsOf(frame: WorkflowContext, lanes: readonly EnvironmentJobs[]): Yaml {
  const each = (kind: string, make: (lane: EnvironmentJobs) => Yaml): [string, Yaml][] =>
    lanes.map((lane) => [`${kind}${lane.suffix}`, make(lane)]);
  return Object.fromEntries([
    ...each("check", (lane) => checkJob(frame, lane)),
    ...each("plan", (lane) => planJob(frame, lane)),
    ["comment", commentJob(frame, lanes)],
    ["fork", forkJob(frame)],
    // Each environment is planned once the one before it is applied.
    ...lanes.flatMap((lane, at): [string, Yaml][] => [
      [`preview${lane.suffix}`, previewJob(frame, lane, lanes[at - 1])],
      [`apply${lane.suffix}`, applyJob(frame, lane)],
    ]),
    ...each("drift", (lane) => driftJob(frame, lane)),
    ...each("destroy", (lane) => destroyJob(frame, lane)),
  ]);
}
