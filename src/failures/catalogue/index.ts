import { cidrFailures } from "./cidr.ts";
import { destroyFailures } from "./destroy.ts";
import { ecrFailures } from "./ecr.ts";
import { iamFailures } from "./iam.ts";
import { kmsFailures } from "./kms.ts";
import { loadBalancerFailures } from "./load-balancer.ts";
import { logFailures } from "./logs.ts";
import { networkFailures } from "./network.ts";
import { quotaFailures } from "./quota.ts";
import { raceFailures } from "./race.ts";
import { serviceFailures } from "./service.ts";
import { taskDefinitionFailures } from "./task-definition.ts";
import { terraformFailures } from "./terraform.ts";

/** The ID of a failure in the catalogue, such as "NET-11". */
export type FailureId =
  | keyof typeof networkFailures
  | keyof typeof cidrFailures
  | keyof typeof iamFailures
  | keyof typeof kmsFailures
  | keyof typeof ecrFailures
  | keyof typeof logFailures
  | keyof typeof taskDefinitionFailures
  | keyof typeof loadBalancerFailures
  | keyof typeof serviceFailures
  | keyof typeof quotaFailures
  | keyof typeof raceFailures
  | keyof typeof destroyFailures
  | keyof typeof terraformFailures;

/** An entry of the catalogue. */
export interface Failure {
  /** States the problem. */
  readonly title: string;
  /** Instructs how to solve it. */
  readonly fix: string;
}

/**
 * The failures that Berth identifies, by ID: the title states the problem, the fix is the smallest change that solves it.
 * `<region>` in a fix is replaced by the region of the service. The IDs are stable.
 *
 * Source: the AWS pages on troubleshooting ECS, ECR, Elastic Load Balancing and VPC; each rule of the sandbox and each check
 * cites its page.
 */
export const failures: Readonly<Record<FailureId, Failure>> = {
  ...networkFailures,
  ...cidrFailures,
  ...iamFailures,
  ...kmsFailures,
  ...ecrFailures,
  ...logFailures,
  ...taskDefinitionFailures,
  ...loadBalancerFailures,
  ...serviceFailures,
  ...quotaFailures,
  ...raceFailures,
  ...destroyFailures,
  ...terraformFailures,
};
