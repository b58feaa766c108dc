import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { matches } from "../../../iam/index.ts";
import { contains, isCidr, parseAddress, parseCidr } from "../../../ip/index.ts";
import { traceBetween, traceFromInternet, type Trace } from "../ec2/network/trace.ts";
import { ownProperty } from "../../core/own-property.ts";
import type { Context } from "../../core/operation.ts";
import type { NetworkInterface } from "../ec2/tables.ts";
import { appResponseAt } from "../ecs/startup/simulated-app.ts";
import { networkInterfaceAt, healthOf, nodesOf } from "./health.ts";
import {
  type Listener,
  loadBalancers,
  type Target,
  type TargetGroup,
  targetGroups,
} from "./tables.ts";
import { rulesOf } from "./rules.ts";
import { targetsIn } from "./targets.ts";

/** An HTTP request to a load balancer. */
export interface HttpRequest {
  readonly method: string;
  readonly host: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Source: an address on the internet, or a network interface in the VPC. */
  readonly from: string | NetworkInterface;
  /** Number of the request. Targets and weights are selected round robin by it. */
  readonly requestNumber: number;
}

/** The result of a request for the client. */
export type HttpAnswer =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      /** The target that responded, if the response is from a target. */
      readonly by?: { readonly target: Target; readonly container: string; readonly task?: string };
    }
  /** No response: the connection of the client times out. */
  | { readonly kind: "no-response"; readonly trace: Trace };

const htmlPage = (status: number, title: string): HttpAnswer => ({
  kind: "answered",
  status,
  headers: { "content-type": "text/html", server: "awselb/2.0" },
  body: `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
});

function conditionMatches(condition: elb.RuleCondition, request: HttpRequest): boolean {
  const matchesAny = (patterns: readonly string[] | undefined, value: string): boolean =>
    (patterns ?? []).some((pattern) => matches(pattern, value));
  switch (condition.Field) {
    case "host-header":
      return matchesAny(
        condition.HostHeaderConfig?.Values?.map((value) => value.toLowerCase()),
        request.host.toLowerCase().replace(/:\d+$/, ""),
      );
    case "path-pattern":
      return matchesAny(condition.PathPatternConfig?.Values, request.path);
    case "http-header": {
      const { HttpHeaderName = "", Values = [] } = condition.HttpHeaderConfig ?? {};
      const value = ownProperty(request.headers, HttpHeaderName.toLowerCase());
      return (
        value !== undefined &&
        matchesAny(
          Values.map((text) => text.toLowerCase()),
          value.toLowerCase(),
        )
      );
    }
    case "http-request-method":
      return condition.HttpRequestMethodConfig?.Values?.includes(request.method) === true;
    case "query-string": {
      const pairs = [...new URLSearchParams(request.query)];
      return (condition.QueryStringConfig?.Values ?? []).some(({ Key, Value = "" }) =>
        pairs.some(
          ([key, value]) => (Key === undefined || matches(Key, key)) && matches(Value, value),
        ),
      );
    }
    case "source-ip": {
      const address = typeof request.from === "string" ? request.from : request.from.privateIp;
      return (condition.SourceIpConfig?.Values ?? []).some((text) => {
        const block = parseCidr(text);
        // Clients in the sandbox have IPv4 addresses, which no IPv6 block contains.
        return isCidr(block) && contains(block, { base: parseAddress(address), prefix: 32 });
      });
    }
    default:
      return false;
  }
}

/** The actions of the first rule whose conditions all match, otherwise the default actions of the listener. */
function actionsFor(
  context: Context,
  listener: Listener,
  request: HttpRequest,
): readonly elb.Action[] {
  const rule = rulesOf(context, listener.arn).find((listenerRule) =>
    listenerRule.conditions.every((condition) => conditionMatches(condition, request)),
  );
  return rule?.actions ?? listener.actions;
}

/** Source: Elastic Load Balancing, "Redirect actions". */
function redirect(
  listener: Listener,
  config: elb.RedirectActionConfig,
  request: HttpRequest,
): HttpAnswer {
  const fill = (template: string): string =>
    template
      .replaceAll("#{protocol}", listener.protocol.toLowerCase())
      .replaceAll("#{host}", request.host.replace(/:\d+$/, ""))
      .replaceAll("#{port}", String(listener.port))
      .replaceAll("#{path}", request.path.replace(/^\//, ""))
      .replaceAll("#{query}", request.query);
  const protocol = fill(config.Protocol ?? "#{protocol}").toLowerCase();
  const port = fill(config.Port ?? "#{port}");
  const query = fill(config.Query ?? "#{query}");
  const location = `${protocol}://${fill(config.Host ?? "#{host}")}:${port}${fill(config.Path ?? "/#{path}")}${query === "" ? "" : `?${query}`}`;
  const isMoved = config.StatusCode === "HTTP_301";
  const created = isMoved ? htmlPage(301, "Moved Permanently") : htmlPage(302, "Found");
  return created.kind === "answered"
    ? { ...created, headers: { ...created.headers, location } }
    : created;
}

const STATUS_TEXT: Readonly<Record<string, string>> = {
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
};
const errorPage = (status: 502 | 503 | 504): HttpAnswer =>
  htmlPage(status, STATUS_TEXT[status] ?? "");

function groupFor(
  context: Context,
  action: elb.Action,
  requestNumber: number,
): TargetGroup | undefined {
  const weightedArns = (action.ForwardConfig?.TargetGroups ?? []).flatMap(
    ({ TargetGroupArn, Weight = 1 }) => Array.from({ length: Weight }, () => TargetGroupArn ?? ""),
  );
  return context
    .in(targetGroups)
    .get(weightedArns[requestNumber % weightedArns.length] ?? action.TargetGroupArn ?? "");
}

/**
 * Source: Elastic Load Balancing, "Target groups for your Application Load Balancers": without a healthy target, all
 * targets get requests.
 */
function forward(
  context: Context,
  action: elb.Action,
  node: NetworkInterface,
  request: HttpRequest,
): HttpAnswer {
  const group = groupFor(context, action, request.requestNumber);
  const registered = group
    ? targetsIn(context, group)
        .filter((target) => target.draining === undefined)
        .map((target) => ({ target, state: healthOf(context, group, target).state }))
        .filter(({ state }) => state !== "unused")
    : [];
  const healthyTargets = registered.filter(({ state }) => state === "healthy");
  const candidates = healthyTargets.length > 0 ? healthyTargets : registered;
  const chosen = candidates[request.requestNumber % candidates.length]?.target;
  if (!group || !chosen) return errorPage(503);
  const networkInterface = networkInterfaceAt(context, group.vpcId, chosen.id);
  if (!networkInterface || !traceBetween(context, node, networkInterface, chosen.port).arrives)
    return errorPage(504);
  const response = appResponseAt(context, networkInterface, chosen.port, request.path);
  if (response.kind === "connection-refused") return errorPage(502);
  return {
    kind: "answered",
    status: response.status,
    headers: { "content-type": "application/json" },
    body: `${JSON.stringify({
      container: response.container,
      ...(response.task ? { task: response.task.arn, zone: response.task.zone } : {}),
      target: `${chosen.id}:${chosen.port}`,
      method: request.method,
      host: request.host,
      path: request.path,
      query: request.query,
    })}\n`,
    by: {
      target: chosen,
      container: response.container,
      ...(response.task ? { task: response.task.arn } : {}),
    },
  };
}

/** Sends a request to a listener and returns the result. */
export function sendRequest(
  context: Context,
  listener: Listener,
  request: HttpRequest,
): HttpAnswer {
  const balancer = context.in(loadBalancers).get(listener.loadBalancerArn);
  const nodes = balancer ? nodesOf(context, balancer.arn) : [];
  const node = nodes[request.requestNumber % nodes.length];
  if (!balancer || !node) throw new TypeError(`${listener.arn} has no load balancer with a zone`);
  const trace =
    typeof request.from === "string"
      ? traceFromInternet(context, request.from, node, listener.port)
      : traceBetween(context, request.from, node, listener.port);
  if (!trace.arrives) return { kind: "no-response", trace };
  for (const action of actionsFor(context, listener, request)) {
    switch (action.Type) {
      case "forward":
        return forward(context, action, node, request);
      case "redirect":
        return redirect(listener, action.RedirectConfig ?? { StatusCode: "HTTP_302" }, request);
      case "fixed-response":
        return {
          kind: "answered",
          status: Number(action.FixedResponseConfig?.StatusCode ?? "200"),
          headers: {
            "content-type": action.FixedResponseConfig?.ContentType ?? "text/plain",
            server: "awselb/2.0",
          },
          body: action.FixedResponseConfig?.MessageBody ?? "",
        };
      default:
        // Other action types are rejected when they are created.
        break;
    }
  }
  return errorPage(503);
}
