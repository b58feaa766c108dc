import { failureOf } from "../../failures/index.ts";
import { AwsError } from "../../sandbox/index.ts";
import { createFinding } from "../diagnosis/failure-identification.ts";
import { findLatentRisks } from "../probes/latent-risks.ts";
import { createPlaceholderService, REQUIRED_OUTPUTS } from "../probes/placeholder-task.ts";
import { sendTestRequests } from "../probes/request.ts";
import { activeServices, probeSchedules, probeService } from "../probes/service.ts";
import { skipReason } from "../report/shared.ts";
import type { ServiceVerdict } from "../result.ts";
import type { RunState } from "../run-state.ts";
import { edgesOf } from "../terraform-copy/graph.ts";
import type { Stack } from "../terraform-copy/terraform-stack.ts";

/** Tests each service and schedule, and sends requests to each listener. */
export async function testTraffic(run: RunState): Promise<void> {
  await run.runPhase("traffic", async () => {
    await startWorkloads(run);
    const { inspection, addressIndex } = run;
    run.services = [
      ...run.placeholderVerdicts,
      ...activeServices(inspection).map((service) =>
        probeService(inspection, service, addressIndex),
      ),
      ...probeSchedules(inspection, addressIndex),
      ...missingServices(run),
    ];
    run.requests = sendTestRequests(inspection, addressIndex);
    const hasFailed = run.services.some((service) => service.outcome === "fail");
    // While a service fails, its failure is more important than risks.
    if (!hasFailed) await collectLatentRisks(run);
    const running = run.services.filter((service) => service.outcome === "pass").length;
    const sent = run.requests.filter((request) => request.status !== undefined || request.finding);
    const answered = sent.filter((request) => request.finding === undefined).length;
    const parts = [
      `${running} of ${run.services.length} ${run.services.length === 1 ? "service runs" : "services run"}`,
      ...(sent.length > 0 ? [`${answered} of ${sent.length} requests answered`] : []),
    ];
    const isBroken = hasFailed || answered < sent.length;
    return {
      outcome: isBroken ? "fail" : running === run.services.length ? "pass" : "unknown",
      summary: parts.join(", "),
    };
  });
}

/** Starts the tasks of all services. Where the configuration has no service, starts a placeholder service. */
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
            isAwsError: true,
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
      service,
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
  const stacks = [];
  for (const stack of run.initializedStacks)
    stacks.push({
      resources: await stack.resources(),
      edges: edgesOf(await stack.graph()),
    });
  run.latentRisks = findLatentRisks(run.inspection, stacks, run.addressIndex);
}
