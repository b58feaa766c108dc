import { acmQuotas } from "./services/acm/quotas.ts";
import { ec2Quotas } from "./services/ec2/quotas.ts";
import { ecrQuotas } from "./services/ecr/quotas.ts";
import { ecsQuotas } from "./services/ecs/quotas.ts";
import { elbQuotas } from "./services/elasticloadbalancing/quotas.ts";
import { iamQuotas } from "./services/iam/quotas.ts";

/** The name of a quota. A service with quotas that tests may change adds them here. */
export type Quota =
  | keyof typeof acmQuotas
  | keyof typeof ec2Quotas
  | keyof typeof ecrQuotas
  | keyof typeof ecsQuotas
  | keyof typeof elbQuotas
  | keyof typeof iamQuotas;

/** Service quotas, with their values in a new account. */
export const defaultQuotas: Readonly<Record<Quota, number>> = {
  ...ec2Quotas,
  ...elbQuotas,
  ...ecsQuotas,
  ...ecrQuotas,
  ...iamQuotas,
  ...acmQuotas,
};
