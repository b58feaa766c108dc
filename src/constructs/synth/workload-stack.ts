import { TerraformOutput, TerraformVariable } from "cdktn";
import { Construct } from "../construct.ts";
import {
  type FoundationOptions,
  type JobOptions,
  nearestSuggestion,
  type ProjectOptions,
  type ServiceOptions,
  serviceRoleBoundary,
} from "../../config/index.ts";
import { UserError } from "../../shared/index.ts";
import { requirementTexts, workloadRequirements } from "../foundation/workload-requirements.ts";
import { type FoundationReference, PublishedFoundation } from "../service/foundation-reference.ts";
import { ScheduledTask } from "../service/scheduled-task.ts";
import { Service } from "../service/service.ts";
import type { Task } from "../service/task.ts";
import { applyTags } from "./overrides.ts";
import { rootModuleProps, workloadStateKey } from "./foundation-stack.ts";
import { RootModule } from "./root-module.ts";

type Options = FoundationOptions & ProjectOptions;

/** Construct IDs that are omitted from resource addresses. */
const OMITTED_IDS: ReadonlySet<string> = new Set([
  "resource",
  "workload",
  "task",
  "roles",
  "route",
]);

/** The value of an entry of the config. */
function entryOf<T>(
  entries: Readonly<Record<string, T>> | undefined,
  kind: "services" | "jobs",
  name: string,
): T {
  const entry = entries?.[name];
  if (entry === undefined) {
    const names = Object.keys(entries ?? {});
    throw new UserError("BERTH-E2001", `the config has no ${kind}.${name}`, {
      fix: names.length > 0 ? nearestSuggestion(name, names) : `add ${kind}.${name} to the config`,
    });
  }
  return entry;
}

const requirementsIn = (
  options: Options,
  kind: "services" | "jobs",
  name: string,
): readonly string[] =>
  requirementTexts(
    workloadRequirements({
      ...options,
      services: {},
      jobs: {},
      [kind]: { [name]: entryOf<ServiceOptions | JobOptions>(options[kind], kind, name) },
    }),
  );

/**
 * What a service or job requires of its foundation, as the foundation publishes it in its output service_requirements.
 *
 * @throws UserError if the config has no such service or job
 */
export const requirementsOf = (
  options: Options,
  kind: "service" | "job",
  name: string,
): readonly string[] => requirementsIn(options, `${kind}s`, name);

/** A root module of one service or job. It reads the outputs of the foundation, and cannot change it. */
abstract class WorkloadStack extends RootModule {
  protected readonly foundationReference: FoundationReference;
  /** An output may have the name of a variable, but not the same construct ID. */
  readonly #outputs: Construct;

  constructor(options: Options, kind: "services" | "jobs", name: string) {
    super(`${options.name}-${name}`, {
      ...rootModuleProps(options, workloadStateKey(options, kind, name)),
      omittedIds: OMITTED_IDS,
    });
    const { reference } = new PublishedFoundation(this, "foundation", {
      foundation: options,
      requirements: requirementsIn(options, kind, name),
    });
    const roleBoundary = serviceRoleBoundary(options);
    this.foundationReference = {
      ...reference,
      ...(roleBoundary === undefined ? {} : { roleBoundary }),
    };
    this.#outputs = new Construct(this, "outputs");
    const variable = new TerraformVariable(this, "image", {
      type: "string",
      description:
        "Image to deploy: a URI with a digest; null is the image of the config or of the last successful deployment",
    });
    variable.addOverride("default", null);
  }

  /** The options of the foundation that a workload uses if it does not set its own. */
  protected static defaults(
    { logs, cluster }: Options,
    workload: ServiceOptions | JobOptions,
  ): {
    readonly imageVariable: string;
    readonly logs: { readonly retentionDays: number };
    readonly capacityProvider: "FARGATE" | "FARGATE_SPOT";
  } {
    return {
      imageVariable: "var.image",
      logs: { retentionDays: workload.logs?.retentionDays ?? logs?.retentionDays ?? 365 },
      capacityProvider: workload.capacityProvider ?? cluster?.capacityProviders?.[0] ?? "FARGATE",
    };
  }

  /** Adds an output. A value that is undefined is null in Terraform. */
  protected addOutput(name: string, value: unknown): void {
    new TerraformOutput(this.#outputs, name, { value: value ?? "${null}", staticId: true });
  }

  protected addTaskOutputs(name: string, task: Task): void {
    const { clusterArn, subnetIds, securityGroupIds, assignPublicIp } = this.foundationReference;
    const outputs = {
      assign_public_ip: assignPublicIp,
      cluster_arn: clusterArn,
      container_name: name,
      image: task.image.uri,
      image_parameter: task.image.parameter.name,
      log_group: task.logGroup.group.name,
      security_group_ids: securityGroupIds,
      subnet_ids: subnetIds,
      task_definition_arn: task.taskDefinition.arn,
      task_definition_family: task.taskDefinition.family,
    };
    for (const [output, value] of Object.entries(outputs)) this.addOutput(output, value);
  }
}

/**
 * The Terraform root module of a service in `services` of the config, with its own state.
 *
 * @throws UserError if the config has no such service
 */
export class ServiceStack extends WorkloadStack {
  readonly service: Service;

  constructor(options: Options, name: string) {
    super(options, "services", name);
    const service = entryOf(options.services, "services", name);
    const { production = false, cluster, tags = {} } = options;
    this.service = new Service(this, "workload", {
      ...service,
      ...WorkloadStack.defaults(options, service),
      name,
      foundation: this.foundationReference,
      exec: service.exec ?? cluster?.exec ?? false,
      defaultCount: production ? 2 : 1,
    });
    applyTags(this, tags);
    this.addTaskOutputs(name, this.service.task);
    this.addOutput("service_name", this.service.service.name);
    this.addOutput("target_group_arn", this.service.targetGroup?.targetGroup.arn);
    this.addOutput("url", this.service.targetGroup?.url);
  }
}

/**
 * The Terraform root module of a job in `jobs` of the config, with its own state.
 *
 * @throws UserError if the config has no such job
 */
export class JobStack extends WorkloadStack {
  readonly job: ScheduledTask;

  constructor(options: Options, name: string) {
    super(options, "jobs", name);
    const job = entryOf(options.jobs, "jobs", name);
    this.job = new ScheduledTask(this, "workload", {
      ...job,
      ...WorkloadStack.defaults(options, job),
      name,
      foundation: this.foundationReference,
    });
    applyTags(this, options.tags ?? {});
    this.addTaskOutputs(name, this.job.task);
    this.addOutput("target_group_arn", undefined);
    this.addOutput("url", undefined);
  }
}
