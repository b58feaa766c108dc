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
  /** The config path that created the resource `where`, with the config file. */
  readonly from: string | undefined;
  readonly fix: string | undefined;
  /** The exit code of the process: 64 for an invalid command line, 130 for an interruption, else 1. */
  readonly exitCode: number;

  constructor(
    code: ErrorCode,
    what: string,
    detail: {
      readonly where?: string;
      readonly from?: string;
      readonly fix?: string;
      readonly exitCode?: number;
    } = {},
  ) {
    super(what);
    this.name = "UserError";
    this.code = code;
    this.where = detail.where;
    this.from = detail.from;
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

/** All error codes with their meanings. The meaning of a code never changes, and no two errors share a code. */
export const errorCodes = {
  "BERTH-E0001": "an internal error of Berth",
  "BERTH-E1001": "the config file does not exist",
  "BERTH-E1002": "the config file cannot be loaded",
  "BERTH-E1003": "the config file contains an invalid value",
  "BERTH-E1004": "the config has environments, and none is selected",
  "BERTH-E1005": "an option is present but undefined",
  "BERTH-E1006": "the config file does not export the options of a foundation",
  "BERTH-E1007": "the selected environment does not exist in the config",
  "BERTH-E2001": "a construct has invalid properties",
  "BERTH-E2002": "a CIDR block is invalid or does not fit",
  "BERTH-E2003": "an override matches no resource",
  "BERTH-E2004": "an override sets an attribute that the resource type does not have",
  "BERTH-E2005": "the app and Berth use different versions of constructs",
  "BERTH-E3001": "Terraform or OpenTofu was not found",
  "BERTH-E3002": "Terraform or OpenTofu is too old",
  "BERTH-E3003": "a Terraform command failed",
  "BERTH-E3004": "the run was interrupted",
  "BERTH-E3005": "OpenTofu could not be installed",
  "BERTH-E3006": "another process uses the environment's working folder",
  "BERTH-E3007": "the plan file was changed after planning",
  "BERTH-E3008": "the state of an earlier run was not saved",
  "BERTH-E3009": "resources of an interrupted run may be missing in the state",
  "BERTH-E3010": "a working file cannot be written",
  "BERTH-E3011": "the load balancer has deletion protection",
  "BERTH-E3012": "there are no outputs: nothing was applied",
  "BERTH-E3013": "Terraform printed no JSON",
  "BERTH-E3014": "another run holds the lock of the Terraform state",
  "BERTH-E3015": "the local state file is incomplete",
  "BERTH-E3016": "the state could not be read after a failed or interrupted run",
  "BERTH-E3017": "Terraform or OpenTofu cannot be run",
  "BERTH-E3101": "the foundation does not provide what a service needs",
  "BERTH-E3102": "ECS does not list a deployment that was started",
  "BERTH-E3103": "an image to deploy does not exist",
  "BERTH-E3104": "ECS did not complete a deployment",
  "BERTH-E3105": "a task that must succeed before a deployment failed",
  "BERTH-E3106": "there is no earlier revision to return to",
  "BERTH-E3107": "a count of tasks is not between the limits of automatic scaling",
  "BERTH-E3108": "a service did not reach its count of tasks in time",
  "BERTH-E3109": "a service or job exists that was removed from the config",
  "BERTH-E3201": "no image builder can be used",
  "BERTH-E3202": "the selected image builder cannot be used",
  "BERTH-E3203": "an image builder failed",
  "BERTH-E3204": "the Git commit of an image cannot be read",
  "BERTH-E3205": "a build folder or a Dockerfile does not exist",
  "BERTH-E3206": "a build folder contains Berth's working files",
  "BERTH-E3207": "a built image is not as configured, or its archive is invalid",
  "BERTH-E3208": "an image to push was not built",
  "BERTH-E3209": "an immutable tag already names another image",
  "BERTH-E3210": "a registry rejected an image or does not respond",
  "BERTH-E3211": "the registry of a sandbox is not on this machine",
  "BERTH-E3212": "the scan of an image has findings of the severity of --fail-on",
  "BERTH-E3213": "the result of the scan of an image is unknown",
  "BERTH-E4001": "the sandbox cannot be started",
  "BERTH-E4002": "the sandbox's state file cannot be read",
  "BERTH-E4003": "the --apps file is invalid",
  "BERTH-E4004": "the URL of a sandbox is not on this machine",
  "BERTH-E4005": "another sandbox uses the state file",
  "BERTH-E4006": "the sandbox's state or its lock cannot be written",
  "BERTH-E4007": "the sandbox at a URL does not respond",
  "BERTH-E5001": "a folder contains neither a Berth config nor Terraform files",
  "BERTH-E5002": "--from is neither a commit nor a folder",
  "BERTH-E5003": "a stack reads a state that no earlier stack stores, or that several store",
  "BERTH-E5004": "not all modules of a configuration can be read",
  "BERTH-E5005": "blocks that must not run cannot be removed from a configuration",
  "BERTH-E5006": "a folder does not exist",
  "BERTH-E5007": "a file is not valid Terraform",
  "BERTH-E5008": "no stack declares a variable that has a value",
  "BERTH-E5009": "a symbolic link cannot be followed",
  "BERTH-E5010": "a provider is not installed, and its registry does not respond",
  "BERTH-E5011": "a module is outside of the copied folder",
  "BERTH-E5012": "a provider that is not allowed would run",
  "BERTH-E5013": "an action of Terraform cannot be skipped",
  "BERTH-E5014": "a Terraform file cannot be read",
  "BERTH-E5015": "a file cannot be copied",
  "BERTH-E5016": "--from is one folder, but there are several stacks",
  "BERTH-E5017": "the commit of --from does not contain the folder",
  "BERTH-E5018": "a file has a name that Berth reserves for its own files",
  "BERTH-E6001": "an argument or option has an invalid value",
  "BERTH-E6002": "a confirmation is required, and there is no terminal or confirm()",
  "BERTH-E6003": "the config file to create already exists",
  "BERTH-E6004": "a file on the command line cannot be read",
  "BERTH-E6005": "there is no output with this name",
  "BERTH-E6006": "there is no check or failure with this ID",
  "BERTH-E6007": "a step output is set outside of GitHub Actions",
  "BERTH-E6008": "the folder contains the configuration in the other format",
  "BERTH-E6009": "a path to write contains a symbolic link",
  "BERTH-E6010": "a file or folder cannot be written",
  "BERTH-E6011": "the config has no service or job with this name",
  "BERTH-E6012": "a service or job is not deployed",
  "BERTH-E6013": "a service has no running task, or not the requested one",
  "BERTH-E6014": "AWS's Session Manager plugin cannot be run",
  "BERTH-E6015": "ECS Exec is not enabled for a task",
  "BERTH-E6016": "the file system does not allow access to a path",
  "BERTH-E7001": "the input of the check is not a valid plan or state",
  "BERTH-E7002": "a suppression is invalid",
  "BERTH-E7003": "the input of the check does not exist",
  "BERTH-E7004": "Terraform cannot plan the folder to check",
  "BERTH-E7005": "the check of the plan to apply fails",
  "BERTH-E7006": "the inputs cannot be checked together",
  "BERTH-E8001": "GitHub rejected a request or cannot be reached",
  "BERTH-E8002": "the plan is not the approved plan",
  "BERTH-E8003": "the config lacks an option that the pipeline requires",
  "BERTH-E8004": "the existing workflow file was edited by hand",
  "BERTH-E8005": "a plan has no fingerprint: it failed, is incomplete, or is not a plan",
  "BERTH-E8006": "a pull request has several comments with the pipeline's marker",
  "BERTH-E8007": "the state bucket to destroy contains other states",
  "BERTH-E8008": "a text is not a fingerprint",
  "BERTH-E8009": "no plan was approved for a commit",
  "BERTH-E8010": "the GitHub repository is unknown",
  "BERTH-E8011": "there is no GitHub token",
  "BERTH-E8012": "the merge commit is unknown",
  "BERTH-E8013": "the pull request or its last commit is unknown",
  "BERTH-E8014": "GitHub's OIDC provider in the account lacks the audience of AWS STS",
  "BERTH-E8015": "the KMS key of the states in an existing bucket is unknown",
  "BERTH-E8016": "the environments to bootstrap are in different accounts",
  "BERTH-E8017": "the environments of an account use different state buckets",
  "BERTH-E8018": "a text is not the name of a GitHub repository",
  "BERTH-E8019": "the existing workflow file belongs to another config",
  "BERTH-E8020": "the IDs of the GitHub repository are unknown",
  "BERTH-E8021": "the environments have different pipeline options",
  "BERTH-E8022": "the environments do not build the same image of a service",
  "BERTH-E9001": "there are no AWS credentials",
  "BERTH-E9002": "the AWS credentials have expired",
  "BERTH-E9003": "the AWS credentials belong to another account than the config",
  "BERTH-E9004": "AWS denies a request: a permission is missing",
  "BERTH-E9005": "an ECR repository to destroy contains images",
  "BERTH-E9006": "CloudWatch Logs cannot use a KMS key",
  "BERTH-E9007": "an AWS service quota is exceeded",
  "BERTH-E9008": "an AWS resource with the name already exists",
  "BERTH-E9009": "the state bucket does not exist",
  "BERTH-E9010": "the sandbox does not support a request",
  "BERTH-E9011": "AWS does not accept the access key",
  "BERTH-E9012": "the AWS profile does not exist",
  "BERTH-E9013": "AWS cannot be reached",
  "BERTH-E9014": "AWS rejects a request",
  "BERTH-E9015": "a task cannot be started",
} as const;

/** The stable code of an error. docs/reference/errors.md has the meanings. */
export type ErrorCode = keyof typeof errorCodes;
