import { imageUriProblem, type Settings } from "../config/index.ts";
import { resolveImage } from "../deployment/index.ts";
import { UserError } from "../shared/index.ts";
import { readParameter, type ServiceProject } from "./service-session.ts";
import { type ServiceTarget, singleTarget } from "./service-target.ts";

/**
 * Checks that `--image` is the URI of an image, or a tag or digest in the foundation's repository, that it is for one service or job,
 * and that the config does not set its image: the next plan would return to the image of the config.
 *
 * @throws UserError BERTH-E6001 if it is another text, if there are several, or if the config sets the image
 */
export function checkImageOption(
  settings: Settings,
  targets: readonly ServiceTarget[],
  image: string,
): void {
  const target = singleTarget("--image", targets);
  // Such as that of an empty variable in a workflow.
  if (imageUriProblem(isInRepository(image) ? `repository${image}` : image) !== undefined)
    throw new UserError("BERTH-E6001", `--image "${image}" is not an image`, {
      fix: "pass the URI of an image; or :<tag> or @<digest>, which select an image in the foundation's repository",
      exitCode: 64,
    });
  if (hasBuiltImage(settings, target)) return;
  const { kind, name } = target;
  throw new UserError(
    "BERTH-E6001",
    `--image is not possible: the config sets the image of ${name}`,
    {
      where: `${kind}s.${name}.image`,
      fix: "change the image in the config; or set it to { build: … }, so that --image selects the image",
      exitCode: 64,
    },
  );
}

/** Whether `--image` selects the image of a service or job, and the config does not. */
export function hasBuiltImage(
  { services = {}, jobs = {} }: Settings,
  { kind, name }: ServiceTarget,
): boolean {
  const image = (kind === "service" ? services : jobs)[name]?.image;
  return typeof image === "object" && "build" in image;
}

/**
 * The URI by digest of an image that a user has passed.
 *
 * @param published the outputs of the foundation
 * @throws UserError BERTH-E3103 if the image does not exist
 */
export const resolveRequestedImage = (
  { clientIn }: Pick<ServiceProject, "clientIn">,
  image: string,
  published: Readonly<Record<string, unknown>>,
): Promise<string> => resolveImage(clientIn, fullImage(image, published));

const isInRepository = (image: string): boolean => /^[:@]/.test(image);

/** The URI of an image; `:tag` and `@digest` are in the foundation's repository. */
function fullImage(image: string, published: Readonly<Record<string, unknown>>): string {
  if (!isInRepository(image)) return image;
  const { repository_url: repository } = published;
  if (typeof repository === "string") return `${repository}${image}`;
  throw new UserError("BERTH-E3103", `the foundation has no repository for the image ${image}`, {
    fix: "pass the URI of an image",
  });
}

/** The value of the image parameter before the first successful deployment. */
const NO_IMAGE = "none";

/** The image of the last successful deployment; undefined before the first one. */
export async function deployedImage(
  client: ServiceProject["client"],
  parameter: string,
): Promise<string | undefined> {
  const image = await readParameter(client, parameter);
  return image === NO_IMAGE ? undefined : image;
}
