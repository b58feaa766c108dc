import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failureOf, notImplementedIn } from "../failures/match-aws-error.ts";
import { UserError } from "../shared/errors.ts";
import { DEFAULT_ACCOUNT } from "../sandbox/authorization/callers.ts";
import { seeded, type FaultInjector, faultInjectorFrom } from "../sandbox/fault-injection.ts";
import type { ObservedCall } from "../sandbox/http/call-record.ts";
import { AwsError } from "../sandbox/protocol/errors.ts";
import { type Sandbox, startSandbox } from "../sandbox/server.ts";
import { roles } from "../sandbox/services/iam/tables.ts";
import { temporaryFolder } from "../shared/temporary-folder.ts";
import type { TerraformEvent } from "../terraform/events.ts";
import { latentRisksIn } from "./probes/latent-risks.ts";
import { differencesIn } from "./terraform-copy/plan-differences.ts";
import { seedExistingResources } from "../sandbox-seed/existing-resources.ts";
import { edgesOf } from "./terraform-copy/graph.ts";
import { finding } from "./diagnosis/failure-identification.ts";
import { QuietPeriod } from "./control/quiet-period.ts";
import { AddressIndex } from "./diagnosis/address-index.ts";
import {
  appsOf,
  type ProgressListener,
  policyOf,
  type RehearsalResult,
  type RehearseOptions,
  type Checkpoint,
} from "./options.ts";
import { StallDetector } from "./control/stall-detector.ts";
import { type Probe, probe, STANDS_BY } from "./probes/placeholder-task.ts";
import { Recorder } from "./control/policy-recorder.ts";
import { terraformErrorOf } from "./diagnosis/terraform-errors.ts";
import { allServices, probeService, schedules } from "./probes/service.ts";
import {
  configFilesOf,
  oldDirectories,
  prepare,
  type SourceOptions,
} from "./terraform-copy/root-modules.ts";
import { type Done, type Stack, type StateResource } from "./terraform-copy/terraform-stack.ts";
import type {
  Difference,
  Finding,
  SkippedResource,
  LocalCode,
  Outage,
  Phase,
  PhaseName,
  ServiceVerdict,
  TestRequestResult,
} from "./result.ts";
import { sendTestRequests } from "./probes/request.ts";
import { skipReason } from "./report/text.ts";
import { OutageMonitor } from "./probes/outage-monitor.ts";

const SILENT_LISTENER: ProgressListener = {
  localCode: () => {},
  phase: () => {},
  event: () => {},
  passed: () => {},
};

/** Failures that somebody has asked for: what they keep is no fault. */
const WANTED = new Set(["DEST-01", "DEST-02", "DEST-10", "DEST-17"]);

/** Applies after which faults must have been overcome. */
const ATTEMPTS = 5;

/** Looks after which a service has reached what it reaches. */
const LOOKS = 6;

/**
 * Rehearses the life of an infrastructure in a sandbox, with the real engine: apply, tasks and traffic, an empty second
 * plan, a change, destroy.
 *
 * @throws UserError where it cannot be rehearsed: no Terraform, no engine, a provider that is not there
 * @example
 * const { verdict, services } = await rehearse({ dir: "infrastructure" });
 */
export async function rehearse(
  options: RehearseOptions = {},
  audience: ProgressListener = SILENT_LISTENER,
): Promise<RehearsalResult> {
  const folder = temporaryFolder("rehearsal");
  const rehearsing = new RehearsalRun(options, audience, folder.path);
  try {
    return await rehearsing.run();
  } finally {
    await rehearsing.close().finally(() => folder.remove());
  }
}

async function restore(sandbox: Sandbox, world: string): Promise<void> {
  try {
    await sandbox.restore(world);
  } catch (error) {
    throw new UserError(
      "BERTH-E4002",
      `the world to begin with cannot be read: ${(error as Error).message}`,
      {
        fix: "give the file that berth sandbox --state has written",
      },
    );
  }
}

class RehearsalRun {
  readonly #options: RehearseOptions;
  readonly #audience: ProgressListener;
  readonly #room: string;
  readonly #start = performance.now();
  readonly #names = new AddressIndex();
  readonly #phases: Phase[] = [];
  readonly #refusals: (Finding & { readonly phase: PhaseName })[] = [];
  readonly #assumed = new Set<string>();
  /** What exists, and is not what Terraform makes. */
  readonly #given = new Set<string>();
  readonly #patience = new StallDetector(() =>
    this.#stacks.flatMap((stack) => [...stack.inFlight.keys()]),
  );
  #stacks: Stack[] = [];
  #watch: OutageMonitor | undefined;
  #recorder: Recorder | undefined;
  #sandbox: Sandbox | undefined;
  #faults = 0;
  #services: ServiceVerdict[] = [];
  #visits: TestRequestResult[] = [];
  #differences: Difference[] = [];
  #outages: Outage[] = [];
  #left: string[] = [];
  #dangers: Finding[] = [];
  #probe: Probe | undefined;
  #probed: ServiceVerdict[] = [];
  readonly #localCode: LocalCode[] = [];
  readonly #allowedProviders = new Set<string>();
  readonly #skippedProviders = new Set<string>();
  #isKilled = false;
  readonly #lull = new QuietPeriod();
  #interruptions: NodeJS.Timeout | undefined;

  get #checkouts(): string {
    return join(this.#room, "checkout");
  }

  constructor(options: RehearseOptions, audience: ProgressListener, room: string) {
    this.#options = options;
    this.#audience = audience;
    this.#room = room;
  }

  async close(): Promise<void> {
    await this.#sandbox?.close();
  }

  get #world(): Sandbox {
    if (!this.#sandbox) throw new TypeError("the sandbox has not started");
    return this.#sandbox;
  }

  async run(): Promise<RehearsalResult> {
    const { from, until, keep, checkpoint } = this.#options;
    this.#sandbox = await startSandbox({
      apps: appsOf(this.#options),
      unknownRoles: "assumable",
      onCall: (call) => this.#see(call),
      faultInjector: this.#trouble(),
    });
    if (checkpoint) await restore(this.#sandbox, checkpoint.world);
    if (this.#options.record === true) this.#recorder = new Recorder(this.#sandbox);
    if (!checkpoint?.states) for (const item of this.#contents()) this.#given.add(item);
    const { dir = "." } = this.#options;
    const directories = typeof dir === "string" ? [dir] : dir;
    const states = join(this.#room, "states");
    const old =
      from === undefined ? directories : oldDirectories(directories, from, this.#checkouts);
    this.#stacks = await this.#prepare(old, "first", states);
    this.#furnish(this.#stacks);
    for (const [index, state] of (checkpoint?.states ?? []).entries()) {
      const file = this.#stacks[index]?.stateFile;
      if (file !== undefined) writeFileSync(file, state, { mode: 0o600 });
    }
    const isWhole = await this.#apply("apply");
    if (from !== undefined && isWhole) {
      await this.#change(await this.#prepare(directories, "second", states));
    }
    await this.#learn();
    if (until !== "apply") await this.#traffic();
    if (until === undefined || until === "plan") {
      if (this.#refusals.length === 0) await this.#plan();
    }
    await keep?.(this.#world, this.#stand());
    if (until === undefined && keep === undefined) await this.#destroy();
    return this.#result();
  }

  /** Copies the folders, and makes them ready to run; nothing of them has run before it is listed. */
  async #prepare(directories: readonly string[], copy: string, states: string): Promise<Stack[]> {
    const options = this.#source(directories);
    this.#announce(configFilesOf(options));
    const stacks = await prepare(options, join(this.#room, copy), states);
    for (const stack of stacks) {
      await stack.load();
      const { allowedProviders, skippedProviders } = stack.exclusions;
      for (const source of allowedProviders) this.#allowedProviders.add(source);
      for (const source of skippedProviders) this.#skippedProviders.add(source);
    }
    this.#announce(stacks.flatMap((stack) => stack.localCode));
    return stacks;
  }

  /** Lists what is about to run on this machine, each thing once. */
  #announce(code: readonly LocalCode[]): void {
    const known = new Set(this.#localCode.map((localCode) => JSON.stringify(localCode)));
    const fresh = code.filter((localCode) => !known.has(JSON.stringify(localCode)));
    this.#localCode.push(...fresh);
    if (fresh.length > 0) this.#audience.localCode(fresh);
  }

  /** The stacks that Terraform has come to; after a refusal the later ones are not begun. */
  get #ready(): Stack[] {
    return this.#stacks.filter((stack) => stack.isReady);
  }

  /** Puts there what the configs name as there already, and remembers it as nobody's to destroy. */
  #furnish(stacks: readonly Stack[]): void {
    const before = new Set(this.#contents());
    for (const { settings } of stacks) {
      if (!settings) continue;
      const account = this.#options.account ?? settings.account ?? DEFAULT_ACCOUNT;
      for (const value of seedExistingResources(this.#world, settings, account))
        this.#assumed.add(value);
    }
    for (const item of this.#contents().filter((value) => !before.has(value)))
      this.#given.add(item);
  }

  #stand(): Checkpoint {
    const states = this.#stacks.flatMap(({ stateFile }) =>
      existsSync(stateFile) ? [readFileSync(stateFile, "utf8")] : [],
    );
    return { world: this.#world.snapshot(), states };
  }

  #source(directories: readonly string[]): SourceOptions {
    const {
      config = "berth.config.ts",
      environment,
      variables = [],
      variableFiles = [],
    } = this.#options;
    const {
      workspace,
      terraformBin,
      engineCache,
      account,
      env = process.env,
      faults,
    } = this.#options;
    return {
      directories,
      configName: config,
      environment,
      variables,
      variableFiles,
      workspace,
      terraformBin,
      engineCache,
      env,
      checkouts: this.#checkouts,
      pins: { url: this.#world.url, account, retries: faults === undefined ? 2 : 25 },
      policy: policyOf(this.#options),
    };
  }

  #see(call: ObservedCall): void {
    this.#patience.see(call);
    this.#lull.see(call);
    this.#watch?.see(call);
    this.#recorder?.see(call);
    if (call.operation === "AssumeRole" && call.error === undefined) {
      const arn = String(call.input["RoleArn"]);
      const context = this.#world.contextFor({ account: arn.split(":")[4] ?? "" });
      if (!context.in(roles).has(arn.split("/").pop() ?? ""))
        this.#assumed.add(`the role ${arn} exists elsewhere and may do everything`);
    }
  }

  #trouble(): FaultInjector {
    const { faults } = this.#options;
    const seededTrouble = faults === undefined ? undefined : faultInjectorFrom(faults);
    return (call) => {
      const ended = this.#patience.trouble(call);
      if (ended) return ended;
      const fault = seededTrouble?.(call);
      this.#lull.see(call, fault);
      if (fault) this.#faults++;
      return fault;
    };
  }

  #contents(): string[] {
    return this.#world.contents().flatMap(({ kind, ids }) => ids.map((id) => `${kind} ${id}`));
  }

  /** What AWS does by itself is done. */
  #settle(): void {
    for (let look = 0; look < LOOKS; look++) this.#world.runBackgroundWork();
  }

  /** Runs a phase and keeps what it came to. */
  async #phase(
    name: PhaseName,
    work: () => Promise<{ readonly outcome: Phase["outcome"]; readonly summary: string }>,
  ): Promise<Phase["outcome"]> {
    const start = performance.now();
    this.#audience.phase(name, undefined);
    const { outcome, summary } = await work();
    const phase = { name, outcome, summary, seconds: (performance.now() - start) / 1000 };
    this.#phases.push(phase);
    this.#audience.passed(phase);
    return outcome;
  }

  async #apply(name: "apply" | "change"): Promise<boolean> {
    const outcome = await this.#phase(name, async () => {
      const counts = { added: 0, changed: 0, destroyed: 0 };
      const before = this.#refusals.length;
      for (const stack of this.#stacks) {
        this.#audience.phase(name, stack.name);
        await stack.init();
        const done = await this.#converge(stack, "apply");
        counts.added += done.counts.added;
        counts.changed += done.counts.changed;
        counts.destroyed += done.counts.destroyed;
        this.#refuse(name, done);
        if (this.#refusals.length > before) break;
      }
      this.#outages = this.#watch?.outages() ?? [];
      const refused = this.#refusals.length - before;
      const parts = [
        `${counts.added} created`,
        ...(counts.changed > 0 ? [`${counts.changed} changed`] : []),
        ...(counts.destroyed > 0 ? [`${counts.destroyed} destroyed`] : []),
        ...(refused > 0 ? [`${refused} refused`] : []),
        ...(this.#watch ? [this.#watch.summary()] : []),
      ];
      return {
        outcome: refused + this.#outages.length > 0 ? "fail" : "pass",
        summary: parts.join(", "),
      };
    });
    return outcome === "pass";
  }

  /** Applies or destroys; under faults as often as it takes, within reason. */
  async #converge(stack: Stack, verb: "apply" | "destroy"): Promise<Done> {
    const attempts = this.#options.faults === undefined ? 1 : ATTEMPTS;
    try {
      let done = await stack[verb](this.#listener(stack));
      for (let attempt = 1; attempt < attempts && done.problems.length > 0; attempt++)
        done = await stack[verb](this.#listener(stack));
      return done;
    } finally {
      clearInterval(this.#interruptions);
      this.#interruptions = undefined;
    }
  }

  #listener(stack: Stack): (event: TerraformEvent) => void {
    const { faults } = this.#options;
    const after = faults === undefined ? Infinity : 1 + Math.floor(seeded(faults)() * 12);
    let finished = 0;
    return (event) => {
      this.#watch?.hear(event);
      this.#audience.event(event);
      if (event.type !== "finished") return;
      finished++;
      if (finished >= after) this.#interruptAtLull(stack);
    };
  }

  #interruptAtLull(stack: Stack): void {
    if (this.#isKilled || this.#interruptions) return;
    this.#interruptions = setInterval(() => {
      if (!this.#lull.isNow) return;
      clearInterval(this.#interruptions);
      this.#isKilled = true;
      stack.interrupt();
    }, 25);
  }

  #refuse(phase: PhaseName, { problems }: Done): void {
    for (const problem of problems) {
      const said = terraformErrorOf(problem);
      if (
        !this.#refusals.some(
          (other) => JSON.stringify(other) === JSON.stringify({ ...said, phase }),
        )
      )
        this.#refusals.push({ ...said, phase });
    }
  }

  async #learn(): Promise<void> {
    this.#names.forget();
    for (const stack of this.#ready) this.#names.learn(await stack.resources());
  }

  /** Applies the new over the old, and looks after every call. */
  async #change(fresh: Stack[]): Promise<void> {
    await this.#learn();
    await this.#people();
    this.#stacks = fresh;
    this.#furnish(fresh);
    this.#watch = new OutageMonitor(this.#world, this.#names);
    await this.#apply("change");
    this.#watch = undefined;
  }

  /** Lets services come up; a foundation without one gets a probe. */
  async #people(): Promise<void> {
    this.#settle();
    const count = allServices(this.#world).length + schedules(this.#world, this.#names).length;
    if (count === 0) await this.#placeProbe();
    this.#settle();
  }

  async #traffic(): Promise<void> {
    await this.#phase("traffic", async () => {
      await this.#people();
      this.#services = [
        ...this.#probed,
        ...allServices(this.#world).map((service) =>
          probeService(this.#world, service, this.#names),
        ),
        ...schedules(this.#world, this.#names),
        ...this.#missing(),
      ];
      this.#visits = sendTestRequests(this.#world, this.#names);
      // What could go wrong is for when nothing did.
      if (this.#services.every((service) => service.outcome !== "fail")) await this.#survey();
      const up = this.#services.filter((service) => service.outcome === "pass").length;
      const asked = this.#visits.filter((visit) => visit.status !== undefined || visit.finding);
      const answered = asked.filter((request) => request.finding === undefined).length;
      const words = [
        `${up} of ${this.#services.length} ${this.#services.length === 1 ? "service launches" : "services launch"}`,
        ...(asked.length > 0 ? [`${answered} of ${asked.length} requests answered`] : []),
      ];
      const isBroken =
        this.#services.some((service) => service.outcome === "fail") || answered < asked.length;
      return {
        outcome: isBroken ? "fail" : up === this.#services.length ? "pass" : "unknown",
        summary: words.join(", "),
      };
    });
  }

  /** A foundation without a service gets a task where one would stand. */
  async #placeProbe(): Promise<void> {
    const outputs: Record<string, unknown> = {};
    for (const stack of this.#ready) Object.assign(outputs, await stack.outputs());
    this.#probed = [];
    try {
      this.#probe = probe(this.#world, outputs);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const message = `${error.code}: ${error.message}`;
      this.#probed = [
        {
          service: "a probe",
          outcome: "fail",
          running: 0,
          desired: 2,
          findings: [finding(failureOf(message), { step: "creating the service", message })],
        },
      ];
    }
    const isSpoken = this.#probe !== undefined || this.#probed.length > 0;
    if (isSpoken || this.#refusals.length > 0 || this.#missing().length > 0) return;
    this.#probed = [
      {
        service: "no service",
        outcome: "unknown",
        running: 0,
        desired: 0,
        findings: [],
        reason: `there is no ECS service, and no outputs ${STANDS_BY.join(", ")} that say where one would stand`,
      },
    ];
  }

  /** Services that were to be created and were not: refused, or left out. */
  #missing(): ServiceVerdict[] {
    return this.#stacks.flatMap((stack) => {
      const isService = (address: string): boolean => /(^|\.)aws_ecs_service\./.test(address);
      const none = { running: 0, desired: 0 };
      const without = stack.skippedResources.flatMap((skipped) =>
        [skipped.address, ...skipped.dependents]
          .filter(isService)
          .map((service): ServiceVerdict => ({
            ...none,
            service,
            outcome: "unknown",
            findings: [],
            reason:
              service === skipped.address
                ? skipReason(skipped)
                : `it depends on ${skipped.address}: ${skipReason(skipped)}`,
          })),
      );
      const known = new Set(this.#services.map((service) => service.service));
      const refused = stack.undone.filter(isService).flatMap((service): ServiceVerdict[] => {
        const stands = allServices(this.#world).some(
          ({ row }) => this.#names.of(row.arn) === service,
        );
        if (
          stands ||
          known.has(service) ||
          without.some((serviceVerdict) => serviceVerdict.service === service)
        )
          return [];
        const own = this.#refusals.filter((refusal) => refusal.address === service);
        return [
          {
            ...none,
            service,
            outcome: "fail",
            findings: own.length > 0 ? own : this.#refusals.slice(0, 1),
          },
        ];
      });
      return [...without, ...refused];
    });
  }

  async #survey(): Promise<void> {
    const stacks = [];
    for (const stack of this.#ready) {
      const resources: readonly StateResource[] = await stack.resources();
      stacks.push({ resources, edges: edgesOf(await stack.graph()) });
    }
    this.#dangers = latentRisksIn(this.#world, stacks, this.#names);
  }

  async #plan(): Promise<void> {
    await this.#phase("plan", async () => {
      for (const stack of this.#stacks) {
        const { done, plan } = await stack.plan(join(this.#room, "again.tfplan"), () => {});
        this.#refuse("plan", done);
        if (plan !== undefined) this.#differences.push(...differencesIn(plan));
      }
      const count = this.#differences.length;
      return {
        outcome: count > 0 || this.#refusals.length > 0 ? "fail" : "pass",
        summary:
          count === 0 ? "no changes" : `${count} ${count === 1 ? "difference" : "differences"}`,
      };
    });
  }

  async #destroy(): Promise<void> {
    this.#probe?.remove();
    await this.#phase("destroy", async () => {
      let destroyed = 0;
      const before = this.#refusals.length;
      for (const stack of this.#ready.reverse()) {
        this.#audience.phase("destroy", stack.name);
        const done = await this.#converge(stack, "destroy");
        destroyed += done.counts.destroyed;
        this.#refuse("destroy", done);
      }
      this.#settle();
      this.#left = this.#contents().filter((item) => !this.#given.has(item));
      const refused = this.#refusals.slice(before);
      const isWanted =
        refused.length > 0 && refused.every(({ id }) => id !== undefined && WANTED.has(id));
      const summary = [
        `${destroyed} destroyed`,
        this.#left.length === 0
          ? "nothing left"
          : `${this.#left.length} left${isWanted ? ", as asked for" : ""}`,
      ];
      return {
        outcome: this.#left.length === 0 || isWanted ? "pass" : "fail",
        summary: summary.join(", "),
      };
    });
  }

  #skippedResources(): SkippedResource[] {
    return this.#stacks.flatMap((stack) => stack.skippedResources);
  }

  /** What the sandbox did not know, and no error of Terraform's told of. */
  #unknown(): string[] {
    const told = new Set(this.#skippedResources().map(({ requires }) => requires));
    const calls = this.#world.calls
      .filter((call) => call.error === "NotImplemented")
      .map((call) => notImplementedIn(call.message ?? "") ?? `${call.service}:${call.operation}`);
    return [...new Set(calls)].filter((value) => !told.has(value));
  }

  #result(): RehearsalResult {
    const { faults } = this.#options;
    const unknown = this.#unknown();
    const isFailed =
      this.#phases.some((phase) => phase.outcome === "fail" && phase.name !== "traffic") ||
      this.#services.some((service) => service.outcome === "fail") ||
      this.#visits.some((visit) => visit.finding !== undefined);
    const isUnknown =
      unknown.length > 0 ||
      this.#services.some((service) => service.outcome === "unknown") ||
      // A resource of another provider is no part of what is rehearsed; what depends on it is.
      this.#skippedResources().some(
        (skipped) => skipped.reason === "sandbox" || skipped.dependents.length > 0,
      );
    return {
      verdict: isFailed ? "fail" : isUnknown ? "unknown" : "pass",
      stacks: this.#stacks.map((stack) => stack.name),
      phases: this.#phases,
      services: this.#services,
      requests: this.#visits,
      errors: this.#refusals,
      differences: this.#differences,
      outages: this.#outages,
      remainingResources: this.#left,
      latentRisks: this.#dangers,
      skippedResources: this.#skippedResources(),
      skippedProviders: [...this.#skippedProviders].sort(),
      allowedProviders: [...this.#allowedProviders].sort(),
      localCode: this.#localCode,
      unsupportedCalls: unknown,
      assumptions: [...this.#assumed],
      calls: this.#world.calls.length,
      seconds: (performance.now() - this.#start) / 1000,
      ...(faults === undefined
        ? {}
        : { faults: { seed: faults, count: this.#faults, interrupts: this.#isKilled ? 1 : 0 } }),
      ...(this.#recorder ? { policy: this.#recorder.policy() } : {}),
    };
  }
}
