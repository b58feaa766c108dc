import { single } from "../../../ip/index.ts";
import { type AttributePath, formatValue, type Resource, isUnknown } from "../../../plan/index.ts";
import { TCP, tracePackets } from "../../../reachability/index.ts";
import { dnsOf, type NetworkInterface, type Workload } from "../../../topology/index.ts";
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  fail,
  unknownValueAt,
  pass,
  unknownOutcome,
} from "../../engine/check.ts";
import {
  hopsOf,
  lossMessage,
  lostPacketsIn,
  unknownTraceIn,
} from "../../shared/load-balancer-traffic.ts";
import { definedTasks } from "../../shared/task-roles.ts";

const NFS_PORT = 2049;

export const efsAccessCheck: Check = {
  id: "efs-access",
  question: "start",
  title: "Tasks can mount their EFS file systems",
  severity: "error",
  ids: ["TD-16", "TD-17", "TD-25"],
  explanation:
    "An EFS file system needs a mount target in each availability zone of the tasks, which accepts TCP 2049 from them. A volume with IAM authorization needs a task role. The root directory of a volume must exist: only an access point creates it.",
  sources: [
    "Amazon ECS Developer Guide, “Use Amazon EFS volumes with Amazon ECS”",
    "Amazon EFS User Guide, “Using VPC security groups” and “Enforcing a root directory with an access point”",
  ],
  *run(context) {
    for (const { workload, resource } of definedTasks(context)) {
      const volumes = resource.blockPaths("volume");
      const unknownValue = unknownValueAt(resource, "volume");
      if (unknownValue) yield unknownOutcome(resource.address, unknownValue, "TD-16");
      if (isUnknown(volumes)) continue;
      for (const path of volumes)
        if (resource.isSet(...path, "efs_volume_configuration"))
          yield* checkVolume(context, workload, resource, [...path, "efs_volume_configuration", 0]);
    }
  },
};

function* checkVolume(
  context: CheckContext,
  workload: Workload,
  resource: Resource,
  path: AttributePath,
): Iterable<CheckOutcome> {
  const { address } = resource;
  if (
    resource.value(...path, "authorization_config", 0, "iam") === "ENABLED" &&
    !resource.isSet("task_role_arn")
  )
    yield fail(
      address,
      "TD-17",
      "a volume has IAM authorization, but the task definition has no task role",
    );
  const needsEncryption =
    resource.value(...path, "authorization_config", 0, "iam") === "ENABLED" ||
    resource.isSet(...path, "authorization_config", 0, "access_point_id");
  if (needsEncryption && resource.value(...path, "transit_encryption") !== "ENABLED")
    yield fail(
      address,
      "TD-16",
      "a volume with IAM authorization or an access point does not encrypt its connection",
      { fix: 'Set transit_encryption = "ENABLED"' },
    );
  const [reference] = resource.referencesTo(
    ["aws_efs_file_system"],
    ...path,
    "file_system_id",
  ).references;
  if (!reference || reference.resource.mode === "data") {
    yield unknownOutcome(address, "this plan does not contain the file system", "TD-16");
    return;
  }
  const { resource: fileSystem } = reference;
  yield* checkMountTargets(context, workload, resource, fileSystem);
  yield* checkRootDirectory(context, resource, path, fileSystem);
  yield* checkAccessPoint(resource, path, fileSystem);
  const [policy] = context.plan.referrersOf(
    fileSystem,
    ["aws_efs_file_system_policy"],
    ["aws_efs_file_system"],
    "file_system_id",
  );
  if (policy)
    yield unknownOutcome(
      address,
      `whether ${policy.address} allows the tasks to mount it`,
      "TD-16",
    );
}

/** A task mounts the file system through the mount target in its availability zone. */
function* checkMountTargets(
  { plan, network }: CheckContext,
  workload: Workload,
  { address }: Resource,
  fileSystem: Resource,
): Iterable<CheckOutcome> {
  const targets = plan
    .referrersOf(fileSystem, ["aws_efs_mount_target"], ["aws_efs_file_system"], "file_system_id")
    .map((mountTarget) => network.mountTargetInterface(mountTarget));
  const zones = new Set(targets.map((target) => target?.subnet.availabilityZone));
  for (const task of network.tasksOf(workload)) {
    const { key, availabilityZone: zone } = task.subnet;
    if (zone === undefined || zones.has(undefined))
      yield unknownOutcome(address, `the availability zone of ${key} is unknown`, "TD-16");
    else {
      const target = targets.find((candidate) => candidate?.subnet.availabilityZone === zone);
      const vpc = target?.subnet.vpc === undefined ? undefined : plan.resourceAt(target.subnet.vpc);
      if (target && vpc && !hasDnsNames(vpc))
        yield unknownOutcome(
          address,
          `whether tasks can resolve the DNS name of ${fileSystem.address}: ${vpc.address} does not have both enable_dns_support and enable_dns_hostnames`,
          "TD-16",
        );
      yield target
        ? connectionOutcome(network, address, task, target)
        : fail(
            address,
            "TD-16",
            `${fileSystem.address} has no mount target in ${zone}, the availability zone of tasks in ${key}`,
          );
    }
  }
}

/** EFS resolves the DNS name of a file system in such a VPC. Source: Amazon EFS User Guide, "Mounting EFS file systems". */
function hasDnsNames(vpc: Resource): boolean {
  const { support, hostnames } = dnsOf(vpc);
  return support === true && hostnames === true;
}

function connectionOutcome(
  network: CheckContext["network"],
  address: string,
  task: NetworkInterface,
  target: NetworkInterface,
): CheckOutcome {
  const traces = tracePackets(network, task.name, [
    {
      source: single(task.address),
      destination: single(target.address),
      protocol: TCP,
      port: single(NFS_PORT),
    },
  ]);
  const lost = lostPacketsIn(traces);
  if (lost)
    return fail(address, "TD-16", lossMessage(lost), {
      connection: {
        from: `a task in ${task.subnet.key}`,
        to: `${target.origin.address}:${NFS_PORT}`,
      },
      path: hopsOf(lost),
    });
  const unknown = unknownTraceIn(traces);
  return unknown ? unknownOutcome(address, unknown.lastHop.message, "TD-16") : pass(address);
}

/** A new file system is empty: its only directories are those that access points create when they are first used. */
function* checkRootDirectory(
  { plan }: CheckContext,
  resource: Resource,
  path: AttributePath,
  fileSystem: Resource,
): Iterable<CheckOutcome> {
  const { address } = resource;
  const directory = resource.text(...path, "root_directory") ?? "/";
  const accessPoints = plan.referrersOf(
    fileSystem,
    ["aws_efs_access_point"],
    ["aws_efs_file_system"],
    "file_system_id",
  );
  if (isUnknown(directory)) yield unknownOutcome(address, directory, "TD-25");
  else if (directory === "/") yield pass(address);
  else if (!fileSystem.isNew || accessPoints.length > 0)
    yield unknownOutcome(address, `whether ${directory} exists in ${fileSystem.address}`, "TD-25");
  else
    yield fail(
      address,
      "TD-25",
      `a volume mounts ${directory} of ${fileSystem.address}, which is created without directories`,
    );
}

/** Only an access point with creation_info creates its root directory. */
function* checkAccessPoint(
  resource: Resource,
  path: AttributePath,
  fileSystem: Resource,
): Iterable<CheckOutcome> {
  const attribute = [...path, "authorization_config", 0, "access_point_id"] as const;
  if (!resource.isSet(...attribute)) return;
  const { address } = resource;
  const [reference] = resource.referencesTo(["aws_efs_access_point"], ...attribute).references;
  if (!reference || reference.resource.mode === "data") {
    yield unknownOutcome(address, "this plan does not contain the access point", "TD-25");
    return;
  }
  const { resource: accessPoint } = reference;
  const directory = accessPoint.value("root_directory", 0, "path") ?? "/";
  const isCreated = accessPoint.isSet("root_directory", 0, "creation_info", 0);
  if (directory === "/" || isCreated) yield pass(address);
  else
    yield unknownOutcome(
      address,
      `whether ${formatValue(directory)} exists in ${fileSystem.address}: ${accessPoint.address} has no creation_info`,
      "TD-25",
    );
}
