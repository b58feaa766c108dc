/**
 * An error that the user can solve: what is wrong, where, and how to fix it.
 *
 * The text starts in lower case and has no full stop. `where` is a file, a config path or a Terraform address. `fix` is an
 * instruction. `code` is stable; programs may match it.
 *
 * @example
 * throw new UserError("BERTH-E1001", "berth.config.ts does not exist", { where: ".", fix: "run berth init" });
 */
export class UserError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly fix: string | undefined;
  /** The exit code of the process: 64 for an invalid command line, 130 for an interruption, else 1. */
  readonly exitCode: number;

  constructor(
    code: ErrorCode,
    what: string,
    detail: { readonly where?: string; readonly fix?: string; readonly exitCode?: number } = {},
  ) {
    super(what);
    this.name = "UserError";
    this.code = code;
    this.where = detail.where;
    this.fix = detail.fix;
    this.exitCode = detail.exitCode ?? 1;
  }
}

/** Several independent errors. */
export class UserErrors extends Error {
  readonly errors: readonly UserError[];

  constructor(errors: readonly UserError[]) {
    super(errors.map((error) => error.message).join("; "));
    this.name = "UserErrors";
    this.errors = errors;
  }
}

/** All error codes with their meanings. The meaning of a code never changes. */
export const errorCodes = {
  "BERTH-E1001": "the config file does not exist",
  "BERTH-E1002": "the config file cannot be loaded",
  "BERTH-E1003": "the config file contains an invalid value",
  "BERTH-E1004": "the environment is not set or does not exist in the config",
  "BERTH-E1005": "an option is present but undefined",
  "BERTH-E2001": "a construct has invalid properties",
  "BERTH-E2002": "a CIDR block is invalid or does not fit",
  "BERTH-E3001": "Terraform or OpenTofu was not found",
  "BERTH-E3002": "Terraform or OpenTofu is too old or cannot be run",
  "BERTH-E3003": "a Terraform command failed",
  "BERTH-E3004": "the run was interrupted",
  "BERTH-E3005": "OpenTofu could not be installed",
  "BERTH-E3006": "another process uses the environment's working folder",
  "BERTH-E3007": "the plan file was changed after planning",
  "BERTH-E3008": "the state of an earlier run was not saved",
  "BERTH-E3009": "resources of an interrupted run may be missing in the state",
  "BERTH-E3010": "a working file cannot be written",
  "BERTH-E4001": "the sandbox cannot be started or reached",
  "BERTH-E4002": "the sandbox's state file cannot be used",
  "BERTH-E4003": "the --apps file is invalid",
  "BERTH-E5001": "a folder contains no valid Terraform configuration",
  "BERTH-E5002": "--from does not name an existing commit or folder",
  "BERTH-E5003": "a stack requires a state or a variable value that is missing",
  "BERTH-E5004": "a Terraform command failed in the rehearsal",
  "BERTH-E5005": "code that must not run cannot be removed from a configuration",
  "BERTH-E5009": "a symbolic link cannot be followed, or a file cannot be copied",
  "BERTH-E7001": "the input of the check is not a valid plan or state",
  "BERTH-E7002": "a suppression is invalid",
  "BERTH-E8001": "GitHub rejected a request or cannot be reached",
  "BERTH-E8002": "the plan is not the approved plan",
  "BERTH-E8003": "the pipeline configuration is incomplete",
  "BERTH-E8004": "the existing workflow file would be overwritten",
  "BERTH-E8005": "a plan has no fingerprint: it failed, is incomplete, or is not a plan",
  "BERTH-E8006": "a pull request has several comments with the pipeline's marker",
  "BERTH-E6001": "the command line is invalid",
  "BERTH-E6002": "confirmation is required, but stdin is not a terminal",
  "BERTH-E6003": "a file or object already exists",
  "BERTH-E6009": "a file cannot be written, or is a symbolic link",
} as const;

export type ErrorCode = keyof typeof errorCodes;
