import { toHost } from "../../../network/dns.ts";
import type { Role } from "../../iam/tables.ts";
import { type Attempt, hostOf, lostWords } from "./attempt.ts";
import { explainDenial } from "./role.ts";
import { AUTH, lost, refused } from "./start-failure.ts";

/** Source: Amazon ECS Developer Guide, "Troubleshooting Amazon ECS ResourceInitializationError errors". */
export function registryAuth(attempt: Attempt, role: Role): void {
  const { context } = attempt;
  const host = hostOf(context, "api.ecr");
  const trace = toHost(context, attempt.face, host);
  if (!trace.arrives) {
    throw lost(
      "registry",
      `${AUTH} The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. operation error ECR: GetAuthorizationToken, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post "https://${host}/": ${lostWords(attempt, host, trace)}`,
      trace,
      host,
    );
  }
  const no = explainDenial(attempt, role, "ecr:GetAuthorizationToken", "*", trace);
  if (no !== undefined) {
    throw refused(
      "registry",
      { kind: "access-denied", action: "ecr:GetAuthorizationToken", by: no.by },
      `${AUTH} execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): operation error ECR: GetAuthorizationToken, https response error StatusCode: 400, RequestID: ${context.uuid()}, api error AccessDeniedException: ${no.words}`,
    );
  }
}
