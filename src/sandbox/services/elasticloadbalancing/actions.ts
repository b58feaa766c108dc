import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import {
  type Listener,
  loadBalancersOf,
  requireLoadBalancer,
  requireTargetGroup,
  targetGroups,
  targetsOf,
} from "./tables.ts";

const invalid = (message: string): AwsError => new AwsError("ValidationError", message);

/** Source: Elastic Load Balancing API Reference, FixedResponseActionConfig. */
const CONTENT_TYPES: ReadonlySet<string> = new Set([
  "text/plain",
  "text/css",
  "text/html",
  "application/javascript",
  "application/json",
]);

function checkFixedResponse(config: elb.FixedResponseActionConfig | undefined): void {
  if (!/^[245]\d\d$/.test(config?.StatusCode ?? ""))
    throw invalid(
      `The status code '${config?.StatusCode ?? ""}' of a fixed response must be 2XX, 4XX or 5XX`,
    );
  if (config?.ContentType !== undefined && !CONTENT_TYPES.has(config.ContentType))
    throw invalid(
      `The content type '${config.ContentType}' of a fixed response must be one of '[${[...CONTENT_TYPES].join(",")}]'`,
    );
  if ((config?.MessageBody ?? "").length > 1024)
    throw invalid("The message body of a fixed response may have at most 1024 characters");
}

/**
 * Valid values of the parts of a redirect. They form a URL, so that only ASCII is valid.
 *
 * Source: Elastic Load Balancing API Reference, RedirectActionConfig.
 */
const REDIRECT = {
  Protocol: /^(HTTPS?|#\{protocol\})$/,
  Port: /^(#\{port\}|[1-9]\d{0,4})$/,
  Host: /^[\x21-\x7e]{1,128}$/,
  Path: /^\/[\x21-\x7e]{0,127}$/,
  Query: /^[\x21-\x7e]{0,128}$/,
  StatusCode: /^HTTP_30[12]$/,
} as const;

function checkRedirect(config: elb.RedirectActionConfig | undefined): void {
  const { StatusCode, ...parts } = config ?? {};
  // Only the status code has no default.
  const given: Readonly<Record<string, string | undefined>> = {
    ...parts,
    StatusCode: StatusCode ?? "",
  };
  for (const [name, pattern] of Object.entries(REDIRECT)) {
    const value = given[name];
    if (value !== undefined && !pattern.test(value))
      throw invalid(`The ${name} '${value}' of a redirect is not valid`);
  }
  if (Number(config?.Port) > 65_535)
    throw invalid(`The Port '${config?.Port}' of a redirect must be between 1 and 65535`);
}

/**
 * Rejects a redirect to the URL of the request.
 *
 * Sources: Elastic Load Balancing API Reference, RedirectActionConfig; of the text, kubernetes-sigs/aws-load-balancer-controller#1752
 * and #487, where a listener of HTTPS redirects to HTTPS and its own port.
 */
function checkLoop(
  { protocol, port }: Pick<Listener, "protocol" | "port">,
  { Protocol, Port, Host, Path }: elb.RedirectActionConfig,
): void {
  if (
    (Protocol === "#{protocol}" || Protocol === protocol) &&
    (Port === "#{port}" || Port === String(port)) &&
    Host === "#{host}" &&
    Path === "/#{path}"
  )
    throw new AwsError(
      "InvalidLoadBalancerAction",
      "The redirect configuration is not valid because it creates a loop.",
    );
}

/** Source: Elastic Load Balancing API Reference, TargetGroupTuple and TargetGroupStickinessConfig. */
function checkForward(config: elb.ForwardActionConfig | undefined): void {
  for (const { Weight = 1 } of config?.TargetGroups ?? [])
    if (!Number.isInteger(Weight) || Weight < 0 || Weight > 999)
      throw invalid(`The weight '${Weight}' of a target group must be between 0 and 999`);
  const seconds = config?.TargetGroupStickinessConfig?.DurationSeconds;
  if (seconds !== undefined && !(seconds >= 1 && seconds <= 604_800))
    throw invalid(`The stickiness duration '${seconds}' must be between 1 and 604800`);
}

/** Actions as ELB stores them, with defaults. A forward action has both its short and its long form. */
export function storedActions(
  context: Context,
  listener: Pick<Listener, "loadBalancerArn" | "protocol" | "port">,
  actions: readonly elb.Action[],
): elb.Action[] {
  const { loadBalancerArn } = listener;
  return actions.map((action, index) => {
    const targets = targetsOf(action);
    switch (action.Type) {
      case "forward": {
        if (targets.length === 0) throw invalid("A target group ARN must be specified");
        checkForward(action.ForwardConfig);
        const { vpcId } = requireLoadBalancer(context, loadBalancerArn);
        for (const arn of targets) {
          const others = loadBalancersOf(context, arn).filter((value) => value !== loadBalancerArn);
          if (others.length > 0) {
            throw new AwsError(
              "TargetGroupAssociationLimit",
              `The following target groups cannot be associated with more than one load balancer: ${arn}`,
            );
          }
          const used = context
            .in(targetGroups)
            .filter((targetGroup) =>
              loadBalancersOf(context, targetGroup.arn).includes(loadBalancerArn),
            )
            .map((targetGroup) => targetGroup.arn);
          if (
            !used.includes(arn) &&
            used.length >= context.settings.quotas.targetGroupsPerLoadBalancer
          ) {
            throw new AwsError(
              "TooManyUniqueTargetGroupsPerLoadBalancer",
              `The maximum number of unique target groups on load balancer '${loadBalancerArn}' has been reached`,
            );
          }
          // Source of the text: kubernetes-sigs/aws-load-balancer-controller#1045.
          if (requireTargetGroup(context, arn).vpcId !== vpcId) {
            throw new AwsError(
              "InvalidConfigurationRequest",
              `Target group '${arn}' is in a different VPC than load balancer '${loadBalancerArn}'`,
            );
          }
        }
        const config = action.ForwardConfig ?? {
          TargetGroups: targets.map((arn) => ({ TargetGroupArn: arn, Weight: 1 })),
        };
        return {
          ...action,
          Order: action.Order ?? index + 1,
          ...(targets.length === 1 ? { TargetGroupArn: targets[0] } : {}),
          ForwardConfig: {
            ...config,
            TargetGroupStickinessConfig: config.TargetGroupStickinessConfig ?? { Enabled: false },
          },
        };
      }
      case "redirect": {
        checkRedirect(action.RedirectConfig);
        const config = {
          Protocol: "#{protocol}",
          Port: "#{port}",
          Host: "#{host}",
          Path: "/#{path}",
          Query: "#{query}",
          ...action.RedirectConfig,
          StatusCode: action.RedirectConfig?.StatusCode,
        };
        checkLoop(listener, config);
        return { ...action, Order: action.Order ?? index + 1, RedirectConfig: config };
      }
      case "fixed-response":
        checkFixedResponse(action.FixedResponseConfig);
        return { ...action, Order: action.Order ?? index + 1 };
      default:
        throw notImplemented(`listener actions of type ${action.Type}`);
    }
  });
}
