import { awsErrorOf } from "../../../failures/index.ts";
import { isObject, isUnknown, type Resource } from "../../../plan/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { definedTasks } from "../../shared/task-roles.ts";

export const secretExistsCheck: Check = {
  id: "secret-exists",
  question: "secrets",
  title: "Secrets of containers have a value, and the JSON key that a container reads",
  severity: "error",
  ids: ["TD-10", "TD-11", "TD-12", "RACE-07"],
  explanation:
    "A secret without a version has no AWSCURRENT value. A parameter must be in the account of the task. The JSON key that a container reads must exist in the secret.",
  sources: [
    "Amazon ECS Developer Guide, “Pass Secrets Manager secrets through Amazon ECS environment variables”",
  ],
  *run(context) {
    const { plan, accountAndRegion } = context;
    for (const { workload, definition, resource } of definedTasks(context)) {
      const { address } = resource;
      for (const { kind, text, resource: secret } of definition.containers.flatMap(
        (container) => container.secrets,
      )) {
        const account = text?.startsWith("arn:") === true ? text.split(":")[4] : undefined;
        if (
          kind === "ssm" &&
          account !== undefined &&
          accountAndRegion.account !== undefined &&
          account !== accountAndRegion.account
        ) {
          yield fail(address, "TD-12", `the parameter ${text ?? ""} is in the account ${account}`);
          continue;
        }
        if (!secret) {
          yield unknownOutcome(address, `whether ${text ?? "the secret"} exists`, "TD-11");
          continue;
        }
        if (secret.type !== "aws_secretsmanager_secret") {
          yield pass(address);
          continue;
        }
        const version = plan
          .referrersOf(
            secret,
            ["aws_secretsmanager_secret_version"],
            ["aws_secretsmanager_secret"],
            "secret_id",
          )
          .find(({ mode }) => mode === "managed");
        if (!version) {
          yield secret.isNew
            ? fail(address, "TD-11", `${secret.address} is created without a value`, {
                awsError: awsErrorOf("secret-not-found"),
                fix: "Add an aws_secretsmanager_secret_version, or set the value before the first task starts",
                severity: "warning",
              })
            : unknownOutcome(address, `whether ${secret.address} has a value`, "TD-11");
          continue;
        }
        const hasDependency =
          workload.resource?.dependsOn(version) !== false || resource.dependsOn(version);
        // AWS starts no task when it creates a schedule.
        if (version.isNew && workload.resource && workload.kind !== "schedule" && !hasDependency)
          yield fail(workload.name, "RACE-07", `it has no dependency on ${version.address}`, {
            severity: "warning",
            awsError: awsErrorOf("secret-without-value", { label: "AWSCURRENT" }),
            fix: `Refer to ${version.address}.arn, or add ${version.address} to depends_on`,
          });
        const stage = stageOf(text, plan.secretSelectorsNear(resource));
        if (stage !== undefined && secret.isNew && !stagesOf(version).includes(stage)) {
          yield fail(
            address,
            "TD-11",
            `a container reads the version with the label ${stage}, which ${version.address} does not have`,
            { fix: `Read the label AWSCURRENT, or add ${stage} to version_stages` },
          );
          continue;
        }
        const keys = text === undefined ? plan.secretKeys : [text.split(":")[7] ?? ""];
        const requestedKeys = keys?.filter((key) => key !== "");
        const value = version.value("secret_string");
        if (!requestedKeys)
          yield unknownOutcome(
            address,
            `the JSON key of ${secret.address} that a container reads is known after apply`,
            "TD-10",
          );
        else if (requestedKeys.length === 0) yield pass(address);
        else if (typeof value !== "string")
          yield unknownOutcome(
            address,
            isUnknown(value) ? value : `the value of ${version.address} is unknown`,
            "TD-10",
          );
        else {
          const missingKey = requestedKeys.find((entry) => !hasKey(value, entry));
          // The plan does not show which secret a key is read from, so the key may be in another secret.
          if (
            missingKey !== undefined &&
            text === undefined &&
            plan.resourcesOfType("aws_secretsmanager_secret").length > 1
          )
            yield unknownOutcome(
              address,
              `whether a container reads the key ${missingKey} of ${secret.address}`,
              "TD-10",
            );
          else if (missingKey === undefined) yield pass(address);
          else yield fail(address, "TD-10", `${version.address} has no JSON key ${missingKey}`);
        }
      }
    }
  },
};

/** The label of the version that a container reads; undefined for AWSCURRENT, or if the plan does not determine it. */
function stageOf(text: string | undefined, selectors: readonly string[]): string | undefined {
  // `:json-key:version-stage:version-id`, after the seven parts of an ARN
  const stages = new Set(
    text === undefined
      ? selectors.map((selector) => selector.split(":")[2] ?? "")
      : [text.split(":")[8] ?? ""],
  );
  const [stage = "", ...others] = stages;
  return others.length > 0 || stage === "" || stage === "AWSCURRENT" ? undefined : stage;
}

/** The labels of a version that Terraform creates. */
function stagesOf(version: Resource): readonly unknown[] {
  const stages = version.value("version_stages");
  return Array.isArray(stages) ? stages : ["AWSCURRENT"];
}

function hasKey(text: string, key: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && key in value;
  } catch {
    return false;
  }
}
