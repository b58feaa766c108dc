import type { Service } from "../core/service.ts";

/** How the sandbox finds a service that is not loaded. */
export interface ServiceEntry {
  readonly load: () => Promise<{ readonly service: Service }>;
  /**
   * The service in the ARNs of its resources, in its IAM actions and in the names of its tables.
   *
   * @default the signing name
   */
  readonly namespace?: string;
  /**
   * The name of the service's endpoint in Terraform's AWS provider.
   *
   * @default the signing name
   */
  readonly terraformName?: string;
}

/**
 * The services of the sandbox, by signing name, which is also the name of the folder. A service is loaded when it is
 * needed. A new service is a folder and a line here.
 */
export const serviceEntries: Readonly<Record<string, ServiceEntry>> = {
  acm: { load: () => import("./acm/index.ts") },
  "application-autoscaling": {
    load: () => import("./application-autoscaling/index.ts"),
    terraformName: "appautoscaling",
  },
  cloudfront: { load: () => import("./cloudfront/index.ts") },
  codedeploy: { load: () => import("./codedeploy/index.ts") },
  dynamodb: { load: () => import("./dynamodb/index.ts") },
  ec2: { load: () => import("./ec2/index.ts") },
  ecr: { load: () => import("./ecr/index.ts") },
  ecs: { load: () => import("./ecs/index.ts") },
  elasticache: { load: () => import("./elasticache/index.ts") },
  elasticloadbalancing: {
    load: () => import("./elasticloadbalancing/index.ts"),
    terraformName: "elbv2",
  },
  events: { load: () => import("./events/index.ts") },
  iam: { load: () => import("./iam/index.ts") },
  kms: { load: () => import("./kms/index.ts") },
  logs: { load: () => import("./logs/index.ts") },
  monitoring: {
    load: () => import("./monitoring/index.ts"),
    namespace: "cloudwatch",
    terraformName: "cloudwatch",
  },
  rds: { load: () => import("./rds/index.ts") },
  route53: { load: () => import("./route53/index.ts") },
  s3: { load: () => import("./s3/index.ts") },
  scheduler: { load: () => import("./scheduler/index.ts") },
  secretsmanager: { load: () => import("./secretsmanager/index.ts") },
  servicediscovery: { load: () => import("./servicediscovery/index.ts") },
  sns: { load: () => import("./sns/index.ts") },
  sqs: { load: () => import("./sqs/index.ts") },
  ssm: { load: () => import("./ssm/index.ts") },
  sts: { load: () => import("./sts/index.ts") },
  wafv2: { load: () => import("./wafv2/index.ts") },
};
