import { RegistryError } from "./errors.ts";

/** What a request is about. Source: OCI Distribution Specification 1.1, "Endpoints". */
export type Route =
  | { readonly kind: "base" }
  | { readonly kind: "blob"; readonly repository: string; readonly digest: string }
  | { readonly kind: "uploads"; readonly repository: string }
  | { readonly kind: "upload"; readonly repository: string; readonly id: string }
  | { readonly kind: "manifest"; readonly repository: string; readonly reference: string }
  | { readonly kind: "tags"; readonly repository: string }
  | { readonly kind: "referrers"; readonly repository: string; readonly digest: string };

/** Source: OCI Distribution Specification 1.1, "Pulling manifests". */
const NAME = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export const isDigest = (reference: string): boolean => DIGEST.test(reference);

function requireDigest(text: string): string {
  if (isDigest(text)) return text;
  throw new RegistryError(400, "DIGEST_INVALID", `'${text}' is not a SHA-256 digest`);
}

function requireReference(text: string): string {
  if (TAG.test(text) || isDigest(text)) return text;
  throw new RegistryError(400, "MANIFEST_INVALID", `'${text}' is neither a tag nor a digest`);
}

function requireName(text: string): string {
  if (NAME.test(text)) return text;
  throw new RegistryError(400, "NAME_INVALID", `'${text}' is not a name of a repository`);
}

/**
 * Parses the path of a request.
 *
 * @throws RegistryError if a name, tag or digest is invalid, or if the specification has no such path
 */
export function parseRoute(path: string): Route {
  if (path === "/v2" || path === "/v2/") return { kind: "base" };
  const parts = path.slice("/v2/".length).split("/").map(decoded);
  const [first = "", second = "", last = ""] = parts.slice(-3);
  const beforeLast = (count: number): string => requireName(parts.slice(0, -count).join("/"));
  if (first === "blobs" && second === "uploads")
    return last === ""
      ? { kind: "uploads", repository: beforeLast(3) }
      : { kind: "upload", repository: beforeLast(3), id: last };
  if (second === "blobs" && last === "uploads")
    return { kind: "uploads", repository: beforeLast(2) };
  if (second === "blobs")
    return { kind: "blob", repository: beforeLast(2), digest: requireDigest(last) };
  if (second === "manifests")
    return { kind: "manifest", repository: beforeLast(2), reference: requireReference(last) };
  if (second === "referrers")
    return { kind: "referrers", repository: beforeLast(2), digest: requireDigest(last) };
  if (second === "tags" && last === "list") return { kind: "tags", repository: beforeLast(2) };
  throw new RegistryError(404, "UNSUPPORTED", `the registry has no path ${path}`);
}

/** A part of a path without percent encoding. Invalid encoding is kept, and rejected as an invalid name. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
