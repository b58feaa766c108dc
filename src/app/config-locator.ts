import { readFileSync } from "node:fs";
import { optionPosition } from "../config/index.ts";
import { stepOf } from "../constructs/foundation/index.ts";
import { type Locate, locationPath } from "../shared/index.ts";

/**
 * Locates the resources of a foundation in its config: at the option that determines the resource, or at the closest object
 * around it.
 *
 * @param environment the environment whose options count
 */
export function configLocator(configFile: string, environment: string): Locate {
  const source = readFileSync(configFile, "utf8");
  return (address) => {
    const options = stepOf(address)?.configPaths ?? [];
    const positions = [...options.map((option) => option.split(".")), []].flatMap(
      (path) => optionPosition(source, path, environment) ?? [],
    );
    const position = positions.find(({ isExact }) => isExact);
    return position && { file: locationPath(configFile), line: position.line };
  };
}
