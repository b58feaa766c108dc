/** Whether health checks expect HTTP status codes or gRPC codes. */
export type HealthCheckCodes = "GRPC" | "HTTP";

/**
 * The lowest and the highest code that the health check of an Application Load Balancer can expect.
 *
 * Source: Elastic Load Balancing API Reference, Matcher.
 */
export const healthCheckCodes: Readonly<Record<HealthCheckCodes, readonly [number, number]>> = {
  GRPC: [0, 99],
  HTTP: [200, 499],
};

/**
 * The first part of the codes of a matcher that is invalid; undefined if all are valid.
 *
 * @param codes codes and ranges, such as `200,202` or `200-299`
 */
export function invalidHealthCheckCode(kind: HealthCheckCodes, codes: string): string | undefined {
  const [min, max] = healthCheckCodes[kind];
  const isCode = (text: string): boolean =>
    /^\d{1,3}$/.test(text) && Number(text) >= min && Number(text) <= max;
  return codes.split(",").find((range) => {
    const ends = range.split("-");
    return ends.length > 2 || !ends.every(isCode);
  });
}

/**
 * Who writes the access logs of load balancers into a bucket: a service, and in older regions an account. A Network Load Balancer
 * uses the service `networkService`.
 *
 * Source: Elastic Load Balancing, "Enable access logs for your Application Load Balancer" and "Access logs for your Network Load
 * Balancer"; Terraform Registry, `aws_elb_service_account`.
 */
export const accessLogWriters: {
  readonly service: string;
  readonly networkService: string;
  /** By region. */
  readonly accounts: Readonly<Record<string, string>>;
} = {
  service: "logdelivery.elasticloadbalancing.amazonaws.com",
  networkService: "delivery.logs.amazonaws.com",
  accounts: {
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
    "af-south-1": "098369216593",
    "ap-east-1": "754344448648",
    "ap-northeast-1": "582318560864",
    "ap-northeast-2": "600734575887",
    "ap-northeast-3": "383597477331",
    "ap-south-1": "718504428378",
    "ap-southeast-1": "114774131450",
    "ap-southeast-2": "783225319266",
    "ap-southeast-3": "589379963580",
    "ca-central-1": "985666609251",
    "eu-central-1": "054676820928",
    "eu-north-1": "897822967062",
    "eu-south-1": "635631232127",
    "eu-west-1": "156460612806",
    "eu-west-2": "652711504416",
    "eu-west-3": "009996457667",
    "me-south-1": "076674570225",
    "sa-east-1": "507241528517",
    "cn-north-1": "638102146993",
    "cn-northwest-1": "037604701340",
    "us-gov-east-1": "190560391635",
    "us-gov-west-1": "048591011584",
  },
};
