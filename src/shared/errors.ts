/**
 * An error that a person can act on: what is wrong, where, and how to put it right.
 *
 * The text is one sentence in lower case without a full stop; `where` is a file, a config path or a Terraform
 * address; `fix` says what would be right. `code` is stable and may be matched by programs.
 *
 * @example
 * throw new UserError("BERTH-E1001", "no berth.config.ts found", { where: ".", fix: "run berth init" });
 */
export class UserError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly fix: string | undefined;
  /** The process exit code that suits this error; 64 for usage, 130 for interrupted, else 1. */
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

/** Several errors found at once, each with a cause of its own. */
export class UserErrors extends Error {
  readonly errors: readonly UserError[];

  constructor(errors: readonly UserError[]) {
    super(errors.map((error) => error.message).join("; "));
    this.name = "UserErrors";
    this.errors = errors;
  }
}

/** Every error code with what it stands for; the codes never change their meaning. */
export const errorCodes = {
  "BERTH-E1001": "the config file is missing",
  "BERTH-E1002": "the config file cannot be loaded",
  "BERTH-E1003": "the config file says something that is not accepted",
  "BERTH-E1004": "the environment is not named in the config",
  "BERTH-E1005": "an option is present but undefined",
  "BERTH-E2001": "a construct was given something impossible",
  "BERTH-E2002": "an address range is malformed or does not fit",
  "BERTH-E3001": "no Terraform or OpenTofu was found",
  "BERTH-E3002": "the Terraform or OpenTofu found is too old or does not answer",
  "BERTH-E3003": "Terraform refused or failed",
  "BERTH-E3004": "the run was interrupted",
  "BERTH-E3005": "OpenTofu could not be installed",
  "BERTH-E3006": "another process works in the environment's folder",
  "BERTH-E3007": "the plan file is not the plan that was made",
  "BERTH-E3008": "the state of an earlier run was not saved",
  "BERTH-E3009": "resources of an interrupted run may exist that the state does not hold",
  "BERTH-E3010": "a working file cannot be written",
  "BERTH-E4001": "the sandbox could not start",
  "BERTH-E4002": "the sandbox's state file cannot be used",
  "BERTH-E4003": "the sandbox was told something about images or programs that it cannot read",
  "BERTH-E5001": "a folder holds no Terraform that can be read",
  "BERTH-E5002": "the old configuration to change from is not there",
  "BERTH-E5003": "a stack needs a state or a variable that nobody gives it",
  "BERTH-E5004": "Terraform could not carry out the rehearsal",
  "BERTH-E5005": "code that must not run cannot be taken out of a configuration",
  "BERTH-E5009": "a symbolic link cannot be followed, or a file cannot be copied",
  "BERTH-E7001": "what is to be checked is neither a plan nor a state that can be read",
  "BERTH-E7002": "a suppression cannot be used",
  "BERTH-E8001": "GitHub refused, or cannot be reached",
  "BERTH-E8002": "the plan is not the one that was approved",
  "BERTH-E8003": "the pipeline needs something that nobody says",
  "BERTH-E8004": "the workflow that is there is not to be overwritten",
  "BERTH-E8005": "a plan has no fingerprint: it failed, is not complete, or is no plan",
  "BERTH-E8006": "a pull request has several comments that claim to be the pipeline's",
  "BERTH-E6001": "the command line is not understood",
  "BERTH-E6002": "an answer is needed and nobody can be asked",
  "BERTH-E6003": "a file is in the way",
  "BERTH-E6009": "a file cannot be written, or is a symbolic link",
} as const;

export type ErrorCode = keyof typeof errorCodes;
