import { matchesWildcard } from "../../shared/index.ts";
import { type CoverageTable, type TypeCoverage } from "./coverage.ts";
import { ecsCoverage } from "./ecs.ts";
import { identityCoverage } from "./identity.ts";
import { loadBalancingCoverage } from "./load-balancing.ts";
import { networkCoverage } from "./network.ts";
import { irrelevantTypes, unreadTypes } from "./resource-types.ts";

/** The resource types that can affect whether tasks start, their traffic or their isolation. */
export const attributeCoverage: CoverageTable = {
  ...ecsCoverage,
  ...loadBalancingCoverage,
  ...networkCoverage,
  ...identityCoverage,
  ...unreadTypes,
};

/** The coverage of a type; undefined for a type that cannot affect tasks. aws_alb is another name of aws_lb. */
export const coverageOf = (type: string): TypeCoverage | undefined =>
  attributeCoverage[type.replace(/^aws_alb(?=_|$)/, "aws_lb")];

/** Why resources of a type cannot change an answer; undefined if the type is covered or unknown. */
export const irrelevantTypeReason = (type: string): string | undefined =>
  Object.entries(irrelevantTypes).find(([, patterns]) =>
    patterns.some((pattern) => matchesWildcard(pattern, type)),
  )?.[0];

export { containerKeyCoverage } from "./container-keys.ts";
export {
  type AttributeStatus,
  attributeStatus,
  commonIrrelevant,
  entriesOf,
  isBlock,
  type TypeCoverage,
} from "./coverage.ts";
export { coveredFamilies, irrelevantTypes } from "./resource-types.ts";
