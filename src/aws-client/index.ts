export { AwsClient, type AwsClientOptions, type CallOptions, type ClientClock } from "./client.ts";
export type { CredentialProvider, Credentials } from "./credentials.ts";
export { AwsCallError, type AwsCallFailure } from "./errors.ts";
export type { Input, OperationName, Output, ServiceName } from "./types.ts";
