// Schemas of the output of `--json`. The compiler compares those of CheckResult and Rehearsal with the types in src;
// test/meta/json-output.test.ts validates the output of each command.
import { z } from "zod";
import type { Suppression } from "../../src/checks/engine/evaluate.ts";
import { checks } from "../../src/checks/engine/registry.ts";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import type { DataOf } from "../../src/cli/errors.ts";
import { messageCodes, type Problem } from "../../src/cli/host/host.ts";
import type {
  BuildResult,
  DestroyResult,
  PushResult,
  RollbackResult,
  ScaleServiceResult,
  ServiceResult,
} from "../../src/app/index.ts";
import { BUILDER_NAMES } from "../../src/images/index.ts";
import type { CompletedDeployment, DeploymentCause } from "../../src/deployment/index.ts";
import { type FailureId, failures } from "../../src/failures/catalogue/index.ts";
import type { Rehearsal } from "../../src/rehearsal/result.ts";
import { appsSchema } from "../../src/sandbox/workload-behavior-file.ts";
import { type ErrorCode, errorCodes } from "../../src/shared/errors.ts";

const errorCodeNames = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]; // the keys of a constant
const failureIds = Object.keys(failures) as [FailureId, ...FailureId[]]; // the keys of a constant
const failureId = z.enum(failureIds).describe("ID of a failure, see failures.md");
const verdict = z.enum(["pass", "fail", "unknown"]);
const answer = z.enum(["pass", "fail", "unknown", "not-applicable"]);
const text = z.string();
const count = z.int().nonnegative();
const connection = z.strictObject({ from: text, to: text });

const location = z
  .strictObject({ file: text, line: z.int().positive() })
  .describe("line of a source file; the path is relative to the working directory");

const checkFinding = z.strictObject({
  check: text.describe("ID of the check, see checks.md"),
  severity: z.enum(["error", "warning", "note"]),
  id: failureId.optional(),
  title: text,
  address: text.describe("Terraform's address of the resource"),
  location: location.optional(),
  message: text,
  connection: connection.optional(),
  path: z.array(z.strictObject({ resource: text, message: text })).optional(),
  awsError: text.optional(),
  awsErrorSource: text.optional(),
  fix: text,
  page: text,
  otherPlaces: count.optional(),
});

const checkResultShape = {
  verdict,
  kind: z.enum(["plan", "state"]),
  resources: count,
  services: z.array(
    z.strictObject({
      address: text,
      kind: z.enum(["service", "task set", "schedule", "probe"]),
      subnets: z.array(text),
      answers: z.strictObject({
        start: answer,
        pull: answer,
        logs: answer,
        secrets: answer,
        traffic: answer,
        isolation: answer,
      }),
    }),
  ),
  findings: z.array(checkFinding),
  missingFacts: z.array(
    z.strictObject({
      fact: text,
      addresses: z.array(text),
      checks: z.array(text),
      ids: z.array(failureId),
      isCritical: z.boolean(),
    }),
  ),
  suppressed: z.array(z.strictObject({ ...checkFinding.shape, reason: text, until: text })),
  passed: count,
  checks: count,
  unknownReason: text.optional(),
  notChecked: z
    .array(text)
    .optional()
    .describe("services and jobs of a Berth config that were not checked"),
};
const checkResult: z.ZodType<CheckResult> = z.strictObject(checkResultShape);

const skippedResource = z.strictObject({
  stack: text,
  address: text,
  reason: z.enum(["sandbox", "provider", "local-code", "unknown-value"]),
  requires: text,
  dependents: z.array(text),
  mayDecide: z.boolean(),
});
const localCode = z.strictObject({
  stack: text,
  kind: z.enum([
    "config-file",
    "module",
    "provider",
    "provisioner",
    "resource",
    "data",
    "ephemeral",
    "action",
  ]),
  address: text,
  what: text,
  effect: z.enum(["runs-code", "uses-network", "writes-files"]),
  skipped: z.boolean(),
});
/** Parts of a folder that were skipped or allowed. */
const folderParts = {
  skippedResources: z.array(skippedResource),
  skippedProviders: z.array(text),
  allowedProviders: z.array(text),
  localCode: z.array(localCode),
};

const phaseName = z.enum([
  "apply",
  "deploy",
  "change",
  "traffic",
  "plan",
  "update",
  "rollback",
  "scale",
  "destroy",
]);
const rehearsalFinding = z.strictObject({
  id: failureId.optional(),
  title: text.optional(),
  message: text,
  isSandboxError: z.boolean().optional(),
  fix: text.optional(),
  address: text.optional(),
  location: location.optional(),
  step: text,
  connection: connection.optional(),
  path: z
    .array(z.strictObject({ resource: text, address: text.optional(), message: text }))
    .optional(),
  seconds: z.number().optional(),
});
const changingCall = z.strictObject({ call: text, number: count, addresses: z.array(text) });
const rehearsal: z.ZodType<Omit<Rehearsal, "policy">> = z.strictObject({
  verdict: z.enum(["pass", "applied", "fail", "unknown"]),
  interruptedIn: phaseName.optional(),
  stacks: z.array(text),
  phases: z.array(
    z.strictObject({ name: phaseName, outcome: verdict, seconds: z.number(), summary: text }),
  ),
  services: z.array(
    z.strictObject({
      service: text,
      outcome: verdict,
      running: count,
      desired: count,
      findings: z.array(rehearsalFinding),
      reason: text.optional(),
    }),
  ),
  requests: z.array(
    z.strictObject({
      listener: text,
      url: text,
      from: text,
      status: count.optional(),
      answeredBy: text,
      finding: rehearsalFinding.optional(),
      untested: text.optional(),
    }),
  ),
  errors: z.array(z.strictObject({ ...rehearsalFinding.shape, phase: phaseName })),
  differences: z.array(
    z.strictObject({
      address: text,
      actions: z.array(text),
      attributes: z.array(
        z.strictObject({ path: text, before: text, after: text, replaces: z.boolean() }),
      ),
    }),
  ),
  deployments: z
    .array(
      z.strictObject({
        service: text,
        phase: phaseName,
        change: z.enum([
          "first",
          "update",
          "program-exits",
          "health-check-fails",
          "secret-missing",
          "image-missing",
          "scale",
          "job",
        ]),
        outcome: verdict,
        ended: z
          .enum(["successful", "rolled-back", "rollback-failed", "stopped", "unchanged"])
          .optional(),
        explainedBy: failureId.optional(),
        seconds: z.number().optional(),
        findings: z.array(rehearsalFinding),
        reason: text.optional(),
      }),
    )
    .optional()
    .describe("deployments of the services of a Berth config, and runs of its jobs"),
  deploymentRequests: z
    .strictObject({
      sent: count,
      failed: z.array(
        z.strictObject({
          phase: phaseName,
          service: text,
          change: text,
          url: text,
          status: count.optional(),
          message: text,
          fromSecond: count,
          untilSecond: count,
          count,
        }),
      ),
    })
    .optional()
    .describe("requests to the routes of services during deployments"),
  outages: z.array(
    z.strictObject({
      subject: text,
      what: text,
      from: changingCall,
      until: changingCall.optional(),
      finding: rehearsalFinding,
    }),
  ),
  remainingResources: z.array(text),
  latentRisks: z.array(rehearsalFinding),
  ...folderParts,
  unsupportedCalls: z.array(text),
  notRehearsed: z
    .array(text)
    .optional()
    .describe("services and jobs of a Berth config that were not deployed"),
  assumptions: z.array(text),
  calls: count,
  seconds: z.number(),
  faults: z.strictObject({ seed: z.number(), count, interrupts: count }).optional(),
});

const counts = { add: count, change: count, remove: count };
const outputs = z.record(text, z.unknown()).describe("the outputs, by name");
const destroyed = z.strictObject({ destroyed: count.describe("number of deleted resources") });
const destroyResult: z.ZodType<Omit<DestroyResult, "outcome" | "hasPendingKey">> = z.strictObject({
  ...destroyed.shape,
  stoppedTasks: count.describe("number of stopped tasks"),
  deregisteredRevisions: count.describe("number of deregistered revisions of task definitions"),
});
const applied = z.strictObject({ ...counts, outputs });
const change = z.strictObject({ address: text, action: text, reason: text.optional() });

const time = text.describe("ISO 8601");
const serviceStatus = z.strictObject({
  name: text,
  kind: z.enum(["service", "job"]),
  exists: z.boolean(),
  revision: text.optional(),
  image: text.optional(),
  desired: count.optional(),
  running: count,
  pending: count,
  lastDeployment: z
    .strictObject({
      id: text,
      status: text,
      reason: text.optional(),
      startedAt: time.optional(),
      finishedAt: time.optional(),
    })
    .optional(),
  deployments: z.array(
    z.strictObject({
      revision: text,
      status: text,
      rolloutState: text.optional(),
      reason: text.optional(),
      desired: count,
      running: count,
      pending: count,
      failed: count,
      startedAt: time.optional(),
    }),
  ),
  targets: z.array(
    z.strictObject({ targetGroup: text, target: text, state: text, reason: text.optional() }),
  ),
  events: z.array(z.strictObject({ at: time.optional(), message: text })),
  stoppedTasks: z.array(
    z.strictObject({
      task: text,
      revision: text,
      stoppedAt: time.optional(),
      stopCode: text.optional(),
      reason: text,
      exitCode: z.int().optional(),
    }),
  ),
});

const deploymentCause: z.ZodType<DeploymentCause> = z.strictObject({
  failure: z.strictObject({ id: failureId, title: text, fix: text }).optional(),
  alternatives: z.array(failureId).describe("other failures with the same text of AWS"),
  message: text.describe("the text of AWS"),
  hop: z
    .strictObject({
      host: text.optional(),
      address: text.optional(),
      port: count.optional(),
      problem: z.enum(["timeout", "name-not-resolved", "connection-refused"]),
    })
    .optional(),
  targetHealth: z
    .enum([
      "Elb.RegistrationInProgress",
      "Elb.InitialHealthChecking",
      "Target.ResponseCodeMismatch",
      "Target.Timeout",
      "Target.FailedHealthChecks",
      "Target.NotRegistered",
      "Target.NotInUse",
      "Target.DeregistrationInProgress",
      "Target.InvalidState",
      "Target.IpUnusable",
      "Target.HealthCheckDisabled",
      "Elb.InternalError",
    ])
    .optional(),
  tasks: z.array(text),
  containers: z.array(z.strictObject({ name: text, exitCode: z.int(), reason: text.optional() })),
});

const completedDeployment: z.ZodType<CompletedDeployment> = z.strictObject({
  outcome: z.enum(["successful", "rolled-back", "rollback-failed", "stopped"]),
  deploymentArn: text,
  reason: text.optional().describe("what ECS states about the outcome"),
  trigger: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("circuit-breaker"), failed: count, threshold: count }),
      z.strictObject({ kind: z.literal("alarm"), alarms: z.array(text) }),
      z.strictObject({ kind: z.literal("other") }),
    ])
    .optional(),
  running: z
    .strictObject({ taskDefinition: text, images: z.array(text), running: count })
    .optional()
    .describe("the revision that the service runs now"),
  causes: z.array(deploymentCause),
  seconds: z.number(),
});

const deployedRevision = { service: text, taskDefinition: text };
const restoreError = z
  .array(z.lazy(() => problem))
  .optional()
  .describe("why Terraform still has the image of the failed deployment");
const recordError = z
  .array(z.lazy(() => problem))
  .optional()
  .describe("why the image could not be recorded for the next deployment");

const deployResult: z.ZodType<DataOf<ServiceResult>> = z.discriminatedUnion("outcome", [
  z.strictObject({
    ...deployedRevision,
    outcome: z.literal("deployed"),
    image: text,
    deployment: completedDeployment,
    url: text.optional(),
    recordError,
  }),
  z.strictObject({ ...deployedRevision, outcome: z.literal("applied"), image: text, recordError }),
  z.strictObject({
    ...deployedRevision,
    outcome: z.literal("unchanged"),
    image: text,
    url: text.optional(),
    recordError,
  }),
  z.strictObject({ service: text, outcome: z.literal("declined") }),
  z.strictObject({
    service: text,
    outcome: z.literal("not-approved"),
    fingerprint: text.optional(),
    plan: text.describe("the plan as Terraform prints it"),
  }),
  z.strictObject({
    ...deployedRevision,
    outcome: z.literal("before-failed"),
    task: z.strictObject({
      taskArn: text.optional(),
      exitCode: z.int().optional(),
      hasTimedOut: z.boolean(),
      reason: text.optional(),
      cause: deploymentCause.optional(),
      logLines: z.array(text),
    }),
    restoreError,
  }),
  z.strictObject({
    ...deployedRevision,
    outcome: z.literal("failed"),
    deployment: completedDeployment,
    restoreError,
  }),
  z.strictObject({
    service: text,
    outcome: z.literal("error"),
    error: z.array(z.lazy(() => problem)),
  }),
]);

const rollbackResult: z.ZodType<
  DataOf<Extract<RollbackResult, { readonly outcome: "rolled-back" }>>
> = z.strictObject({
  outcome: z.literal("rolled-back"),
  from: text,
  to: text,
  deployment: completedDeployment
    .optional()
    .describe("absent if the service already ran the revision"),
  recordError,
});

const scaleResult: z.ZodType<ScaleServiceResult> = z.strictObject({
  service: text,
  from: count,
  to: count,
  isAutomatic: z.boolean(),
  causes: z.array(deploymentCause),
});

const buildResult: z.ZodType<BuildResult> = z.strictObject({
  images: z.array(
    z.strictObject({
      services: z.array(text).describe("services and jobs with this image"),
      tag: text,
      digest: text,
      platform: text.describe("such as linux/arm64"),
      commit: text,
      isModified: z.boolean().describe("whether files of the build differ from the commit"),
      builder: z.enum(BUILDER_NAMES),
      hasAttestations: z
        .boolean()
        .describe("whether the image has an SBOM and a provenance attestation"),
      archive: text.describe("OCI archive, relative to the folder of the config"),
    }),
  ),
});

const imageScan = z.discriminatedUnion("outcome", [
  z.strictObject({
    outcome: z.literal("complete"),
    counts: z.record(text, count).describe("number of findings by severity, such as CRITICAL"),
    findings: z.array(
      z.strictObject({
        name: text,
        severity: text,
        package: text.optional(),
        url: text.optional(),
      }),
    ),
  }),
  z.strictObject({ outcome: z.literal("unknown"), reason: text }),
]);

const pushResult: z.ZodType<PushResult> = z.strictObject({
  images: z.array(
    z.strictObject({
      services: z.array(text).describe("services and jobs with this image"),
      image: text.describe("URI with the digest"),
      tag: text,
      digest: text,
      outcome: z
        .enum(["pushed", "unchanged"])
        .describe("unchanged: the tag already named this image"),
      scan: imageScan.optional(),
      verdict: verdict.optional().describe("with --fail-on"),
    }),
  ),
});

/** Schemas of `data` in the line with the type `result`, by command. */
export const resultSchemas: Readonly<Record<string, z.ZodType>> = {
  check: z.strictObject({ ...checkResultShape, ...z.strictObject(folderParts).partial().shape }),
  rehearse: rehearsal,
  plan: z.strictObject({
    check: checkResult,
    fingerprint: text.optional(),
    changed: z.boolean(),
    ...counts,
    changes: z.array(change),
  }),
  apply: applied,
  destroy: destroyResult,
  drift: z.strictObject({
    drifts: z.boolean(),
    name: text,
    environment: text,
    changes: z.array(
      z.strictObject({
        address: text,
        action: text,
        replacePaths: z.array(text),
        replaceReason: text.optional(),
        movedFrom: text.optional(),
        sensitiveAttributes: z.array(text).optional(),
      }),
    ),
    outputs: count,
    fingerprint: text.optional(),
    workflow: text,
    changedOutsideTerraform: z.array(text),
    issue: z
      .strictObject({
        url: text.optional(),
        done: z.enum(["opened", "updated", "closed", "none"]),
      })
      .optional(),
  }),
  doctor: z.array(
    z.strictObject({
      about: text,
      state: z.enum(["good", "warn", "bad"]),
      found: text,
      fix: text.optional(),
    }),
  ),
  output: z.union([outputs, z.unknown()]).describe("all outputs, or the value of the one output"),
  explain: z.union([
    z.strictObject({
      id: failureId,
      title: text,
      fix: text,
      awsErrors: z.array(z.strictObject({ text, source: text })),
    }),
    z.strictObject({
      id: text,
      title: text,
      severity: z.enum(["error", "warning", "note"]),
      ids: z.array(failureId),
      explanation: text,
      sources: z.array(text),
    }),
  ]),
  synth: z.union([
    z.strictObject({ files: z.array(text) }).describe("with --out: the paths of the files"),
    z
      .strictObject({ files: z.record(text, text) })
      .describe("with --hcl: the text of each file, by its name"),
    z
      .record(text, z.unknown())
      .describe(
        "the Terraform configuration; with services or jobs: those of each file, by its path",
      ),
  ]),
  bootstrap: z.union([applied, destroyed]),
  init: z.strictObject({
    file: text,
    name: text,
    region: text,
    service: z
      .strictObject({ name: text, port: count.optional() })
      .optional()
      .describe("the service of the Dockerfile"),
  }),
  pipeline: z.strictObject({
    file: text,
    done: z.enum(["written", "none"]),
    diff: text.optional(),
  }),
  comment: z.strictObject({ url: text, done: z.enum(["written", "updated", "unchanged"]) }),
  approved: z.strictObject({
    fingerprint: text,
    pullRequest: count,
    run: z.strictObject({ id: count, attempt: count }),
  }),
  recover: z.strictObject({ recovered: z.boolean() }),
  build: buildResult,
  push: pushResult,
  deploy: z.strictObject({ services: z.array(deployResult) }),
  rollback: rollbackResult,
  scale: scaleResult,
  status: z.array(serviceStatus),
  logs: z.strictObject({ events: count, logGroup: text, since: time }),
  run: z.strictObject({ task: text, revision: text, exitCode: z.int(), reason: text }),
  exec: z.strictObject({ task: text, container: text, exitCode: z.int() }),
  sandbox: z.strictObject({ url: text }),
};

const problem: z.ZodType<Problem> = z.strictObject({
  what: text,
  code: z.enum(errorCodeNames).optional(),
  where: text.optional(),
  from: text.optional(),
  fix: text.optional(),
});
const protocol = z
  .literal(1)
  .describe("version of the format; an incompatible change increases it");
const codes = Object.keys(messageCodes) as [string, ...string[]]; // the keys of a constant

/** Schemas of the lines, by type. */
export const lineSchemas: Readonly<Record<string, z.ZodType>> = {
  result: z.strictObject({ protocol, type: z.literal("result"), data: z.unknown() }),
  error: z.strictObject({ protocol, type: z.literal("error"), errors: z.array(problem).min(1) }),
  message: z.strictObject({
    protocol,
    type: z.literal("message"),
    code: z.enum(codes),
    text,
    data: z
      .strictObject({ address: text, action: text, seconds: z.number().optional() })
      .optional(),
  }),
  expect: z.strictObject({ protocol, type: z.literal("expect"), resources: count }),
  log: z.strictObject({
    protocol,
    type: z.literal("log"),
    task: text,
    container: text,
    timestamp: time,
    message: text,
  }),
};

const suppressions: z.ZodType<Suppression[]> = z.array(
  z.strictObject({
    id: z
      .enum([...failureIds, ...checks.map(({ id }) => id)])
      .describe("ID of a check or a failure, as berth check shows it"),
    address: text
      .optional()
      .describe("Terraform's address, with * for any characters. Default: every address"),
    reason: text.regex(/\S/).describe("Why the finding is accepted"),
    until: z.iso.date().describe("The last day on which findings are suppressed, as YYYY-MM-DD"),
  }),
);

/** Schemas of the files that commands read, by the name of the option. */
export const inputSchemas: Readonly<Record<string, z.ZodType>> = {
  suppressions: z.union([
    suppressions,
    z.strictObject({
      $schema: text.optional().describe("URL or path of this schema, for editors"),
      suppressions,
    }),
  ]),
  apps: appsSchema,
};

/** The JSON Schema of a schema, as text. */
export const jsonSchemaText = (title: string, schema: z.ZodType): string =>
  `${JSON.stringify({ title, ...z.toJSONSchema(schema, { target: "draft-2020-12" }) }, undefined, 2)}\n`;
