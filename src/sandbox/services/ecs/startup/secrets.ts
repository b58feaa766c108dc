import { parseArn } from "../../../../aws/index.ts";
import { traceToHost } from "../../ec2/network/dns.ts";
import { AwsError } from "../../../protocol/errors.ts";
import type { Role } from "../../iam/tables.ts";
import { findKey } from "../../kms/keys.ts";
import { secrets } from "../../secretsmanager/tables.ts";
import { readSecret } from "../../secretsmanager/versions.ts";
import { findParameter } from "../../ssm/parameters.ts";
import { type Attempt, hostOf } from "./attempt.ts";
import { explainDenial, SERVICE_SIDE_TRACE } from "./role.ts";
import {
  SECRETS_ERROR,
  type FailureCause,
  connectionFailure,
  startFailure,
} from "./start-failure.ts";

/** Reads a secret by ARN (secret[:json-key:version-stage:version-id]) or an SSM parameter. */
export function pullSecret(attempt: Attempt, role: Role, valueFrom: string): void {
  const { context } = attempt;
  const arn = parseArn(valueFrom);
  if (arn?.service === "secretsmanager") pullFromSecretsManager(attempt, role, valueFrom);
  else pullParameter(attempt, role, valueFrom, arn?.region ?? context.region);
}

/** Parts of the ARN of a secret, and those of its JSON key, version stage and version ID. */
const ARN_PARTS = 7;
const SELECTOR_PARTS = 3;

/**
 * The ARN is followed by all three selectors or by none.
 *
 * Source: Amazon ECS Developer Guide, "Pass Secrets Manager secrets through Amazon ECS environment variables"; the agent's
 * source (aws/amazon-ecs-agent, asmsecret.go).
 */
function pullFromSecretsManager(attempt: Attempt, role: Role, valueFrom: string): void {
  const { context } = attempt;
  const parts = valueFrom.split(":");
  const arn = parts.slice(0, ARN_PARTS).join(":");
  const [, , , region = "", account = ""] = parts;
  const [jsonKey, stage, versionId] = [parts[7], parts[8], parts[9]];
  const host = hostOf(context, "secretsmanager", region);
  const trace = traceToHost(context, attempt.networkInterface, host);
  if (parts.length !== ARN_PARTS && parts.length !== ARN_PARTS + SELECTOR_PARTS)
    throw startFailure(
      "secrets",
      { kind: "secret-arn-format" },
      `${SECRETS_ERROR} execution resource retrieval failed: unable to retrieve secret from asm: an invalid ARN format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try again.`,
    );
  const errorPrefix = `${SECRETS_ERROR} execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s):`;
  if (!trace.arrives) {
    throw connectionFailure(
      "secrets",
      `${SECRETS_ERROR} unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration. failed to fetch secret ${arn} from secrets manager: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded`,
      trace,
      host,
    );
  }
  const secretContext = context.at({ account, region });
  const secret = secretContext
    .in(secrets)
    .find(
      (otherSecret) =>
        otherSecret.arn === arn || otherSecret.arn.replace(/-[A-Za-z0-9]{6}$/, "") === arn,
    );
  const denial = explainDenial(
    attempt,
    role,
    "secretsmanager:GetSecretValue",
    secret?.arn ?? arn,
    trace,
    {
      "secretsmanager:VersionStage": stage || "AWSCURRENT",
    },
  );
  if (denial !== undefined) {
    throw startFailure(
      "secrets",
      { kind: "access-denied", action: "secretsmanager:GetSecretValue", by: denial.by },
      `${errorPrefix} failed to fetch secret ${arn} from secrets manager: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: ${context.uuid()}, api error AccessDeniedException: ${denial.message}`,
    );
  }
  if (!secret || secret.deletion) {
    throw startFailure(
      "secrets",
      { kind: "secret-not-found" },
      `ResourceNotFoundException: The task can't retrieve the secret with ARN '${arn}' from AWS Secrets Manager. Check whether the secret exists in the specified Region. Fetching secret data from AWS Secrets Manager in region ${region}: secret ${arn}: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    );
  }
  if (secret.keyId !== undefined)
    decrypt(attempt, role, secret.keyId, "secretsmanager", errorPrefix);
  let text: string;
  try {
    text = readSecret(secretContext, secret, stage || undefined, versionId || undefined);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const cause: FailureCause =
      error.code === "ResourceNotFoundException"
        ? { kind: "secret-version-not-found", by: versionId ? "version-id" : "stage" }
        : { kind: "secret-not-readable" };
    throw startFailure("secrets", cause, `${errorPrefix} ${error.code}: ${error.message}`);
  }
  if (jsonKey === undefined || jsonKey === "") return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw startFailure(
      "secrets",
      { kind: "secret-json-key" },
      `${errorPrefix} invalid character '${text[0] ?? " "}' looking for beginning of value`,
    );
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, jsonKey)) {
    throw startFailure(
      "secrets",
      { kind: "secret-json-key" },
      `${errorPrefix} retrieved secret from Secrets Manager did not contain json key ${jsonKey}`,
    );
  }
}

/**
 * Checks the permission of the role to decrypt the secret. Source: Amazon ECS Developer Guide, "Amazon ECS task
 * execution IAM role".
 */
function decrypt(
  attempt: Attempt,
  role: Role,
  keyName: string,
  service: "secretsmanager" | "ssm",
  errorPrefix: string,
): void {
  const key = findKey(attempt.context, keyName);
  if (key?.managedBy !== undefined) return;
  const isAllowed =
    key?.state === "Enabled" &&
    explainDenial(attempt, role, "kms:Decrypt", key.arn, SERVICE_SIDE_TRACE, {
      "kms:ViaService": hostOf(attempt.context, service),
      "kms:CallerAccount": attempt.context.account,
    }) === undefined;
  if (!isAllowed) {
    throw startFailure(
      "secrets",
      { kind: "kms-denied" },
      `${errorPrefix} https response error StatusCode: 400, api error AccessDeniedException: Access to KMS is not allowed`,
    );
  }
}

function pullParameter(attempt: Attempt, role: Role, valueFrom: string, region: string): void {
  const { context } = attempt;
  const host = hostOf(context, "ssm", region);
  const trace = traceToHost(context, attempt.networkInterface, host);
  const name = valueFrom.replace(/^arn:[^:]+:ssm:[^:]*:[^:]*:parameter/, "");
  const errorPrefix = `${SECRETS_ERROR} execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s):`;
  if (!trace.arrives) {
    throw connectionFailure(
      "secrets",
      `${SECRETS_ERROR} execution resource retrieval failed: unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager Parameter Store: service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: context deadline exceeded`,
      trace,
      host,
    );
  }
  const secretContext = context.at({ region });
  const row = findParameter(secretContext, name);
  const arn = row?.arn ?? secretContext.arn("ssm", `parameter/${name.replace(/^\//, "")}`);
  const denial = explainDenial(attempt, role, "ssm:GetParameters", arn, trace);
  if (denial !== undefined) {
    throw startFailure(
      "secrets",
      { kind: "access-denied", action: "ssm:GetParameters", by: denial.by },
      `${errorPrefix} operation error SSM: GetParameters, https response error StatusCode: 400, RequestID: ${context.uuid()}, api error AccessDeniedException: ${denial.message}`,
    );
  }
  if (!row)
    throw startFailure(
      "secrets",
      { kind: "secret-not-found" },
      `${errorPrefix} invalid parameters: ${name}`,
    );
  if (row.keyId !== undefined && row.keyId !== "alias/aws/ssm")
    decrypt(attempt, role, row.keyId, "ssm", errorPrefix);
}
