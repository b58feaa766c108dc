import type { Settings } from "../config/index.ts";
import type { Clock } from "../deployment/index.ts";
import { ServiceDeployment, type ServiceResult } from "./deploy-service.ts";
import { isInterruption, type OperationHost } from "./host.ts";
import { provideImages } from "./images.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { requireFingerprint } from "./plan-and-apply.ts";
import { checkImageOption, hasBuiltImage, resolveRequestedImage } from "./service-image.ts";
import { checkFoundation, openServiceProject, selectTargets } from "./service-session.ts";
import { serviceNames, type ServiceTarget, singleTarget } from "./service-target.ts";
import { suggest } from "./suggested-command.ts";

/** Options of {@link deploy}. */
export interface DeployOptions extends InfrastructureOptions {
  /** Names of services and jobs. @default all services, then all jobs of the config */
  readonly services?: readonly string[];
  /**
   * URI of the image to deploy, for exactly one service or job. `:tag` and `@digest` select an image in the foundation's repository.
   *
   * @default the image in the config; for `image: { build }`, the image of the checked-out commit
   */
  readonly image?: string;
  /** Deploy only if the plan has this fingerprint, for exactly one service or job. @default any plan */
  readonly approved?: string;
  /**
   * Build and push images of the config that are not in the repository. `false` deploys the images of the last successful
   * deployments. @default true
   */
  readonly build?: boolean;
  /** Deploy without a confirmation of the host. @default false */
  readonly yes?: boolean;
}

/** The result of {@link deploy}. */
export interface DeployResult {
  /** A result for each service and job, in the order of their deployments. */
  readonly services: readonly ServiceResult[];
}

export async function deployServices(
  options: DeployOptions,
  host: OperationHost,
  clock?: Clock,
): Promise<DeployResult> {
  const resolved = resolveOptions("deploy", options);
  const { approved } = resolved;
  requireFingerprint(approved, suggest("plan", resolved, "<service>", "--fingerprint"));
  const project = await openServiceProject(resolved, host, "deploy", clock);
  try {
    const targets = selectTargets(project.settings, options.services);
    const { image: requestedImage } = options;
    if (approved !== undefined) singleTarget("--approved", targets);
    if (requestedImage !== undefined) checkImageOption(project.settings, targets, requestedImage);
    const images = await project.withUserErrors(async () => {
      const published = await checkFoundation(project, targets);
      if (requestedImage === undefined)
        return options.build === false
          ? new Map<string, string>()
          : provideImages(project, targets, host);
      const uri = await resolveRequestedImage(project, requestedImage, published);
      return new Map(targets.map(({ name }) => [name, uri]));
    });
    const results: ServiceResult[] = [];
    for (const [index, target] of targets.entries()) {
      const { name: service } = target;
      host.event?.({ type: "service-started", service });
      const failed = results.filter(
        (result) => FAILED.has(result.outcome) || "recordError" in result,
      );
      const incomplete = targets.filter(
        ({ name }, position) =>
          position >= index || failed.some((result) => result.service === name),
      );
      const deployment = new ServiceDeployment(project, host, target, {
        image: images.get(service),
        approved,
        yes: options.yes ?? false,
        continueArguments: continueArguments(project.settings, incomplete, images, options),
      });
      try {
        results.push(await project.withUserErrors(() => deployment.run()));
      } catch (error) {
        if (isInterruption(error) || targets.length === 1) throw error;
        results.push({
          service,
          outcome: "error",
          error: error instanceof Error ? error : new Error(String(error)),
        });
      }
    }
    return { services: results };
  } finally {
    await project.close();
  }
}

/** Outcomes of services that the command that continues deploys again. */
const FAILED: ReadonlySet<ServiceResult["outcome"]> = new Set(["before-failed", "failed", "error"]);

/** The arguments of the command that deploys the rest: the services that failed, the current one, and those that follow. */
function continueArguments(
  settings: Settings,
  incomplete: readonly ServiceTarget[],
  images: ReadonlyMap<string, string>,
  { services, build }: Pick<DeployOptions, "services" | "build">,
): readonly string[] {
  const names = incomplete.map(({ name }) => name);
  const [target, ...others] = incomplete;
  const image = target === undefined || others.length > 0 ? undefined : images.get(target.name);
  if (image !== undefined) return [...names, "--image", image];
  const isComplete = services === undefined && names.length === serviceNames(settings).length;
  return [
    ...(isComplete ? [] : names),
    // This deployment does not build: without --no-build, the command would replace the images of the last deployments.
    ...(build === false && incomplete.some((other) => hasBuiltImage(settings, other))
      ? ["--no-build"]
      : []),
  ];
}
