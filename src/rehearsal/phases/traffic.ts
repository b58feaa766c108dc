import { type FailureId, failureOf } from "../../failures/index.ts";
import { AwsError } from "../../sandbox/index.ts";
import type { ListenerView, ServiceView } from "../../sandbox/inspection/index.ts";
import { createFinding } from "../diagnosis/failure-identification.ts";
import { findLatentRisks } from "../probes/latent-risks.ts";
import { createPlaceholderService, REQUIRED_OUTPUTS } from "../probes/placeholder-task.ts";
import { sendTestRequests } from "../probes/request.ts";
import { activeServices, probeSchedules, probeService } from "../probes/service.ts";
import { skipReason } from "../report/shared.ts";
import type { ServiceVerdict } from "../result.ts";
import type { RunState } from "../run-state.ts";
import { dependenciesOf, edgesOf } from "../terraform-copy/graph.ts";
import { configurationAddress } from "../terraform-copy/state-resources.ts";
import type { Stack } from "../terraform-copy/terraform-stack.ts";

/** Tests each service and schedule, and sends requests to each listener. */
export async function testTraffic(run: RunState): Promise<void> {
  await run.runPhase("traffic", async () => {
    await startWorkloads(run);
    const { inspection, addressIndex } = run;
    run.services = [
      ...run.placeholderVerdicts,
      ...activeServices(inspection).map((service) =>
        withoutUnstated(run, service, probeService(inspection, service, addressIndex)),
      ),
      ...probeSchedules(inspection, addressIndex),
      ...missingServices(run),
    ];
    const untested = await untestedTargetGroups(run);
    run.requests = sendTestRequests(inspection, addressIndex, (listener) =>
      reasonUntested(run, untested, listener),
    );
    const hasFailed = run.services.some((service) => service.outcome === "fail");
    // While a service fails, its failure is more important than risks.
    if (!hasFailed) await collectLatentRisks(run);
    const running = run.services.filter((service) => service.outcome === "pass").length;
    const sent = run.requests.filter(
      (request) =>
        request.untested === undefined && (request.status !== undefined || request.finding),
    );
    const answered = sent.filter((request) => request.finding === undefined).length;
    const services = `${running} of ${run.services.length} ${run.services.length === 1 ? "service runs" : "services run"}`;
    const parts = [
      run.services.length === 0 ? "there is no ECS service" : services,
      ...(sent.length > 0 ? [`${answered} of ${sent.length} requests answered`] : []),
    ];
    const isBroken = hasFailed || answered < sent.length;
    const isComplete =
      running === run.services.length &&
      run.requests.every((request) => request.untested === undefined);
    return {
      outcome: isBroken ? "fail" : isComplete ? "pass" : "unknown",
      summary: parts.join(", "),
    };
  });
}

/** Failures that a missing permission of a role causes. */
const PERMISSION_FAILURES: ReadonlySet<string | undefined> = new Set<FailureId>([
  "IAM-05",
  "IAM-06",
  "IAM-07",
  "IAM-08",
  "IAM-09",
  "IAM-10",
  "IAM-15",
  "IAM-16",
  "ECR-04",
]);

const isRolePolicy = (address: string): boolean =>
  /(^|\.)aws_iam_(\w*policy\w*)\./.test(address) && !/(^|\.)data\./.test(address);

/** Changes a verdict to unknown if it depends on facts that the configuration does not state, or on a skipped policy. */
function withoutUnstated(
  run: RunState,
  { deployments }: ServiceView,
  verdict: ServiceVerdict,
): ServiceVerdict {
  const unknown = (reason: string): ServiceVerdict => ({
    ...verdict,
    outcome: "unknown",
    findings: [],
    reason,
  });
  const vpcId = run.assumedNetworkOf(deployments.flatMap(({ subnetIds }) => subnetIds));
  if (vpcId !== undefined)
    return unknown(`it depends on the routes of ${vpcId}, which is only assumed to exist`);
  const ids = verdict.findings.map(({ id }) => id);
  const values = run.unknownValues();
  if (values.length > 0 && ids.length > 0 && ids.every((id) => id === "TD-10"))
    return unknown(
      `it depends on the keys of ${values.join(", ")}, which is only assumed to exist`,
    );
  const policy = run.skippedResources.find(({ address, dependents }) =>
    [address, ...dependents].some(isRolePolicy),
  );
  return policy && ids.length > 0 && ids.every((id) => PERMISSION_FAILURES.has(id))
    ? unknown(`it lacks a permission, and ${policy.address} was skipped: ${skipReason(policy)}`)
    : verdict;
}

/** ARNs of target groups whose targets were skipped: a skipped service or attachment depends on them. */
async function untestedTargetGroups(run: RunState): Promise<ReadonlyMap<string, string>> {
  const groups = new Map<string, string>();
  for (const stack of run.initializedStacks) {
    const skipped = stack.skippedResources.flatMap((entry) => [entry.address, ...entry.dependents]);
    if (skipped.length === 0) continue;
    const edges = edgesOf(await stack.graph());
    const targets = new Map(
      skipped.flatMap((address) =>
        [...dependenciesOf(edges, address)].map((dependency) => [dependency, address] as const),
      ),
    );
    for (const { type, address, values } of await stack.resources()) {
      const skippedTarget = targets.get(configurationAddress(address));
      const { arn } = values;
      if (/^aws_a?lb_target_group$/.test(type) && skippedTarget !== undefined)
        groups.set(String(arn), skippedTarget);
    }
  }
  return groups;
}

/** Why requests to a listener cannot be tested; undefined if they can. */
function reasonUntested(
  run: RunState,
  untested: ReadonlyMap<string, string>,
  { targetGroups, loadBalancer }: ListenerView,
): string | undefined {
  const vpcId = run.assumedNetworkOf(loadBalancer.subnetIds);
  if (vpcId !== undefined) return `the routes of ${vpcId} are unknown: it is only assumed to exist`;
  const target = targetGroups.flatMap((group) => untested.get(group) ?? [])[0];
  return target === undefined ? undefined : `its target ${target} was skipped`;
}

/** Starts the tasks of all services. If the configuration has no service, starts a placeholder service. */
export async function startWorkloads(run: RunState): Promise<void> {
  run.runBackgroundWork();
  const count = activeServices(run.inspection).length + run.inspection.scheduledTasks().length;
  if (count === 0) await startPlaceholder(run);
  run.runBackgroundWork();
}

async function startPlaceholder(run: RunState): Promise<void> {
  const outputs: Record<string, unknown> = {};
  for (const stack of run.initializedStacks) Object.assign(outputs, await stack.outputs());
  run.placeholderVerdicts = [];
  try {
    run.placeholder = createPlaceholderService(run.sandbox, outputs);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const message = `${error.code}: ${error.message}`;
    run.placeholderVerdicts = [
      {
        service: "placeholder service",
        outcome: "fail",
        running: 0,
        desired: 2,
        findings: [
          createFinding(failureOf(message), {
            step: "creating the service",
            message,
            isSandboxError: true,
          }),
        ],
      },
    ];
  }
  const hasVerdict = run.placeholder !== undefined || run.placeholderVerdicts.length > 0;
  if (hasVerdict || run.errors.length > 0 || missingServices(run).length > 0) return;
  run.placeholderVerdicts = [
    {
      service: "no service",
      outcome: "unknown",
      running: 0,
      desired: 0,
      findings: [],
      reason: `the configuration has no ECS service, and lacks the outputs for a placeholder service: ${REQUIRED_OUTPUTS.join(", ")}`,
    },
  ];
}

const isService = (address: string): boolean => /(^|\.)aws_ecs_service\./.test(address);

const NO_TASKS = { running: 0, desired: 0 };

/** Verdicts for services of the configuration that Terraform did not create: skipped, or stopped by an error. */
const missingServices = (run: RunState): ServiceVerdict[] =>
  run.stacks.flatMap((stack) => {
    const skipped = skippedServices(stack);
    return [...skipped, ...uncreatedServices(run, stack, skipped)];
  });

const skippedServices = (stack: Stack): ServiceVerdict[] =>
  stack.skippedResources.flatMap((skipped) =>
    [skipped.address, ...skipped.dependents].filter(isService).map((service): ServiceVerdict => ({
      ...NO_TASKS,
      service: `${stack.addressPrefix}${service}`,
      outcome: "unknown",
      findings: [],
      reason:
        service === skipped.address
          ? skipReason(skipped)
          : `it depends on ${skipped.address}: ${skipReason(skipped)}`,
    })),
  );

function uncreatedServices(
  run: RunState,
  stack: Stack,
  skipped: readonly ServiceVerdict[],
): ServiceVerdict[] {
  const existing = new Set(
    activeServices(run.inspection).map(({ arn }) => run.addressIndex.addressOf(arn)),
  );
  const reported = new Set([...run.services, ...skipped].map(({ service }) => service));
  return stack.undone
    .filter(isService)
    .map((service) => `${stack.addressPrefix}${service}`)
    .filter((service) => !existing.has(service) && !reported.has(service))
    .map((service): ServiceVerdict => {
      const errors = run.errors.filter((error) => error.address === service);
      return {
        ...NO_TASKS,
        service,
        outcome: "fail",
        findings: errors.length > 0 ? errors : run.errors.slice(0, 1),
      };
    });
}

async function collectLatentRisks(run: RunState): Promise<void> {
  run.latentRisks = [];
  for (const stack of run.initializedStacks) {
    const { addressPrefix } = stack;
    const resources = await stack.resources();
    const applied = { resources, edges: edgesOf(await stack.graph()) };
    const own = new Set(resources.map(({ address }) => address));
    const index = run.addressIndex.withoutPrefix(addressPrefix);
    for (const risk of findLatentRisks(run.inspection, [applied], index))
      run.latentRisks.push(
        risk.address !== undefined && own.has(risk.address)
          ? { ...risk, address: `${addressPrefix}${risk.address}` }
          : risk,
      );
  }
}
