import { createHash } from "node:crypto";
import type * as rds from "@aws-sdk/client-rds";
import { parseArn } from "../../../aws/index.ts";
import type { Context } from "../../core/operation.ts";
import { ownProperty } from "../../core/own-property.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import type { PlacementProblem } from "../ec2/service-interfaces.ts";
import { groupProblem } from "../ec2/service-interfaces.ts";
import { roles } from "../iam/tables.ts";
import { ensureManagedKey, findKey } from "../kms/keys.ts";

export const invalidValue = (message: string): AwsError =>
  new AwsError("InvalidParameterValue", message);
export const invalidCombination = (message: string): AwsError =>
  new AwsError("InvalidParameterCombination", message);

/** The name of a resource, from its name or its ARN. RDS stores names in lower case. */
export const rdsName = (nameOrArn: string): string =>
  nameOrArn.replace(/^arn:([^:]*:){5}/, "").toLowerCase();

/**
 * Sources: of the rules, Amazon RDS API Reference, CreateDBInstance: DBInstanceIdentifier; of the text,
 * hashicorp/terraform#1251.
 */
export function checkIdentifier(parameter: string, value: string, maxLength = 63): void {
  if (
    /^[A-Za-z](?!.*--)[A-Za-z0-9-]*$/.test(value) &&
    !value.endsWith("-") &&
    value.length <= maxLength
  )
    return;
  throw invalidValue(
    `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
  );
}

/** What the sandbox knows of a database engine. */
interface Engine {
  readonly port: number;
  /** The version if a request has none. AWS changes it from time to time; the sandbox takes these. */
  readonly defaultVersion?: string;
  /** The parts of a version that are its major version. */
  readonly majorParts: number;
  readonly license: string;
  readonly isAurora?: true;
}

const oracle: Engine = { port: 1521, majorParts: 1, license: "license-included" };
const sqlServer: Engine = { port: 1433, majorParts: 2, license: "license-included" };

/** Source: Amazon RDS API Reference, CreateDBInstance: Engine, Port, LicenseModel. */
const ENGINES: Readonly<Record<string, Engine>> = {
  postgres: { port: 5432, defaultVersion: "17.6", majorParts: 1, license: "postgresql-license" },
  mysql: { port: 3306, defaultVersion: "8.4.6", majorParts: 2, license: "general-public-license" },
  mariadb: {
    port: 3306,
    defaultVersion: "11.8.3",
    majorParts: 2,
    license: "general-public-license",
  },
  "aurora-mysql": {
    port: 3306,
    defaultVersion: "8.0.mysql_aurora.3.10.1",
    majorParts: 2,
    license: "general-public-license",
    isAurora: true,
  },
  "aurora-postgresql": {
    port: 5432,
    defaultVersion: "17.6",
    majorParts: 1,
    license: "postgresql-license",
    isAurora: true,
  },
  "oracle-ee": oracle,
  "oracle-ee-cdb": oracle,
  "oracle-se2": oracle,
  "oracle-se2-cdb": oracle,
  "sqlserver-ee": sqlServer,
  "sqlserver-se": sqlServer,
  "sqlserver-ex": sqlServer,
  "sqlserver-web": sqlServer,
};

/** @throws AwsError InvalidParameterValue. Source of the text: hashicorp/terraform#18009 */
export function requireEngine(name: string): Engine {
  const engine = ownProperty(ENGINES, name);
  if (engine) return engine;
  throw invalidValue("Invalid DB engine");
}

export function versionOf(engine: string, requested = ""): string {
  // Terraform sends an empty version for an instance without engine_version.
  const version = requested === "" ? requireEngine(engine).defaultVersion : requested;
  if (version === undefined)
    throw notImplemented(`the default version of the engine ${engine} (member EngineVersion)`);
  return version;
}

export const majorVersionOf = (engine: string, version: string): string =>
  version.split(".").slice(0, requireEngine(engine).majorParts).join(".");

/** The family of parameter groups of an engine version. Source: Amazon RDS User Guide, "Overview of parameter groups". */
export function familyOf(engine: string, version: string): string {
  const major = majorVersionOf(engine, version);
  return /^(oracle|sqlserver)/.test(engine) ? `${engine}-${major}` : `${engine}${major}`;
}

/** The part of an endpoint that is the same for all databases of an account and region. */
const accountPart = ({ account, region }: Context): string =>
  `c${createHash("sha256").update(`${account}/${region}/rds`).digest("hex").slice(0, 11)}`;

/** The host name of a database. Source: Amazon RDS User Guide, "Finding the connection information for an RDS DB instance". */
export const hostName = (
  context: Context,
  id: string,
  cluster?: "cluster" | "cluster-ro",
): string =>
  `${id}.${cluster === undefined ? "" : `${cluster}-`}${accountPart(context)}.${context.region}.rds.amazonaws.com`;

/**
 * The ARN of the key that encrypts a database. Without a key in the request, it is the AWS managed key.
 *
 * @throws AwsError KMSKeyNotAccessibleFault. Source: Amazon RDS API Reference, CreateDBInstance
 */
export function encryptionKey(
  context: Context,
  id: string | undefined,
  isEncrypted: boolean | undefined,
): string | undefined {
  if (id === undefined)
    return isEncrypted === true ? ensureManagedKey(context, "rds").arn : undefined;
  if (isEncrypted !== true)
    throw invalidCombination("You must enable StorageEncrypted when KmsKeyId is specified.");
  const key = findKey(context, id);
  if (key?.state !== "Enabled")
    throw new AwsError(
      "KMSKeyNotAccessibleFault",
      `Specified KMS key [${id}] does not exist, is not enabled or you do not have permissions to access it.`,
    );
  return key.arn;
}

/** Checks the role of enhanced monitoring. Source: Amazon RDS User Guide, "Setting up and enabling Enhanced Monitoring". */
export function checkMonitoring(
  context: Context,
  interval: number | undefined,
  role: string | undefined,
): void {
  if (role !== undefined && (interval ?? 0) === 0)
    throw invalidCombination(
      "You must specify a MonitoringInterval value other than 0 when you specify a MonitoringRoleARN value.",
    );
  if (role === undefined && (interval ?? 0) !== 0)
    throw invalidCombination(
      "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.",
    );
  if (role === undefined || parseArn(role)?.account !== context.account) return;
  if (!context.in(roles).find(({ arn }) => arn === role))
    throw invalidValue(
      "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING",
    );
}

/** The error of RDS for security groups. Texts as users report them: hashicorp/terraform-provider-aws issues. */
function groupError(problem: PlacementProblem, vpcId: string): AwsError {
  if (problem.kind === "group-in-other-vpc")
    return invalidCombination(
      `The DB instance and EC2 security group are in different VPCs. The DB instance is in ${vpcId} and the EC2 security group is in ${problem.vpcId}`,
    );
  const id = problem.kind === "group-not-found" ? problem.id : "";
  return invalidValue(`Invalid security group , groupId= ${id}, groupName=.`);
}

export function checkGroups(context: Context, ids: readonly string[], vpcId: string): void {
  const problem = groupProblem(context, ids, vpcId);
  if (problem) throw groupError(problem, vpcId);
}

/** Security groups as the description of a database has them. */
export const groupMemberships = (ids: readonly string[]): rds.VpcSecurityGroupMembership[] =>
  ids.map((id) => ({ VpcSecurityGroupId: id, Status: "active" }));

/** The IDs of a database's security groups. */
export const groupIdsOf = ({
  VpcSecurityGroups = [],
}: Pick<rds.DBInstance | rds.DBCluster, "VpcSecurityGroups">): string[] =>
  VpcSecurityGroups.flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []);

export function requireMasterUser(name: string | undefined): void {
  if (name === undefined)
    throw invalidValue("The parameter MasterUsername must be provided and must not be blank.");
}

/** Source: Amazon RDS API Reference, CreateDBInstance: MasterUserPassword. */
export function checkPassword(password: string | undefined): void {
  if (password === undefined || password === "")
    throw invalidValue("The parameter MasterUserPassword must be provided and must not be blank.");
  if (password.length < 8)
    throw invalidValue(
      "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.",
    );
  if (!/^[\u0021-\u007e]+$/.test(password) || /[/@"]/.test(password))
    throw invalidValue(
      `The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`,
    );
}
