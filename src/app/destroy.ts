import { isObject, jsonsOf } from "../plan/index.ts";
import { UserError } from "../shared/index.ts";
import type { OperationHost } from "./host.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { applyPlan, confirmPlan, createPlan } from "./plan-and-apply.ts";
import { openSession, type Session } from "./terraform-workspace.ts";

/** Options of {@link destroy}. */
export interface DestroyOptions extends InfrastructureOptions {
  /** Destroy without a confirmation of the host. @default false */
  readonly yes?: boolean;
}

/** The result of {@link destroy}. */
export interface DestroyResult {
  /** `declined` if the host did not confirm the plan. Nothing was changed then. */
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
  const { yes = false } = options;
  const session = await openSession(resolveOptions("destroy", options), host, "destroy");
  try {
    const planned = await createPlan(session, { destroy: true });
    if (planned.counts.remove === 0)
      return { outcome: "nothing-to-destroy", destroyed: 0, hasPendingKey: false };
    // Check before anything is destroyed: otherwise AWS rejects the deletion after other resources were deleted.
    if (await isProtected(session))
      throw new UserError(
        "BERTH-E3011",
        "the load balancer has deletion protection enabled; nothing was destroyed",
        {
          where: "loadBalancer.deletionProtection",
          fix: `set it to false, then run ${session.suggest("apply")} and ${session.suggest("destroy")}`,
        },
      );
    if (!(await confirmPlan(session, host, planned, { kind: "destroy", yes })))
      return { outcome: "declined", destroyed: 0, hasPendingKey: false };
    await applyPlan(session, host, planned, "destroy");
    return {
      outcome: "destroyed",
      destroyed: planned.counts.remove,
      hasPendingKey: hasOwnKey(session),
    };
  } finally {
    await session.close();
  }
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
