import { matches } from "../iam/match.ts";

/** What is known of an image; patterns may hold * and ?. */
export interface ImageFacts {
  /** @default true, unless a repository of the sandbox says otherwise */
  readonly exists?: boolean | undefined;
  /** Such as linux/arm64. @default every platform */
  readonly platforms?: readonly string[] | undefined;
  /** Unpacked, in GiB. @default it fits */
  readonly sizeGiB?: number | undefined;
  /** True where its registry asks for a login. @default false */
  readonly private?: boolean | undefined;
}

/** How the program in a container behaves. */
export interface ContainerFacts {
  /** TCP ports. @default those that the task definition maps */
  readonly listens?: readonly number[] | undefined;
  /** HTTP status by path. @default 200 for every path */
  readonly answers?: Readonly<Record<string, number>> | undefined;
  /** The program ends at once with this code. @default it runs on */
  readonly exitCode?: number | undefined;
  /** Whether the container's own health check succeeds. @default true */
  readonly healthy?: boolean | undefined;
}

/** What is known of a service that endpoints lead to. */
interface EndpointFacts {
  /** Zones that it is offered in. @default every zone of the region */
  readonly zones?: readonly string[] | undefined;
}

/** What the sandbox is told of the world, by name. Names may hold * and ?; the first that fits counts. */
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

export const containerFacts = ({ containers }: Apps, name: string): ContainerFacts =>
  firstMatch(containers, name) ?? {};

export const endpointFacts = ({ endpoints }: Apps, service: string): EndpointFacts =>
  firstMatch(endpoints, service) ?? {};
