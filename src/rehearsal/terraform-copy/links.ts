import { readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, resolve, sep } from "node:path";
import { UserError } from "../../shared/index.ts";

/** True if a path is a folder or below it. */
export const isWithin = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);

/**
 * True for files that Terraform loads automatically. Source: Terraform, “Files and Configuration Structure” and
 * “Input Variables”, variable definitions files.
 */
export const isLoadedByTerraform = (path: string): boolean =>
  /\.(tf|tfvars)(\.json)?$/.test(basename(path)) && !basename(path).startsWith(".");

/** The target of a symbolic link, after all links in its path are resolved. */
export const targetOf = (path: string): string => realpathSync(path);

/** Why a symbolic link cannot be followed. */
export interface BrokenLink {
  readonly kind: "outside" | "cycle" | "dangling";
  readonly target: string;
}

/** Tests whether the target of a symbolic link is within a folder; undefined if it is. */
export function brokenLink(path: string, within: string): BrokenLink | undefined {
  const directTarget = readlinkSync(path);
  try {
    const target = targetOf(path);
    return isWithin(within, target) ? undefined : { kind: "outside", target };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // an error of the operating system
    if (code === "ELOOP") return { kind: "cycle", target: directTarget };
    if (code === "ENOENT" || code === "ENOTDIR")
      return isWithin(within, resolve(dirname(path), directTarget))
        ? { kind: "dangling", target: directTarget }
        : { kind: "outside", target: directTarget };
    throw error;
  }
}

/** The error for a required symbolic link that cannot be followed. */
export function linkError(path: string, { kind, target }: BrokenLink, within?: string): UserError {
  const { what, fix } = {
    outside: {
      what: `the target is outside of ${within ?? "the folder"}`,
      fix: "replace the link with a copy of its target, or keep both in one git repository",
    },
    cycle: {
      what: "the link is part of a cycle",
      fix: "change the target to a file or folder",
    },
    dangling: { what: "the target does not exist", fix: "correct the link, or delete it" },
  }[kind];
  return new UserError(
    "BERTH-E5009",
    `cannot follow the symbolic link ${path} to ${target}: ${what}`,
    { fix },
  );
}
