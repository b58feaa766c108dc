import { parseArn } from "../../../../aws/arn.ts";
import { toHost } from "../../../network/dns.ts";
import type { Trace } from "../../../network/trace.ts";
import { AwsError } from "../../../protocol/errors.ts";
import type { Role } from "../../iam/tables.ts";
import { findKey } from "../../kms/keys.ts";
import { readSecret, secrets } from "../../secretsmanager/index.ts";
import { parameters } from "../../ssm/index.ts";
import { type Attempt, hostOf } from "./attempt.ts";
import { explainDenial } from "./role.ts";
import { AUTH, type FailureCause, lost, refused } from "./start-failure.ts";

/** Secrets by ARN: secret[:json-key:version-stage:version-id], or a parameter. */
export function pullSecret(attempt: Attempt, role: Role, valueFrom: string): void {
  const { context } = attempt;
  const arn = parseArn(valueFrom);
  if (arn?.service === "secretsmanager") pullFromSecretsManager(attempt, role, valueFrom);
  else pullParameter(attempt, role, valueFrom, arn?.region ?? context.region);
}

function pullFromSecretsManager(attempt: Attempt, role: Role, valueFrom: string): void {
  const { context } = attempt;
  const parts = valueFrom.split(":");
  const arn = parts.slice(0, 7).join(":");
  const [, , , region = "", account = ""] = parts;
  const [jsonKey, stage, versionId] = [parts[7], parts[8], parts[9]];
  const host = hostOf(context, "secretsmanager", region);
  const trace = toHost(context, attempt.face, host);
  const failed = `${AUTH} execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s):`;
  if (!trace.arrives) {
    throw lost(
      "secrets",
      `${AUTH} unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration. failed to fetch secret ${arn} from secrets manager: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded`,
      trace,
      host,
    );
  }
  const home = context.at({ account, region });
  const secret = home
    .in(secrets)
    .find(
      (otherSecret) =>
        otherSecret.arn === arn || otherSecret.arn.replace(/-[A-Za-z0-9]{6}$/, "") === arn,
    );
  const no = explainDenial(
    attempt,
    role,
    "secretsmanager:GetSecretValue",
    secret?.arn ?? arn,
    trace,
    {
      "secretsmanager:VersionStage": stage || "AWSCURRENT",
    },
  );
  if (no !== undefined) {
    throw refused(
      "secrets",
      { kind: "access-denied", action: "secretsmanager:GetSecretValue", by: no.by },
      `${failed} failed to fetch secret ${arn} from secrets manager: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: ${context.uuid()}, api error AccessDeniedException: ${no.words}`,
    );
  }
  if (!secret || secret.deletion) {
    throw refused(
      "secrets",
      { kind: "secret-not-found" },
      `ResourceNotFoundException: The task can't retrieve the secret with ARN '${arn}' from AWS Secrets Manager. Check whether the secret exists in the specified Region. Fetching secret data from AWS Secrets Manager in region ${region}: secret ${arn}: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    );
  }
  if (secret.keyId !== undefined) decrypt(attempt, role, secret.keyId, "secretsmanager", failed);
  let text: string;
  try {
    text = readSecret(home, secret, stage || undefined, versionId || undefined);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const cause: FailureCause =
      error.code === "ResourceNotFoundException"
        ? { kind: "secret-version-not-found", by: versionId ? "version-id" : "stage" }
        : { kind: "secret-not-readable" };
    throw refused("secrets", cause, `${failed} ${error.code}: ${error.message}`);
  }
  if (jsonKey === undefined || jsonKey === "") return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused(
      "secrets",
      { kind: "secret-json-key" },
      `${failed} invalid character '${text[0] ?? " "}' looking for beginning of value`,
    );
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, jsonKey)) {
    throw refused(
      "secrets",
      { kind: "secret-json-key" },
      `${failed} retrieved secret from Secrets Manager did not contain json key ${jsonKey}`,
    );
  }
}

/** Secrets Manager and Parameter Store ask KMS themselves: no packet of the task's is needed. */
const BY_THE_SERVICE: Trace = { arrives: true, to: "", hops: [] };

/** The role needs the key as well as the secret. Source: Amazon ECS Developer Guide, "Amazon ECS task execution IAM role". */
function decrypt(
  attempt: Attempt,
  role: Role,
  keyName: string,
  service: "secretsmanager" | "ssm",
  failed: string,
): void {
  const key = findKey(attempt.context, keyName);
  if (key?.managedBy !== undefined) return;
  const isAllowed =
    key?.state === "Enabled" &&
    explainDenial(attempt, role, "kms:Decrypt", key.arn, BY_THE_SERVICE, {
      "kms:ViaService": hostOf(attempt.context, service),
      "kms:CallerAccount": attempt.context.account,
    }) === undefined;
  if (!isAllowed) {
    throw refused(
      "secrets",
      { kind: "kms-denied" },
      `${failed} https response error StatusCode: 400, api error AccessDeniedException: Access to KMS is not allowed`,
    );
  }
}

function pullParameter(attempt: Attempt, role: Role, valueFrom: string, region: string): void {
  const { context } = attempt;
  const host = hostOf(context, "ssm", region);
  const trace = toHost(context, attempt.face, host);
  const name = valueFrom.replace(/^arn:[^:]+:ssm:[^:]*:[^:]*:parameter/, "");
  const failed = `${AUTH} execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s):`;
  if (!trace.arrives) {
    throw lost(
      "secrets",
      `${AUTH} execution resource retrieval failed: unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager Parameter Store: service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: context deadline exceeded`,
      trace,
      host,
    );
  }
  const home = context.at({ region });
  const row = home.in(parameters).get(name) ?? home.in(parameters).get(name.replace(/^\//, ""));
  const arn = row?.arn ?? home.arn("ssm", `parameter/${name.replace(/^\//, "")}`);
  const no = explainDenial(attempt, role, "ssm:GetParameters", arn, trace);
  if (no !== undefined) {
    throw refused(
      "secrets",
      { kind: "access-denied", action: "ssm:GetParameters", by: no.by },
      `${failed} operation error SSM: GetParameters, https response error StatusCode: 400, RequestID: ${context.uuid()}, api error AccessDeniedException: ${no.words}`,
    );
  }
  if (!row)
    throw refused("secrets", { kind: "secret-not-found" }, `${failed} invalid parameters: ${name}`);
  if (row.keyId !== undefined && row.keyId !== "alias/aws/ssm")
    decrypt(attempt, role, row.keyId, "ssm", failed);
}
