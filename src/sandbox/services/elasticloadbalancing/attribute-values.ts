import { AwsError } from "../../protocol/errors.ts";

type Rule = RegExp | { readonly min: number; readonly max: number };

const BOOLEAN = /^(true|false)$/;
const SECONDS_OF_COOKIE: Rule = { min: 1, max: 604_800 };

/**
 * The values of the attributes of target groups (HTTP and HTTPS), load balancers and listeners. Other attributes have any
 * value.
 *
 * Source: Elastic Load Balancing API Reference, TargetGroupAttribute, LoadBalancerAttribute and ListenerAttribute.
 */
const VALUES: Readonly<Record<string, Rule>> = {
  "access_logs.s3.enabled": BOOLEAN,
  "client_keep_alive.seconds": { min: 60, max: 604_800 },
  "connection_logs.s3.enabled": BOOLEAN,
  "deletion_protection.enabled": BOOLEAN,
  "deregistration_delay.timeout_seconds": { min: 0, max: 3600 },
  "idle_timeout.timeout_seconds": { min: 1, max: 4000 },
  "ipv6.deny_all_igw_traffic": BOOLEAN,
  "load_balancing.algorithm.anomaly_mitigation": /^(on|off)$/,
  "load_balancing.algorithm.type": /^(round_robin|least_outstanding_requests|weighted_random)$/,
  "load_balancing.cross_zone.enabled": /^(true|false|use_load_balancer_configuration)$/,
  "routing.http.desync_mitigation_mode": /^(monitor|defensive|strictest)$/,
  "routing.http.drop_invalid_header_fields.enabled": BOOLEAN,
  "routing.http.preserve_host_header.enabled": BOOLEAN,
  "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": BOOLEAN,
  "routing.http.xff_client_port.enabled": BOOLEAN,
  "routing.http.xff_header_processing.mode": /^(append|preserve|remove)$/,
  "routing.http2.enabled": BOOLEAN,
  "routing.http.response.server.enabled": BOOLEAN,
  "slow_start.duration_seconds": { min: 0, max: 900 },
  "stickiness.app_cookie.duration_seconds": SECONDS_OF_COOKIE,
  "stickiness.enabled": BOOLEAN,
  "stickiness.lb_cookie.duration_seconds": SECONDS_OF_COOKIE,
  "stickiness.type": /^(lb_cookie|app_cookie)$/,
  "waf.fail_open.enabled": BOOLEAN,
  "zonal_shift.config.enabled": BOOLEAN,
};

const isValid = (rule: Rule, value: string): boolean =>
  rule instanceof RegExp
    ? rule.test(value)
    : /^\d+$/.test(value) && Number(value) >= rule.min && Number(value) <= rule.max;

/** @throws AwsError ValidationError for a value that the attribute does not have */
export function checkAttributeValue(kind: string, key: string, value: string): void {
  const rule = VALUES[key];
  if (rule !== undefined && !isValid(rule, value))
    throw new AwsError(
      "ValidationError",
      `${kind} attribute key '${key}' has an invalid value '${value}'`,
    );
}

/**
 * Checks the attributes of a target group that exclude each other.
 *
 * Source: Elastic Load Balancing User Guide for Application Load Balancers, "Edit target group attributes".
 *
 * @throws AwsError ValidationError or InvalidConfigurationRequest
 */
export function checkTargetGroupAttributes(attributes: Readonly<Record<string, string>>): void {
  const slowStart = Number(attributes["slow_start.duration_seconds"]);
  if (slowStart > 0 && slowStart < 30)
    throw new AwsError(
      "ValidationError",
      "Slow start duration must be from 30 to 900 seconds, or 0 to disable it",
    );
  const algorithm = attributes["load_balancing.algorithm.type"];
  if (slowStart > 0 && algorithm !== "round_robin")
    throw new AwsError(
      "InvalidConfigurationRequest",
      `Slow start is not supported with the routing algorithm '${algorithm}'`,
    );
  if (
    attributes["load_balancing.algorithm.anomaly_mitigation"] === "on" &&
    algorithm !== "weighted_random"
  )
    throw new AwsError(
      "InvalidConfigurationRequest",
      `Anomaly mitigation is not supported with the routing algorithm '${algorithm}'`,
    );
  if (
    attributes["stickiness.enabled"] === "true" &&
    attributes["stickiness.type"] === "app_cookie" &&
    attributes["stickiness.app_cookie.cookie_name"] === ""
  )
    throw new AwsError(
      "ValidationError",
      "stickiness.app_cookie.cookie_name must be set for the stickiness type app_cookie",
    );
}
