import type * as rds from "@aws-sdk/client-rds";
import type { Context, Operations } from "../../core/operation.ts";
import { AwsError } from "../../protocol/errors.ts";
import { RECORD_PAGE } from "../../resource-store/record-page.ts";
import { ResourceType } from "../../resource-store/resource-type.ts";
import { checkIdentifier, invalidCombination, rdsName } from "./shared.ts";

/** Final snapshots of deleted databases. They remain on purpose, so that they do not count as left over. */
export const snapshots: ResourceType<rds.DBSnapshot> = new ResourceType<rds.DBSnapshot>({
  service: "rds",
  table: "rds/snapshot",
  structure: "DBSnapshot",
  identifier: "DBSnapshotIdentifier",
  normalize: rdsName,
  arn: (context, id) => context.arn("rds", `snapshot:${id}`),
  notFound: (id) => new AwsError("DBSnapshotNotFound", `DBSnapshot ${id} not found.`, 404),
  isCreated: () => false,
  describe: (_context, { arn, created }) => ({
    DBSnapshotArn: arn,
    SnapshotCreateTime: created,
    Status: "available",
    SnapshotType: "manual",
    PercentProgress: 100,
  }),
});

export const clusterSnapshots: ResourceType<rds.DBClusterSnapshot> =
  new ResourceType<rds.DBClusterSnapshot>({
    service: "rds",
    table: "rds/cluster-snapshot",
    structure: "DBClusterSnapshot",
    identifier: "DBClusterSnapshotIdentifier",
    normalize: rdsName,
    arn: (context, id) => context.arn("rds", `cluster-snapshot:${id}`),
    notFound: (id) =>
      new AwsError("DBClusterSnapshotNotFoundFault", `DBClusterSnapshot ${id} not found.`, 404),
    isCreated: () => false,
    describe: (_context, { arn, created }) => ({
      DBClusterSnapshotArn: arn,
      SnapshotCreateTime: created,
      Status: "available",
      SnapshotType: "manual",
      PercentProgress: 100,
    }),
  });

interface DeleteRequest {
  readonly SkipFinalSnapshot?: boolean | undefined;
  readonly FinalDBSnapshotIdentifier?: string | undefined;
}

/**
 * Keeps a final snapshot of a database that is deleted.
 *
 * Source of the texts: errors that users report, as in hashicorp/terraform-provider-aws.
 */
export function takeFinalSnapshot<Members extends object>(
  context: Context,
  { SkipFinalSnapshot, FinalDBSnapshotIdentifier: id }: DeleteRequest,
  type: ResourceType<Members>,
  members: Members,
): void {
  if (SkipFinalSnapshot === true) {
    if (id !== undefined)
      throw invalidCombination(
        "FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.",
      );
    return;
  }
  if (id === undefined)
    throw invalidCombination(
      "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
    );
  checkIdentifier("FinalDBSnapshotIdentifier", id, 255);
  if (type.find(context, id))
    throw new AwsError(
      "DBSnapshotAlreadyExists",
      `Cannot create the snapshot because a snapshot with the identifier ${id} already exists.`,
    );
  type.put(context, {
    id: rdsName(id),
    arn: type.arn(context, id),
    members,
    tags: {},
    created: context.now,
  });
}

export const snapshotOperations: Operations = {
  ...snapshots.list<rds.DescribeDBSnapshotsMessage>("DescribeDBSnapshots", {
    supports: ["DBInstanceIdentifier", "SnapshotType"],
    result: "DBSnapshots",
    page: RECORD_PAGE,
    selects: ({ members }, input) =>
      (input.DBInstanceIdentifier === undefined ||
        members.DBInstanceIdentifier === rdsName(input.DBInstanceIdentifier)) &&
      (input.SnapshotType === undefined || input.SnapshotType === "manual"),
  }),
  ...snapshots.delete<rds.DeleteDBSnapshotMessage>("DeleteDBSnapshot"),
  ...clusterSnapshots.list<rds.DescribeDBClusterSnapshotsMessage>("DescribeDBClusterSnapshots", {
    supports: ["DBClusterIdentifier", "SnapshotType"],
    result: "DBClusterSnapshots",
    page: RECORD_PAGE,
    selects: ({ members }, input) =>
      (input.DBClusterIdentifier === undefined ||
        members.DBClusterIdentifier === rdsName(input.DBClusterIdentifier)) &&
      (input.SnapshotType === undefined || input.SnapshotType === "manual"),
  }),
  ...clusterSnapshots.delete<rds.DeleteDBClusterSnapshotMessage>("DeleteDBClusterSnapshot"),
};
