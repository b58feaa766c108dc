import type { PackageManager } from "../../shared/index.ts";
import { pins, uses } from "../pins.ts";
import type { PipelineEnvironment, PipelineService, WorkflowContext, Yaml } from "./shared.ts";

/** Versions that a pipeline installs if the config names none. */
const DEFAULT_ENGINE_VERSIONS = { terraform: "1.13.5", opentofu: "1.10.6" } as const;
const NODE_VERSION = 22;

/** The environment variable with the job's GitHub token. */
export const githubToken: Yaml = { GITHUB_TOKEN: "${{ github.token }}" };

/** A shell script of several lines. */
export const script = (...lines: readonly string[]): string => `${lines.join("\n")}\n`;

/** Steps that make a package manager available. Corepack, which is part of Node.js 22, provides pnpm and Yarn. */
function packageManagerSteps({ name }: PackageManager): readonly Yaml[] {
  switch (name) {
    case "npm":
      return [];
    case "bun":
      return [{ uses: uses(pins.setupBun) }];
    case "pnpm":
    case "yarn":
    case "yarn-classic":
      return [{ run: "corepack enable" }];
  }
}

/**
 * The first steps of each job: check out the code without storing the token, and install its packages without running
 * their install scripts.
 *
 * @param ref the branch or commit to check out @default the commit of the event
 */
export const checkoutSteps = (
  { packageManager }: WorkflowContext,
  ref?: string,
): readonly Yaml[] => [
  {
    uses: uses(pins.checkout),
    with: { ...(ref === undefined ? {} : { ref }), "persist-credentials": false },
  },
  { uses: uses(pins.setupNode), with: { "node-version": NODE_VERSION } },
  ...packageManagerSteps(packageManager),
  { run: packageManager.cleanInstall },
];

/** The checkout steps, and a step that installs Terraform or OpenTofu. */
export function setupSteps(context: WorkflowContext): Yaml[] {
  const { engine = "terraform", engineVersion } = context.pipeline;
  const version = engineVersion ?? DEFAULT_ENGINE_VERSIONS[engine];
  return [
    ...checkoutSteps(context),
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

/**
 * A step that assumes a role by OpenID Connect.
 *
 * @param replacesEarlier whether an earlier step of the job has assumed another role
 */
export const credentialsStep = (
  { settings, account }: PipelineEnvironment,
  role: string,
  sessionKind: string,
  { replacesEarlier = false }: { readonly replacesEarlier?: boolean } = {},
): Yaml => ({
  uses: uses(pins.awsCredentials),
  with: {
    "role-to-assume": role,
    "role-session-name": `${settings.name}-${sessionKind}-\${{ github.run_id }}`,
    "aws-region": settings.region,
    "allowed-account-ids": account,
    ...(replacesEarlier ? { "unset-current-credentials": true } : {}),
  },
});

/** Runs a command, and writes its Markdown to a file and to the job's summary, also if the command fails. */
export const reportScript = (
  { berth }: PipelineEnvironment,
  command: string,
  file: string,
): string =>
  script(
    "mkdir -p report",
    "code=0",
    `${berth} ${command} > report/${file}.md || code=$?`,
    `cat report/${file}.md >> "$GITHUB_STEP_SUMMARY"`,
    'exit "$code"',
  );

/** The name of a report's file. The comment shows the reports in the order of these names. */
export const reportName = (
  { settings: { environment } }: PipelineEnvironment,
  kind: "2-check" | "3-rehearse" | "1-plan" | "1-service",
): string => `${kind}-${environment}`;

/** A step that uploads the job's reports. */
export const uploadReportStep = (artifactName: string, folder: string): Yaml => ({
  if: "${{ !cancelled() }}",
  uses: uses(pins.uploadArtifact),
  with: {
    name: artifactName,
    path: `${folder}report/*.md`,
    "if-no-files-found": "ignore",
    "retention-days": 7,
  },
});

/** A step that plans and writes the plan's fingerprint to the step's outputs. */
export const planStep = (environment: PipelineEnvironment): Yaml => ({
  name: "Plan",
  id: "plan",
  run: reportScript(
    environment,
    `plan${environment.flags} --no-lock --markdown --github-output`,
    reportName(environment, "1-plan"),
  ),
});

/**
 * A step that plans a service or job.
 *
 * @param options further options of the command
 */
export const planServiceStep = (
  environment: PipelineEnvironment,
  { name }: PipelineService,
  { options, env = {} }: { readonly options: string; readonly env?: Yaml },
): Yaml => ({
  name: `Plan ${name}`,
  id: `plan-${name}`,
  ...(Object.keys(env).length === 0 ? {} : { env }),
  run: reportScript(
    environment,
    `plan ${name}${environment.flags} --no-lock --markdown${options}`,
    `${reportName(environment, "1-service")}-${name}`,
  ),
});

/** Makes the fingerprint of `planStep` an output of the job, for the jobs that need it. */
export const planOutputs: Yaml = {
  outputs: { fingerprint: "${{ steps.plan.outputs.fingerprint }}" },
};

/** A step that changes a Terraform state, and the command that recovers the state. */
export interface StateChange {
  /** The ID of the step. */
  readonly step: string;
  /** The role that can write the state. */
  readonly role: "apply" | "deploy";
  /** The name of the step that recovers the state. */
  readonly name: string;
  readonly command: string;
  /** Environment variables of the command. */
  readonly env?: Yaml;
}

/** A step that changes the state of the foundation. */
export const foundationChange = (step: string): StateChange => ({
  step,
  role: "apply",
  name: "Save the state if it was not saved",
  command: "recover",
});

/** A step that changes the state of a service or job. */
export const serviceChange = (step: string, service: string): StateChange => ({
  step,
  role: "deploy",
  name: `Save the state of ${service} if it was not saved`,
  command: `recover ${service}`,
});

/**
 * Steps that save states that earlier steps could not save, for example because the session expired or the job was cancelled, and
 * release the locks that these steps left. They run in the same job: the runner's disk is deleted after the job, and a state holds
 * secrets, so that it must not be uploaded as an artifact.
 *
 * Source: GitHub Docs, "Contexts reference": steps.<step_id>.conclusion.
 */
export function recoverySteps(
  environment: PipelineEnvironment,
  changes: readonly StateChange[],
): Yaml[] {
  const { berth, flags, roles } = environment;
  const hasEnded = (step: string): string =>
    `steps.${step}.conclusion == 'failure' || steps.${step}.conclusion == 'cancelled'`;
  return (["deploy", "apply"] as const).flatMap((role) => {
    const ofRole = changes.filter((change) => change.role === role);
    if (ofRole.length === 0) return [];
    const steps = [...new Set(ofRole.map(({ step }) => step))];
    return [
      {
        if: `\${{ always() && (${steps.map(hasEnded).join(" || ")}) }}`,
        ...credentialsStep(environment, roles[role], "recover", { replacesEarlier: true }),
      },
      ...ofRole.map(({ step, name, command, env }) => ({
        if: `\${{ always() && (${hasEnded(step)}) }}`,
        name,
        ...(env === undefined ? {} : { env }),
        run: script(`${berth} ${command}${flags} --yes`),
      })),
    ];
  });
}
