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
