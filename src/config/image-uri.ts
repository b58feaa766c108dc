import { isEcrRegistry } from "../aws/index.ts";

/** A label of a host name. Unlike a path, it may contain capital letters. */
const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";

/**
 * Host, path, tag and digest of an image. A first part without a period and a port belongs to the path.
 *
 * Sources: OCI Distribution Specification, "Pulling manifests"; of the host, the grammar of Docker's package reference.
 */
const IMAGE = new RegExp(
  String.raw`^(?:(?=[^/]*[.:])${LABEL}(?:\.${LABEL})*(?::\d+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);

/** What is wrong with the URI of an image; undefined if nothing is. */
export function imageUriProblem(text: string): string | undefined {
  if (!IMAGE.test(text))
    return 'expected the URI of an image, such as "public.ecr.aws/nginx/nginx:1.27"';
  const [host = ""] = text.split("/");
  const isMiswritten = !isEcrRegistry(host) && isEcrRegistry(host.toLowerCase());
  return isMiswritten ? `write the host in lower case: ${host.toLowerCase()}` : undefined;
}
