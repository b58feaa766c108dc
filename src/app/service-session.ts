import { dirname, resolve } from "node:path";
import { AwsCallError, AwsClient } from "../aws-client/index.ts";
import { loadConfig } from "../config/load.ts";
import { nearestSuggestion, type Settings } from "../config/index.ts";
import { synthJobJson, synthJson, synthServiceJson } from "../constructs/synth/index.ts";
import type { OneOffTask } from "../deployment/index.ts";
import { isObject, UserError } from "../shared/index.ts";
import { WorkingFolder } from "../terraform/index.ts";
import { awsCallError } from "./aws-errors.ts";
import type { OperationHost } from "./host.ts";
import type { InfrastructureOptions, ResolvedOptions } from "./options.ts";
import { openSandbox, type OpenSandbox } from "./sandbox.ts";
import { serviceNames, serviceTarget } from "./service-target.ts";
import { type SuggestedCommand, suggest } from "./suggested-command.ts";
import { openWorkspace, type TerraformWorkspace } from "./terraform-workspace.ts";

/** The services of an environment, with the account or the sandbox in which they run. */
export interface ServiceProject {
  readonly options: ResolvedOptions<InfrastructureOptions>;
  readonly settings: Settings;
  readonly client: AwsClient;
  /** The client for another region of the same account. */
  readonly clientIn: (region: string) => AwsClient;
  /** Opens the workspace of a service: writes its root module and runs `terraform init`. */
  openService(service: string): Promise<TerraformWorkspace>;
  /** The next command to run, with the options of this run. */
  readonly suggest: (command: SuggestedCommand, ...moreArguments: readonly string[]) => string;
  /** @throws UserError with the code of its kind for an error of AWS; other errors unchanged */
  withUserErrors<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Loads the config, and starts the sandbox if the options request one. */
export async function openServiceProject(
  options: ResolvedOptions<InfrastructureOptions>,
  host: OperationHost,
  command: SuggestedCommand,
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
    new AwsClient({ region, env: sandbox ? sandbox.environment : options.env });
  return {
    options,
    settings,
    client: clientIn(settings.region),
    clientIn,
    openService: (name) =>
      openWorkload({ kind: "services", name }, { options, settings, sandbox, command }, host),
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

/** A service or job of a config. */
export interface Workload {
  readonly kind: "services" | "jobs";
  readonly name: string;
}

/** Opens the workspace of a service or job: writes its root module and runs `terraform init`. */
export async function openWorkload(
  { kind, name }: Workload,
  {
    options,
    settings,
    sandbox,
    command,
  }: {
    readonly options: ResolvedOptions<InfrastructureOptions>;
    readonly settings: Settings;
    readonly sandbox: OpenSandbox | undefined;
    readonly command: SuggestedCommand;
  },
  host: OperationHost,
): Promise<TerraformWorkspace> {
  const workspace = await openWorkspace(options, host, {
    ...settings,
    command,
    arguments: [name],
    folder: `${settings.environment}/${kind}/${name}`,
    ...(sandbox === undefined ? {} : { sandbox }),
  });
  try {
    // In a sandbox the state is a local file: the state of the account must not change.
    const { state: _, ...settingsWithoutState } = settings;
    const synth = kind === "services" ? synthServiceJson : synthJobJson;
    workspace.writeRootModule(synth(workspace.isSandbox ? settingsWithoutState : settings, name));
    await workspace.init();
    await workspace.checkEarlierRuns();
    return workspace;
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

/**
 * The services and jobs to work on.
 *
 * @param names names of services and jobs. @default all services and jobs of the config
 * @throws UserError BERTH-E6011 if the config has no service or job with a name
 */
export function selectWorkloads(
  settings: Settings,
  names: readonly string[] = serviceNames(settings),
): readonly Workload[] {
  return [...new Set(names)].map((name) => ({
    kind: serviceTarget(settings, name).kind === "service" ? "services" : "jobs",
    name,
  }));
}

/**
 * The names of services to work on.
 *
 * @param names names of services. @default all services of the config
 * @throws UserError BERTH-E6011 if the config has no service with a name, or no service at all
 */
export function selectServices(
  { services = {} }: Settings,
  names: readonly string[] | undefined,
): readonly string[] {
  const existing = Object.keys(services);
  if (existing.length === 0)
    throw new UserError("BERTH-E6011", "the config has no services", {
      fix: "add services to the config",
      exitCode: 64,
    });
  for (const name of names ?? [])
    if (!Object.hasOwn(services, name))
      throw new UserError("BERTH-E6011", `the config has no service "${name}"`, {
        fix: nearestSuggestion(name, existing),
        exitCode: 64,
      });
  return names === undefined || names.length === 0 ? existing : [...new Set(names)];
}

/**
 * Checks that the foundation publishes the outputs that its config describes: a service reads them.
 *
 * @returns the published outputs
 * @throws UserError BERTH-E3101 if the parameter or an output is missing
 */
export async function checkFoundation({
  client,
  settings,
  suggest: next,
}: ServiceProject): Promise<Readonly<Record<string, unknown>>> {
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
  const rootModule: unknown = JSON.parse(synthJson(settings));
  const outputs = isObject(rootModule) ? rootModule["output"] : undefined;
  const missing = Object.keys(isObject(outputs) ? outputs : {}).filter(
    (output) => !Object.hasOwn(published, output),
  );
  if (missing.length > 0)
    throw new UserError(
      "BERTH-E3101",
      `the foundation ${name} does not have what its services need: ${missing.join(", ")}`,
      { where: parameter, fix },
    );
  return published;
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

/** The outputs in the state of a workspace, by name. */
export async function outputValues({
  terraform,
}: TerraformWorkspace): Promise<Readonly<Record<string, unknown>>> {
  return Object.fromEntries(
    Object.entries(await terraform.outputs()).map(([name, { value }]) => [name, value]),
  );
}
