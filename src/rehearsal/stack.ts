import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/options.ts";
import { UserError } from "../errors.ts";
import type { Diagnostic, TerraformEvent } from "../terraform/events.ts";
import type { Terraform } from "../terraform/terraform.ts";
import { interruption, type Outcome, type RunOptions } from "../terraform/terraform.ts";
import type { Place } from "./configuration.ts";
import { dependents, edgesOf } from "./graph.ts";

export type Listener = (event: TerraformEvent) => void;

/** What the sandbox says that it does not know, out of its words; undefined where it does not. */
export const unknownIn = (words: string): string | undefined =>
  /Berth's sandbox does not implement ([^\n,]+)/.exec(words)?.[1]?.replace(/[.\s]+$/, "");

/** What the sandbox does not know, and what a rehearsal therefore leaves out. */
export interface LeftOut {
  readonly stack: string;
  readonly address: string;
  /** What it asked for: an operation, a member of one, or a service. */
  readonly asks: string;
  /** Addresses that depend on it, and are left out with it. */
  readonly with: readonly string[];
}

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
  readonly workspace: string | undefined;
  /** Turns what init has fetched to the sandbox. */
  readonly pin: () => Promise<void>;
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
  readonly leftOut: LeftOut[] = [];
  /** True once it has been initialised. */
  isReady = false;
  /** Addresses that the last apply was to change and did not. */
  undone: readonly string[] = [];
  /** Addresses that Terraform is at. */
  readonly inFlight: Map<string, string> = new Map();
  readonly #options: StackOptions;
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

  /** @throws UserError where providers or modules are not there */
  async init(): Promise<void> {
    const { terraform, workspace, directory } = this.#options;
    try {
      await terraform.init();
    } catch (error) {
      const lock = join(directory, ".terraform.lock.hcl");
      if (!(error instanceof UserError) || !existsSync(lock)) throw this.#explained(error);
      // The versions that were locked are not here: others that the configuration allows may be.
      rmSync(lock);
      try {
        await terraform.init();
      } catch (again) {
        throw this.#explained(again);
      }
    }
    await this.#options.pin();
    if (workspace !== undefined) await terraform.selectWorkspace(workspace);
    this.isReady = true;
  }

  #explained(error: unknown): unknown {
    if (!(error instanceof UserError)) return error;
    const provider = /provider registry\.[^/]+\/([\w-]+\/[\w-]+)|provider ([\w-]+\/[\w-]+)/.exec(
      error.message,
    );
    const name = provider?.[1] ?? provider?.[2];
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
      const done = await this.#carryOut("apply", await this.#run(), listener);
      const unknown = this.#unknownIn(done.problems);
      this.undone = done.undone;
      if (unknown.length === 0) return done;
      const edges = edgesOf(await this.#options.terraform.graph());
      for (const { address, asks } of unknown) {
        const others = dependents(edges, configured(address));
        this.leftOut.push({ stack: this.name, address: configured(address), asks, with: others });
      }
    }
  }

  async destroy(listener: Listener): Promise<Done> {
    this.#counts = none();
    return this.#carryOut("destroy", this.#options.run, listener);
  }

  /** What a plan would change; none where configuration and world agree. Attributes are in `plan`. */
  async plan(
    file: string,
    listener: Listener,
  ): Promise<{ readonly done: Done; readonly plan: unknown }> {
    const { terraform } = this.#options;
    const tally = new Tally(this.inFlight, none());
    const outcome = await terraform.plan(file, await this.#run(), (event) => {
      tally.see(event);
      listener(event);
    });
    if (outcome.interrupted) throw interruption();
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

  graph(): Promise<string> {
    return this.#options.terraform.graph();
  }

  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const outputs = await this.#options.terraform.outputs();
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
  }

  interrupt(): void {
    this.#options.terraform.interrupt();
  }

  /** Everything but what is left out, where something is. */
  async #run(): Promise<RunOptions> {
    const { run, terraform } = this.#options;
    if (this.leftOut.length === 0) return run;
    const without = new Set(this.leftOut.flatMap((one) => [one.address, ...one.with]));
    const { nodes } = edgesOf(await terraform.graph());
    return { ...run, targets: nodes.filter((one) => !without.has(one)) };
  }

  #unknownIn(problems: readonly Diagnostic[]): { address: string; asks: string }[] {
    const known = new Set(this.leftOut.map((one) => one.address));
    return problems.flatMap(({ address, summary, detail }) => {
      const asks = unknownIn(`${summary} ${detail}`);
      if (asks === undefined || address === undefined || known.has(configured(address))) return [];
      known.add(configured(address));
      return [{ address, asks }];
    });
  }

  async #carryOut(verb: "apply" | "destroy", run: RunOptions, listener: Listener): Promise<Done> {
    this.#resources = undefined;
    const tally = new Tally(this.inFlight, this.#counts);
    const outcome = await this.#options.terraform.carryOut(verb, run, (event) => {
      tally.see(event);
      listener(event);
    });
    this.inFlight.clear();
    if (outcome.interrupted) throw interruption();
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
      problems: diagnostics.filter((one) => one.severity === "error"),
      warnings: diagnostics.filter((one) => one.severity === "warning"),
      undone: [...this.#planned].filter((one) => !this.#finished.has(one)),
      counts: { ...this.#counts },
    };
  }
}
