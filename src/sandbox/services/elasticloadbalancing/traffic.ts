import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { matches } from "../../../iam/match.ts";
import { contains, isCidr, parseAddress, parseCidr } from "../../../ip/cidr.ts";
import { traceBetween, traceFromInternet, type Trace } from "../../network/trace.ts";
import { own } from "../../core/own-property.ts";
import type { Context } from "../../core/operation.ts";
import type { NetworkInterface } from "../ec2/tables.ts";
import { replyAt } from "../ecs/startup/simulated-app.ts";
import { faceOf, healthOf, nodesOf } from "./health.ts";
import {
  type Listener,
  loadBalancers,
  type Target,
  type TargetGroup,
  targetGroups,
} from "./tables.ts";
import { rulesOf } from "./rules.ts";
import { targetsIn } from "./targets.ts";

/** One HTTP request to a load balancer. */
export interface HttpRequest {
  readonly method: string;
  readonly host: string;
  /** Without its query. */
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it comes from: an address on the internet, or an interface in the VPC. */
  readonly from: string | NetworkInterface;
  /** Counts requests: targets and weights take turns. */
  readonly turn: number;
}

/** What the client gets. */
export type HttpAnswer =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      /** The target that was chosen, where the answer is its own. */
      readonly by?: { readonly target: Target; readonly container: string; readonly task?: string };
    }
  /** Nothing comes back: the client waits until it gives up. */
  | { readonly kind: "lost"; readonly journey: Trace };

const page = (status: number, title: string): HttpAnswer => ({
  kind: "answered",
  status,
  headers: { "content-type": "text/html", server: "awselb/2.0" },
  body: `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
});

function fits(condition: elb.RuleCondition, request: HttpRequest): boolean {
  const isLike = (patterns: readonly string[] | undefined, value: string): boolean =>
    (patterns ?? []).some((pattern) => matches(pattern, value));
  switch (condition.Field) {
    case "host-header":
      return isLike(
        condition.HostHeaderConfig?.Values?.map((value) => value.toLowerCase()),
        request.host.toLowerCase().replace(/:\d+$/, ""),
      );
    case "path-pattern":
      return isLike(condition.PathPatternConfig?.Values, request.path);
    case "http-header": {
      const { HttpHeaderName = "", Values = [] } = condition.HttpHeaderConfig ?? {};
      const value = own(request.headers, HttpHeaderName.toLowerCase());
      return (
        value !== undefined &&
        isLike(
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
        // A client here has an IPv4 address, which no IPv6 block holds.
        return isCidr(block) && contains(block, { base: parseAddress(address), prefix: 32 });
      });
    }
    default:
      return false;
  }
}

/** The actions of the first rule whose conditions all hold, else the listener's own. */
function actionsFor(
  context: Context,
  listener: Listener,
  request: HttpRequest,
): readonly elb.Action[] {
  const rule = rulesOf(context, listener.arn).find((listenerRule) =>
    listenerRule.conditions.every((condition) => fits(condition, request)),
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
  const made = isMoved ? page(301, "Moved Permanently") : page(302, "Found");
  return made.kind === "answered" ? { ...made, headers: { ...made.headers, location } } : made;
}

const NAMES: Readonly<Record<string, string>> = {
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
};
const failed = (status: 502 | 503 | 504): HttpAnswer => page(status, NAMES[status] ?? "");

function groupFor(context: Context, action: elb.Action, turn: number): TargetGroup | undefined {
  const weighed = (action.ForwardConfig?.TargetGroups ?? []).flatMap(
    ({ TargetGroupArn, Weight = 1 }) => Array.from({ length: Weight }, () => TargetGroupArn ?? ""),
  );
  return context
    .in(targetGroups)
    .get(weighed[turn % weighed.length] ?? action.TargetGroupArn ?? "");
}

/** Source: Elastic Load Balancing, "Target groups for your Application Load Balancers": with no healthy target, all get requests. */
function forward(
  context: Context,
  action: elb.Action,
  node: NetworkInterface,
  request: HttpRequest,
): HttpAnswer {
  const group = groupFor(context, action, request.turn);
  const registered = group
    ? targetsIn(context, group)
        .filter((target) => target.draining === undefined)
        .map((target) => ({ target, state: healthOf(context, group, target).state }))
        .filter(({ state }) => state !== "unused")
    : [];
  const well = registered.filter(({ state }) => state === "healthy");
  const pool = well.length > 0 ? well : registered;
  const chosen = pool[request.turn % pool.length]?.target;
  if (!group || !chosen) return failed(503);
  const networkInterface = faceOf(context, group.vpcId, chosen.id);
  if (!networkInterface || !traceBetween(context, node, networkInterface, chosen.port).arrives)
    return failed(504);
  const reply = replyAt(context, networkInterface, chosen.port, request.path);
  if (reply.kind === "refuses") return failed(502);
  return {
    kind: "answered",
    status: reply.status,
    headers: { "content-type": "application/json" },
    body: `${JSON.stringify({
      container: reply.container,
      ...(reply.task ? { task: reply.task.arn, zone: reply.task.zone } : {}),
      target: `${chosen.id}:${chosen.port}`,
      method: request.method,
      host: request.host,
      path: request.path,
      query: request.query,
    })}\n`,
    by: {
      target: chosen,
      container: reply.container,
      ...(reply.task ? { task: reply.task.arn } : {}),
    },
  };
}

/** Sends a request to a listener, and says what comes back. */
export function send(context: Context, listener: Listener, request: HttpRequest): HttpAnswer {
  const balancer = context.in(loadBalancers).get(listener.loadBalancerArn);
  const nodes = balancer ? nodesOf(context, balancer.arn) : [];
  const node = nodes[request.turn % nodes.length];
  if (!balancer || !node) throw new TypeError(`${listener.arn} has no load balancer with a zone`);
  const trace =
    typeof request.from === "string"
      ? traceFromInternet(context, request.from, node, listener.port)
      : traceBetween(context, request.from, node, listener.port);
  if (!trace.arrives) return { kind: "lost", journey: trace };
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
        // Others are refused when they come in.
        break;
    }
  }
  return failed(503);
}
