import type * as ssm from "@aws-sdk/client-ssm";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { requireOwnParameter, versionNotFound, versionsOf } from "./parameters.ts";
import { type Parameter, parameters, type ParameterVersion } from "./tables.ts";

/** Maximum number of labels of a version. Source: AWS Systems Manager User Guide, "Working with parameter labels". */
const LABELS_PER_VERSION = 10;

/** Source: AWS Systems Manager API Reference, LabelParameterVersion. */
const isValidLabel = (label: string): boolean =>
  /^[A-Za-z_.-][\w.-]{0,99}$/.test(label) && !/^(aws|ssm)/i.test(label);

function requireVersion(row: Parameter, version: number): ParameterVersion {
  const found = versionsOf(row).find((other) => other.version === version);
  if (found === undefined) throw versionNotFound(row.name, String(version));
  return found;
}

/** Changes the labels of every version. */
function putLabels(
  context: Context,
  row: Parameter,
  labelsOf: (version: ParameterVersion) => readonly string[],
): void {
  context.in(parameters).put(row.name, {
    ...row,
    labels: labelsOf(row),
    earlier: row.earlier.map((version) => ({ ...version, labels: labelsOf(version) })),
  });
}

export const labelOperations: Operations = {
  // A label that another version has moves to this version.
  LabelParameterVersion: operation<
    ssm.LabelParameterVersionRequest,
    ssm.LabelParameterVersionResult
  >()(["Name", "ParameterVersion", "Labels"], (context, input) => {
    const row = requireOwnParameter(context, input.Name);
    const target = requireVersion(row, input.ParameterVersion ?? row.version);
    const added = input.Labels.filter(isValidLabel);
    const labels = [...new Set([...target.labels, ...added])];
    if (labels.length > LABELS_PER_VERSION) {
      throw new AwsError(
        "ParameterVersionLabelLimitExceeded",
        `A parameter version can have maximum ${LABELS_PER_VERSION} labels.Move one or more labels to another version and try again.`,
      );
    }
    putLabels(context, row, (version) =>
      version.version === target.version
        ? labels
        : version.labels.filter((label) => !added.includes(label)),
    );
    return {
      InvalidLabels: input.Labels.filter((label) => !isValidLabel(label)),
      ParameterVersion: target.version,
    };
  }),

  UnlabelParameterVersion: operation<
    ssm.UnlabelParameterVersionRequest,
    ssm.UnlabelParameterVersionResult
  >()(["Name", "ParameterVersion", "Labels"], (context, input) => {
    const row = requireOwnParameter(context, input.Name);
    const target = requireVersion(row, input.ParameterVersion);
    const removed = input.Labels.filter((label) => target.labels.includes(label));
    putLabels(context, row, (version) =>
      version.version === target.version
        ? version.labels.filter((label) => !removed.includes(label))
        : version.labels,
    );
    return {
      RemovedLabels: removed,
      InvalidLabels: input.Labels.filter((label) => !removed.includes(label)),
    };
  }),
};
