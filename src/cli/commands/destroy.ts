import { UserError } from "../../shared/errors.ts";
import { carryOut, plan } from "../plan-and-apply.ts";
import type { Host } from "../host/host.ts";
import { openSession, type ProjectFlags, type Session } from "../terraform-session.ts";

export interface DestroyFlags extends ProjectFlags {
  readonly yes?: boolean;
}

/** Destroys everything that apply created, after showing it and being told to. */
export async function run(flags: DestroyFlags, host: Host): Promise<number> {
  const session = await openSession(flags, host, "destroy");
  try {
    const planned = await plan(session, host, { destroy: true });
    if (planned.exitCode === 1) return 1;
    if (planned.counts.remove === 0) {
      host.note("nothing to destroy");
      host.result("", { destroyed: 0 });
      return 0;
    }
    // Said before anything is destroyed: AWS would refuse the load balancer after the rest has gone.
    if (await isProtected(session)) {
      throw new UserError(
        "BERTH-E3003",
        "the load balancer is protected against deletion: nothing was destroyed",
        {
          where: "loadBalancer.deletionProtection",
          fix: `set it to false, then run ${session.suggest("apply")} and ${session.suggest("destroy")}`,
        },
      );
    }
    const code = await carryOut(session, host, planned, {
      verb: "destroy",
      yes: flags.yes === true,
    });
    if (code !== 0) return code;
    const rest = ownsKey(session) ? "; the KMS key waits for its deletion" : "";
    host.result(`${planned.counts.remove} destroyed${rest}`, { destroyed: planned.counts.remove });
    return 0;
  } finally {
    await session.close();
  }
}

const ownsKey = ({ settings }: Session): boolean =>
  settings.key === undefined || !("arn" in settings.key);

/** Whether a load balancer in the state has deletion protection. */
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
