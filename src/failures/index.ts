export {
  type AwsErrorName,
  type AwsErrorSource,
  type AwsErrorText,
  awsErrorOf,
  awsErrorsOf,
  networkPathFailures,
  sourceTextOf,
} from "./aws-errors.ts";
export { type FailureId, failures } from "./catalogue/index.ts";
export {
  type ErrorKind,
  apiErrorIn,
  errorKindOf,
  failureOf,
  isBucketMissing,
  isDeploymentBlocked,
  isKmsAliasMissing,
  isOidcProviderMissing,
  notImplementedIn,
  providerNamedIn,
  requiredVariableIn,
  shortSummary,
  stopKindOf,
} from "./match-aws-error.ts";
