import { createHash } from "node:crypto";
import { AwsError, notImplemented } from "../protocol/errors.ts";
import { loadModel, type ServiceModel, structureAt } from "../../service-models/index.ts";
import { decodeInput } from "../protocol/wire.ts";
import { invalidTokenError } from "../protocol/validation-errors.ts";
import type { Call } from "../protocol/wire-types.ts";
import type { Caller } from "../authorization/callers.ts";
import { checkCaller } from "../authorization/authorize-call.ts";
import type { SandboxSettings } from "../settings.ts";
import type { SandboxLimits } from "./limits.ts";
import { ownProperty } from "./own-property.ts";
import { serviceNamed } from "../services/loader.ts";
import { Context, InvalidPageToken, type Operation } from "./operation.ts";
import type { Input, Service } from "./service.ts";
import type { Store } from "./store.ts";
import { table, type TableKey } from "./tables.ts";
import { checkTags } from "./tags.ts";
import { unsupportedMember } from "./unsupported-members.ts";

interface StoredAnswer {
  readonly input: string;
  readonly output: Readonly<Record<string, unknown>>;
}

/** Responses to requests with an idempotency token, by operation and token. */
export const storedAnswers: TableKey<StoredAnswer> = table("sandbox/answered", {
  exists: () => false,
});

/** Caller, region, time, settings and limits of a call. */
export interface CallContext {
  readonly caller: Caller;
  readonly region: string;
  readonly now: Date;
  readonly settings: SandboxSettings;
  readonly limits: SandboxLimits;
}

/** An empty list has no effect, so that it is accepted for parameters that are not supported. */
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/**
 * The operation of a call, and the name of its idempotency token.
 *
 * @throws AwsError if the sandbox does not support the operation or a parameter of the call
 */
function supportedOperation(
  service: Service,
  model: ServiceModel,
  { operation: name, input }: Call,
): { readonly operation: Operation; readonly tokenName: string | undefined } {
  const operation = ownProperty(service.operations, name);
  if (!operation) throw notImplemented(`${service.name}:${name}`);
  const requestShape = ownProperty(model.operations, name)?.i ?? -1;
  const tokenName = Object.entries(structureAt(model, requestShape).m).find(
    ([member, { token }]) => token === 1 || /^(client|idempotency)Token$/i.test(member),
  )?.[0];
  const invalid = Object.keys(input).find(
    (key) =>
      key !== "DryRun" &&
      !operation.supportedParameters.includes(key) &&
      key !== tokenName &&
      !isEmptyList(input[key]),
  );
  if (invalid !== undefined)
    throw notImplemented(`the parameter ${invalid} of ${service.name}:${name}`);
  const nested =
    service.unsupportedMembers &&
    unsupportedMember(model, requestShape, input, service.unsupportedMembers);
  if (nested !== undefined) throw notImplemented(`the member ${nested} of ${service.name}:${name}`);
  return { operation, tokenName };
}

/**
 * Makes a call of a JSON service within a running transaction, with the permissions of the context's caller. Services of AWS call
 * each other in this way, for example when a schedule starts a task.
 *
 * @throws AwsError if the call is rejected; it has then changed nothing
 */
export function callService(
  context: Context,
  name: string,
  operationName: string,
  request: Input,
): Readonly<Record<string, unknown>> {
  const service = serviceNamed(name);
  if (!service) throw notImplemented(`the service ${name}`);
  const model = loadModel(name);
  const call = decodeInput(model, operationName, request);
  const { operation } = supportedOperation(service, model, call);
  return context.attempt(() => {
    checkCaller(context, service, operationName, call.input);
    if (service.tagRules) checkTags(service.tagRules, operationName, call.input);
    return run(model, operation, context, call.input);
  });
}

function run(
  model: ServiceModel,
  operation: Operation,
  context: Context,
  input: Input,
): Readonly<Record<string, unknown>> {
  try {
    return operation.run(context, input);
  } catch (error) {
    throw error instanceof InvalidPageToken ? invalidTokenError(model) : error;
  }
}

/**
 * Authorizes and executes a call. If it fails, nothing has changed.
 *
 * @throws AwsError if the service rejects the call, or if the sandbox does not support the operation or a parameter
 */
export function dispatch(
  store: Store,
  service: Service,
  model: ServiceModel,
  call: Call,
  { caller, region, now, settings, limits }: CallContext,
): { readonly output: Readonly<Record<string, unknown>>; readonly changed: boolean } {
  const { operation, tokenName } = supportedOperation(service, model, call);
  const { DryRun: isDryRun, ...input } = call.input;

  const perform = (): Readonly<Record<string, unknown>> => {
    const context = new Context(store, { account: caller.account, region }, now, caller, settings);
    checkCaller(context, service, call.operation, input);
    if (service.tagRules) checkTags(service.tagRules, call.operation, input);
    const token = tokenName === undefined ? undefined : input[tokenName];
    // An operation that supports the token as a parameter has its own rules for repeated requests.
    const usesAnswers =
      tokenName !== undefined && !operation.supportedParameters.includes(tokenName);
    if (!usesAnswers || typeof token !== "string") return run(model, operation, context, input);
    const { [tokenName]: _, ...rest } = input;
    const previousAnswers = context.in(storedAnswers);
    const id = `${service.name}:${call.operation}:${token}`;
    const digest = createHash("sha256").update(JSON.stringify(rest)).digest("hex");
    const previousAnswer = previousAnswers.get(id);
    if (previousAnswer) {
      if (previousAnswer.input === digest) return previousAnswer.output;
      const message =
        "The request uses the same client token as a previous, but non-identical request.";
      throw (
        service.requestErrors?.tokenMismatch?.(message) ??
        new AwsError("IdempotentParameterMismatch", message)
      );
    }
    const { output } = previousAnswers.put(id, {
      input: digest,
      output: run(model, operation, context, input),
    });
    previousAnswers.keepNewest(limits.idempotentAnswers);
    return output;
  };
  if (isDryRun === true) {
    store.dryRun(perform);
    throw new AwsError(
      "DryRunOperation",
      "Request would have succeeded, but DryRun flag is set.",
      412,
    );
  }
  const { result: output, changed } = store.transact(perform);
  return { output, changed };
}
