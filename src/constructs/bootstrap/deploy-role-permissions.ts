import { partitionOf } from "../../aws/index.ts";
import type { FoundationScope } from "./foundation-scope.ts";
import type { PolicyDocument } from "./oidc-trust.ts";
import { policyDocument, serviceOf, type Statement, statementsFor } from "./policy-statements.ts";
import { serviceCalls } from "./recorded-service-calls.generated.ts";
import {
  publishedOutputsKeyStatement,
  roleStatements,
  stateStatements,
} from "./shared-statements.ts";

/** Services whose permissions do not follow from the recorded calls: they have conditions on roles and on keys. */
const SERVICES_WITH_OWN_STATEMENTS = new Set(["iam", "kms"]);

/** Allows passing the roles of tasks to ECS, and those of schedules to EventBridge Scheduler. */
function passRoleStatement({ name, region, account }: FoundationScope): Statement {
  return {
    Sid: "RolesPassed",
    Effect: "Allow",
    Action: ["iam:PassRole"],
    Resource: `arn:${partitionOf(region)}:iam::${account}:role/${name}/*`,
    Condition: {
      StringEquals: {
        "iam:PassedToService": ["ecs-tasks.amazonaws.com", "scheduler.amazonaws.com"],
      },
    },
  };
}

/**
 * The policies of the deploy role: deploy, roll back and scale the services and jobs of a foundation, and nothing else of it. IAM
 * limits each to 6,144 characters: a policy has the statements of the calls that fit, in the order of the services.
 */
export function deployPolicies(
  foundation: FoundationScope,
): Readonly<Record<string, PolicyDocument>> {
  const calls = serviceCalls.filter(
    ({ action }) => !SERVICES_WITH_OWN_STATEMENTS.has(serviceOf(action)),
  );
  const statements = statementsFor(calls, foundation);
  return {
    ...Object.fromEntries(
      documentsOf(statements).map((document, index) => [`services-${index + 1}`, document]),
    ),
    state: policyDocument([
      ...stateStatements(foundation, "write", foundation.state.serviceKeys),
      publishedOutputsKeyStatement(foundation),
      ...roleStatements(foundation, [
        "ecs.amazonaws.com",
        "ecs.application-autoscaling.amazonaws.com",
        "elasticloadbalancing.amazonaws.com",
      ]),
      passRoleStatement(foundation),
    ]),
  };
}

/** Source: IAM User Guide, "IAM and AWS STS quotas": characters of a managed policy without white space. */
const MAXIMUM_POLICY_LENGTH = 6144;

/** As few documents as possible in the order of the statements, none longer than a managed policy can be. */
function documentsOf(statements: readonly Statement[]): PolicyDocument[] {
  const documents: Statement[][] = [];
  for (const statement of statements) {
    const last = documents.at(-1);
    const extended = [...(last ?? []), statement];
    if (last && JSON.stringify(policyDocument(extended)).length <= MAXIMUM_POLICY_LENGTH)
      last.push(statement);
    else documents.push([statement]);
  }
  return documents.map(policyDocument);
}
