import { rmSync } from "node:fs";
import { join } from "node:path";
import { engineCache } from "../../src/app/engine-cache.ts";
import type { Settings } from "../../src/config/options.ts";
import { synthJson } from "../../src/constructs/synth/synth.ts";
import { sandboxEnvironment, sandboxOverride } from "../../src/sandbox/environment.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { findEngine } from "../../src/terraform/engine.ts";
import type { Diagnostic, TerraformEvent } from "../../src/terraform/events.ts";
import { Terraform } from "../../src/terraform/terraform.ts";
import { WorkingFolder } from "../../src/terraform/working-folder.ts";
import { type Clients, clientsFor } from "./clients.ts";
import type { Outputs } from "./verification/property.ts";

/** A resource change in a plan. */
export interface PlannedChange {
  readonly address: string;
  readonly action: string;
}

type Listener = (event: TerraformEvent) => void;

/** A foundation in a new sandbox, which real Terraform plans, applies and destroys. */
export class FoundationLifecycle {
  readonly settings: Settings;
  readonly sandbox: Sandbox;
  readonly clients: Clients;
  readonly #terraform: Terraform;
  readonly #workspace: WorkingFolder;
  readonly #planFile: string;

  private constructor(
    settings: Settings,
    sandbox: Sandbox,
    terraform: Terraform,
    workspace: WorkingFolder,
  ) {
    this.settings = settings;
    this.sandbox = sandbox;
    this.clients = clientsFor(sandbox.url, settings.region);
    this.#terraform = terraform;
    this.#workspace = workspace;
    this.#planFile = join(workspace.directory, "plan.tfplan");
  }

  /**
   * Starts a sandbox and initializes Terraform in a folder.
   *
   * @param settings the settings, or a function that creates existing resources in the sandbox and returns the settings
   */
  static async start(
    directory: string,
    settings: Settings | ((clients: Clients, sandbox: Sandbox) => Promise<Settings>),
  ): Promise<FoundationLifecycle> {
    const sandbox = await startSandbox();
    try {
      const region = typeof settings === "function" ? "us-east-1" : settings.region;
      const resolvedSettings =
        typeof settings === "function"
          ? await settings(clientsFor(sandbox.url, region), sandbox)
          : settings;
      const engine = await findEngine({ env: process.env, cache: engineCache(process.env) });
      const workspace = new WorkingFolder({
        project: directory,
        environment: resolvedSettings.environment,
        sandbox: true,
      });
      workspace.write(synthJson(resolvedSettings), sandboxOverride(sandbox.url, undefined));
      const env = workspace.environment(
        engine,
        sandboxEnvironment(process.env, sandbox.url, undefined),
      );
      const terraform = new Terraform({ engine, directory: workspace.directory, env });
      await terraform.init();
      workspace.keepLock();
      return new FoundationLifecycle(resolvedSettings, sandbox, terraform, workspace);
    } catch (error) {
      await sandbox.close();
      throw error;
    }
  }

  /** Writes new settings for the next plan. */
  changeSettings(settings: Settings): void {
    this.#workspace.write(synthJson(settings), sandboxOverride(this.sandbox.url, undefined));
  }

  /** Plans, and returns the changes: an empty list if the configuration and the sandbox agree. */
  async plan(options: { readonly destroy?: boolean } = {}): Promise<PlannedChange[]> {
    const changes: PlannedChange[] = [];
    const { exitCode, diagnostics } = await this.#terraform.plan(
      this.#planFile,
      options,
      (event) => {
        if (event.type === "planned")
          changes.push({ address: event.address, action: event.action });
      },
    );
    if (exitCode === 1) throw new TerraformFailure(diagnostics);
    return changes;
  }

  /** Applies the last plan. */
  async apply(listener: Listener = () => {}): Promise<void> {
    const { exitCode, diagnostics } = await this.#terraform.apply(this.#planFile, listener);
    if (exitCode !== 0) throw new TerraformFailure(diagnostics);
  }

  async outputs(): Promise<Outputs> {
    const outputs = await this.#terraform.outputs();
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
  }

  /** The resources that exist in the sandbox, as "kind ID". */
  remainingResources(): string[] {
    return this.sandbox.store
      .contents()
      .flatMap(({ kind, ids }) => ids.map((id) => `${kind} ${id}`));
  }

  get stateFile(): string {
    return join(this.#workspace.directory, "terraform.tfstate");
  }

  /** Closes the sandbox and deletes the plan file. */
  async close(): Promise<void> {
    rmSync(this.#planFile, { force: true });
    await this.sandbox.close();
  }
}

/** All errors of one Terraform command. */
export class TerraformFailure extends Error {
  constructor(diagnostics: readonly Diagnostic[]) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
    super(
      errors
        .map(({ summary, detail, address }) => `${address ?? ""} ${summary} ${detail}`.trim())
        .join("\n"),
    );
    this.name = "TerraformFailure";
  }
}
