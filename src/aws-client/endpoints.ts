import { dnsSuffix, partitionOf } from "../aws/index.ts";
import type { ServiceName } from "./types.ts";

/**
 * The host names of the services, and the suffixes of the environment variables with their URLs. Sources: AWS General
 * Reference, "Service endpoints and quotas"; AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
 */
const SERVICES: Readonly<
  Record<ServiceName, { readonly host: string; readonly variable: string }>
> = {
  "application-autoscaling": {
    host: "application-autoscaling",
    variable: "APPLICATION_AUTO_SCALING",
  },
  ecr: { host: "api.ecr", variable: "ECR" },
  ecs: { host: "ecs", variable: "ECS" },
  elasticloadbalancing: { host: "elasticloadbalancing", variable: "ELASTIC_LOAD_BALANCING_V2" },
  logs: { host: "logs", variable: "CLOUDWATCH_LOGS" },
  monitoring: { host: "monitoring", variable: "CLOUDWATCH" },
  ssm: { host: "ssm", variable: "SSM" },
  sts: { host: "sts", variable: "STS" },
};

/** The URL of a service: AWS_ENDPOINT_URL_<service> or AWS_ENDPOINT_URL in the environment, else the regional endpoint. */
export function endpointOf(service: ServiceName, region: string, env: NodeJS.ProcessEnv): URL {
  const { host, variable } = SERVICES[service];
  const configured = env[`AWS_ENDPOINT_URL_${variable}`] ?? env["AWS_ENDPOINT_URL"];
  return new URL(configured ?? `https://${host}.${region}.${dnsSuffix(partitionOf(region))}`);
}
