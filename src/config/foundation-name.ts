import { nameProblem } from "../aws/index.ts";
import { countOf } from "../shared/index.ts";

/** What is wrong with the name of a foundation, as a text that contains it; undefined for a valid name. */
export function foundationNameProblem(name: string): string | undefined {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    return `"${name}" is not a name: expected lower-case letters, digits and single hyphens, starting with a letter`;
  return name.length < 2 || name.length > 32
    ? `"${name}" has ${countOf(name.length, "character")}; expected 2 to 32`
    : nameProblem("loadBalancer", name);
}
