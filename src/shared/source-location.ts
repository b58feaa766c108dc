import { relative, resolve, sep } from "node:path";

/** A line of a source file. */
export interface SourceLocation {
  /** The path relative to the working directory, with / between folders. */
  readonly file: string;
  /** The number of the line, from 1. */
  readonly line: number;
}

/** Finds the line that declares what an address names; undefined if it is unknown. */
export type Locate = (address: string) => SourceLocation | undefined;

/** The path of a file as in a location. */
export const locationPath = (path: string, folder: string = process.cwd()): string =>
  relative(folder, resolve(path)).split(sep).join("/");

/** A location as text, such as infra/main.tf:12. */
export const locationText = ({ file, line }: SourceLocation): string => `${file}:${line}`;
