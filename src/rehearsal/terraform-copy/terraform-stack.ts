import { existsSync, realpathSync, rmSync } from "node:fs";
import { join, sep } from "node:path";
import { notImplementedIn, providerNamedIn } from "../../failures/match-aws-error.ts";
import type { Settings } from "../../config/options.ts";
import { UserError } from "../../shared/errors.ts";
import type { Diagnostic, TerraformEvent } from "../../terraform/events.ts";
import type { Terraform } from "../../terraform/terraform.ts";
import { interruptedError, type Outcome, type RunOptions } from "../../terraform/terraform.ts";
import type { Engine } from "../../terraform/engine.ts";
import { type LoadedModule, type Place, readConfiguration } from "./hcl-modules.ts";
import { type CodePolicy, exclude, type Exclusion, type Exclusions } from "./exclusions.ts";
import { dependents, edgesOf } from "./graph.ts";
import { isAccepted, providerAddress } from "./providers.ts";
import type { SkippedResource, LocalCode } from "../result.ts";

export type Listener = (event: TerraformEvent) => void;

/** What an apply or destroy came to. */
export interface Done {
  readonly problems: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
  /** Addresses that were to be changed and were not. */
  readonly undone: readonly string[];
  readonly counts: Readonly<Counts>;
}

interface Counts {
  added: number;
  changed: number;
  destroyed: number;
}

const none = (): Counts => ({ added: 0, changed: 0, destroyed: 0 });

const nothing = (): Done => ({ problems: [], warnings: [], undone: [], counts: none() });

/** A resource as the state has it. */
export interface StateResource {
  readonly address: string;
  readonly mode: string;
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface StackOptions {
  readonly name: string;
  /** Where its copy lies. */
  readonly directory: string;
  /** Where it was written. */
  readonly origin: string;
  readonly settings?: Settings;
  readonly backend: Place;
  readonly stateFile: string;
  readonly run: RunOptions;
  readonly terraform: Terraform;
  /** The same, with what a fetch of modules and providers needs of the environment. */
  readonly fetcher: Terraform;
  readonly product: Engine["product"];
  readonly workspace: string | undefined;
  /** The folder of all copies: nothing outside of it is edited. */
  readonly copies: string;
  readonly policy: CodePolicy;
  /** Redirects modules that are no part of the folder, such as fetched ones, to the sandbox. */
  readonly pin: (modules: readonly LoadedModule[]) => void;
}

interface KeptResource {
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly module?: string;
  readonly instances: readonly {
    readonly index_key?: string | number;
    readonly attributes?: Readonly<Record<string, unknown>>;
  }[];
}

const instancesOf = ({ mode, type, name, module, instances }: KeptResource): StateResource[] =>
  instances.map(({ index_key: key, attributes = {} }) => ({
    mode,
    type,
    values: attributes,
    address: [
      ...(module === undefined ? [] : [module]),
      ...(mode === "data" ? ["data"] : []),
      type,
      key === undefined ? name : `${name}[${JSON.stringify(key)}]`,
    ].join("."),
  }));

/** An address without the keys of count and for_each: as the configuration has it. */
export const configured = (address: string): string => address.replace(/\[[^\]]*\]/g, "");

/** One root module that is being rehearsed, in its copy. */
export class Stack {
  readonly name: string;
  readonly origin: string;
  readonly directory: string;
  /** What the folder's config says, where it has one. */
  readonly settings: Settings | undefined;
  readonly backend: Place;
  readonly stateFile: string;
  readonly skippedResources: SkippedResource[] = [];
  /** True once it has been initialised. */
  isReady = false;
  /** Addresses that the last apply was to change and did not. */
  undone: readonly string[] = [];
  /** Addresses that Terraform is at. */
  readonly inFlight: Map<string, string> = new Map();
  readonly #options: StackOptions;
  #exclusions: Exclusions | undefined;
  #graph: Promise<string> | undefined;
  #resources: readonly StateResource[] | undefined;
  #counts: Counts = none();

  constructor(options: StackOptions) {
    this.name = options.name;
    this.origin = options.origin;
    this.directory = options.directory;
    this.settings = options.settings;
    this.backend = options.backend;
    this.stateFile = options.stateFile;
    this.#options = options;
  }

  /** What was taken out of the configuration before Terraform read it. */
  get exclusions(): Exclusions {
    if (!this.#exclusions) throw new TypeError("the stack has not been loaded");
    return this.#exclusions;
  }

  /** What runs on this machine beside Terraform, or would without `--no-exec`. */
  get localCode(): readonly LocalCode[] {
    return this.exclusions.localCode.map((code) => ({ stack: this.name, ...code }));
  }

  /**
   * Makes the complete configuration ready: fetches its modules, takes out what must not run, and redirects the rest to
   * the sandbox. Runs nothing of it.
   *
   * @throws UserError where modules cannot be fetched, or something cannot be taken out
   */
  async load(): Promise<void> {
    if (this.#exclusions) return;
    const { directory, product, policy, copies, fetcher } = this.#options;
    let tree = await readConfiguration(directory, product);
    if (!tree.isComplete) {
      await fetcher.get().catch((error: unknown) => {
        throw this.#explained(error);
      });
      tree = await readConfiguration(directory, product);
    }
    if (!tree.isComplete)
      throw new UserError("BERTH-E5004", "not all modules could be read after terraform get", {
        where: this.origin,
        fix: "run terraform init in the folder, and see that it finds every module",
      });
    const inside = realpathSync(copies) + sep;
    for (const { module, addresses } of tree.modules)
      if (!realpathSync(module.directory).startsWith(inside))
        throw new UserError(
          "BERTH-E5005",
          `${addresses[0]} is outside of the copy that is rehearsed, and must not be edited there`,
          { where: module.directory, fix: "call the module by a relative path" },
        );
    this.#exclusions = await exclude(tree, policy, product);
    this.#options.pin(tree.modules);
  }

  /** @throws UserError where providers are not there, or one would take part that must not */
  async init(): Promise<void> {
    const { terraform, fetcher, workspace, directory } = this.#options;
    await this.load();
    try {
      await fetcher.init();
    } catch (error) {
      const lock = join(directory, ".terraform.lock.hcl");
      if (!(error instanceof UserError) || !existsSync(lock)) throw this.#explained(error);
      // The versions that were locked are not here: others that the configuration allows may be.
      rmSync(lock);
      try {
        await fetcher.init();
      } catch (again) {
        throw this.#explained(again);
      }
    }
    if (workspace !== undefined) await terraform.selectWorkspace(workspace);
    await this.#checkProviders();
    await this.#leaveOutSkipped();
    this.isReady = true;
  }

  /** Holds what was taken out against Terraform's own list, that of the state included. */
  async #checkProviders(): Promise<void> {
    const { terraform, policy } = this.#options;
    const allowed = new Set(policy.allowedProviders.map(providerAddress));
    const other = (await terraform.providers())
      .map(providerAddress)
      .find((address) => !isAccepted(address) && !allowed.has(address));
    if (other === undefined) return;
    throw new UserError("BERTH-E5005", `the provider ${other} would take part in the rehearsal`, {
      where: this.origin,
      fix: `remove what needs it from the state and the configuration, or run it for real: --allow-provider ${other}`,
    });
  }

  /** Leaves out what depends on something that was taken out. */
  async #leaveOutSkipped(): Promise<void> {
    const { standIns, others } = this.exclusions;
    const add = ({ address, reason, provider }: Exclusion, dependent: string[]): void => {
      this.skippedResources.push({
        stack: this.name,
        address,
        reason,
        requires: provider,
        dependents: dependent.filter((value) => !standIns.has(value)),
      });
    };
    for (const exclusion of others) add(exclusion, []);
    if (standIns.size === 0) return;
    const edges = edgesOf(await this.graph());
    for (const [node, exclusion] of standIns) add(exclusion, dependents(edges, node));
  }

  #explained(error: unknown): unknown {
    if (!(error instanceof UserError)) return error;
    const name = providerNamedIn(error.message);
    return name === undefined
      ? new UserError(error.code, error.message, {
          where: this.origin,
          ...(error.fix === undefined ? {} : { fix: error.fix }),
        })
      : new UserError(
          "BERTH-E5004",
          `the provider ${name} is not installed here, and the registry does not answer`,
          {
            where: this.origin,
            fix: `terraform providers mirror <folder> where there is a network, then put the folder where berth doctor looks`,
          },
        );
  }

  /** Applies, as far as the sandbox can: what it does not know is left out with all that depends on it. */
  async apply(listener: Listener): Promise<Done> {
    this.#counts = none();
    for (;;) {
      const run = await this.#run();
      if (run === undefined) return nothing();
      const done = await this.#carryOut("apply", run, listener);
      const unknown = this.#unknownIn(done.problems);
      this.undone = done.undone;
      if (unknown.length === 0) return done;
      const edges = edgesOf(await this.graph());
      for (const { address, asks } of unknown) {
        const others = dependents(edges, configured(address));
        this.skippedResources.push({
          stack: this.name,
          address: configured(address),
          reason: "sandbox",
          requires: asks,
          dependents: others.filter((other) => !this.exclusions.standIns.has(other)),
        });
      }
    }
  }

  async destroy(listener: Listener): Promise<Done> {
    this.#counts = none();
    // What the sandbox does not support may be in the state all the same; what was skipped is not.
    const run = await this.#run((skipped) => skipped.reason !== "sandbox");
    return run === undefined ? nothing() : this.#carryOut("destroy", run, listener);
  }

  /**
   * What a plan would change; none where configuration and world agree. Attributes are in `plan`.
   *
   * @param scope what depends on skipped code is left out, or planned with values that are not known
   */
  async plan(
    file: string,
    listener: Listener,
    scope: "without-dependents" | "everything" = "without-dependents",
  ): Promise<{ readonly done: Done; readonly plan: unknown }> {
    const { terraform } = this.#options;
    const tally = new Tally(this.inFlight, none());
    const run = scope === "everything" ? this.#options.run : await this.#run();
    if (run === undefined) return { done: nothing(), plan: undefined };
    const outcome = await terraform.plan(file, run, (event) => {
      tally.see(event);
      listener(event);
    });
    if (outcome.interrupted) throw interruptedError();
    const plan = outcome.exitCode === 2 ? await terraform.showJson(file) : undefined;
    rmSync(file, { force: true });
    return { done: tally.done(outcome), plan };
  }

  /** What the state holds. Holds secrets. */
  async resources(): Promise<readonly StateResource[]> {
    if (!this.#resources) {
      const state = (await this.#options.terraform.pullState()) as {
        readonly resources?: readonly KeptResource[];
      }; // state version 4
      this.#resources = (state.resources ?? []).flatMap(instancesOf);
    }
    return this.#resources;
  }

  /** The state as `terraform show -json` has it. Holds secrets. */
  showState(): Promise<unknown> {
    return this.#options.terraform.showJson();
  }

  /** What depends on what. Terraform starts its providers for it, and the configuration stays as it is: once is enough. */
  graph(): Promise<string> {
    this.#graph ??= this.#options.terraform.graph();
    return this.#graph;
  }

  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const outputs = await this.#options.terraform.outputs();
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
  }

  interrupt(): void {
    this.#options.terraform.interrupt();
  }

  /** Everything but what is left out, where something is; undefined where nothing else is there. */
  async #run(
    isLeftOut: (skipped: SkippedResource) => boolean = () => true,
  ): Promise<RunOptions | undefined> {
    const { run } = this.#options;
    const { standIns } = this.exclusions;
    const skipped = this.skippedResources.filter(isLeftOut);
    if (skipped.length === 0) return run;
    const without = new Set(skipped.flatMap((skipped) => [skipped.address, ...skipped.dependents]));
    const { nodes } = edgesOf(await this.graph());
    const targets = nodes.filter((node) => !without.has(node) && !standIns.has(node));
    return targets.length === 0 ? undefined : { ...run, targets };
  }

  #unknownIn(problems: readonly Diagnostic[]): { address: string; asks: string }[] {
    const known = new Set(this.skippedResources.map((skipped) => skipped.address));
    return problems.flatMap(({ address, summary, detail }) => {
      const asks = notImplementedIn(`${summary} ${detail}`);
      if (asks === undefined || address === undefined || known.has(configured(address))) return [];
      known.add(configured(address));
      return [{ address, asks }];
    });
  }

  async #carryOut(verb: "apply" | "destroy", run: RunOptions, listener: Listener): Promise<Done> {
    this.#resources = undefined;
    const tally = new Tally(this.inFlight, this.#counts);
    const outcome = await this.#options.terraform.runAutoApproved(verb, run, (event) => {
      tally.see(event);
      listener(event);
    });
    this.inFlight.clear();
    if (outcome.interrupted) throw interruptedError();
    return tally.done(outcome);
  }
}

/** Counts what Terraform reports. */
class Tally {
  readonly #planned = new Set<string>();
  readonly #finished = new Set<string>();
  readonly #inFlight: Map<string, string>;
  readonly #counts: Counts;

  constructor(inFlight: Map<string, string>, counts: Counts) {
    this.#counts = counts;
    this.#inFlight = inFlight;
  }

  see(event: TerraformEvent): void {
    switch (event.type) {
      case "planned":
        if (event.action !== "read") this.#planned.add(event.address);
        break;
      case "started":
        this.#inFlight.set(event.address, event.action);
        break;
      case "failed":
        this.#inFlight.delete(event.address);
        break;
      case "finished":
        this.#inFlight.delete(event.address);
        this.#finished.add(event.address);
        if (event.action === "create") this.#counts.added++;
        if (event.action === "update") this.#counts.changed++;
        if (event.action === "delete") this.#counts.destroyed++;
        break;
      default:
        break;
    }
  }

  done({ diagnostics }: Outcome): Done {
    return {
      problems: diagnostics.filter((diagnostic) => diagnostic.severity === "error"),
      warnings: diagnostics.filter((diagnostic) => diagnostic.severity === "warning"),
      undone: [...this.#planned].filter((value) => !this.#finished.has(value)),
      counts: { ...this.#counts },
    };
  }
}
