import { notImplementedIn } from "../failures/index.ts";
import type { Settings } from "../config/index.ts";
import { DEFAULT_ACCOUNT } from "../sandbox/default-account.ts";
import { type AssumedResource, DeletedObjects } from "../sandbox-seed/index.ts";
import type { Sandbox } from "../sandbox/index.ts";
import { inspect, type Inspection } from "../sandbox/inspection/index.ts";
import { QuietPeriod } from "./control/quiet-period.ts";
import type { PolicyRecorder } from "./control/policy-recorder.ts";
import { StallDetector } from "./control/stall-detector.ts";
import { AddressIndex } from "./diagnosis/address-index.ts";
import { terraformErrorOf } from "./diagnosis/terraform-errors.ts";
import type { ProgressListener, RehearseOptions } from "./options.ts";
import type { RequestMonitor } from "./probes/request-monitor.ts";
import type { OutageMonitor } from "./probes/outage-monitor.ts";
import type { PlaceholderService } from "./probes/placeholder-task.ts";
import type {
  Difference,
  Finding,
  LocalCode,
  Outage,
  Phase,
  PhaseName,
  RehearsedDeployment,
  ServiceVerdict,
  SkippedResource,
  TestRequestResult,
} from "./result.ts";
import { SimulatedClock } from "./services/simulated-clock.ts";
import type { StackRunResult } from "./terraform-copy/run-tally.ts";
import type { Stack } from "./terraform-copy/terraform-stack.ts";

/** Number of rounds of background work after which services no longer change. */
const BACKGROUND_ROUNDS = 6;

/** The result of a phase. */
export type PhaseResult = Pick<Phase, "outcome" | "summary">;

/** The state of one rehearsal. The phases read it and store their results in it. */
export class RunState {
  readonly options: RehearseOptions;
  readonly progress: ProgressListener;
  /** A temporary folder for the copies and states of this rehearsal. */
  readonly directory: string;
  readonly startTime: number = performance.now();
  readonly addressIndex: AddressIndex = new AddressIndex();
  readonly stallDetector: StallDetector = new StallDetector(() =>
    this.stacks.flatMap((stack) => [...stack.inFlight.keys()]),
  );
  readonly quietPeriod: QuietPeriod = new QuietPeriod();
  readonly deletedObjects: DeletedObjects = new DeletedObjects();
  readonly phases: Phase[] = [];
  readonly errors: (Finding & { readonly phase: PhaseName })[] = [];
  readonly assumptions: Set<string> = new Set();
  /** Objects that the configuration refers to and that are assumed to exist. */
  readonly assumedResources: AssumedResource[] = [];
  /** Errors that another apply does not repeat. */
  readonly races: Finding[] = [];
  /** Whether a KMS key was created with the default policy, which does not allow AWS services. */
  hasKeyWithDefaultPolicy = false;
  /** The phase that is running. */
  currentPhase: PhaseName | undefined;
  /** Resources in the sandbox that Terraform did not create. They may remain after destroy. */
  readonly existingResources: Set<string> = new Set();
  readonly localCode: LocalCode[] = [];
  readonly allowedProviders: Set<string> = new Set();
  readonly skippedProviders: Set<string> = new Set();
  readonly differences: Difference[] = [];
  /** The clock of the sandbox. A wait for ECS advances it. */
  readonly clock: SimulatedClock = new SimulatedClock();
  readonly deployments: RehearsedDeployment[] = [];
  /** Set after the first deployment of the services, if one of them has a route. */
  requestMonitor: RequestMonitor | undefined;
  stacks: Stack[] = [];
  services: ServiceVerdict[] = [];
  requests: TestRequestResult[] = [];
  outages: Outage[] = [];
  remainingResources: string[] = [];
  latentRisks: Finding[] = [];
  /** Set while a change is applied. */
  outageMonitor: OutageMonitor | undefined;
  policyRecorder: PolicyRecorder | undefined;
  /** Set if the configuration has no service. */
  placeholder: PlaceholderService | undefined;
  /** The verdict if the placeholder service could not be created. */
  placeholderVerdicts: ServiceVerdict[] = [];
  /** Number of calls for which a fault was injected. */
  faultCount = 0;
  wasInterrupted = false;
  #isPreparing = false;
  #sandbox: Sandbox | undefined;

  constructor(options: RehearseOptions, progress: ProgressListener, directory: string) {
    this.options = options;
    this.progress = progress;
    this.directory = directory;
  }

  /** @throws TypeError before the sandbox has started */
  get sandbox(): Sandbox {
    if (!this.#sandbox) throw new TypeError("the sandbox has not started");
    return this.#sandbox;
  }

  set sandbox(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Read access to what happens in the sandbox. */
  get inspection(): Inspection {
    return inspect(this.sandbox);
  }

  async closeSandbox(): Promise<void> {
    await this.#sandbox?.close();
  }

  /** The stacks that are initialized. After an error Terraform does not start the later stacks. */
  get initializedStacks(): Stack[] {
    return this.stacks.filter((stack) => stack.isReady);
  }

  /** The stacks of the services and jobs of configs. */
  get workloadStacks(): Stack[] {
    return this.stacks.filter(({ workload }) => workload !== undefined);
  }

  /** The account ID of a foundation. */
  accountOf({ account }: Settings): string {
    return this.options.account ?? account ?? DEFAULT_ACCOUNT;
  }

  /** Whether all stacks come from one folder: a value that they read and none of them has is one of the account. */
  get hasOneSource(): boolean {
    return new Set(this.stacks.map(({ source }) => source)).size === 1;
  }

  get skippedResources(): SkippedResource[] {
    // Terraform creates resources at the same time, so that the sandbox rejects them in any order.
    return this.stacks.flatMap((stack) =>
      stack.skippedResources.toSorted((a, b) => (a.address < b.address ? -1 : 1)),
    );
  }

  /** All resources in the sandbox, each as its kind and ID. */
  resourcesInSandbox(): string[] {
    return this.sandbox.contents().flatMap(({ kind, ids }) => ids.map((id) => `${kind} ${id}`));
  }

  /** Stores assumed resources that `create` has created in the sandbox. Destroy does not have to delete them. */
  assume(create: () => readonly AssumedResource[]): void {
    const before = new Set(this.resourcesInSandbox());
    for (const resource of create()) {
      this.assumedResources.push(resource);
      this.assumptions.add(resource.text);
    }
    for (const resource of this.resourcesInSandbox())
      if (!before.has(resource)) this.existingResources.add(resource);
  }

  /** Names of the values that are unknown, because their objects are only assumed to exist. */
  unknownValues(): string[] {
    return this.assumedResources.flatMap(({ unstated }) =>
      unstated?.kind === "value" ? [unstated.name] : [],
    );
  }

  /** The assumed VPC of these subnets, whose routes are unknown; undefined if all VPCs are known. */
  assumedNetworkOf(subnetIds: readonly string[]): string | undefined {
    const assumed = new Set(
      this.assumedResources.flatMap(({ unstated }) =>
        unstated?.kind === "network" ? [unstated.vpcId] : [],
      ),
    );
    return subnetIds
      .map((id) => this.inspection.resource("subnet", id)?.vpcId)
      .find((vpcId) => vpcId !== undefined && assumed.has(vpcId));
  }

  /** Runs what AWS does without a call, such as starting tasks, until nothing changes. */
  runBackgroundWork(): void {
    for (let round = 0; round < BACKGROUND_ROUNDS; round++) this.sandbox.runBackgroundWork();
  }

  /** Whether Berth itself prepares the sandbox with calls, which are not calls of the configuration. */
  get isPreparing(): boolean {
    return this.#isPreparing;
  }

  /** Prepares the sandbox. Calls until the end are not recorded, and no faults are injected. */
  async prepare(work: () => Promise<void>): Promise<void> {
    this.#isPreparing = true;
    try {
      await work();
    } finally {
      this.#isPreparing = false;
    }
  }

  /** Runs a phase and stores its result. */
  async runPhase(name: PhaseName, work: () => Promise<PhaseResult>): Promise<PhaseResult> {
    const start = performance.now();
    this.currentPhase = name;
    this.progress.phase(name, undefined);
    const result = await work();
    const phase = { name, ...result, seconds: (performance.now() - start) / 1000 };
    this.phases.push(phase);
    this.progress.passed(phase);
    return result;
  }

  /** Stores the errors of a Terraform run, each error once. */
  recordErrors(
    phase: PhaseName,
    { problems }: StackRunResult,
    { addressPrefix, source }: Pick<Stack, "addressPrefix" | "source">,
  ): void {
    for (const problem of problems) {
      const finding = terraformErrorOf(problem, this.stallDetector, source);
      const { address } = finding;
      const error = {
        ...finding,
        ...(address === undefined ? {} : { address: `${addressPrefix}${address}` }),
        phase,
      };
      const isKnown = this.errors.some((other) => JSON.stringify(other) === JSON.stringify(error));
      if (!isKnown) this.errors.push(error);
    }
  }

  /** Reads the addresses of all resources again: a change may have given an ID to another address. */
  async indexAddresses(): Promise<void> {
    this.addressIndex.clear();
    for (const stack of this.initializedStacks)
      this.addressIndex.add(await stack.resources(), stack.addressPrefix);
  }

  /** Operations that the sandbox does not implement and that caused no error of Terraform. */
  unsupportedCalls(): string[] {
    const reported = new Set(this.skippedResources.map(({ requires }) => requires));
    const calls = this.sandbox.calls
      .filter((call) => call.error === "NotImplemented")
      .map((call) => notImplementedIn(call.message ?? "") ?? `${call.service}:${call.operation}`);
    return [...new Set(calls)].filter((call) => !reported.has(call));
  }
}
