import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "./engine.ts";

/** The registry that a bare provider source such as hashicorp/aws means. */
export const registryHost = (product: Engine["product"]): string =>
  product === "tofu" ? "registry.opentofu.org" : "registry.terraform.io";

/** Where people and distributions put provider mirrors of their own. */
const SHARED = ["/opt", "/usr/share", "/usr/local/share"];

const folders = (path: string): string[] => {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name);
  } catch {
    // A folder that is not there, or may not be read, holds no mirror for us.
    return [];
  }
};

/**
 * Folders that hold providers of a registry: those Terraform looks into by itself, then any folder of the shared
 * places that has the registry's name in it.
 *
 * Source: Terraform, "CLI Configuration File": implied local mirror directories.
 */
export function findMirrors(host: string, home: string, workdir: string): string[] {
  const implied = [
    join(workdir, "terraform.d/plugins"),
    join(home, ".terraform.d/plugins"),
    join(home, ".local/share/terraform/plugins"),
    join(home, ".local/share/opentofu/plugins"),
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
  ];
  const shared = SHARED.flatMap((place) => folders(place).map((name) => join(place, name)));
  return [...new Set([...implied, ...shared])].filter((folder) => existsSync(join(folder, host)));
}

/** The versions of a provider that a mirror holds, in either of its layouts, newest last. */
export function mirroredVersions(mirror: string, host: string, provider: string): string[] {
  const folder = join(mirror, host, provider);
  const unpacked = folders(folder).filter((name) => /^\d/.test(name));
  const type = provider.split("/").pop();
  let packed: string[] = [];
  try {
    packed = readdirSync(folder).flatMap(
      (name) => new RegExp(`^terraform-provider-${type}_([^_]+)_.*\\.zip$`).exec(name)?.[1] ?? [],
    );
  } catch {
    // No such folder: nothing is mirrored.
  }
  return [...new Set([...unpacked, ...packed])].sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
}

/**
 * The CLI configuration that takes mirrored providers from their mirrors, and the rest from the registry; undefined
 * where there is no mirror, so that Terraform's own ways are left alone.
 */
export function cliConfiguration(mirrors: readonly string[], host: string): string | undefined {
  const providers = mirrors.map((mirror) =>
    folders(join(mirror, host)).flatMap((namespace) =>
      folders(join(mirror, host, namespace)).map((type) => `${host}/${namespace}/${type}`),
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
