import { type PlanReport, reportOf } from "../pipeline/index.ts";
import { UserError } from "../shared/index.ts";
import type { OperationHost } from "./host.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { createPlan, type PlannedChanges, readPlan } from "./plan-and-apply.ts";
import {
  checkImageOption,
  deployedImage,
  hasBuiltImage,
  resolveRequestedImage,
} from "./service-image.ts";
import { checkFoundation, openServiceProject, type ServiceProject } from "./service-session.ts";
import { imageParameterOf, type ServiceTarget, serviceTarget } from "./service-target.ts";

/** Options of {@link planService}. */
export interface PlanServiceOptions extends InfrastructureOptions {
  /** Name of the service or job. */
  readonly service: string;
  /**
   * URI of the image to plan. `:tag` and `@digest` select an image in the foundation's repository.
   *
   * @default the image in the config; without one, the image of the last successful deployment
   */
  readonly image?: string;
  /** Whether to lock the state while it is read. @default true */
  readonly lock?: boolean;
  /**
   * Whether to plan before the foundation and the image of the config exist, as for a pull request. What the foundation does not
   * have yet is then a result, not an error, and an image that was never deployed has a placeholder. @default false
   */
  readonly preview?: boolean;
}

/** The result of {@link planService}. */
export type PlanServiceResult =
  | (PlannedChanges & {
      readonly outcome: "planned";
      /** The plan as Terraform prints it, and its fingerprint. */
      readonly report: PlanReport;
    })
  /** Only of a preview: the foundation must be applied first. */
  | { readonly outcome: "foundation-pending"; readonly name: string; readonly reason: string };

/** The tag in a preview of an image that was never deployed. */
const PLACEHOLDER = ":not-built-yet";

export async function planServiceChanges(
  options: PlanServiceOptions,
  host: OperationHost,
): Promise<PlanServiceResult> {
  const { service, image, lock = true, preview = false } = options;
  const project = await openServiceProject(resolveOptions("planService", options), host, "plan");
  try {
    const { settings } = project;
    const target = serviceTarget(settings, service);
    const name = `${settings.name}/${service}`;
    if (image !== undefined) checkImageOption(settings, [target], image);
    return await project.withUserErrors(async () => {
      const published = await publishedOutputs(project, target, preview);
      if (published instanceof UserError)
        return { outcome: "foundation-pending", name, reason: published.message };
      const variable =
        image === undefined
          ? await unbuiltImage(project, target, { preview, published })
          : await resolveRequestedImage(project, image, published);
      const workspace = await project.openService(target);
      try {
        const variables = variable === undefined ? [] : [`image=${variable}`];
        const planned = await createPlan(workspace, { lock, variables });
        const report = reportOf(
          { name, environment: settings.environment },
          await readPlan(workspace, host.hasColor === true),
        );
        return { ...planned, outcome: "planned", report };
      } finally {
        await workspace.close();
      }
    });
  } finally {
    await project.close();
  }
}

/** The outputs of the foundation; in a preview, the error if it was not applied with everything that the service needs. */
async function publishedOutputs(
  project: ServiceProject,
  target: ServiceTarget,
  preview: boolean,
): Promise<Readonly<Record<string, unknown>> | UserError> {
  try {
    return await checkFoundation(project, [target]);
  } catch (error) {
    if (preview && error instanceof UserError && error.code === "BERTH-E3101") return error;
    throw error;
  }
}

/**
 * The placeholder for an image that was never built; undefined if the config or the last deployment has the image.
 *
 * @throws UserError BERTH-E3103 if there is no image, and no preview is requested
 */
async function unbuiltImage(
  { settings, client, suggest }: ServiceProject,
  target: ServiceTarget,
  {
    preview,
    published,
  }: { readonly preview: boolean; readonly published: Readonly<Record<string, unknown>> },
): Promise<string | undefined> {
  const { name } = target;
  if (!hasBuiltImage(settings, target)) return undefined;
  const parameter = imageParameterOf(settings, name);
  if ((await deployedImage(client, parameter)) !== undefined) return undefined;
  const { repository_url: repository } = published;
  if (preview && typeof repository === "string") return `${repository}${PLACEHOLDER}`;
  throw new UserError("BERTH-E3103", `no image of ${name} was deployed yet`, {
    where: parameter,
    fix: `push an image and run ${suggest("plan", name, "--image", ":<tag>")}`,
  });
}
