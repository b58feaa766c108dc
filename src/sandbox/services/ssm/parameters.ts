import type * as ssm from "@aws-sdk/client-ssm";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { decryptText } from "../kms/keys.ts";
import { findSecret } from "../secretsmanager/secrets.ts";
import type { Secret } from "../secretsmanager/tables.ts";
import { readSecret } from "../secretsmanager/versions.ts";
import { publicParameter } from "./public-parameters.ts";
import { type Parameter, parameters, type ParameterVersion } from "./tables.ts";

/** A name in a request, in its parts. */
interface NameInRequest {
  /** The name without ARN prefix and selector. */
  readonly name: string;
  /** A version number or a label. */
  readonly selector?: string;
}

const ARN_PREFIX = /^arn:[^:]+:ssm:([^:]*):([^:]*):parameter/;

/** Whether an ARN is in another region, or belongs to another account. AWS's parameters belong to no account. */
function isElsewhere({ account, region }: Context, nameOrArn: string): boolean {
  const [, arnRegion = region, owner = ""] = ARN_PREFIX.exec(nameOrArn) ?? [];
  return arnRegion !== region || (owner !== "" && owner !== account);
}

function parseName(nameOrArn: string): NameInRequest {
  const text = nameOrArn.replace(ARN_PREFIX, "");
  const [name = "", selector] = text.split(":", 2);
  return { name, ...(selector === undefined ? {} : { selector }) };
}

/** The name of a parameter, without ARN prefix, version and label. */
export const parameterName = (nameOrArn: string): string => parseName(nameOrArn).name;

/** The other name of a parameter outside of a hierarchy: "x" and "/x" have the same ARN. */
const alternativeName = (name: string): string | undefined => {
  if (name.lastIndexOf("/") > 0) return undefined;
  return name.startsWith("/") ? name.slice(1) : `/${name}`;
};

/** Finds a parameter by its name or ARN, which may have a version or label: a parameter of the account, or AWS's public one. */
export function findParameter(context: Context, nameOrArn: string): Parameter | undefined {
  if (isElsewhere(context, nameOrArn)) return undefined;
  const name = parameterName(nameOrArn);
  const table = context.in(parameters);
  const row = table.get(name) ?? table.get(alternativeName(name) ?? name);
  return row ?? publicParameter(context, name);
}

export const parameterNotFound = (name: string): AwsError =>
  new AwsError("ParameterNotFound", `Parameter ${name} not found.`);

/** A parameter of the account. Source: AWS Systems Manager API Reference, ParameterNotFound. */
export function requireOwnParameter(context: Context, name: string): Parameter {
  const row = findParameter(context, name);
  if (row === undefined || !context.in(parameters).has(row.name)) throw parameterNotFound(name);
  return row;
}

/** All versions of a parameter, the oldest first. */
export const versionsOf = (row: Parameter): readonly ParameterVersion[] => [...row.earlier, row];

export const versionNotFound = (name: string, selector: string): AwsError =>
  new AwsError(
    "ParameterVersionNotFound",
    `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
  );

const SUB_PATHS =
  "If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_";

const isFullyQualified = (name: string): boolean => !name.includes("/") || name.startsWith("/");

/** Rejects a name that no parameter can have. */
export function checkRequestedName(nameOrArn: string): void {
  const { name } = parseName(nameOrArn);
  if (!isFullyQualified(name) || !/^[\w./-]+$/.test(name) || name.includes("//")) {
    throw new AwsError(
      "ValidationException",
      `Parameter name: can't be prefixed with "ssm" (case-insensitive). ${SUB_PATHS}`,
    );
  }
}

/** The maximum number of levels in a hierarchy. Source: AWS Systems Manager User Guide, "Creating Parameter Store parameters". */
const HIERARCHY_LEVELS = 15;

/** Validates the name of a new parameter. Source: AWS Systems Manager API Reference, PutParameter. */
export function checkNewName(name: string): void {
  const isPath = name.lastIndexOf("/") > 0;
  const reserved = /^\/?(aws|ssm)/i.exec(name)?.[1]?.toLowerCase();
  if (reserved === "aws" && isPath) {
    throw new AwsError("AccessDeniedException", `No access to reserved parameter name: ${name}.`);
  }
  const prefixes = isPath ? `"ssm"` : `"aws" or "ssm"`;
  const suffix = isPath ? ` ${SUB_PATHS}` : "";
  if (reserved !== undefined) {
    throw new AwsError(
      "ValidationException",
      `Parameter name: can't be prefixed with ${prefixes} (case-insensitive).${suffix}`,
    );
  }
  if (!isFullyQualified(name))
    throw new AwsError("ValidationException", "Parameter name must be a fully qualified name.");
  checkRequestedName(name);
  if (name.split("/").length - 1 > HIERARCHY_LEVELS) {
    throw new AwsError(
      "HierarchyLevelLimitExceededException",
      `A hierarchy can have a maximum of ${HIERARCHY_LEVELS} levels`,
    );
  }
}

/** The path of names that refer to secrets. Source: AWS Systems Manager User Guide, "Referencing AWS Secrets Manager secrets from Parameter Store parameters". */
const SECRET_REFERENCE = "/aws/reference/secretsmanager/";

/** The secret that a parameter name refers to. */
export const referencedSecret = (context: Context, name: string): Secret | undefined =>
  name.startsWith(SECRET_REFERENCE)
    ? findSecret(context, name.slice(SECRET_REFERENCE.length))
    : undefined;

function readReference(
  context: Context,
  name: string,
  decrypt: boolean | undefined,
): ssm.Parameter {
  if (decrypt !== true) {
    throw new AwsError(
      "ValidationException",
      "WithDecryption flag must be True for retrieving a Secret Manager secret.",
    );
  }
  const secret = referencedSecret(context, name);
  if (secret === undefined || secret.deletion !== undefined) {
    throw new AwsError(
      "ParameterNotFound",
      `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${name} not found.`,
    );
  }
  return {
    Name: name,
    ARN: context.arn("ssm", `parameter${name}`),
    Type: "SecureString",
    Value: readSecret(context, secret),
    Version: 0,
    DataType: "text",
    LastModifiedDate: secret.changed,
    SourceResult: JSON.stringify({
      name: secret.name,
      ARN: secret.arn,
      createdDate: secret.created.toISOString(),
    }),
  };
}

/**
 * A parameter as GetParameter returns it. Its name is the requested one, so that "/x" is returned for the parameter "x".
 *
 * @throws AwsError ParameterNotFound or ParameterVersionNotFound
 */
export function readParameter(
  context: Context,
  nameOrArn: string,
  decrypt: boolean | undefined,
): ssm.Parameter {
  if (nameOrArn.startsWith(SECRET_REFERENCE)) return readReference(context, nameOrArn, decrypt);
  checkRequestedName(nameOrArn);
  const row = findParameter(context, nameOrArn);
  if (row === undefined) throw parameterNotFound(nameOrArn);
  const { name, selector } = parseName(nameOrArn);
  const version =
    selector === undefined
      ? row
      : versionsOf(row).find(
          (other) => String(other.version) === selector || other.labels.includes(selector),
        );
  if (version === undefined) throw versionNotFound(name, selector ?? "");
  return {
    ...describeVersion(context, row, version, decrypt),
    Name: ARN_PREFIX.test(nameOrArn) ? row.name : name,
    ...(selector === undefined ? {} : { Selector: `:${selector}` }),
  };
}

/** A version with its value. A SecureString stays encrypted unless `decrypt` is true. */
export const describeVersion = (
  context: Context,
  row: Parameter,
  version: ParameterVersion,
  decrypt: boolean | undefined,
): ssm.Parameter => ({
  Name: row.name,
  ARN: row.arn,
  Type: version.type,
  Value:
    version.type === "SecureString" && decrypt === true
      ? decryptText(context, version.stored)
      : version.stored,
  Version: version.version,
  DataType: version.dataType,
  LastModifiedDate: version.modified,
});
