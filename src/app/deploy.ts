import { UserError } from "../shared/index.ts";
import { ServiceDeployment, type ServiceResult } from "./deploy-service.ts";
import type { OperationHost } from "./host.ts";
import { provideImages } from "./images.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { requireFingerprint } from "./plan-and-apply.ts";
import { assertImageIsOpen, resolveRequestedImage } from "./service-image.ts";
import { checkFoundation, openServiceProject, selectTargets } from "./service-session.ts";
import { singleTarget } from "./service-target.ts";
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
): Promise<DeployResult> {
  const resolved = resolveOptions("deploy", options);
  const { approved } = resolved;
  requireFingerprint(approved, suggest("plan", resolved, "<service>", "--fingerprint"));
  const project = await openServiceProject(resolved, host, "deploy");
  try {
    const targets = selectTargets(project.settings, options.services);
    const { image: requestedImage } = options;
    if (approved !== undefined) singleTarget("--approved", targets);
    if (requestedImage !== undefined) assertImageIsOpen(project.settings, targets);
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
    for (const target of targets) {
      const { name: service } = target;
      host.event?.({ type: "service-started", service });
      const deployment = new ServiceDeployment(project, host, target, {
        image: images.get(service),
        approved,
        yes: options.yes ?? false,
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

const isInterruption = (error: unknown): boolean =>
  (error instanceof UserError && error.code === "BERTH-E3004") ||
  (error instanceof Error && "interrupted" in error && error.interrupted === true);
