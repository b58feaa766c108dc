import { VpcEndpoint } from "../provider/vpc-endpoint.generated.ts";
import type { Construct } from "../construct.ts";
import type { EndpointService } from "../../aws/index.ts";
import { CheckedConstruct } from "./checked-construct.ts";
import type { SecurityGroup } from "./security-group.ts";

/** Services with a gateway endpoint, which is free and uses routes instead of network interfaces. Source: AWS PrivateLink Guide, "Gateway endpoints". */
const GATEWAY_SERVICES: ReadonlySet<EndpointService> = new Set(["s3", "dynamodb"]);

/** Services that every task needs to start: image registry, image manifests, logs. Source: Amazon ECS Developer Guide, "Amazon ECS interface VPC endpoints". */
const STARTUP_SERVICES: readonly EndpointService[] = ["ecr.api", "ecr.dkr", "logs"];

/** The services that tasks need an endpoint for, by endpoint type; sorted, without duplicates. */
export function requiredEndpoints(
  uses: readonly EndpointService[],
  withoutInternet: boolean,
): {
  readonly gateways: readonly EndpointService[];
  readonly interfaces: readonly EndpointService[];
} {
  const services = [...new Set<EndpointService>([...STARTUP_SERVICES, "s3", ...uses])].sort();
  return {
    gateways: services.filter((service) => GATEWAY_SERVICES.has(service)),
    interfaces: withoutInternet ? services.filter((service) => !GATEWAY_SERVICES.has(service)) : [],
  };
}

/** Properties of `VpcEndpoints`. */
export interface VpcEndpointsProps {
  /** Prefix of the Name tags. */
  readonly name: string;
  readonly region: string;
  readonly vpcId: string;
  /** Services reached through route tables: "s3", "dynamodb". */
  readonly gateways: readonly EndpointService[];
  readonly routeTableIds: readonly string[];
  /** Services reached through network interfaces with private DNS. */
  readonly interfaces: readonly EndpointService[];
  /** One subnet per zone. */
  readonly subnetIds: readonly string[];
  /** Security group of the network interfaces. Required if there are interface endpoints. */
  readonly securityGroup?: SecurityGroup;
}

/**
 * VPC endpoints, which connect the VPC to AWS services without the internet.
 *
 * Cost: gateway endpoints are free; an interface endpoint costs about $7.30 a month in each zone, and its data (AWS
 * PrivateLink pricing).
 *
 * @example
 * new VpcEndpoints(this, "endpoints", {
 *   name: "hello", region: "eu-west-1", vpcId, gateways: ["s3"], routeTableIds,
 *   interfaces: ["ecr.api", "ecr.dkr", "logs"], subnetIds, securityGroup,
 * });
 */
export class VpcEndpoints extends CheckedConstruct {
  readonly gateways: ReadonlyMap<EndpointService, VpcEndpoint>;
  readonly interfaces: ReadonlyMap<EndpointService, VpcEndpoint>;

  constructor(scope: Construct, id: string, props: VpcEndpointsProps) {
    super(scope, id, props);
    const serviceName = (service: EndpointService): string => {
      const prefix = props.region.startsWith("cn-") && service !== "s3" ? "cn.com" : "com";
      return `${prefix}.amazonaws.${props.region}.${service}`;
    };
    const tags = (service: EndpointService): Record<string, string> => ({
      Name: `${props.name}-${service}`,
    });
    const { securityGroup } = props;
    this.gateways = new Map(
      props.gateways.map((service) => [
        service,
        new VpcEndpoint(this, service, {
          vpcId: props.vpcId,
          serviceName: serviceName(service),
          vpcEndpointType: "Gateway",
          routeTableIds: [...props.routeTableIds],
          tags: tags(service),
        }),
      ]),
    );
    this.interfaces = new Map(
      props.interfaces.map((service) => [
        service,
        new VpcEndpoint(this, service, {
          vpcId: props.vpcId,
          serviceName: serviceName(service),
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          subnetIds: [...props.subnetIds],
          ...(securityGroup ? { securityGroupIds: [securityGroup.id] } : {}),
          tags: tags(service),
        }),
      ]),
    );
  }
}
