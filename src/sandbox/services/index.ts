import type { Service } from "../core/operation.ts";
import { service as acm } from "./acm/index.ts";
import { service as applicationAutoscaling } from "./application-autoscaling/index.ts";
import { service as codedeploy } from "./codedeploy/index.ts";
import { service as ec2 } from "./ec2/index.ts";
import { service as ecr } from "./ecr/index.ts";
import { service as ecs } from "./ecs/index.ts";
import { service as elasticloadbalancing } from "./elasticloadbalancing/index.ts";
import { service as events } from "./events/index.ts";
import { service as iam } from "./iam/index.ts";
import { service as kms } from "./kms/index.ts";
import { service as logs } from "./logs/index.ts";
import { service as monitoring } from "./monitoring/index.ts";
import { service as route53 } from "./route53/index.ts";
import { service as s3 } from "./s3/index.ts";
import { service as secretsmanager } from "./secretsmanager/index.ts";
import { service as servicediscovery } from "./servicediscovery/index.ts";
import { service as ssm } from "./ssm/index.ts";
import { service as sts } from "./sts/index.ts";

/**
 * The services of the sandbox. To add one, create its folder and add a line here and a line for its model in
 * tools/build-models.mjs.
 */
export const services: readonly Service[] = [
  acm,
  applicationAutoscaling,
  codedeploy,
  ec2,
  ecr,
  ecs,
  elasticloadbalancing,
  events,
  iam,
  kms,
  logs,
  monitoring,
  route53,
  s3,
  secretsmanager,
  servicediscovery,
  ssm,
  sts,
];
