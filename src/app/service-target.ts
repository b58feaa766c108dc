import { nearestSuggestion, type Settings } from "../config/index.ts";
import { UserError } from "../shared/index.ts";

/** The names in AWS of a service or job of a config. */
export interface ServiceTarget {
  readonly kind: "service" | "job";
  /** The name in the config; also the name of the ECS service and of the container. */
  readonly name: string;
  readonly cluster: string;
  /** The family of the task definition. */
  readonly family: string;
  readonly logGroup: string;
  /** The SSM parameter with the outputs of the foundation. */
  readonly foundationParameter: string;
}

/** The SSM parameter with the image of the last successful deployment of a service or job. It exists as long as the service. */
export const imageParameterOf = ({ name: foundation }: Settings, name: string): string =>
  `/berth/${foundation}/${name}/image`;

/** The service or job to which a parameter of `imageParameterOf` belongs; undefined for another parameter. */
export function serviceOfImage(settings: Settings, parameter: string): string | undefined {
  const name = parameter.split("/").at(-2) ?? "";
  return parameter === imageParameterOf(settings, name) ? name : undefined;
}

/** The names of the services and jobs of a config. */
export const serviceNames = ({ services = {}, jobs = {} }: Settings): readonly string[] => [
  ...Object.keys(services),
  ...Object.keys(jobs),
];

/**
 * The names in AWS of a service or job. The root module of the service uses the same names.
 *
 * @throws UserError BERTH-E6011 if the config has no service or job with this name
 */
export function serviceTarget(settings: Settings, name: string): ServiceTarget {
  const { name: foundation, services = {}, jobs = {}, publish } = settings;
  const isService = Object.hasOwn(services, name);
  if (!isService && !Object.hasOwn(jobs, name)) {
    const names = serviceNames(settings);
    throw new UserError("BERTH-E6011", `the config has no service or job "${name}"`, {
      fix:
        names.length === 0
          ? "add it to services or jobs in the config"
          : nearestSuggestion(name, names),
      exitCode: 64,
    });
  }
  return {
    kind: isService ? "service" : "job",
    name,
    cluster: foundation,
    family: `${foundation}-${name}`,
    logGroup: `/ecs/${foundation}/${name}`,
    foundationParameter: typeof publish === "string" ? publish : `/berth/${foundation}`,
  };
}

/**
 * The service with a name.
 *
 * @throws UserError BERTH-E6011 if the config has no such service
 */
export function selectService(settings: Settings, name: string): ServiceTarget {
  const target = serviceTarget(settings, name);
  if (target.kind === "service") return target;
  const names = Object.keys(settings.services ?? {});
  throw new UserError("BERTH-E6011", `"${name}" is a job, not a service`, {
    fix: names.length === 0 ? "add a service to the config" : nearestSuggestion(name, names),
    exitCode: 64,
  });
}

/**
 * The selected service or job of an option that is possible only for one, such as `--image`.
 *
 * @param option the option, for the error message
 * @throws UserError BERTH-E6001 if there are several
 */
export function singleTarget(option: string, targets: readonly ServiceTarget[]): ServiceTarget {
  const [target, ...others] = targets;
  if (target !== undefined && others.length === 0) return target;
  throw new UserError("BERTH-E6001", `${option} is for one service or job`, {
    fix: `name one of ${targets.map(({ name }) => name).join(", ")}`,
    exitCode: 64,
  });
}
