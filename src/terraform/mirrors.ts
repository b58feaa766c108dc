import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "./engine.ts";

/** The default registry of provider sources such as hashicorp/aws. */
export const registryHost = (product: Engine["product"]): string =>
  product === "tofu" ? "registry.opentofu.org" : "registry.terraform.io";

/** Folders in which users and distributions install provider mirrors. */
const SHARED_FOLDERS = ["/opt", "/usr/share", "/usr/local/share"];

const subfolders = (path: string): string[] => {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name);
  } catch {
    // The folder does not exist or is not readable: it contains no usable mirror.
    return [];
  }
};

/**
 * Folders that contain providers of a registry: Terraform's implied mirror directories, then subfolders of the shared folders
 * that contain an entry with the registry's name.
 *
 * Source: Terraform, "CLI Configuration File": implied local mirror directories.
 */
export function findMirrors(host: string, homeFolder: string, workdir: string): string[] {
  const implied = [
    join(workdir, "terraform.d/plugins"),
    join(homeFolder, ".terraform.d/plugins"),
    join(homeFolder, ".local/share/terraform/plugins"),
    join(homeFolder, ".local/share/opentofu/plugins"),
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
  ];
  const shared = SHARED_FOLDERS.flatMap((parent) =>
    subfolders(parent).map((name) => join(parent, name)),
  );
  return [...new Set([...implied, ...shared])].filter((folder) => existsSync(join(folder, host)));
}

/** The versions of a provider in a mirror, in packed or unpacked layout, newest last. */
export function mirroredVersions(mirror: string, host: string, provider: string): string[] {
  const folder = join(mirror, host, provider);
  const unpacked = subfolders(folder).filter((name) => /^\d/.test(name));
  const type = provider.split("/").pop();
  let packed: string[] = [];
  try {
    packed = readdirSync(folder).flatMap(
      (name) => new RegExp(`^terraform-provider-${type}_([^_]+)_.*\\.zip$`).exec(name)?.[1] ?? [],
    );
  } catch {
    // The folder does not exist: the mirror lacks this provider.
  }
  return [...new Set([...unpacked, ...packed])].sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
}

/**
 * A CLI configuration that installs mirrored providers from their mirrors, and other providers from the registry; undefined if
 * there is no mirror, so that Terraform's default installation is used.
 */
export function cliConfiguration(mirrors: readonly string[], host: string): string | undefined {
  const providers = mirrors.map((mirror) =>
    subfolders(join(mirror, host)).flatMap((namespace) =>
      subfolders(join(mirror, host, namespace)).map((type) => `${host}/${namespace}/${type}`),
    ),
  );
  const mirrored = [...new Set(providers.flat())].sort();
  if (mirrored.length === 0) return undefined;
  const list = (names: readonly string[]): string => JSON.stringify(names);
  const sources = mirrors.map(
    (mirror, index) =>
      `  filesystem_mirror {\n    path    = ${JSON.stringify(mirror)}\n    include = ${list(providers[index] ?? [])}\n  }`,
  );
  return [
    "disable_checkpoint = true",
    "provider_installation {",
    ...sources,
    `  direct {\n    exclude = ${list(mirrored)}\n  }`,
    "}",
    "",
  ].join("\n");
}
