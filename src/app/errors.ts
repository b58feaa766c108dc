import { type ErrorKind, errorKindOf, errorText, failureOf, failures } from "../failures/index.ts";
import { berthCommand, type ErrorCode, UserError } from "../shared/index.ts";
import {
  type Diagnostic,
  lockInfoIn,
  type Outcome,
  type StateLockInfo,
} from "../terraform/index.ts";
import { type CommandScope, suggest, type SuggestedCommand } from "./suggested-command.ts";

type Suggest = (command: SuggestedCommand) => string;

/** The fix for an override that Terraform rejects. */
export const INVALID_OVERRIDE_FIX =
  "correct the attribute in override: the documentation of the AWS provider lists the attributes of each resource type";

/** The codes and fixes of common kinds of errors. */
const KINDS: Readonly<
  Record<ErrorKind, readonly [code: ErrorCode, fix: (next: Suggest) => string]>
> = {
  "no-credentials": [
    "BERTH-E9001",
    () => "sign in (aws sso login, or AWS_PROFILE), or use --sandbox, which needs no account",
  ],
  "expired-credentials": ["BERTH-E9002", () => "sign in again: the credentials have expired"],
  "wrong-account": [
    "BERTH-E9003",
    () => "change the profile, or account in the config: the credentials belong to another account",
  ],
  "access-denied": [
    "BERTH-E9004",
    () => "add the permission in the message to the IAM principal of your credentials",
  ],
  "deletion-protection": [
    "BERTH-E3011",
    (next) =>
      `set loadBalancer.deletionProtection to false, then run ${next("apply")} and ${next("destroy")}`,
  ],
  "repository-not-empty": [
    "BERTH-E9005",
    (next) =>
      `delete the images; or set repository.forceDelete to true, then run ${next("apply")} and ${next("destroy")}`,
  ],
  "kms-key-denied": [
    "BERTH-E9006",
    () => "allow CloudWatch Logs to use the key for this log group in the key policy",
  ],
  "quota-reached": [
    "BERTH-E9007",
    () => "delete resources that are not needed, or request a higher quota from AWS",
  ],
  "already-exists": [
    "BERTH-E9008",
    () => "choose another name, or import the resource with terraform import",
  ],
  "bucket-not-found": [
    "BERTH-E9009",
    (next) => `run ${next("bootstrap")}, which creates the state bucket`,
  ],
  "not-implemented": [
    "BERTH-E9010",
    () => "use an AWS account, or remove what needs this call: the sandbox does not support it",
  ],
  "invalid-credentials": [
    "BERTH-E9011",
    () =>
      "correct the access key or sign in again: with the same environment, aws sts get-caller-identity must succeed",
  ],
  "profile-not-found": [
    "BERTH-E9012",
    () =>
      "set AWS_PROFILE to one of aws configure list-profiles, or remove it from the environment",
  ],
  unreachable: ["BERTH-E9013", () => "check the network connection, HTTPS_PROXY and the region"],
  "invalid-override": ["BERTH-E2004", () => INVALID_OVERRIDE_FIX],
};

/** An error of a common kind, with its code and fix. */
export function commonError(kind: ErrorKind, what: string, scope: CommandScope): UserError {
  const [code, kindFix] = KINDS[kind];
  return new UserError(code, what, { fix: kindFix((command) => suggest(command, scope)) });
}

/** The options of the config that create a resource, by its address. */
export type StepOf = (address: string) => { readonly configPaths: readonly string[] } | undefined;

/** The config and the command of a run, which its errors refer to. */
export interface ErrorContext {
  readonly configFile: string;
  readonly stepOf: StepOf;
  readonly scope: CommandScope;
  /** The fix for a locked state. */
  readonly unlock: (lock: StateLockInfo) => string;
}

/** Removes duplicate diagnostics: Terraform may report the same problem several times. */
function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const byText = new Map(
    diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic] as const),
  );
  return [...byText.values()];
}

/** The fix of an error of AWS: that of its kind, else that of its failure in the catalogue, and the ID of the failure. */
function fixOf(text: string, kindFix: string | undefined): string | undefined {
  const id = failureOf(text);
  if (id === undefined) return kindFix;
  return `${kindFix ?? failures[id].fix}; ${berthCommand()} explain ${id} describes the failure`;
}

/** Converts Terraform's error diagnostics into errors, each with its address, config path and fix. */
export function terraformErrors(
  { diagnostics }: Pick<Outcome, "diagnostics">,
  { configFile, stepOf, scope, unlock }: ErrorContext,
): UserError[] {
  const next: Suggest = (command) => suggest(command, scope);
  return unique(diagnostics)
    .filter((diagnostic) => diagnostic.severity === "error")
    .map(({ summary, detail, address }) => {
      const options = address === undefined ? undefined : stepOf(address)?.configPaths.join(", ");
      const lock = lockInfoIn(detail);
      const kind = errorKindOf(`${summary} ${detail}`);
      const [code, kindFix] = (kind && KINDS[kind]) ?? (["BERTH-E3003", undefined] as const);
      const fix = lock ? unlock(lock) : fixOf(`${summary} ${detail}`, kindFix?.(next));
      return new UserError(lock ? "BERTH-E3014" : code, errorText(summary, detail), {
        ...(address === undefined ? {} : { where: address }),
        ...(options === undefined ? {} : { from: `${options} in ${configFile}` }),
        ...(fix === undefined ? {} : { fix }),
      });
    });
}
