import { configFileIn } from "../config/index.ts";
import { readSourceLocations } from "../plan/index.ts";
import type { Finding, Rehearsal, RehearseOptions } from "../rehearsal/index.ts";
import type { Locate } from "../shared/index.ts";
import { configLocator } from "./config-locator.ts";

/** The name of a service or job before an address, such as `services/web: `. */
const WORKLOAD_PREFIX = /^(service|job)s\/([^:]+): /;

/** Locates the resources of a config: those of its foundation, and those of its services and jobs. */
function locatorOf(configFile: string, environment: string): Locate {
  const locate = configLocator(configFile, environment);
  return (address) => {
    const [prefix = "", kind, name = ""] = WORKLOAD_PREFIX.exec(address) ?? [];
    return kind === "service" || kind === "job"
      ? configLocator(configFile, environment, { kind, name })(address.slice(prefix.length))
      : locate(address);
  };
}

/** Locates the resources of a folder: in its Berth config, or in its Terraform files. */
function folderLocator(folder: string, { config, environment }: RehearseOptions): Locate {
  const configFile = configFileIn(folder, config);
  if (configFile !== undefined) return locatorOf(configFile, environment ?? "default");
  const locations = readSourceLocations(folder);
  return (address) => locations.locate(address);
}

/** A result in which each finding has the location of its resource. An address that several stacks have is not located. */
export function withRehearsalLocations<Result extends Rehearsal>(
  result: Result,
  options: RehearseOptions,
): Result {
  const { dir = "." } = options;
  const locators = [dir].flat().map((folder) => folderLocator(folder, options));
  const located = <Located extends Finding>(finding: Located, subject = ""): Located => {
    const [location, ...others] = locators.flatMap(
      (locate) => locate(finding.address ?? subject) ?? [],
    );
    return location === undefined || others.length > 0 ? finding : { ...finding, location };
  };
  return {
    ...result,
    services: result.services.map((verdict) => ({
      ...verdict,
      findings: verdict.findings.map((finding) => located(finding, verdict.service)),
    })),
    requests: result.requests.map((request) =>
      request.finding === undefined
        ? request
        : { ...request, finding: located(request.finding, request.listener) },
    ),
    errors: result.errors.map((error) => located(error)),
    ...(result.deployments === undefined
      ? {}
      : {
          deployments: result.deployments.map((deployment) => ({
            ...deployment,
            findings: deployment.findings.map((finding) =>
              located(
                finding,
                deployment.change === "job"
                  ? `jobs/${deployment.service}: aws_ecs_task_definition.task_definition`
                  : `services/${deployment.service}: aws_ecs_service.service`,
              ),
            ),
          })),
        }),
    outages: result.outages.map((outage) => ({
      ...outage,
      finding: located(outage.finding, outage.subject),
    })),
    latentRisks: result.latentRisks.map((risk) => located(risk)),
  };
}
