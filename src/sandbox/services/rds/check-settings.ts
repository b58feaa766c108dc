import type * as rds from "@aws-sdk/client-rds";
import { ownProperty } from "../../core/own-property.ts";
import { AwsError } from "../../protocol/errors.ts";
import {
  dailyText,
  dailyWindow,
  overlap,
  weeklyText,
  weeklyWindow,
  windowAfter,
} from "../../resource-store/time-windows.ts";
import { invalidCombination, invalidValue } from "./shared.ts";

/** The settings of an instance or a cluster whose rules depend on nothing but the engine. */
interface Settings {
  readonly BackupRetentionPeriod?: number | undefined;
  readonly CACertificateIdentifier?: string | undefined;
  readonly DBInstanceClass?: string | undefined;
  readonly LicenseModel?: string | undefined;
  readonly MasterUsername?: string | undefined;
  readonly MonitoringInterval?: number | undefined;
  readonly NetworkType?: string | undefined;
  readonly PerformanceInsightsRetentionPeriod?: number | undefined;
  readonly Port?: number | undefined;
}

/** Certificate authorities. Source: Amazon RDS User Guide, "Using SSL/TLS to encrypt a connection to a DB instance or cluster". */
const CERTIFICATES = new Set([
  "rds-ca-2019",
  "rds-ca-rsa2048-g1",
  "rds-ca-rsa4096-g1",
  "rds-ca-ecc384-g1",
]);

const LICENSES = [
  "bring-your-own-license",
  "general-public-license",
  "license-included",
  "marketplace-license",
  "postgresql-license",
];

/** Log types by engine. Source: Amazon RDS API Reference, CreateDBInstance and CreateDBCluster: EnableCloudwatchLogsExports. */
const LOG_TYPES: Readonly<Record<string, readonly string[]>> = {
  postgres: ["postgresql", "upgrade", "iam-db-auth-error"],
  mysql: ["audit", "error", "general", "slowquery", "iam-db-auth-error"],
  mariadb: ["audit", "error", "general", "slowquery", "iam-db-auth-error"],
  "aurora-mysql": ["audit", "error", "general", "instance", "slowquery", "iam-db-auth-error"],
  "aurora-postgresql": ["instance", "postgresql", "iam-db-auth-error"],
  oracle: ["alert", "audit", "listener", "trace", "oemagent"],
  sqlserver: ["agent", "error"],
};

/**
 * Longest name of the master user by engine. The API reference has 16 for all engines, but AWS accepts longer names. The
 * limits of the other engines, such as Aurora, are not known. Source: floci-io/floci#3729, which compares with AWS.
 */
const LONGEST_USER: Readonly<Record<string, number>> = { postgres: 63, mysql: 32, mariadb: 16 };

/** oracle for oracle-ee, and so on; the other engines as they are. */
const baseOf = (engine: string): string => /^(oracle|sqlserver)/.exec(engine)?.[0] ?? engine;

const isPostgres = (engine: string): boolean => /^(aurora-)?postgres/.test(engine);

/**
 * Checks the name of the master user.
 *
 * Sources: Amazon RDS API Reference, CreateDBInstance: MasterUsername; which names are reserved,
 * aws-cloudformation/cfn-lint#4425; of the text for them, aws/aws-cdk#5076. No public source of the other texts is known.
 */
function checkMasterUser(engine: string, name: string): void {
  if (name === "rdsadmin" || (name === "admin" && isPostgres(engine)))
    throw invalidValue(
      `MasterUsername ${name} cannot be used as it is a reserved word used by the engine`,
    );
  if (!/^[A-Za-z]\w*$/.test(name))
    throw invalidValue(
      "MasterUsername must have letters, digits and underscores only, and begin with a letter.",
    );
  const longest = ownProperty(LONGEST_USER, engine);
  if (longest !== undefined && name.length > longest)
    throw invalidValue(`MasterUsername must have 1 to ${longest} characters.`);
}

/**
 * Checks the name of the first database.
 *
 * Sources: Amazon RDS API Reference, CreateDBInstance: DBName; of the text, terraform-aws-modules/terraform-aws-rds#425
 * (instance), hashicorp/terraform-provider-aws#38528 (cluster).
 */
export function checkDatabaseName(
  engine: string,
  parameter: "DBName" | "DatabaseName",
  name = "",
): void {
  // Terraform sends an empty name for an instance without a database.
  if (name === "" || baseOf(engine) !== engine || /^[A-Za-z]\w{0,63}$/.test(name)) return;
  throw invalidValue(
    `${parameter} must begin with a letter and contain only alphanumeric characters.`,
  );
}

function requireRange(
  name: string,
  value: number | undefined,
  [from, to]: readonly number[],
): void {
  if (value !== undefined && (value < (from ?? 0) || value > (to ?? Infinity)))
    throw invalidValue(`Invalid value for ${name}: ${value}. It must be from ${from} to ${to}.`);
}

function requireOneOf<V extends string | number>(
  name: string,
  value: V | undefined,
  values: readonly V[],
): void {
  if (value !== undefined && !values.includes(value))
    throw invalidValue(
      `Invalid value for ${name}: ${value}. It must be one of ${values.join(", ")}.`,
    );
}

/**
 * Months of 31 days, and two years. Source: Amazon RDS API Reference, CreateDBInstance: PerformanceInsightsRetentionPeriod.
 * Terraform sends 0 for a cluster without Performance Insights if database_insights_mode changes.
 */
const INSIGHTS_DAYS = [0, 7, ...Array.from({ length: 23 }, (_, months) => (months + 1) * 31), 731];

/**
 * Checks settings of an instance or a cluster.
 *
 * Sources: of the rules, Amazon RDS API Reference, CreateDBInstance and CreateDBCluster; of the text for a class,
 * ryanmurakami/trash-panda-buffet#5. No public source of the other texts is known.
 *
 * @throws AwsError InvalidParameterValue
 */
export function checkSettings(
  engine: string,
  settings: Settings,
  /** AWS always backs up a cluster. */
  isCluster: boolean,
): void {
  const { DBInstanceClass, MasterUsername, CACertificateIdentifier } = settings;
  if (DBInstanceClass !== undefined && !/^db(\.[a-z0-9-]+)+$/.test(DBInstanceClass))
    throw invalidValue(`Invalid DB Instance class: ${DBInstanceClass}`);
  if (MasterUsername !== undefined) checkMasterUser(engine, MasterUsername);
  const backups = isCluster ? [1, 35] : [0, 35];
  requireRange("BackupRetentionPeriod", settings.BackupRetentionPeriod, backups);
  requireRange("Port", settings.Port, [1150, 65_535]);
  requireOneOf("NetworkType", settings.NetworkType, ["IPV4", "DUAL"]);
  requireOneOf("LicenseModel", settings.LicenseModel, LICENSES);
  requireOneOf("MonitoringInterval", settings.MonitoringInterval, [0, 1, 5, 10, 15, 30, 60]);
  requireOneOf(
    "PerformanceInsightsRetentionPeriod",
    settings.PerformanceInsightsRetentionPeriod,
    INSIGHTS_DAYS,
  );
  if (CACertificateIdentifier !== undefined && !CERTIFICATES.has(CACertificateIdentifier))
    throw new AwsError(
      "CertificateNotFound",
      `The certificate authority ${CACertificateIdentifier} does not exist.`,
      404,
    );
}

/**
 * Checks the log types that a database sends to CloudWatch Logs.
 *
 * @throws AwsError InvalidParameterCombination. Source of the text: awsdocs/amazon-rds-user-guide#80
 */
export function checkLogTypes(
  engine: string,
  version: string,
  types: readonly string[] | undefined,
): void {
  const known = ownProperty(LOG_TYPES, baseOf(engine)) ?? [];
  const unknown = (types ?? []).filter((type) => !known.includes(type));
  if (unknown.length > 0)
    throw invalidCombination(
      `You cannot use the log types ${unknown.map((type) => `'${type}'`).join(", ")} with engine version ${engine} ${version}. For supported log types, see the documentation.`,
    );
}

/** The windows for backups and for maintenance. */
export interface Windows {
  readonly PreferredBackupWindow?: string | undefined;
  readonly PreferredMaintenanceWindow?: string | undefined;
}

/** The windows of a request without windows, unless they overlap. AWS chooses them at random. */
const DEFAULT_BACKUP = "07:00-07:30";
const DEFAULT_MAINTENANCE = "sun:05:00-sun:05:30";

/** Minimum length of a window in minutes. Source: Amazon RDS API Reference, CreateDBInstance: PreferredBackupWindow. */
const SHORTEST = 30;

const doOverlap = (backup: string, maintenance: string): boolean => {
  const daily = dailyWindow(backup);
  const weekly = weeklyWindow(maintenance);
  return daily !== undefined && weekly !== undefined && overlap(daily, weekly);
};

/** The default backup window or, if it overlaps with the maintenance window, a window that begins after the maintenance. */
function backupBeside(maintenance: string): string {
  const weekly = weeklyWindow(maintenance);
  return weekly && doOverlap(DEFAULT_BACKUP, maintenance)
    ? dailyText(windowAfter(weekly, SHORTEST))
    : DEFAULT_BACKUP;
}

/** The default maintenance window or, if it overlaps with the backup window, a window that begins after the backup. */
function maintenanceBeside(backup: string): string {
  const daily = dailyWindow(backup);
  return daily && doOverlap(backup, DEFAULT_MAINTENANCE)
    ? weeklyText(windowAfter(daily, SHORTEST))
    : DEFAULT_MAINTENANCE;
}

/**
 * Checks the windows of a request, and returns both. A missing window is chosen so that the windows do not overlap.
 *
 * Sources: of the rules, Amazon RDS API Reference, CreateDBInstance: PreferredBackupWindow, PreferredMaintenanceWindow; of
 * the text for windows that overlap, ministryofjustice/cloud-platform-environments#5243. No public source of the other
 * texts is known.
 *
 * @throws AwsError InvalidParameterValue
 */
export function checkedWindows({
  PreferredBackupWindow: backup,
  PreferredMaintenanceWindow: maintenance,
}: Windows): Required<{ [name in keyof Windows]: string }> {
  if (backup !== undefined && (dailyWindow(backup)?.length ?? 0) < SHORTEST)
    throw invalidValue(
      `Invalid backup window: ${backup}. Specify hh24:mi-hh24:mi with at least ${SHORTEST} minutes.`,
    );
  if (maintenance !== undefined && (weeklyWindow(maintenance)?.length ?? 0) < SHORTEST)
    throw invalidValue(
      `Invalid maintenance window: ${maintenance}. Specify ddd:hh24:mi-ddd:hh24:mi with at least ${SHORTEST} minutes.`,
    );
  const daily = backup ?? backupBeside(maintenance ?? DEFAULT_MAINTENANCE);
  const weekly = (maintenance ?? maintenanceBeside(daily)).toLowerCase();
  if (doOverlap(daily, weekly))
    throw invalidValue("The backup window and maintenance window must not overlap.");
  return { PreferredBackupWindow: daily, PreferredMaintenanceWindow: weekly };
}

/**
 * Checks the storage settings that depend on each other.
 *
 * Sources: Amazon RDS User Guide, "Amazon RDS DB instance storage"; of the texts,
 * ministryofjustice/cloud-platform-environments#7483 (not greater) and #24410 (10 percent), cloudtools/troposphere#2141
 * (gp3).
 *
 * @throws AwsError InvalidParameterCombination
 */
export function checkStorageSettings(
  engine: string,
  {
    AllocatedStorage: size = 0,
    MaxAllocatedStorage: maximum,
    StorageType: type,
    Iops: iops,
    StorageThroughput: throughput,
  }: Pick<
    rds.DBInstance,
    "AllocatedStorage" | "MaxAllocatedStorage" | "StorageType" | "Iops" | "StorageThroughput"
  >,
): void {
  if (maximum !== undefined && maximum <= size)
    throw invalidCombination("Max storage size must be greater than storage size");
  if (maximum !== undefined && maximum * 10 < size * 11)
    throw invalidCombination(
      "The maximum allocated storage must be increased by at least 10 percent.",
    );
  const base = baseOf(engine);
  const threshold = base === "oracle" ? 200 : 400;
  if (
    type === "gp3" &&
    base !== "sqlserver" &&
    size < threshold &&
    (iops !== undefined || throughput !== undefined)
  )
    throw invalidCombination(
      `You can't specify IOPS or storage throughput for engine ${engine} and a storage size less than ${threshold}.`,
    );
}
