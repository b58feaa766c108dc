import { findRemains, removeRemains } from "../deployment/index.ts";
import { isObject, jsonsOf } from "../plan/index.ts";
import { UserError } from "../shared/index.ts";
import { afterChange } from "./aws-errors.ts";
import { confirmed, type OperationHost } from "./host.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { applyPlan, createPlan, type PlannedChanges } from "./plan-and-apply.ts";
import { existingServices, openServiceProject, type ServiceProject } from "./service-session.ts";
import {
  imageParameterOf,
  serviceNames,
  type ServiceTarget,
  serviceTarget,
} from "./service-target.ts";
import type { Session, TerraformWorkspace } from "./terraform-workspace.ts";

/** Options of {@link destroy}. */
export interface DestroyOptions extends InfrastructureOptions {
  /** Destroy only these services and jobs. @default all services and jobs, then the foundation */
  readonly services?: readonly string[];
  /** Destroy without a confirmation of the host. @default false */
  readonly yes?: boolean;
}

/** The result of {@link destroy}. */
export interface DestroyResult {
  /** `declined` if the host did not confirm the plan. Nothing was changed then. */
  readonly outcome: "destroyed" | "nothing-to-destroy" | "declined";
  /** The number of destroyed resources, without tasks and revisions of task definitions. */
  readonly destroyed: number;
  /** The number of tasks that were stopped: a schedule or `run` had started them. */
  readonly stoppedTasks: number;
  /** The number of revisions of task definitions that were deregistered. */
  readonly deregisteredRevisions: number;
  /** True if a KMS key of the foundation is pending deletion. AWS deletes it after its waiting period. */
  readonly hasPendingKey: boolean;
}

/** A root module to destroy. */
interface Destruction {
  readonly workspace: TerraformWorkspace;
  /** The service or job; absent for the foundation. */
  readonly target?: ServiceTarget;
  /** Absent if the state has no resources: an earlier run destroyed them, and could not remove the tasks and revisions. */
  readonly planned?: PlannedChanges;
}

export async function destroyInfrastructure(
  options: DestroyOptions,
  host: OperationHost,
): Promise<DestroyResult> {
  const { services: names = [], yes = false } = options;
  const resolved = resolveOptions("destroy", options);
  const project = await openServiceProject(resolved, host, "destroy");
  const workspaces: TerraformWorkspace[] = [];
  try {
    if (names.length === 0) await project.withUserErrors(() => assertNoneRemoved(project));
    // Services use the foundation: they are destroyed first. Every plan is made and confirmed before the first is applied.
    const destructions: Destruction[] = [];
    for (const target of targetsOf(project, names)) {
      const workspace = await project.openService(target, names);
      workspaces.push(workspace);
      const state = await workspace.terraform.pullState();
      // Without resources, the foundation that the root module reads may not exist.
      const planned = hasResources(state) ? await planDestruction(workspace) : undefined;
      if (planned !== undefined && planned.counts.remove > 0)
        destructions.push({ workspace, target, planned });
      else if (wasApplied(state) && (await hasRemains(project, target)))
        destructions.push({ workspace, target });
    }
    const foundation = names.length === 0 ? await project.openFoundation() : undefined;
    if (foundation) {
      workspaces.push(foundation);
      const planned = await planDestruction(foundation);
      if (planned.counts.remove > 0) {
        // Check before anything is destroyed: otherwise AWS rejects the deletion after other resources were deleted.
        await assertNotProtected(foundation);
        destructions.push({ workspace: foundation, planned });
      }
    }
    const destroyed = destructions.reduce(
      (sum, { planned }) => sum + (planned?.counts.remove ?? 0),
      0,
    );
    const unchanged = {
      destroyed: 0,
      stoppedTasks: 0,
      deregisteredRevisions: 0,
      hasPendingKey: false,
    };
    if (destructions.length === 0) return { ...unchanged, outcome: "nothing-to-destroy" };
    if (!yes && !(await confirmDestruction(destructions, destroyed, host)))
      return { ...unchanged, outcome: "declined" };
    let [stoppedTasks, deregisteredRevisions] = [0, 0];
    for (const { workspace, target, planned } of destructions) {
      if (target !== undefined) host.event?.({ type: "service-destroying", service: target.name });
      if (planned !== undefined) await applyPlan(workspace, host, planned, "destroy");
      if (target === undefined) continue;
      const removed = await afterChange(
        {
          what: `Terraform has destroyed the resources of ${target.name}, but its tasks and revisions remain`,
          fix: `run ${project.suggest("destroy", ...names)}`,
        },
        resolved,
        () => removeRemains(project.client, target, project.clock),
      );
      stoppedTasks += removed.tasks.length;
      deregisteredRevisions += removed.revisions.length;
    }
    const hasDestroyedFoundation = destructions.some(({ target }) => target === undefined);
    return {
      outcome: "destroyed",
      destroyed,
      stoppedTasks,
      deregisteredRevisions,
      hasPendingKey: hasDestroyedFoundation && hasOwnKey(project),
    };
  } finally {
    for (const workspace of workspaces) await workspace.close();
    await project.close();
  }
}

async function hasRemains(project: ServiceProject, target: ServiceTarget): Promise<boolean> {
  const { tasks, revisions } = await project.withUserErrors(() =>
    findRemains(project.client, target),
  );
  return tasks.length > 0 || revisions.length > 0;
}

/** Whether Terraform has written the state. Otherwise, task definitions with the family of the service are not Berth's. */
const wasApplied = (state: unknown): boolean => isObject(state) && "serial" in state;

/** The services and jobs to destroy, in the reverse of the order in which they are deployed. */
const targetsOf = (
  { settings }: ServiceProject,
  names: readonly string[],
): readonly ServiceTarget[] =>
  [...new Set(names.length === 0 ? serviceNames(settings) : names)]
    .map((name) => serviceTarget(settings, name))
    .reverse();

/**
 * Checks that the config contains all services and jobs of the foundation: otherwise they stay, without their cluster and network.
 *
 * @throws UserError BERTH-E3109 if a service or job exists that the config does not contain
 */
async function assertNoneRemoved({ settings, client, suggest }: ServiceProject): Promise<void> {
  const expected = new Set(serviceNames(settings));
  const removed = (await existingServices(client, settings)).find((name) => !expected.has(name));
  if (removed === undefined) return;
  throw new UserError(
    "BERTH-E3109",
    `the service or job ${removed} exists, but the config does not contain it; nothing was destroyed`,
    {
      where: imageParameterOf(settings, removed),
      fix: `add ${removed} to the config again, and run ${suggest("destroy", removed)}`,
    },
  );
}

const hasResources = (state: unknown): boolean =>
  jsonsOf(isObject(state) ? state["resources"] : undefined).some(({ mode }) => mode === "managed");

const planDestruction = (workspace: TerraformWorkspace): Promise<PlannedChanges> =>
  createPlan(workspace, { destroy: true });

async function confirmDestruction(
  destructions: readonly Destruction[],
  remove: number,
  host: OperationHost,
): Promise<boolean> {
  const plans: string[] = [];
  for (const { workspace, target, planned } of destructions) {
    const plan =
      planned === undefined
        ? "an earlier run destroyed its resources; this run stops its tasks and deregisters its revisions"
        : await workspace.terraform.showPlan(workspace.plan.path, host.hasColor === true);
    plans.push(target === undefined ? plan : `${target.kind} ${target.name}\n${plan}`);
  }
  return confirmed(host, {
    kind: "destroy",
    plan: plans.join("\n\n"),
    counts: { add: 0, change: 0, remove },
    target: destructions[0]?.workspace.isSandbox === true ? "sandbox" : "account",
  });
}

const hasOwnKey = ({ settings }: ServiceProject): boolean =>
  settings.key === undefined || !("arn" in settings.key);

/** @throws UserError BERTH-E3011 if a load balancer in the state has deletion protection */
async function assertNotProtected(session: Session): Promise<void> {
  if (!(await isProtected(session))) return;
  throw new UserError(
    "BERTH-E3011",
    "the load balancer has deletion protection enabled; nothing was destroyed",
    {
      where: "loadBalancer.deletionProtection",
      fix: `set it to false, then run ${session.suggest("apply")} and ${session.suggest("destroy")}`,
    },
  );
}

/** True if a load balancer in the state has deletion protection. */
async function isProtected({ terraform }: Session): Promise<boolean> {
  const values = await valueAt(terraform.showJson(), "values", "root_module");
  return jsonsOf(isObject(values) ? values["resources"] : undefined).some(
    ({ type, values: attributes }) =>
      type === "aws_lb" &&
      isObject(attributes) &&
      attributes["enable_deletion_protection"] === true,
  );
}

/** The value at a path of a JSON document; undefined if the path does not exist. */
const valueAt = async (json: Promise<unknown>, ...path: readonly string[]): Promise<unknown> =>
  path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), await json);
