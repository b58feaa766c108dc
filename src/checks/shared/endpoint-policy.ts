import type { FailureId } from "../../failures/index.ts";
import { type Resource, isUnknown } from "../../plan/index.ts";
import {
  arnText,
  policyAt,
  type NetworkInterface,
  type PolicyBounds,
  type Resolution,
} from "../../topology/index.ts";
import type { CheckContext } from "../engine/check.ts";
import {
  type ConnectionRequirement,
  type StepName,
  UNKNOWN_NAME,
} from "./connection-requirements.ts";
import { oncePerSubject, type PerSubject } from "./once-per-subject.ts";
import { evaluatePermission } from "./permission-check.ts";

/** The actions of each step. */
const ACTIONS: Readonly<Record<StepName, readonly string[]>> = {
  registry: ["ecr:GetAuthorizationToken"],
  image: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
  layers: ["s3:GetObject"],
  logs: ["logs:CreateLogStream", "logs:PutLogEvents"],
  secrets: ["secretsmanager:GetSecretValue"],
  parameters: ["ssm:GetParameters"],
  exec: ["ssmmessages:OpenDataChannel"],
};

/** The outcome of an endpoint policy that denies a step, or that may deny it. */
export interface EndpointPolicyOutcome {
  readonly answer: "fail" | "unknown";
  readonly id: FailureId;
  readonly message: string;
  readonly missingFact?: string;
}

/** Evaluates the policy of the VPC endpoint that a step uses. It is undefined if the policy allows the step. */
export function endpointPolicyOutcome(
  context: CheckContext,
  task: NetworkInterface,
  requirement: ConnectionRequirement,
  { endpoint }: Resolution,
): EndpointPolicyOutcome | undefined {
  const { accountAndRegion } = context;
  const resource = endpoint?.resource ?? gatewayEndpointOf(context, task, requirement);
  const policy = resource && endpointPolicyOf(context, resource);
  if (!policy) return undefined;
  const id = requirement.name === "layers" ? "NET-28" : "NET-27";
  const { name, resources, principal } = requirement;
  const requests = ACTIONS[name].flatMap((action) =>
    resources.map((arn) => [action, arn] as const),
  );
  for (const [action, arn] of requests) {
    const permission = evaluatePermission({
      action,
      resource: arn,
      account: accountAndRegion.account,
      // The layers of an image are read with URLs that Amazon ECR has signed.
      ...(principal === undefined || name === "layers" ? {} : { principal }),
      policies: { identity: undefined, endpoint: policy },
    });
    if (permission.answer === "fail" && arn.includes(UNKNOWN_NAME))
      return {
        answer: "unknown",
        id,
        message: `whether the policy of ${resource.address} allows ${action} on a resource whose name is unknown`,
        missingFact: `whether the policy of ${resource.address} allows ${action} on a resource whose name is unknown`,
      };
    if (permission.answer === "fail")
      return {
        answer: "fail",
        id,
        message: `the policy of ${resource.address} does not allow ${action}${arn === "*" ? "" : ` on ${arnText(arn)}`}`,
      };
    if (permission.answer === "unknown")
      return {
        answer: "unknown",
        id,
        message: permission.reason,
        missingFact: permission.reason,
      };
  }
  return undefined;
}

/** The S3 gateway endpoint in the task's route table, for image layers. */
function gatewayEndpointOf(
  { network }: CheckContext,
  task: NetworkInterface,
  { name }: ConnectionRequirement,
): Resource | undefined {
  const table = network.routeTables.of(task.subnet);
  if (name !== "layers" || isUnknown(table)) return undefined;
  return table.endpoints.find((endpoint) => String(endpoint.value("service_name")).endsWith(".s3"));
}

const endpointPolicyOf: PerSubject<Resource, PolicyBounds | undefined> =
  oncePerSubject(findEndpointPolicy);

function findEndpointPolicy(
  { plan, accountAndRegion }: CheckContext,
  endpoint: Resource,
): PolicyBounds | undefined {
  const [separatePolicy] = plan.referrersOf(
    endpoint,
    ["aws_vpc_endpoint_policy"],
    ["aws_vpc_endpoint"],
    "vpc_endpoint_id",
  );
  if (separatePolicy) return policyAt(plan, accountAndRegion, separatePolicy, "policy");
  const hasPolicy =
    plan.planJson.kind === "state" ||
    plan.isConfigured(endpoint, "policy") ||
    !isUnknown(endpoint.value("policy"));
  return hasPolicy ? policyAt(plan, accountAndRegion, endpoint, "policy") : undefined;
}
