import { matches } from "../iam/index.ts";

/** A vulnerability that a scan reports. */
export interface ImageFinding {
  /** Usually a CVE ID. */
  readonly name: string;
  readonly severity: "CRITICAL" | "HIGH" | "MEDIUM" | "LOW" | "INFORMATIONAL" | "UNDEFINED";
  readonly description?: string | undefined;
  /** A page about the vulnerability. */
  readonly uri?: string | undefined;
  /** Name of the package that has the vulnerability. */
  readonly package?: string | undefined;
  /** Version of that package. */
  readonly version?: string | undefined;
}

/** Properties of a container image. */
export interface ImageFacts {
  /**
   * Whether the image exists: in its registry or, for an image of a pull-through cache rule whose repository does not exist, in the
   * upstream registry. @default true; for an image in a repository of the sandbox, whether the repository contains it
   */
  readonly exists?: boolean | undefined;
  /** Platforms such as linux/arm64. @default every platform */
  readonly platforms?: readonly string[] | undefined;
  /** Unpacked size in GiB. @default smaller than the ephemeral storage of the task */
  readonly sizeGiB?: number | undefined;
  /** True if the registry requires a login. @default false */
  readonly private?: boolean | undefined;
  /**
   * The vulnerabilities that a scan by Amazon ECR reports; none if the list is empty. @default the scan fails, because the
   * sandbox does not read layers
   */
  readonly findings?: readonly ImageFinding[] | undefined;
  /** How the program in the image behaves. @default as `containers` describes it */
  readonly program?: ContainerFacts | undefined;
}

/** How the program in a container behaves. */
export interface ContainerFacts {
  /** TCP ports on which the program listens. @default the mapped ports of the task definition */
  readonly listens?: readonly number[] | undefined;
  /** HTTP status by path. @default 200 for every path */
  readonly answers?: Readonly<Record<string, number>> | undefined;
  /**
   * The program exits immediately with this code. @default the program of a service keeps running. In a task that no service starts,
   * such as a job, the program of the first essential container exits with 0 if it has no ports
   */
  readonly exitCode?: number | undefined;
  /**
   * Exit codes of commands in a task that no service starts, such as a migration or a job: the command that replaces the
   * container's command, or the command of a container without ports. The words of a command are separated by spaces. Such a
   * task always ends. @default exitCode, else 0
   */
  readonly commands?: Readonly<Record<string, number>> | undefined;
  /** Whether the health check of the container succeeds. @default true */
  readonly healthy?: boolean | undefined;
}

/** Properties of a VPC endpoint service. */
interface EndpointFacts {
  /** Availability zones of the service. @default every zone of the region */
  readonly zones?: readonly string[] | undefined;
}

/**
 * Configured behavior of images, containers and endpoint services, by name. Names may contain * and ?; the first match
 * counts.
 */
export interface Apps {
  readonly images?: Readonly<Record<string, ImageFacts>> | undefined;
  readonly containers?: Readonly<Record<string, ContainerFacts>> | undefined;
  /** By service name, such as com.amazonaws.us-east-1.logs. */
  readonly endpoints?: Readonly<Record<string, EndpointFacts>> | undefined;
}

function firstMatch<Facts>(
  facts: Readonly<Record<string, Facts>> | undefined,
  name: string,
): Facts | undefined {
  return Object.entries(facts ?? {}).find(([pattern]) => matches(pattern, name))?.[1];
}

export const imageFacts = ({ images }: Apps, reference: string): ImageFacts =>
  firstMatch(images, reference) ?? {};

/** The findings of the first entry that has findings and matches one of the names of an image. */
export const imageFindings = (
  { images }: Apps,
  references: readonly string[],
): readonly ImageFinding[] | undefined =>
  Object.entries(images ?? {}).find(
    ([pattern, { findings }]) =>
      findings && references.some((reference) => matches(pattern, reference)),
  )?.[1].findings;

/** The behavior of the program in a container: that of its image, or else that of its name. */
export const containerFacts = (
  apps: Apps,
  {
    name = "",
    image = "",
  }: { readonly name?: string | undefined; readonly image?: string | undefined },
): ContainerFacts => imageFacts(apps, image).program ?? firstMatch(apps.containers, name) ?? {};

/** The exit code of a command that replaces the container's command. */
export const commandExitCode = (
  { commands, exitCode = 0 }: ContainerFacts,
  command: readonly string[],
): number => firstMatch(commands, command.join(" ")) ?? exitCode;

export const endpointFacts = ({ endpoints }: Apps, service: string): EndpointFacts =>
  firstMatch(endpoints, service) ?? {};
