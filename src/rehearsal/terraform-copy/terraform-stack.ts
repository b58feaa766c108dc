import { existsSync, realpathSync, rmSync } from "node:fs";
import { join, sep } from "node:path";
import { notImplementedIn, providerNamedIn } from "../../failures/index.ts";
import type { Settings } from "../../config/index.ts";
import { UserError } from "../../shared/index.ts";
import {
  type Diagnostic,
  type TerraformEvent,
  type Terraform,
  interruptedError,
  type RunOptions,
  type Engine,
} from "../../terraform/index.ts";
import type { LocalCode, SkippedResource } from "../result.ts";
import type { CodePolicy } from "./code-policy.ts";
import { type DataSource, dataSourcesIn, deferReads } from "./deferred-reads.ts";
import { exclude, type Exclusion, type Exclusions } from "./exclusions.ts";
import { mayDecide } from "../diagnosis/relevance.ts";
import { dependenciesOf, dependentsOf, edgesOf, type Edges } from "./graph.ts";
import { createsHostedZones, hostedZonesIn } from "./hosted-zones.ts";
import { type LoadedModule, readConfiguration, type StateLocation } from "./hcl-modules.ts";
import { removeFailedImports } from "./import-blocks.ts";
import { isAccepted, providerAddress } from "./providers.ts";
import {
  type Counts,
  emptyRunResult,
  noCounts,
  RunTally,
  type StackRunResult,
} from "./run-tally.ts";
import { configurationAddress, type StateResource, stateResourcesOf } from "./state-resources.ts";

export type TerraformListener = (event: TerraformEvent) => void;

/** A service or job of a Berth config. Its root module has its own state. */
export interface StackWorkload {
  readonly kind: "service" | "job";
  readonly name: string;
}

export interface StackOptions {
  readonly name: string;
  /** The folder of the copy. */
  readonly directory: string;
  /** The original folder, as shown to the user. */
  readonly origin: string;
  /** The original folder, as it was passed. */
  readonly source: string;
  readonly settings?: Settings | undefined;
  /** The service or job of a Berth config. @default none: a foundation, or a folder of Terraform */
  readonly workload?: StackWorkload | undefined;
  readonly backend: StateLocation;
  readonly stateFile: string;
  readonly run: RunOptions;
  readonly terraform: Terraform;
  /** The same Terraform, with the environment variables for downloads of modules and providers. */
  readonly fetcher: Terraform;
  readonly product: Engine["product"];
  readonly workspace: string | undefined;
  /** The folder of all copies. Files outside of it are never edited. */
  readonly copies: string;
  readonly policy: CodePolicy;
  /** Remote states that no earlier stack stores. Terraform does not read them. @default none */
  readonly unmatchedStates?: readonly string[];
  /** The assumption about the region; undefined if the region is set. */
  readonly assumedRegion?: string | undefined;
  /** Redirects modules that are not in the copied folder, such as downloaded modules, to the sandbox. */
  readonly redirect: (modules: readonly LoadedModule[]) => void;
}

/** Data sources that read a value of the account. */
const VALUE_SOURCE = /(^|\.)data\.aws_(secretsmanager_secret_version|ssm_parameter)\./;

/** A copied root module, and its runs of Terraform. */
export class Stack {
  readonly name: string;
  readonly origin: string;
  /** The original folder, as it was passed. */
  readonly source: string;
  readonly directory: string;
  /** The program that runs the stack. It decides which files count. */
  readonly product: Engine["product"];
  /** The settings in the folder's Berth config; undefined if it has none. */
  readonly settings: Settings | undefined;
  /** The service or job of the config; undefined for a foundation, and for a folder of Terraform. */
  readonly workload: StackWorkload | undefined;
  readonly backend: StateLocation;
  readonly stateFile: string;
  readonly skippedResources: SkippedResource[] = [];
  /** Names of the terraform_remote_state data sources that read a state which no earlier stack stores. */
  readonly unmatchedStates: readonly string[];
  /** The assumption about the region; undefined if the region is set. */
  readonly assumedRegion: string | undefined;
  /** Names of the public hosted zones that the configuration reads. Set by `load`. */
  hostedZones: readonly string[] = [];
  /** Whether the configuration creates hosted zones. Set by `load`. */
  createsHostedZones = false;
  /** Addresses of resources that import blocks adopt, and that Terraform creates instead. */
  readonly assumedImports: Set<string> = new Set();
  /** True after terraform init. */
  isReady = false;
  /** Addresses of planned changes that the last apply did not complete. */
  undone: readonly string[] = [];
  /** Addresses that Terraform processes, with the action. */
  readonly inFlight: Map<string, string> = new Map();
  readonly #options: StackOptions;
  #variables: readonly string[] = [];
  #exclusions: Exclusions | undefined;
  #graph: Promise<string> | undefined;
  #resources: readonly StateResource[] | undefined;
  #counts: Counts = noCounts();

  constructor(options: StackOptions) {
    this.name = options.name;
    this.origin = options.origin;
    this.source = options.source;
    this.directory = options.directory;
    this.product = options.product;
    this.settings = options.settings;
    this.workload = options.workload;
    this.backend = options.backend;
    this.stateFile = options.stateFile;
    this.unmatchedStates = options.unmatchedStates ?? [];
    this.assumedRegion = options.assumedRegion;
    this.#options = options;
  }

  /**
   * The text before addresses of this stack in results. The services and jobs of a config have equal addresses, so that it names the
   * service, such as `services/web: `. Other stacks have none.
   */
  get addressPrefix(): string {
    const { workload } = this;
    return workload === undefined ? "" : `${workload.kind}s/${workload.name}: `;
  }

  /** @throws TypeError before `load` */
  get exclusions(): Exclusions {
    if (!this.#exclusions) throw new TypeError("the stack has not been loaded");
    return this.#exclusions;
  }

  /** Code of the configuration that runs on this machine, or is skipped by `--no-exec`. */
  get localCode(): readonly LocalCode[] {
    return this.exclusions.localCode.map((code) => ({ stack: this.name, ...code }));
  }

  /**
   * Downloads the modules of the configuration, removes the blocks that must not run, and redirects the rest to the
   * sandbox. Runs no code of the configuration.
   *
   * @throws UserError if modules cannot be downloaded, or blocks cannot be removed
   */
  async load(): Promise<void> {
    if (this.#exclusions) return;
    const { directory, product, policy, copies, fetcher } = this.#options;
    let tree = await readConfiguration(directory, product);
    if (!tree.isComplete) {
      await fetcher.get().catch((error: unknown) => {
        throw this.#withOrigin(error);
      });
      tree = await readConfiguration(directory, product);
    }
    if (!tree.isComplete)
      throw new UserError("BERTH-E5004", "not all modules could be read after terraform get", {
        where: this.origin,
        fix: "run terraform init in the folder, and correct the sources of modules that it cannot find",
      });
    const prefix = realpathSync(copies) + sep;
    for (const { module, addresses } of tree.modules)
      if (!realpathSync(module.directory).startsWith(prefix))
        throw new UserError(
          "BERTH-E5011",
          `${addresses[0]} is outside of the copied folder, and Berth does not edit files there`,
          { where: module.directory, fix: "use a relative path as the source of the module" },
        );
    this.createsHostedZones = createsHostedZones(tree.modules);
    this.hostedZones = hostedZonesIn(tree.modules, this.#options.run.variables ?? []);
    this.#exclusions = await exclude(tree, policy, product);
    this.#options.redirect(tree.modules);
  }

  /** Sets variables for the next runs, as name=value, in addition to those of the options. */
  setVariables(variables: readonly string[]): void {
    this.#variables = variables;
  }

  /** The data sources of the configuration, after `load`. */
  async dataSources(): Promise<readonly DataSource[]> {
    const { directory, product } = this.#options;
    return dataSourcesIn((await readConfiguration(directory, product)).modules);
  }

  /**
   * Lets the next plan contain unknown values for data sources, as if Terraform could read them only during the apply.
   *
   * @param addresses data sources that have not been passed before
   * @param companion the name of a `terraform_data` that is added to their modules
   */
  async deferReads(addresses: ReadonlySet<string>, companion: string): Promise<void> {
    const { directory, product } = this.#options;
    deferReads((await readConfiguration(directory, product)).modules, addresses, companion);
    this.#graph = undefined;
  }

  /** @throws UserError if a provider is not installed, or a provider would run that the policy forbids */
  async init(): Promise<void> {
    const { terraform, fetcher, workspace, directory } = this.#options;
    await this.load();
    try {
      await fetcher.init();
    } catch (error) {
      const lock = join(directory, ".terraform.lock.hcl");
      if (!(error instanceof UserError) || !existsSync(lock)) throw this.#withOrigin(error);
      // The locked versions are not available here. Other versions that the configuration allows may be.
      rmSync(lock);
      try {
        await fetcher.init();
      } catch (again) {
        throw this.#withOrigin(again);
      }
    }
    if (workspace !== undefined) await terraform.selectWorkspace(workspace);
    await this.#checkProviders();
    await this.#addExclusions();
    this.isReady = true;
  }

  /** Compares the providers that Terraform lists, including those of the state, with the policy. */
  async #checkProviders(): Promise<void> {
    const { terraform, policy } = this.#options;
    const allowed = new Set(policy.allowedProviders.map(providerAddress));
    const other = (await terraform.providers())
      .map(providerAddress)
      .find((address) => !isAccepted(address) && !allowed.has(address));
    if (other === undefined) return;
    throw new UserError("BERTH-E5012", `the provider ${other} would run in the rehearsal`, {
      where: this.origin,
      fix: `remove its resources from the state and the configuration, or run it for real: --allow-provider ${other}`,
    });
  }

  /** Adds the excluded blocks to the skipped resources, with the resources that depend on them. */
  async #addExclusions(): Promise<void> {
    const { placeholders, others } = this.exclusions;
    const add = ({ address, reason, provider }: Exclusion, dependents: readonly string[]): void =>
      this.#addSkipped({ address, reason, requires: provider, dependents });
    for (const exclusion of others) add(exclusion, []);
    if (placeholders.size === 0) return;
    const edges = edgesOf(await this.graph());
    for (const [node, exclusion] of placeholders) add(exclusion, dependentsOf(edges, node));
  }

  #addSkipped(skipped: Omit<SkippedResource, "stack" | "mayDecide">): void {
    const { placeholders } = this.exclusions;
    const dependents = skipped.dependents.filter((dependent) => !placeholders.has(dependent));
    this.skippedResources.push({
      stack: this.name,
      ...skipped,
      dependents,
      mayDecide: mayDecide(skipped.address, dependents),
    });
  }

  /** An error of Terraform with the original folder in the place of the copy. */
  #withOrigin(error: unknown): unknown {
    if (!(error instanceof UserError)) return error;
    const name = providerNamedIn(error.message);
    return name === undefined
      ? new UserError(error.code, error.message, {
          where: error.where === undefined ? this.origin : join(this.origin, error.where),
          fix: error.fix,
        })
      : new UserError(
          "BERTH-E5010",
          `the provider ${name} is not installed here, and the registry does not respond`,
          {
            where: this.origin,
            fix: "connect this machine to the registry; or run terraform providers mirror <folder> on a machine with network access, then copy the folder to a place that berth doctor lists",
          },
        );
  }

  /**
   * Applies the stack. Resources that the sandbox does not support are skipped, with all resources that depend on them.
   *
   * @param unknownValues names of the values that are unknown, because their objects are only assumed to exist
   */
  async apply(
    listener: TerraformListener,
    unknownValues: () => readonly string[] = () => [],
  ): Promise<StackRunResult> {
    this.#counts = noCounts();
    for (;;) {
      const run = await this.#runOptions();
      if (run === undefined) return emptyRunResult();
      const result = await this.#carryOut("apply", run, listener);
      this.undone = result.undone;
      if (result.problems.length === 0) return result;
      if (await this.#removeFailedImports(result.problems)) continue;
      const edges = edgesOf(await this.graph());
      const skipped = [
        ...this.#unsupportedIn(result.problems),
        ...this.#undecidedIn(result.problems, edges, unknownValues()),
      ];
      if (skipped.length === 0) return result;
      for (const entry of skipped)
        this.#addSkipped({ ...entry, dependents: dependentsOf(edges, entry.address) });
    }
  }

  async destroy(listener: TerraformListener): Promise<StackRunResult> {
    this.#counts = noCounts();
    // A resource that the sandbox does not support may be in the state. An excluded block is not.
    const run = await this.#runOptions((skipped) => skipped.reason !== "sandbox");
    return run === undefined ? emptyRunResult() : this.#carryOut("destroy", run, listener);
  }

  /**
   * Plans the stack.
   *
   * @param file a path for the plan file, which is deleted afterwards
   * @param scope whether resources that depend on skipped blocks are skipped, or planned with unknown values
   * @returns the plan in its JSON form; undefined if there are no changes or errors occurred
   */
  async plan(
    file: string,
    listener: TerraformListener,
    scope: "without-dependents" | "everything" = "without-dependents",
  ): Promise<{ readonly result: StackRunResult; readonly plan: unknown }> {
    const { terraform } = this.#options;
    for (;;) {
      const tally = new RunTally(this.inFlight, noCounts());
      const run = scope === "everything" ? this.#run : await this.#runOptions();
      if (run === undefined) return { result: emptyRunResult(), plan: undefined };
      const outcome = await terraform.plan(file, run, (event) => {
        tally.observeEvent(event);
        listener(event);
      });
      if (outcome.interrupted) throw interruptedError();
      const plan = outcome.exitCode === 2 ? await terraform.showJson(file) : undefined;
      rmSync(file, { force: true });
      const result = tally.result(outcome);
      if (!(await this.#removeFailedImports(result.problems))) return { result, plan };
    }
  }

  /** The resources in the state. Contains secrets. */
  async resources(): Promise<readonly StateResource[]> {
    this.#resources ??= stateResourcesOf(await this.#options.terraform.pullState());
    return this.#resources;
  }

  /** The state in the form of `terraform show -json`. Contains secrets. */
  showState(): Promise<unknown> {
    return this.#options.terraform.showJson();
  }

  /** The output of `terraform graph`. It is cached, because Terraform starts its providers to create it. */
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

  get #run(): RunOptions {
    const { run } = this.#options;
    return { ...run, variables: [...(run.variables ?? []), ...this.#variables] };
  }

  /** Removes the import blocks of objects that do not exist in the sandbox. Returns true if Terraform must run again. */
  async #removeFailedImports(problems: readonly Diagnostic[]): Promise<boolean> {
    if (problems.length === 0) return false;
    const { directory, product } = this.#options;
    const { modules } = await readConfiguration(directory, product);
    const root = modules.find(({ addresses }) => addresses.includes(""));
    const removed = root ? removeFailedImports(root.module, problems) : [];
    for (const address of removed) this.assumedImports.add(address);
    return removed.length > 0;
  }

  /** Options that target all resources except the skipped ones; undefined if every resource is skipped. */
  async #runOptions(
    isExcluded: (skipped: SkippedResource) => boolean = () => true,
  ): Promise<RunOptions | undefined> {
    const run = this.#run;
    const { placeholders } = this.exclusions;
    const skippedResources = this.skippedResources.filter(isExcluded);
    if (skippedResources.length === 0) return run;
    const excluded = new Set(
      skippedResources.flatMap((skipped) => [skipped.address, ...skipped.dependents]),
    );
    const { nodes } = edgesOf(await this.graph());
    const targets = nodes.filter((node) => !excluded.has(node) && !placeholders.has(node));
    return targets.length === 0 ? undefined : { ...run, targets };
  }

  /** Resources with an error because the sandbox does not support an operation, without those already skipped. */
  #unsupportedIn(
    problems: readonly Diagnostic[],
  ): Pick<SkippedResource, "address" | "reason" | "requires">[] {
    const skipped = new Set(this.skippedResources.map(({ address }) => address));
    return problems.flatMap(({ address: instance, summary, detail }) => {
      const requires = notImplementedIn(`${summary} ${detail}`);
      if (requires === undefined || instance === undefined) return [];
      const address = configurationAddress(instance);
      if (skipped.has(address)) return [];
      skipped.add(address);
      return [{ address, reason: "sandbox", requires }];
    });
  }

  /** Resources with an error that read a value which is unknown, such as a key of an assumed secret. */
  #undecidedIn(
    problems: readonly Diagnostic[],
    edges: Edges,
    unknownValues: readonly string[],
  ): Pick<SkippedResource, "address" | "reason" | "requires">[] {
    if (unknownValues.length === 0) return [];
    const skipped = new Set(this.skippedResources.map(({ address }) => address));
    return problems.flatMap(({ address: instance }) => {
      if (instance === undefined) return [];
      const address = configurationAddress(instance);
      const readsValue = [...dependenciesOf(edges, address)].some((node) =>
        VALUE_SOURCE.test(node),
      );
      if (!readsValue || skipped.has(address)) return [];
      skipped.add(address);
      return [{ address, reason: "unknown-value", requires: unknownValues.join(", ") }];
    });
  }

  async #carryOut(
    verb: "apply" | "destroy",
    run: RunOptions,
    listener: TerraformListener,
  ): Promise<StackRunResult> {
    this.#resources = undefined;
    const tally = new RunTally(this.inFlight, this.#counts);
    const outcome = await this.#options.terraform.runAutoApproved(verb, run, (event) => {
      tally.observeEvent(event);
      listener(event);
    });
    this.inFlight.clear();
    if (outcome.interrupted) throw interruptedError();
    return tally.result(outcome);
  }
}
