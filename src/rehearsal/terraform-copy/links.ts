import { readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, resolve, sep } from "node:path";
import { UserError } from "../../shared/errors.ts";

/** True for a folder itself and for what is below it. */
export const isWithin = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);

/**
 * True for files that Terraform reads without being told to. Source: Terraform, “Files and Configuration Structure” and
 * “Input Variables”, variable definitions files.
 */
export const isLoadedByTerraform = (path: string): boolean =>
  /\.(tf|tfvars)(\.json)?$/.test(basename(path)) && !basename(path).startsWith(".");

/** What a symbolic link points to in the end, whatever links are on the way. */
export const targetOf = (path: string): string => realpathSync(path);

/** Why a symbolic link cannot be followed. */
export interface BrokenLink {
  readonly kind: "outside" | "cycle" | "dangling";
  readonly target: string;
}

/** Looks whether a symbolic link leads to something within a folder; undefined where it does. */
export function brokenLink(path: string, within: string): BrokenLink | undefined {
  const written = readlinkSync(path);
  try {
    const target = targetOf(path);
    return isWithin(within, target) ? undefined : { kind: "outside", target };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // of the operating system
    if (code === "ELOOP") return { kind: "cycle", target: written };
    if (code === "ENOENT" || code === "ENOTDIR")
      return isWithin(within, resolve(dirname(path), written))
        ? { kind: "dangling", target: written }
        : { kind: "outside", target: written };
    throw error;
  }
}

/** The error for a symbolic link that is needed and cannot be followed. */
export function linkError(path: string, { kind, target }: BrokenLink, within?: string): UserError {
  const { what, fix } = {
    outside: {
      what: `it leads out of ${within ?? "the folder"}`,
      fix: "replace the link with a copy of its target, or keep both in one git repository",
    },
    cycle: {
      what: "it is part of a cycle of links",
      fix: "let the link point to a file or folder",
    },
    dangling: { what: "there is no such file or folder", fix: "correct the link, or delete it" },
  }[kind];
  return new UserError(
    "BERTH-E5009",
    `cannot follow the symbolic link ${path} to ${target}: ${what}`,
    { fix },
  );
}
