import { traceToHost } from "../../ec2/network/dns.ts";
import type { Role } from "../../iam/tables.ts";
import { type Attempt, hostOf, connectionErrorMessage } from "./attempt.ts";
import { explainDenial } from "./role.ts";
import { SECRETS_ERROR, connectionFailure, startFailure } from "./start-failure.ts";

/** Source: Amazon ECS Developer Guide, "Troubleshooting Amazon ECS ResourceInitializationError errors". */
export function authorizeRegistry(attempt: Attempt, role: Role): void {
  const { context } = attempt;
  const host = hostOf(context, "api.ecr");
  const trace = traceToHost(context, attempt.networkInterface, host);
  if (!trace.arrives) {
    throw connectionFailure(
      "registry",
      `${SECRETS_ERROR} The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. operation error ECR: GetAuthorizationToken, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post "https://${host}/": ${connectionErrorMessage(attempt, host, trace)}`,
      trace,
      host,
    );
  }
  const denial = explainDenial(attempt, role, "ecr:GetAuthorizationToken", "*", trace);
  if (denial !== undefined) {
    throw startFailure(
      "registry",
      { kind: "access-denied", action: "ecr:GetAuthorizationToken", by: denial.by },
      `${SECRETS_ERROR} execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): operation error ECR: GetAuthorizationToken, https response error StatusCode: 400, RequestID: ${context.uuid()}, api error AccessDeniedException: ${denial.message}`,
    );
  }
}
