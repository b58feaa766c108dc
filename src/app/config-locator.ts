import { readFileSync } from "node:fs";
import { optionPosition } from "../config/index.ts";
import { stepOf } from "../constructs/foundation/index.ts";
import { workloadStepOf } from "../constructs/synth/index.ts";
import { type Locate, locationPath } from "../shared/index.ts";
import type { ServiceTarget } from "./service-target.ts";

/**
 * Locates the resources of a foundation, or of one of its services and jobs, in its config: at the option that determines the
 * resource, or at the closest object around it.
 *
 * @param environment the environment whose options count
 * @param workload the service or job. @default none: the foundation
 */
export function configLocator(
  configFile: string,
  environment: string,
  workload?: Pick<ServiceTarget, "kind" | "name">,
): Locate {
  const source = readFileSync(configFile, "utf8");
  const base = workload === undefined ? [] : [`${workload.kind}s`, workload.name];
  const step = workload === undefined ? stepOf : workloadStepOf;
  return (address) => {
    const options = step(address)?.configPaths ?? [];
    const positions = [...options.map((option) => [...base, ...option.split(".")]), base].flatMap(
      (path) => optionPosition(source, path, environment) ?? [],
    );
    const position = positions.find(({ isExact }) => isExact);
    return position && { file: locationPath(configFile), line: position.line };
  };
}
