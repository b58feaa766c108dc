import { rmSync, writeFileSync } from "node:fs";

/** Replaces a file in the copy of a configuration. Never writes through a symbolic link: a link is replaced. */
export function replaceCopiedFile(path: string, text: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, text, { flag: "wx" });
}
