import { UserError } from "../../shared/index.ts";
import { applyPlan, createPlan } from "../plan-and-apply.ts";
import type { Host } from "../host/host.ts";
import type { ProjectFlags } from "../project-folder.ts";
import { openSession, type Session } from "../terraform-workspace.ts";

export interface DestroyFlags extends ProjectFlags {
  readonly yes?: boolean;
}

/** Shows the plan, requests confirmation, and destroys the infrastructure that apply created. */
export async function run(flags: DestroyFlags, host: Host): Promise<number> {
  const session = await openSession(flags, host, "destroy");
  try {
    const planResult = await createPlan(session, host, { destroy: true });
    if (planResult.exitCode === 1) return 1;
    if (planResult.counts.remove === 0) {
      host.note("nothing to destroy");
      host.result("", { destroyed: 0 });
      return 0;
    }
    // Check before anything is destroyed: otherwise AWS rejects the deletion after other resources were deleted.
    if (await isProtected(session)) {
      throw new UserError(
        "BERTH-E3003",
        "the load balancer has deletion protection enabled; nothing was destroyed",
        {
          where: "loadBalancer.deletionProtection",
          fix: `set it to false, then run ${session.suggest("apply")} and ${session.suggest("destroy")}`,
        },
      );
    }
    const code = await applyPlan(session, host, planResult, {
      verb: "destroy",
      yes: flags.yes === true,
    });
    if (code !== 0) return code;
    const keyStatus = hasOwnKey(session) ? "; the KMS key is pending deletion" : "";
    host.result(`${planResult.counts.remove} destroyed${keyStatus}`, {
      destroyed: planResult.counts.remove,
    });
    return 0;
  } finally {
    await session.close();
  }
}

const hasOwnKey = ({ settings }: Session): boolean =>
  settings.key === undefined || !("arn" in settings.key);

/** True if a load balancer in the state has deletion protection. */
async function isProtected({ terraform }: Session): Promise<boolean> {
  const state = (await terraform.showJson()) as {
    readonly values?: {
      readonly root_module?: {
        readonly resources?: readonly {
          readonly type: string;
          readonly values: Readonly<Record<string, unknown>>;
        }[];
      };
    };
  }; // Terraform's documented JSON output format
  const resources = state.values?.root_module?.resources ?? [];
  return resources.some(
    (resource) =>
      resource.type === "aws_lb" && resource.values["enable_deletion_protection"] === true,
  );
}
