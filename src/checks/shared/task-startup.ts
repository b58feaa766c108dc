import type { FailureId } from "../../failures/catalogue/index.ts";
import {
  type NetworkInterface,
  type HostName,
  serviceHost,
} from "../../topology/network-interfaces.ts";
import type { Endpoint } from "../../topology/vpc-endpoints.ts";
import { policyAt } from "../../topology/iam-policies.ts";
import type { Subnet } from "../../topology/subnets.ts";
import type { Container, TaskDefinition, Workload } from "../../topology/task-definitions.ts";
import type { Resolution } from "../../topology/plan-network.ts";
import { dnsOf } from "../../topology/subnets.ts";
import { intervals } from "../../ip/intervals.ts";
import type { TraceResult, Hop, LostPackets, Origin } from "../../reachability/network.ts";
import { explain, type Reason } from "../../reachability/reasons.ts";
import { isUnknown } from "../../plan/plan-model.ts";
import { reach } from "../../reachability/trace.ts";
import { allowed, type Permission } from "./permission-check.ts";
import type { CheckContext } from "../engine/check.ts";
import { brokenOf, openOf } from "./load-balancer-traffic.ts";

/** What a task does before it runs, in the order that Fargate does it. */
export type StepName = "registry" | "secrets" | "parameters" | "logs" | "image" | "layers" | "exec";

/** What a step comes to in one subnet. */
export interface Step {
  readonly name: StepName;
  readonly subnet: Subnet;
  readonly answer: "pass" | "fail" | "unknown";
  readonly id?: FailureId;
  readonly says: string;
  readonly fact?: string;
  readonly way?: { readonly from: string; readonly to: string };
  readonly path: readonly Hop[];
  readonly severity?: "warning";
}

interface ConnectionRequirement {
  readonly name: StepName;
  /** Whom the task connects to. */
  readonly target: HostName;
  /** The DNS name, for people. */
  readonly host: string;
  /** Missing where nothing but the way counts. */
  readonly permissions: readonly Permission[];
  /** The region of the image's repository. */
  readonly region?: string;
}

const ENDPOINT: Readonly<Record<StepName, FailureId>> = {
  registry: "NET-09",
  image: "NET-10",
  layers: "NET-11",
  logs: "NET-13",
  secrets: "NET-14",
  parameters: "NET-15",
  exec: "NET-17",
};

const known = new WeakMap<CheckContext, Map<Workload, readonly Step[]>>();

/** Whether a placement's tasks take a step at all, wherever they stand. */
export const requiresStep = (subject: CheckContext, placement: Workload, step: StepName): boolean =>
  errandsOf(subject, placement).some((connection) => connection.name === step);

/** Every step of a placement in every subnet. */
export function stepsOf(subject: CheckContext, placement: Workload): readonly Step[] {
  const byPlacement = known.get(subject) ?? new Map<Workload, readonly Step[]>();
  known.set(subject, byPlacement);
  const before = byPlacement.get(placement);
  if (before) return before;
  const errands = errandsOf(subject, placement);
  const tried = subject.network
    .tasksOf(placement)
    .map((task) =>
      errands.map((errand) => ({ task, errand, fates: traceConnection(subject, task, errand) })),
    );
  const isFine = (tries: readonly { readonly fates: Tried }[]): boolean =>
    tries.every(({ fates }) => fates.every((fate) => fate.outcome === "delivered"));
  const steps = tried.flatMap((tries) =>
    tries.map(({ task, errand, fates }) =>
      stepOf(
        subject,
        task,
        errand,
        fates,
        tried.some((other) => other !== tries && isFine(other)),
      ),
    ),
  );
  byPlacement.set(placement, steps);
  return steps;
}

const isKnown = (definition: Workload["definition"]): definition is TaskDefinition =>
  definition !== undefined && !isUnknown(definition);

/** Everything that the containers ask for. */
function errandsOf(subject: CheckContext, placement: Workload): ConnectionRequirement[] {
  const { definition, resource } = placement;
  if (!isKnown(definition)) return [];
  const region = subject.accountAndRegion.region ?? "<region>";
  const errands = definition.containers.flatMap((container) =>
    ofContainer(subject, definition, container, region),
  );
  const exec = resource?.value("enable_execute_command") === true;
  const connections = exec
    ? [
        ...errands,
        {
          name: "exec" as const,
          target: serviceHost("ssmmessages"),
          host: `ssmmessages.${region}.amazonaws.com`,
          permissions: [],
        },
      ]
    : errands;
  const unique = new Map(
    connections.map((connection) => [
      `${connection.name}|${connection.host}|${JSON.stringify(connection.permissions.map((p) => [p.action, p.resource]))}`,
      connection,
    ]),
  );
  return [...unique.values()];
}

function ofContainer(
  subject: CheckContext,
  definition: TaskDefinition,
  container: Container,
  region: string,
): ConnectionRequirement[] {
  const { image, log, secrets } = container;
  const permit = (action: string, resource: string): Permission => ({
    definition,
    action,
    resource,
  });
  const errands: ConnectionRequirement[] = [];
  if (image.kind === "ecr") {
    const account = image.account ?? subject.accountAndRegion.account ?? "<account>";
    const where = image.region ?? region;
    const name = image.repository?.value("name");
    const repository = `arn:aws:ecr:${where}:${account}:repository/${typeof name === "string" ? name : (image.text?.split("/").slice(1).join("/").split(/[:@]/)[0] ?? "<repository>")}`;
    errands.push(
      {
        name: "registry",
        target: serviceHost("ecr.api"),
        host: `api.ecr.${where}.amazonaws.com`,
        region: where,
        permissions: [permit("ecr:GetAuthorizationToken", "*")],
      },
      {
        name: "image",
        target: serviceHost("ecr.dkr"),
        host: `${account}.dkr.ecr.${where}.amazonaws.com`,
        region: where,
        permissions: [
          permit("ecr:BatchGetImage", repository),
          permit("ecr:GetDownloadUrlForLayer", repository),
        ],
      },
      {
        name: "layers",
        target: serviceHost("s3"),
        host: `prod-${where}-starport-layer-bucket.s3.${where}.amazonaws.com`,
        region: where,
        permissions: [],
      },
    );
  }
  if (image.kind === "public")
    errands.push({
      name: "image",
      target: { kind: "registry", name: image.registry },
      host: image.registry ?? "the image's registry",
      permissions: [],
    });
  if (log?.driver === "awslogs")
    errands.push({
      name: "logs",
      target: serviceHost("logs"),
      host: `logs.${log.region ?? region}.amazonaws.com`,
      permissions: [],
    });
  for (const kind of ["secretsmanager", "ssm"] as const) {
    if (secrets.some((secret) => secret.kind === kind))
      errands.push({
        name: kind === "ssm" ? "parameters" : "secrets",
        target: serviceHost(kind),
        host: `${kind}.${region}.amazonaws.com`,
        permissions: [],
      });
  }
  return errands;
}

type Tried = readonly TraceResult[];

function resolve(
  { network, accountAndRegion }: CheckContext,
  task: NetworkInterface,
  { target, region }: ConnectionRequirement,
): Resolution {
  const isElsewhere =
    region !== undefined &&
    accountAndRegion.region !== undefined &&
    region !== accountAndRegion.region;
  return network.resolve(
    task.subnet,
    target.kind === "service" && isElsewhere ? { ...target, region } : target,
  );
}

function traceConnection(
  subject: CheckContext,
  task: NetworkInterface,
  errand: ConnectionRequirement,
): Tried {
  const { network } = subject;
  const vpc = task.subnet.vpc === undefined ? undefined : network.plan.resourceAt(task.subnet.vpc);
  const origin = vpc ? { address: vpc.address } : { address: task.subnet.key };
  const names = vpc?.mode === "managed" ? dnsOf(vpc).support : true;
  if (names === false) return [unresolved({ kind: "dns-disabled" }, origin)];
  if (isUnknown(names)) return [undecided({ origin, message: String(names) })];
  const { interfaces, address, unknown } = resolve(subject, task, errand);
  const destination =
    interfaces.length > 0
      ? intervals(...interfaces.map((actor) => [actor.address, actor.address] as const))
      : intervals([address, address]);
  if (interfaces.length === 0 && address < 0)
    return [undecided({ origin, message: String(unknown ?? "the endpoint has no subnets") })];
  const fates = reach(network, task.name, [
    { source: [[task.address, task.address]], destination, protocol: [[6, 6]], port: [[443, 443]] },
  ]);
  // Perhaps an endpoint has the name: what would be lost without it may not be.
  return unknown !== undefined && fates.some((fate) => fate.outcome !== "delivered")
    ? [undecided({ origin: { address: unknown.address }, message: String(unknown) })]
    : fates;
}

/** No packet is sent: it is not known to whom. */
const UNSENT = { packets: { source: [], destination: [], protocol: [], port: [] }, hops: [] };

const undecided = (lastHop: Hop): TraceResult => ({ ...UNSENT, outcome: "unknown", lastHop });

const unresolved = (reason: Reason, origin: Origin): TraceResult => ({
  ...UNSENT,
  outcome: "denied",
  reason,
  lastHop: { origin, message: explain(reason) },
});

function stepOf(
  subject: CheckContext,
  task: NetworkInterface,
  errand: ConnectionRequirement,
  fates: Tried,
  startsElsewhere: boolean,
): Step {
  const { name, host } = errand;
  const { subnet } = task;
  const trace = { from: `a task in ${subnet.key}`, to: `${host}:443` };
  const broken = brokenOf(fates);
  if (broken) {
    const { lastHop, hops } = broken;
    return {
      name,
      subnet,
      answer: "fail",
      id: idOf(subject, task, errand, broken, startsElsewhere),
      says: `${broken.isResponse === true ? "the answer is lost: " : ""}${lastHop.origin.address} ${lastHop.message}`,
      way: trace,
      path: [...hops, lastHop],
    };
  }
  const open = openOf(fates);
  const path = fates[0] ? [...fates[0].hops, fates[0].lastHop] : [];
  if (open)
    return {
      name,
      subnet,
      answer: "unknown",
      id: ENDPOINT[name],
      says: open.lastHop.message,
      fact: open.lastHop.message,
      way: trace,
      path,
    };
  const policy = ofEndpointPolicy(subject, task, errand);
  if (policy) return { name, subnet, way: trace, path, ...policy };
  return { name, subnet, answer: "pass", says: "reached", way: trace, path };
}

/** Actions that go through an endpoint, and on what. */
const THROUGH: Readonly<Record<StepName, readonly (readonly [string, string])[]>> = {
  registry: [["ecr:GetAuthorizationToken", "*"]],
  image: [
    ["ecr:BatchGetImage", "arn:aws:ecr:<region>:<account>:repository/x"],
    ["ecr:GetDownloadUrlForLayer", "arn:aws:ecr:<region>:<account>:repository/x"],
  ],
  layers: [["s3:GetObject", "arn:aws:s3:::prod-<region>-starport-layer-bucket/layer"]],
  logs: [
    ["logs:CreateLogStream", "arn:aws:logs:<region>:<account>:log-group:x"],
    ["logs:PutLogEvents", "arn:aws:logs:<region>:<account>:log-group:x"],
  ],
  secrets: [
    ["secretsmanager:GetSecretValue", "arn:aws:secretsmanager:<region>:<account>:secret:x"],
  ],
  parameters: [["ssm:GetParameters", "arn:aws:ssm:<region>:<account>:parameter/x"]],
  exec: [["ssmmessages:OpenDataChannel", "*"]],
};

function ofEndpointPolicy(
  subject: CheckContext,
  task: NetworkInterface,
  errand: ConnectionRequirement,
): Pick<Step, "answer" | "id" | "says" | "fact"> | undefined {
  const { network, plan, accountAndRegion } = subject;
  const { endpoint } = resolve(subject, task, errand);
  const table = network.routeTables.of(task.subnet);
  const gateway =
    errand.name === "layers" && !isUnknown(table)
      ? table.endpoints.find((otherEndpoint) =>
          String(otherEndpoint.value("service_name")).endsWith(".s3"),
        )
      : undefined;
  const resource = endpoint?.resource ?? gateway;
  if (!resource) return undefined;
  const [separate] = plan.referrersOf(
    resource,
    ["aws_vpc_endpoint_policy"],
    ["aws_vpc_endpoint"],
    "vpc_endpoint_id",
  );
  const isWritten =
    plan.shown.kind === "state" ||
    plan.isConfigured(resource, "policy") ||
    !isUnknown(resource.value("policy"));
  const bounds = separate
    ? policyAt(plan, accountAndRegion, separate, "policy")
    : isWritten
      ? policyAt(plan, accountAndRegion, resource, "policy")
      : undefined;
  if (!bounds) return undefined;
  const id = errand.name === "layers" ? "NET-28" : "NET-27";
  const fill = (text: string): string =>
    text
      .replace("<region>", errand.region ?? accountAndRegion.region ?? "us-east-1")
      .replace("<account>", accountAndRegion.account ?? "<account>");
  for (const [action, target] of THROUGH[errand.name]) {
    const verdict = allowed({
      action,
      resource: fill(target),
      account: accountAndRegion.account,
      policies: { identity: undefined, endpoint: bounds },
    });
    if (verdict.answer === "fail")
      return {
        answer: "fail",
        id,
        says: `the policy of ${resource.address} does not allow ${action}`,
      };
    if (verdict.answer === "unknown")
      return { answer: "unknown", id, says: verdict.says, fact: verdict.says };
  }
  return undefined;
}

/** Which failure it is that packets of a step are lost. */
function idOf(
  subject: CheckContext,
  task: NetworkInterface,
  errand: ConnectionRequirement,
  { reason, hops, isResponse }: LostPackets,
  startsElsewhere: boolean,
): FailureId {
  const { network, plan } = subject;
  // Answers are lost by network ACLs, which keep no state.
  if (isResponse === true) return "NET-26";
  const isThroughNat = hops.some(
    (hop) => plan.resourceAt(hop.origin.address)?.type === "aws_nat_gateway",
  );
  const own = network.endpoints.filter(
    (endpoint) => endpoint.vpc !== undefined && endpoint.vpc === task.subnet.vpc,
  );
  switch (reason.kind) {
    case "dns-disabled":
      return "NET-21";
    case "network-acl":
      return "NET-26";
    case "no-public-address":
      return isThroughNat ? "NET-06" : startsElsewhere ? "NET-05" : "NET-02";
    case "source-dest-check":
      return "NET-08";
    case "security-group":
      return ofSecurityGroup(reason, task, errand, own, startsElsewhere);
    case "blackhole":
      if (isThroughNat) return "NET-04";
      return reason.target === "nat-gateway" ? "NET-06" : "NET-01";
    case "detached-gateway":
    case "no-return-route":
    case "no-route":
    case "route-loop":
      return isThroughNat ? "NET-04" : ofNoRoute(task, errand, own, startsElsewhere);
  }
}

const endpointFor = (
  { target }: ConnectionRequirement,
  endpoints: readonly Endpoint[],
): Endpoint | undefined =>
  target.kind === "service"
    ? endpoints.find((endpoint) => endpoint.service === target.service)
    : undefined;

function ofSecurityGroup(
  { direction, groups }: Extract<Reason, { readonly kind: "security-group" }>,
  task: NetworkInterface,
  errand: ConnectionRequirement,
  own: readonly Endpoint[],
  startsElsewhere: boolean,
): FailureId {
  const endpoint = endpointFor(errand, own);
  if (direction === "ingress") return endpoint ? "NET-23" : "NET-08";
  const isTasks = task.groups.some((key) => groups.includes(key));
  if (!isTasks) return "NET-08";
  const lacksEndpoint =
    own.some((otherEndpoint) => !otherEndpoint.isGateway) &&
    !(endpoint && (endpoint.isGateway || endpoint.capturesName === true));
  if (lacksEndpoint) return ofNoRoute(task, errand, own, startsElsewhere);
  return errand.name === "layers" ? "NET-25" : "NET-24";
}

function ofNoRoute(
  task: NetworkInterface,
  errand: ConnectionRequirement,
  own: readonly Endpoint[],
  startsElsewhere: boolean,
): FailureId {
  if (task.isPublic === true) return "NET-03";
  if (startsElsewhere) return "NET-05";
  if (own.length === 0) return errand.target.kind === "registry" ? "NET-33" : "NET-01";
  const endpoint = endpointFor(errand, own);
  if (errand.name === "layers") return endpoint ? "NET-12" : "NET-11";
  if (errand.target.kind === "registry") return "NET-33";
  if (errand.name === "image" && endpoint?.capturesName === true) return "NET-34";
  if (endpoint && endpoint.capturesName !== true) return "NET-19";
  return ENDPOINT[errand.name];
}
