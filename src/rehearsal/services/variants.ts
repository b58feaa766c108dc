import type { ServiceOptions, WorkloadOptions } from "../../config/index.ts";
import type { FailureId } from "../../failures/index.ts";
import type { Apps, ImageFacts } from "../../sandbox/index.ts";
import { repositoryUrlOf } from "../../sandbox-seed/index.ts";
import type { Stack } from "../terraform-copy/terraform-stack.ts";

/** A revision of a service that cannot work, and that ECS must roll back. */
export type BadChange = "program-exits" | "health-check-fails" | "secret-missing" | "image-missing";

/** What the rehearsal deploys. */
export type Change = "first" | "update" | BadChange;

/** The tags of the images. A config does not use them. */
const TAGS: Readonly<Record<Change, string>> = {
  first: "berth-rehearsal-1",
  update: "berth-rehearsal-2",
  "program-exits": "berth-rehearsal-exits",
  "health-check-fails": "berth-rehearsal-unhealthy",
  "secret-missing": "berth-rehearsal-3",
  "image-missing": "berth-rehearsal-missing",
};

/**
 * The images of bad revisions and their programs, for `Apps`. The first match counts, so that they precede the images of the user.
 * A task before a deployment succeeds: otherwise the deployment would not start.
 */
export const VARIANT_IMAGES: NonNullable<Apps["images"]> = Object.fromEntries(
  (
    [
      ["program-exits", { program: { exitCode: 1, commands: { "*": 0 } } }],
      ["health-check-fails", { program: { answers: { "/*": 503 }, healthy: false } }],
      ["image-missing", { exists: false }],
    ] satisfies [Change, ImageFacts][]
  ).map(([change, facts]) => [`*:${TAGS[change]}`, { exists: true, ...facts }]),
);

/** The repository of an image: its URI without tag and digest. */
const repositoryOf = (uri: string): string => uri.replace(/@[^@]*$/, "").replace(/:[^:/]*$/, "");

/** The image of a change, in the same repository as another image. */
export const imageOf = (change: Change, uri: string): string =>
  `${repositoryOf(uri)}:${TAGS[change]}`;

/** Whether `berth deploy --image` selects the image of a service or job. */
export const isBuilt = ({ image }: WorkloadOptions): boolean =>
  typeof image === "object" && "build" in image;

/**
 * The variables of the root module of a service or job before its first deployment: without them, a built image is unknown.
 *
 * @param account the account ID of the foundation
 */
export function firstVariables(
  { settings, workload }: Pick<Stack, "settings" | "workload">,
  account: string,
): readonly string[] {
  if (settings === undefined || workload === undefined) return [];
  const { services = {}, jobs = {} } = settings;
  const options = (workload.kind === "service" ? services : jobs)[workload.name];
  return options !== undefined && isBuilt(options)
    ? [`image=${imageOf("first", repositoryUrlOf(settings, account))}`]
    : [];
}

/** The failures with which a bad revision of a service must be explained: one of them. */
export function expectedFailures(
  change: BadChange,
  { route, containerHealthCheck }: ServiceOptions,
): readonly FailureId[] {
  switch (change) {
    case "program-exits":
      return ["TD-09"];
    case "health-check-fails":
      return [
        ...(route === undefined ? [] : (["ALB-12"] as const)),
        ...(containerHealthCheck === undefined ? [] : (["TD-06"] as const)),
      ];
    case "secret-missing":
      return ["TD-11"];
    case "image-missing":
      return ["ECR-01"];
  }
}

/** The bad changes that are possible for a service: it may have no health check and no secrets. */
export function badChangesOf(service: ServiceOptions): readonly BadChange[] {
  const { route, containerHealthCheck, secrets = {} } = service;
  return [
    "program-exits",
    ...(route !== undefined || containerHealthCheck !== undefined
      ? (["health-check-fails"] as const)
      : []),
    ...(Object.keys(secrets).length > 0 ? (["secret-missing"] as const) : []),
    "image-missing",
  ];
}
