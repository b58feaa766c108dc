import { dirname, resolve } from "node:path";
import { AwsCallError, AwsClient } from "../aws-client/index.ts";
import { loadConfig } from "../config/load.ts";
import type { Settings } from "../config/index.ts";
import {
  requirementsOf,
  synthJobJson,
  synthJson,
  synthServiceJson,
} from "../constructs/synth/index.ts";
import { type Clock, type OneOffTask, systemClock } from "../deployment/index.ts";
import { isObject, UserError } from "../shared/index.ts";
import { WorkingFolder } from "../terraform/index.ts";
import { awsCallError } from "./aws-errors.ts";
import type { OperationHost } from "./host.ts";
import type { InfrastructureOptions, ResolvedOptions } from "./options.ts";
import { openSandbox, type OpenSandbox } from "./sandbox.ts";
import {
  serviceNames,
  serviceOfImage,
  type ServiceTarget,
  serviceTarget,
} from "./service-target.ts";
import { type SuggestedCommand, suggest } from "./suggested-command.ts";
import {
  openFoundation,
  openWorkspace,
  type PlannableWorkspace,
  type Session,
  type TerraformWorkspace,
} from "./terraform-workspace.ts";

/** The services of an environment, with the account or the sandbox in which they run. */
export interface ServiceProject {
  readonly options: ResolvedOptions<InfrastructureOptions>;
  readonly settings: Settings;
  readonly client: AwsClient;
  /** The client for another region of the same account. */
  readonly clientIn: (region: string) => AwsClient;
  /** The time of all waits. */
  readonly clock: Clock;
  /**
   * Opens the workspace of a service or job: writes its root module and runs `terraform init`.
   *
   * @param commandArguments arguments of the command that continues this run after a failure. @default the name of the service
   */
  openService(
    target: Pick<ServiceTarget, "kind" | "name">,
    commandArguments?: readonly string[],
  ): Promise<PlannableWorkspace>;
  /** Opens the workspace of the foundation. */
  openFoundation(): Promise<Session>;
  /** The next command to run, with the options of this run. */
  readonly suggest: (command: SuggestedCommand, ...moreArguments: readonly string[]) => string;
  /** @throws UserError with the code of its kind for an error of AWS; other errors unchanged */
  withUserErrors<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/**
 * Loads the config, and starts the sandbox if the options request one.
 *
 * @param clock the time of all waits, also between the attempts of a call. @default the clock of this machine
 */
export async function openServiceProject(
  options: ResolvedOptions<InfrastructureOptions>,
  host: OperationHost,
  command: SuggestedCommand,
  clock: Clock = systemClock,
): Promise<ServiceProject> {
  host.event?.({ type: "step-started", step: "config" });
  const settings = await loadConfig(options.config, options.environment);
  const sandbox =
    options.sandbox === undefined || options.sandbox === false
      ? undefined
      : await openSandbox(
          options,
          foundationFolder(options, settings),
          { ...settings, settings },
          host,
        );
  const clientIn = (region: string): AwsClient =>
    new AwsClient({
      region,
      env: sandbox ? sandbox.environment : options.env,
      clock: { ...clock, random: Math.random },
    });
  return {
    options,
    settings,
    client: clientIn(settings.region),
    clientIn,
    clock,
    openService: (target, commandArguments = [target.name]) =>
      openService(target, { options, settings, sandbox, command, commandArguments }, host),
    openFoundation: () =>
      openFoundation(options, host, {
        settings,
        command,
        ...(sandbox === undefined ? {} : { sandbox }),
      }),
    suggest: (next, ...moreArguments) => suggest(next, options, ...moreArguments),
    withUserErrors: async (work) => {
      try {
        return await work();
      } catch (error) {
        throw error instanceof AwsCallError ? awsCallError(error, options) : error;
      }
    },
    close: () => sandbox?.close() ?? Promise.resolve(),
  };
}

/** The folder that contains the sandbox's state: the foundation and its services share a sandbox. */
const foundationFolder = (
  { config }: { readonly config: string },
  { environment }: Settings,
): string =>
  new WorkingFolder({ project: dirname(resolve(config)), environment, sandbox: true }).directory;

/** Name of the folder in .berth of a service or job. */
export const serviceFolder = (
  { environment }: Pick<Settings, "environment">,
  { kind, name }: Pick<ServiceTarget, "kind" | "name">,
): string => `${environment}/${kind}s/${name}`;

async function openService(
  { kind, name }: Pick<ServiceTarget, "kind" | "name">,
  {
    options,
    settings,
    sandbox,
    command,
    commandArguments,
  }: {
    readonly options: ResolvedOptions<InfrastructureOptions>;
    readonly settings: Settings;
    readonly sandbox: OpenSandbox | undefined;
    readonly command: SuggestedCommand;
    readonly commandArguments: readonly string[];
  },
  host: OperationHost,
): Promise<PlannableWorkspace> {
  const workspace = await openWorkspace(options, host, {
    ...settings,
    name: `${settings.name}/${name}`,
    command,
    arguments: commandArguments,
    folder: serviceFolder(settings, { kind, name }),
    service: name,
    ...(sandbox === undefined ? {} : { sandbox }),
  });
  try {
    // In a sandbox the state is a local file: the state of the account must not change.
    const { state: _, ...settingsWithoutState } = settings;
    const synthesize = kind === "service" ? synthServiceJson : synthJobJson;
    const rootModule = synthesize(workspace.isSandbox ? settingsWithoutState : settings, name);
    workspace.writeRootModule(rootModule);
    await workspace.init();
    await workspace.checkEarlierRuns();
    return { ...workspace, rootModule };
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

/**
 * The services and jobs to work on.
 *
 * @param names their names. @default all services, then all jobs of the config
 * @throws UserError BERTH-E6011 if the config has no service or job with a name, or none at all
 */
export function selectTargets(
  settings: Settings,
  names: readonly string[] = [],
): readonly ServiceTarget[] {
  const selected = names.length === 0 ? serviceNames(settings) : [...new Set(names)];
  if (selected.length === 0)
    throw new UserError("BERTH-E6011", "the config has no services and no jobs", {
      fix: "add services to the config",
      exitCode: 64,
    });
  return selected.map((name) => serviceTarget(settings, name));
}

/**
 * Checks that the foundation was applied with everything that services and jobs need of it: the outputs that its config
 * describes, and the requirements that it publishes.
 *
 * @returns the published outputs
 * @throws UserError BERTH-E3101 if the parameter, an output or a requirement is missing
 */
export async function checkFoundation(
  { client, settings, suggest: next }: Pick<ServiceProject, "client" | "settings" | "suggest">,
  targets: readonly Pick<ServiceTarget, "kind" | "name">[],
): Promise<Readonly<Record<string, unknown>>> {
  const { name, publish } = settings;
  const parameter = typeof publish === "string" ? publish : `/berth/${name}`;
  const value = await readParameter(client, parameter, true);
  const published: unknown = value === undefined ? undefined : JSON.parse(value);
  const fix = `run ${next("apply")}`;
  if (!isObject(published))
    throw new UserError("BERTH-E3101", `the foundation ${name} has not published its outputs`, {
      where: parameter,
      fix,
    });
  const missing = [
    ...missingRequirements(settings, published["service_requirements"], targets),
    ...missingOutputs(settings, published),
  ];
  if (missing.length > 0)
    throw new UserError(
      "BERTH-E3101",
      `the foundation ${name} does not have what the config requires: ${missing.join(", ")}`,
      { where: parameter, fix },
    );
  return published;
}

function missingRequirements(
  settings: Settings,
  published: unknown,
  targets: readonly Pick<ServiceTarget, "kind" | "name">[],
): readonly string[] {
  const met = new Set(Array.isArray(published) ? published : []);
  const required = targets.flatMap(({ kind, name }) => requirementsOf(settings, kind, name));
  return [...new Set(required)].filter((requirement) => !met.has(requirement));
}

function missingOutputs(
  settings: Settings,
  published: Readonly<Record<string, unknown>>,
): readonly string[] {
  const rootModule: unknown = JSON.parse(synthJson(settings));
  const outputs = isObject(rootModule) ? rootModule["output"] : undefined;
  return Object.keys(isObject(outputs) ? outputs : {})
    .filter((output) => !Object.hasOwn(published, output))
    .map((output) => `output ${output}`);
}

/** The value of an SSM parameter; undefined if it does not exist. */
export async function readParameter(
  client: AwsClient,
  name: string,
  isEncrypted: boolean = false,
): Promise<string | undefined> {
  const output = await client.callUnless("ParameterNotFound", "ssm", "GetParameter", {
    Name: name,
    ...(isEncrypted ? { WithDecryption: true } : {}),
  });
  return output?.Parameter?.Value;
}

/** The names of the services and jobs that exist in a foundation, also of those that the config does not contain. */
export async function existingServices(
  client: AwsClient,
  settings: Settings,
): Promise<readonly string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.call("ssm", "DescribeParameters", {
      ParameterFilters: [{ Key: "Path", Option: "Recursive", Values: [`/berth/${settings.name}`] }],
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    });
    names.push(
      ...(page.Parameters ?? []).flatMap(({ Name = "" }) => serviceOfImage(settings, Name) ?? []),
    );
    nextToken = page.NextToken;
  } while (nextToken !== undefined);
  return names;
}

/** The outputs of a service's root module that a deployment uses. */
export interface ServiceOutputs {
  readonly cluster: string;
  /** Absent before Terraform has created the service. */
  readonly service?: string;
  readonly taskDefinition: string;
  readonly image: string;
  readonly imageParameter: string;
  readonly url?: string;
  /** What a task of the service needs. */
  readonly task: Omit<OneOffTask, "command">;
}

/**
 * Reads the outputs of a service.
 *
 * @param values values of outputs, by name
 * @throws UserError BERTH-E6012 if the service was not deployed
 */
export function serviceOutputs(
  values: Readonly<Record<string, unknown>>,
  {
    name,
    region,
    deployCommand,
  }: { readonly name: string; readonly region: string; readonly deployCommand: string },
): ServiceOutputs {
  const text = (output: string): string => {
    const value = values[output];
    if (typeof value === "string") return value;
    throw new UserError("BERTH-E6012", `the service ${name} was not deployed`, {
      where: `output ${output}`,
      fix: `run ${deployCommand}`,
    });
  };
  const list = (output: string): string[] => {
    const value = values[output];
    return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
  };
  const cluster = text("cluster_arn");
  const taskDefinition = text("task_definition_arn");
  const { service_name: service, url } = values;
  return {
    cluster,
    ...(typeof service === "string" ? { service } : {}),
    taskDefinition,
    image: text("image"),
    imageParameter: text("image_parameter"),
    ...(typeof url === "string" ? { url } : {}),
    task: {
      cluster,
      taskDefinition,
      container: text("container_name"),
      subnetIds: list("subnet_ids"),
      securityGroupIds: list("security_group_ids"),
      assignPublicIp: values["assign_public_ip"] === true,
      logGroup: text("log_group"),
      region,
    },
  };
}

/** The values of a workspace's outputs, by name. */
export async function outputValues(
  workspace: Pick<TerraformWorkspace, "outputs">,
): Promise<Readonly<Record<string, unknown>>> {
  return Object.fromEntries(
    Object.entries(await workspace.outputs()).map(([name, { value }]) => [name, value]),
  );
}
