import { execFolders, fargateSizes, nameProblem, parseArn } from "../aws/index.ts";
import type { FoundationOptions } from "./options.ts";
import { coversRoute, patternsOf, priorityOf } from "./routes.ts";
import type {
  ContainerOptions,
  JobOptions,
  ServiceOptions,
  SidecarOptions,
  TaskSizeOptions,
  WorkloadOptions,
} from "./service-options.ts";

type Path = readonly (string | number)[];
type Fail = (path: (string | number)[], message: string) => void;

/** The size of a task definition in bytes. Source: Amazon ECS Developer Guide, "Amazon ECS service quotas". */
const MAX_TASK_DEFINITION_BYTES = 64 * 1024;

/** Containers of a task definition. Source: as above. */
const MAX_CONTAINERS = 10;

/** Values of all conditions of a rule. Source: Elastic Load Balancing User Guide, "Quotas for your Application Load Balancers". */
const MAX_CONDITION_VALUES = 5;

/** The size of a task if the config does not set it. */
export const DEFAULT_TASK_SIZE: TaskSizeOptions = { cpu: 256, memory: 512 };

/** A container of a task, with the path of its options. */
interface Container {
  readonly name: string;
  readonly path: Path;
  readonly options: ContainerOptions & Pick<SidecarOptions, "essential" | "port" | "memory">;
}

interface Sidecar extends Container {
  readonly options: SidecarOptions;
}

/** Validates combinations of the options of services and jobs, for one environment after merging. */
export function checkWorkloads(options: FoundationOptions, fail: Fail): void {
  const { services = {}, jobs = {} } = options;
  for (const [name, service] of Object.entries(services)) {
    const path = ["services", name];
    checkWorkload(options, name, service, path, fail);
    checkService(options, name, service, path, fail);
  }
  for (const [name, job] of Object.entries(jobs)) {
    const path = ["jobs", name];
    if (Object.hasOwn(services, name))
      fail(
        path,
        `a service is also named "${name}": their log groups and roles would have the same names`,
      );
    checkWorkload(options, name, job, path, fail);
    checkJob(job, path, fail);
  }
  checkRoutes(services, fail);
  const count = Object.keys(services).length + Object.keys(jobs).length;
  if (count > 0 && options.publish === false)
    fail(["publish"], "services and jobs read the published outputs: remove publish: false");
}

function checkWorkload(
  foundation: FoundationOptions,
  name: string,
  workload: WorkloadOptions & { readonly port?: number },
  path: Path,
  fail: Fail,
): void {
  const at = (...keys: (string | number)[]): (string | number)[] => [...path, ...keys];
  checkSize(workload, path, fail);
  const sidecars = sidecarsOf(workload, path);
  const containers: Container[] = [{ name, path, options: workload }, ...sidecars];
  if (containers.length > MAX_CONTAINERS)
    fail(
      at("sidecars"),
      `a task has at most ${MAX_CONTAINERS} containers, not ${containers.length}`,
    );
  for (const sidecar of sidecars)
    if (sidecar.name === name)
      fail(
        [...sidecar.path],
        `the container of the ${path[0] === "jobs" ? "job" : "service"} has this name: choose another`,
      );
  checkPorts(containers, fail);
  checkDependencies(containers, fail);
  for (const container of containers) checkContainer(foundation, container, fail);
  const size = Buffer.byteLength(
    JSON.stringify(containers.map(({ options }) => definitionOf(options))),
  );
  if (size > MAX_TASK_DEFINITION_BYTES)
    fail(
      [...path],
      `the task definition has more than ${MAX_TASK_DEFINITION_BYTES} bytes, the maximum of ECS: move environment variables to a file in the image, or to secrets`,
    );
  checkImages(foundation, workload, sidecars, path, fail);
  const providers = foundation.cluster?.capacityProviders ?? ["FARGATE", "FARGATE_SPOT"];
  if (workload.capacityProvider !== undefined && !providers.includes(workload.capacityProvider))
    fail(
      at("capacityProvider"),
      `the cluster does not have ${workload.capacityProvider}: add it to cluster.capacityProviders`,
    );
}

const sidecarsOf = ({ sidecars = {} }: WorkloadOptions, path: Path): readonly Sidecar[] =>
  Object.entries(sidecars).map(([name, options]) => ({
    name,
    path: [...path, "sidecars", name],
    options,
  }));

/** The parts of a container's definition that can be long. */
const definitionOf = ({ command, entryPoint, environment, secrets }: ContainerOptions): object => ({
  command,
  entryPoint,
  environment: Object.entries(environment ?? {}).map(([name, value]) => ({ name, value })),
  secrets: Object.entries(secrets ?? {}).map(([name, valueFrom]) => ({ name, valueFrom })),
});

function checkSize(
  { size = DEFAULT_TASK_SIZE, sidecars = {} }: WorkloadOptions,
  path: Path,
  fail: Fail,
): void {
  const sizes = fargateSizes.get(size.cpu);
  if (sizes === undefined) {
    const units = [...fargateSizes.keys()].join(", ");
    fail(
      [...path, "size", "cpu"],
      `Fargate has no tasks with ${size.cpu} CPU units; use one of ${units}`,
    );
  } else if (!sizes.includes(size.memory)) {
    const text =
      sizes.length > 4
        ? `${sizes[0]} to ${sizes.at(-1)} in steps of ${(sizes[1] ?? 0) - (sizes[0] ?? 0)}`
        : sizes.join(", ");
    fail(
      [...path, "size", "memory"],
      `a Fargate task with ${size.cpu} CPU units cannot have ${size.memory} MiB; use ${text}`,
    );
  }
  const reserved = Object.values(sidecars).reduce((sum, { memory = 0 }) => sum + memory, 0);
  if (reserved >= size.memory)
    fail(
      [...path, "sidecars"],
      `the sidecars use ${reserved} of ${size.memory} MiB: set a larger size.memory`,
    );
}

function checkPorts(containers: readonly Container[], fail: Fail): void {
  const owners = new Map<number, string>();
  for (const { name, path, options } of containers) {
    if (options.port === undefined) continue;
    const owner = owners.get(options.port);
    if (owner !== undefined)
      fail(
        [...path, "port"],
        `container ${owner} of the same task already listens on port ${options.port}`,
      );
    owners.set(options.port, name);
  }
}

function checkDependencies(containers: readonly Container[], fail: Fail): void {
  const byName = new Map(containers.map((container) => [container.name, container]));
  for (const [index, { name, path, options }] of containers.entries()) {
    for (const [other, condition] of Object.entries(options.dependsOn ?? {})) {
      const target = byName.get(other);
      const place = [...path, "dependsOn", other];
      // The container of a service or job is always essential.
      const isEssential = target === containers[0] || target?.options.essential !== false;
      if (target === undefined)
        fail(
          place,
          `the task has no container "${other}"; it has ${[...byName.keys()].join(", ")}`,
        );
      else if (other === name) fail(place, "a container cannot wait for itself");
      else if (condition === "HEALTHY" && target.options.containerHealthCheck === undefined)
        fail(
          place,
          `container ${other} has no containerHealthCheck, so that it never becomes healthy`,
        );
      else if ((condition === "COMPLETE" || condition === "SUCCESS") && isEssential)
        fail(
          place,
          target === containers[0]
            ? `container ${other} is essential: the task stops when it completes`
            : `container ${other} is essential: the task stops when it completes; set essential: false for it`,
        );
    }
    const cycle = cycleFrom(name, byName);
    // A cycle is reported once, for its first container.
    if (cycle && containers.findIndex((container) => cycle.includes(container.name)) === index)
      fail([...path, "dependsOn"], `containers wait for each other: ${cycle.join(" -> ")}`);
  }
}

/** The containers on a cycle from a container back to it, with this container at both ends. */
function cycleFrom(
  start: string,
  containers: ReadonlyMap<string, Container>,
): readonly string[] | undefined {
  const visited = new Set<string>();
  const find = (name: string): readonly string[] | undefined => {
    for (const next of Object.keys(containers.get(name)?.options.dependsOn ?? {})) {
      if (next === start && name !== start) return [name, next];
      if (visited.has(next) || next === name) continue;
      visited.add(next);
      const rest = find(next);
      if (rest) return [name, ...rest];
    }
    return undefined;
  };
  return find(start);
}

function checkContainer(
  { region }: FoundationOptions,
  { path, options }: Container,
  fail: Fail,
): void {
  const { environment = {}, secrets = {}, writablePaths = [], containerHealthCheck } = options;
  for (const [variable, reference] of Object.entries(secrets)) {
    const place = [...path, "secrets", variable];
    if (Object.hasOwn(environment, variable))
      fail(place, `environment also sets ${variable}: remove one of them`);
    const keyRegion = parseArn(reference.kmsKeyArn ?? "")?.region;
    if (keyRegion !== undefined && keyRegion !== region)
      fail(
        [...place, "kmsKeyArn"],
        `the key is in ${keyRegion}; a secret in ${region} requires a key in ${region}`,
      );
    const [option, name] =
      "secret" in reference
        ? (["secret", reference.secret] as const)
        : (["parameter", reference.parameter] as const);
    const secretRegion = parseArn(name)?.region;
    if (secretRegion !== undefined && secretRegion !== region)
      fail(
        [...place, option],
        `ECS reads secrets in the region of the task, ${region}, and not in ${secretRegion}`,
      );
  }
  const { interval = 30, timeout = 5 } = containerHealthCheck ?? {};
  if (timeout > interval)
    fail(
      [...path, "containerHealthCheck", "timeout"],
      `a timeout of ${timeout} s is longer than the interval of ${interval} s`,
    );
  for (const [index, folder] of writablePaths.entries())
    if (writablePaths.indexOf(folder) !== index)
      fail([...path, "writablePaths", index], `"${folder}" is set twice`);
}

/** The registry host of an image: docker.io if the URI has none. Source: Docker documentation, "Image names". */
const registryOf = (uri: string): string => {
  const [first = "", ...rest] = uri.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io";
};

/** Whether tasks reach the registry through the endpoints of the foundation: only ECR in the same region. */
const isReachable = (uri: string, region: string): boolean =>
  new RegExp(String.raw`^\d{12}\.dkr\.ecr\.${region}\.amazonaws\.com(\.cn)?$`).test(
    registryOf(uri),
  );

function checkImages(
  { egress = "endpoints", region }: FoundationOptions,
  { image }: WorkloadOptions,
  sidecars: readonly Sidecar[],
  path: Path,
  fail: Fail,
): void {
  if (egress !== "endpoints") return;
  const images = [
    ...(typeof image === "string" ? [{ uri: image, place: [...path, "image"] }] : []),
    ...sidecars.map((sidecar) => ({
      uri: sidecar.options.image,
      place: [...sidecar.path, "image"],
    })),
  ];
  for (const { uri, place } of images)
    if (!isReachable(uri, region))
      fail(
        place,
        `tasks cannot reach the registry ${registryOf(uri)}: with egress "endpoints", they reach only ECR in ${region}; copy the image to ECR, or set another egress`,
      );
}

function checkService(
  { name: foundation, loadBalancer, cluster, production = false }: FoundationOptions,
  name: string,
  service: ServiceOptions,
  path: Path,
  fail: Fail,
): void {
  const { port, route, scale, count, deployment = {}, healthCheck, exec = cluster?.exec } = service;
  const at = (...keys: string[]): (string | number)[] => [...path, ...keys];
  if (route !== undefined) {
    if (port === undefined) fail(at("port"), "a service with a route requires a port");
    if (loadBalancer === false)
      fail(
        at("route"),
        "the foundation has no load balancer: set loadBalancer, or remove the route",
      );
    checkRoute(service, path, fail);
    const problem = nameProblem("targetGroup", `${foundation}-${name}`);
    if (problem !== undefined) fail([...path], `the name of the target group ${problem}`);
  } else {
    const dependents: [boolean, (string | number)[]][] = [
      [healthCheck !== undefined, at("healthCheck")],
      [scale?.requestsPerTarget !== undefined, at("scale", "requestsPerTarget")],
      [deployment.healthCheckGracePeriod !== undefined, at("deployment", "healthCheckGracePeriod")],
      [deployment.deregistrationDelay !== undefined, at("deployment", "deregistrationDelay")],
      ...(["target5xxPercent", "unhealthyTargets", "responseTimeP99"] as const).map(
        (alarm): [boolean, (string | number)[]] => [
          deployment.alarms?.[alarm] !== undefined,
          at("deployment", "alarms", alarm),
        ],
      ),
    ];
    for (const [isSet, place] of dependents)
      if (isSet) fail(place, "requires a load balancer: set route, or remove this option");
  }
  checkScale(service, path, fail);
  if (scale !== undefined && count !== undefined)
    fail(at("count"), "scale controls the number of tasks: remove count or scale");
  const { interval = 15, timeout = 5 } = healthCheck ?? {};
  if (timeout >= interval)
    fail(
      at("healthCheck", "timeout"),
      `a timeout of ${timeout} s must be shorter than the interval of ${interval} s`,
    );
  checkDeployment(deployment, scale?.min ?? count ?? (production ? 2 : 1), path, fail);
  if (exec === true)
    for (const container of [{ path, options: service }, ...sidecarsOf(service, path)])
      checkExecFolders(container, fail);
}

/** ECS Exec writes to its own folders in every container. */
function checkExecFolders(
  { path, options: { writablePaths = [] } }: Pick<Container, "path" | "options">,
  fail: Fail,
): void {
  for (const [index, folder] of writablePaths.entries())
    if (execFolders.some((used) => folder === used || folder.startsWith(`${used}/`)))
      fail(
        [...path, "writablePaths", index],
        `ECS Exec mounts its own volume on ${folder}: remove it, or set exec: false`,
      );
}

function checkRoute({ route = {} }: ServiceOptions, path: Path, fail: Fail): void {
  const { paths, hosts } = patternsOf(route);
  if (paths.length + hosts.length === 0)
    fail([...path, "route"], 'set a path or a host; path: "/*" matches all requests');
  if (paths.length + hosts.length > MAX_CONDITION_VALUES)
    fail(
      [...path, "route"],
      `a listener rule has at most ${MAX_CONDITION_VALUES} paths and hosts together, not ${paths.length + hosts.length}`,
    );
  for (const [key, patterns] of [
    ["path", paths],
    ["host", hosts],
  ] as const)
    if (new Set(patterns).size !== patterns.length)
      fail([...path, "route", key], `a ${key} is set twice`);
}

function checkScale({ scale }: ServiceOptions, path: Path, fail: Fail): void {
  if (scale === undefined) return;
  const { min, max, cpu, memory, requestsPerTarget } = scale;
  if (min > max)
    fail([...path, "scale", "min"], `${min} is larger than the maximum, which is ${max}`);
  if (cpu === undefined && memory === undefined && requestsPerTarget === undefined)
    fail(
      [...path, "scale"],
      "set cpu, memory or requestsPerTarget: without one, nothing is scaled",
    );
}

function checkDeployment(
  deployment: NonNullable<ServiceOptions["deployment"]>,
  count: number,
  path: Path,
  fail: Fail,
): void {
  const { minimumHealthyPercent = 100, maximumPercent = 200 } = deployment;
  // ECS rounds the minimum up and the maximum down. Source: Amazon ECS API Reference, DeploymentConfiguration.
  const minimum = Math.ceil((count * minimumHealthyPercent) / 100);
  const maximum = Math.floor((count * maximumPercent) / 100);
  if (count > 0 && maximum <= minimum)
    fail(
      [...path, "deployment", "maximumPercent"],
      `with a count of ${count}, at least ${minimum} tasks must run and at most ${maximum} may run, so that no task can be replaced: increase maximumPercent, or reduce minimumHealthyPercent`,
    );
}

function checkRoutes(services: Readonly<Record<string, ServiceOptions>>, fail: Fail): void {
  const routed = Object.entries(services).flatMap(([name, { route }]) =>
    route === undefined ? [] : [{ name, route, priority: priorityOf(name, route) }],
  );
  for (const [index, service] of routed.entries()) {
    for (const other of routed.slice(0, index)) {
      const [first, second] =
        other.priority <= service.priority ? [other, service] : [service, other];
      if (service.priority === other.priority)
        fail(
          ["services", service.name, "route", "priority"],
          `services.${other.name} also has the priority ${service.priority}: set different priorities`,
        );
      else if (coversRoute(first.route, second.route))
        fail(
          ["services", second.name, "route"],
          `gets no requests: services.${first.name} has priority ${first.priority}, before ${second.priority}, and matches all of them`,
        );
    }
  }
}

function checkJob(job: JobOptions, path: Path, fail: Fail): void {
  if (job.schedule !== undefined) return;
  for (const key of ["timezone", "enabled", "retries", "deadLetterQueueArn"] as const)
    if (job[key] !== undefined)
      fail([...path, key], "requires a schedule: set schedule, or remove this option");
}
