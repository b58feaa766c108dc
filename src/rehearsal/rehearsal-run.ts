import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError, temporaryFolder } from "../shared/index.ts";
import { DEFAULT_ACCOUNT } from "../sandbox/default-account.ts";
import {
  type FaultInjector,
  faultInjectorFrom,
  type ObservedCall,
  type Sandbox,
  startSandbox,
} from "../sandbox/index.ts";
import {
  assumeHostedZones,
  assumeResourcesOf,
  mayAssume,
  seedExistingResources,
} from "../sandbox-seed/index.ts";
import { PolicyRecorder } from "./control/policy-recorder.ts";
import {
  appsOf,
  type Checkpoint,
  type ProgressListener,
  type RehearsalResult,
  type RehearseOptions,
  rootModuleOptions,
} from "./options.ts";
import { applyStacks } from "./phases/apply.ts";
import { deployWorkloads } from "./phases/deploy.ts";
import { applyChange } from "./phases/change.ts";
import { destroyStacks } from "./phases/destroy.ts";
import { planAgain } from "./phases/second-plan.ts";
import { scaleServices } from "./phases/scale.ts";
import { testTraffic } from "./phases/traffic.ts";
import { rollBackServices, servicesOf, updateServices } from "./phases/update.ts";
import type { LocalCode } from "./result.ts";
import { resultOf } from "./run-result.ts";
import { RunState } from "./run-state.ts";
import { configFilesOf, oldDirectories, prepareStacks } from "./terraform-copy/root-modules.ts";
import type { Stack } from "./terraform-copy/terraform-stack.ts";

const SILENT_LISTENER: ProgressListener = {
  localCode: () => {},
  phase: () => {},
  event: () => {},
  passed: () => {},
};

/** How often the AWS provider repeats a call. More often while faults are injected: it must overcome them. */
const PROVIDER_RETRIES = 2;
const PROVIDER_RETRIES_WITH_FAULTS = 25;

/**
 * Runs the full lifecycle of a Terraform configuration in a sandbox, with real Terraform: apply, tasks and traffic, a
 * second plan that must have no changes, a change, destroy.
 *
 * @throws UserError if the rehearsal cannot run: Terraform or a provider is not installed, or an option is wrong
 * @example
 * const { verdict, services } = await rehearse({ dir: "infrastructure" });
 */
export async function rehearse(
  options: RehearseOptions = {},
  progress: ProgressListener = SILENT_LISTENER,
): Promise<RehearsalResult> {
  const folder = temporaryFolder("rehearsal");
  const run = new RunState(options, progress, folder.path);
  try {
    await runPhases(run);
    return resultOf(run);
  } catch (error) {
    // The results so far are more useful than an error.
    const isInterrupt = error instanceof UserError && error.code === "BERTH-E3004";
    if (!isInterrupt || run.currentPhase === undefined) throw error;
    return resultOf(run, run.currentPhase);
  } finally {
    await run.closeSandbox().finally(() => folder.remove());
  }
}

/** Starts the sandbox and runs the phases in their order. */
async function runPhases(run: RunState): Promise<void> {
  const { dir = ".", from, until, keep, checkpoint, record } = run.options;
  run.sandbox = await startSandbox({
    apps: appsOf(run.options),
    unknownRoles: "assumable",
    // The rehearsal starts the tasks of each schedule once, at any time of the day.
    schedules: "manual",
    now: () => new Date(run.clock.now()),
    onCall: (call) => observeCall(run, call),
    faultInjector: faultInjector(run),
  });
  if (checkpoint) await restore(run.sandbox, checkpoint.sandboxState);
  if (record === true) run.policyRecorder = new PolicyRecorder(run.inspection);
  // Without Terraform states, Terraform created none of the resources in the checkpoint.
  if (!checkpoint?.states)
    for (const resource of run.resourcesInSandbox()) run.existingResources.add(resource);
  const directories = typeof dir === "string" ? [dir] : dir;
  const checkouts = join(run.directory, "checkout");
  const prepare = (sources: readonly string[], copy: string): Promise<Stack[]> =>
    prepareCopies(run, sources, { copy, checkouts });
  run.stacks = await prepare(
    from === undefined ? directories : oldDirectories(directories, from, checkouts),
    "first",
  );
  seedSandbox(run, run.stacks);
  for (const [index, state] of (checkpoint?.states ?? []).entries()) {
    const file = run.stacks[index]?.stateFile;
    if (file !== undefined) writeFileSync(file, state, { mode: 0o600 });
  }
  const hasPassed = await applyStacks(run, "apply");
  if (from !== undefined && hasPassed)
    await applyChange(run, await prepare(directories, "second"), (stacks) =>
      seedSandbox(run, stacks),
    );
  await run.indexAddresses();
  const isDeployed = until !== "apply" && run.errors.length === 0 && run.workloadStacks.length > 0;
  const services = isDeployed ? servicesOf(await deployWorkloads(run)) : [];
  if (until !== "apply") await testTraffic(run);
  if ((until === undefined || until === "plan") && run.errors.length === 0) await planAgain(run);
  // A service that does not run cannot be updated.
  if (until === undefined && services.length > 0) {
    await updateServices(run, services);
    await rollBackServices(run, services);
    await scaleServices(run, services);
  }
  await keep?.(run.sandbox, checkpointOf(run));
  if (until === undefined && keep === undefined) await destroyStacks(run);
}

async function restore(sandbox: Sandbox, state: string): Promise<void> {
  try {
    await sandbox.restore(state);
  } catch (error) {
    throw new UserError(
      "BERTH-E4002",
      `cannot read the state of the sandbox: ${(error as Error).message}`,
      {
        fix: "pass the file that berth sandbox --state wrote",
      },
    );
  }
}

/** The state of the sandbox and of Terraform. */
function checkpointOf(run: RunState): Checkpoint {
  const states = run.stacks.flatMap(({ stateFile }) =>
    existsSync(stateFile) ? [readFileSync(stateFile, "utf8")] : [],
  );
  return { sandboxState: run.sandbox.snapshot(), states };
}

/** Copies the folders and makes the copies ready to run. Nothing in a folder runs before it is listed to the user. */
async function prepareCopies(
  run: RunState,
  directories: readonly string[],
  { copy, checkouts }: { readonly copy: string; readonly checkouts: string },
): Promise<Stack[]> {
  const { options, sandbox, directory } = run;
  const moduleOptions = rootModuleOptions(options, {
    directories,
    checkouts,
    url: sandbox.url,
    appliesStacks: true,
    retries: options.faults === undefined ? PROVIDER_RETRIES : PROVIDER_RETRIES_WITH_FAULTS,
  });
  announce(run, configFilesOf(moduleOptions));
  const stacks = await prepareStacks(
    moduleOptions,
    join(directory, copy),
    join(directory, "states"),
  );
  for (const stack of stacks) {
    await stack.load();
    if (stack.assumedRegion !== undefined) run.assumptions.add(stack.assumedRegion);
    const { allowedProviders, skippedProviders } = stack.exclusions;
    for (const source of allowedProviders) run.allowedProviders.add(source);
    for (const source of skippedProviders) run.skippedProviders.add(source);
  }
  announce(
    run,
    stacks.flatMap((stack) => stack.localCode),
  );
  return stacks;
}

/** Lists code before it runs on this machine, each entry once. */
function announce(run: RunState, code: readonly LocalCode[]): void {
  const listed = new Set(run.localCode.map((entry) => JSON.stringify(entry)));
  const added = code.filter((entry) => !listed.has(JSON.stringify(entry)));
  run.localCode.push(...added);
  if (added.length > 0) run.progress.localCode(added);
}

/** Creates the resources that the Berth configs of the stacks expect to exist. Destroy does not have to delete them. */
function seedSandbox(run: RunState, stacks: readonly Stack[]): void {
  const before = new Set(run.resourcesInSandbox());
  for (const { settings, workload, hostedZones } of stacks) {
    const account =
      settings === undefined ? (run.options.account ?? DEFAULT_ACCOUNT) : run.accountOf(settings);
    if (!stacks.some((stack) => stack.createsHostedZones))
      run.assume(() =>
        assumeHostedZones(run.sandbox, { account, region: "us-east-1" }, hostedZones),
      );
    if (!settings || workload !== undefined) continue;
    for (const assumption of seedExistingResources(run.sandbox, settings, account))
      run.assumptions.add(assumption);
  }
  for (const resource of run.resourcesInSandbox())
    if (!before.has(resource)) run.existingResources.add(resource);
}

function observeCall(run: RunState, call: ObservedCall): void {
  if (run.isPreparing) return;
  if (call.operation === "CreateKey" && call.input["Policy"] === undefined)
    run.hasKeyWithDefaultPolicy = true;
  run.stallDetector.observeCall(call);
  run.quietPeriod.observeCall(call);
  run.deletedObjects.observeCall(call);
  run.outageMonitor?.observeCall(call);
  if (call.changed) run.requestMonitor?.send(run.clock.now());
  run.policyRecorder?.observeCall(call);
  if (call.operation !== "AssumeRole" || call.error !== undefined) return;
  const arn = String(call.input["RoleArn"]);
  const account = arn.split(":")[4] ?? "";
  if (!run.inspection.resource("role", arn.split("/").pop() ?? "", { account }))
    run.assumptions.add(`the role ${arn} exists elsewhere and may do everything`);
}

/** Ends waits that can never succeed and, if the options have a seed, injects faults. */
function faultInjector(run: RunState): FaultInjector {
  const { faults } = run.options;
  const injectFault = faults === undefined ? undefined : faultInjectorFrom(faults);
  return (call) => {
    if (run.isPreparing) return undefined;
    // After the apply, a call may read an object only to verify that it was deleted.
    if ((run.currentPhase === "apply" || run.currentPhase === "deploy") && mayAssume(call))
      run.assume(() =>
        assumeResourcesOf(run.sandbox, call, {
          assumesValues: run.hasOneSource,
          deleted: run.deletedObjects,
        }),
      );
    const abort = run.stallDetector.abortStalledWait(call);
    if (abort) return abort;
    const fault = injectFault?.(call);
    run.quietPeriod.observeCall(call, fault);
    if (fault) run.faultCount++;
    return fault;
  };
}
