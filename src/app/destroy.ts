import { isObject, jsonsOf } from "../plan/index.ts";
import { UserError } from "../shared/index.ts";
import type { OperationHost } from "./host.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { applyPlan, confirmPlan, createPlan, type PlannedChanges } from "./plan-and-apply.ts";
import { openWorkload, selectWorkloads } from "./service-session.ts";
import { openSession, type Session, type TerraformWorkspace } from "./terraform-workspace.ts";

/** Options of {@link destroy}. */
export interface DestroyOptions extends InfrastructureOptions {
  /** Names of the services and jobs to destroy. @default all services and jobs, and then the foundation */
  readonly services?: readonly string[];
  /** Destroy without a confirmation of the host. @default false */
  readonly yes?: boolean;
}

/** The result of {@link destroy}. */
export interface DestroyResult {
  /** `declined` if the host did not confirm a plan. This plan and later ones were not applied then. */
  readonly outcome: "destroyed" | "nothing-to-destroy" | "declined";
  /** The number of destroyed resources. */
  readonly destroyed: number;
  /** True if a KMS key of the foundation is pending deletion. AWS deletes it after its waiting period. */
  readonly hasPendingKey: boolean;
}

export async function destroyInfrastructure(
  options: DestroyOptions,
  host: OperationHost,
): Promise<DestroyResult> {
  const { yes = false, services } = options;
  const resolved = resolveOptions("destroy", options);
  const session = await openSession(resolved, host, "destroy");
  let destroyed = 0;
  const resultOf = (isDeclined: boolean, hasPendingKey = false): DestroyResult => ({
    outcome: isDeclined ? "declined" : destroyed > 0 ? "destroyed" : "nothing-to-destroy",
    destroyed,
    hasPendingKey,
  });
  const destroyPlanned = async (
    workspace: TerraformWorkspace,
    planned: PlannedChanges,
    service?: string,
  ): Promise<boolean> => {
    const { remove } = planned.counts;
    if (remove === 0) return true;
    const confirmation = { kind: "destroy" as const, yes, ...(service && { service }) };
    if (!(await confirmPlan(workspace, host, planned, confirmation))) return false;
    await applyPlan(workspace, host, planned, "destroy");
    destroyed += remove;
    return true;
  };
  try {
    const workloads = selectWorkloads(session.settings, services);
    const foundation =
      services === undefined ? await createPlan(session, { destroy: true }) : undefined;
    // Check before anything is destroyed: otherwise AWS rejects the deletion after other resources were deleted.
    if (foundation && foundation.counts.remove > 0) await assertNotProtected(session);
    for (const workload of workloads) {
      host.event?.({ type: "service-started", service: workload.name });
      const { settings, sandbox } = session;
      const workspace = await openWorkload(
        workload,
        { options: resolved, settings, sandbox, command: "destroy" },
        host,
      );
      try {
        const planned = await createPlan(workspace, { destroy: true });
        if (!(await destroyPlanned(workspace, planned, workload.name))) return resultOf(true);
      } finally {
        await workspace.close();
      }
    }
    if (foundation === undefined || foundation.counts.remove === 0) return resultOf(false);
    return (await destroyPlanned(session, foundation))
      ? resultOf(false, hasOwnKey(session))
      : resultOf(true);
  } finally {
    await session.close();
  }
}

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

const hasOwnKey = ({ settings }: Session): boolean =>
  settings.key === undefined || !("arn" in settings.key);

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
