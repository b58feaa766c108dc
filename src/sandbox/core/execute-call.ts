import { type CallContext, dispatch } from "./dispatch.ts";
import { runBackgroundWork } from "./background-work.ts";
import { AwsError } from "../protocol/errors.ts";
import type { ServiceModel } from "../../service-models/index.ts";
import type { Call } from "../protocol/wire-types.ts";
import type { Service } from "./service.ts";
import { StateWriteError } from "./state-file.ts";
import { StateLimitError } from "./limits.ts";
import type { Store } from "./store.ts";

/**
 * Executes a call, encodes the response and runs the background work that follows, in one transaction: if any part
 * fails, nothing has changed.
 *
 * @throws AwsError if the service rejects the call
 * @throws StateWriteError if the state file cannot be written
 * @throws StateLimitError if the state would become larger than its limit
 */
export const executeCall = <Answer>(
  store: Store,
  service: Service,
  model: ServiceModel,
  call: Call,
  callContext: CallContext,
  encode: (output: Readonly<Record<string, unknown>>) => Answer,
): { readonly result: Answer; readonly changed: boolean } =>
  store.transact(() => {
    const { output, changed } = dispatch(store, service, model, call, callContext);
    const answer = encode(output);
    if (changed) runBackgroundWork(store, callContext.now, callContext.settings, "changed");
    return answer;
  });

/**
 * Converts an error of the store to an error of the service's protocol. Other errors are returned unchanged.
 *
 * Sources: "Common Errors" of the query and JSON services (ServiceUnavailable); "Error codes for the Amazon EC2 API"
 * (ResourceLimitExceeded). S3 has no such limit and no error code for it.
 */
export function toAwsError(model: ServiceModel, error: unknown): unknown {
  if (error instanceof StateWriteError)
    return new AwsError("ServiceUnavailable", `${error.message}; nothing was changed`, 503);
  return error instanceof StateLimitError ? new AwsError(limitCode(model), error.message) : error;
}

function limitCode({ protocol }: ServiceModel): string {
  switch (protocol) {
    case "ec2Query":
      return "ResourceLimitExceeded";
    case "awsQuery":
    case "restXml":
      return "LimitExceeded";
    case "json1.0":
    case "json1.1":
    case "rpcv2Cbor":
    case "restJson":
      return "LimitExceededException";
  }
}
