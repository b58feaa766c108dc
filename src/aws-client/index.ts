export { AwsClient, type CallOptions, type ClientClock } from "./client.ts";
export { AwsCallError } from "./errors.ts";
export type { Input, Output } from "./types.ts";
