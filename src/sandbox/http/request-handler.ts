import { randomUUID } from "node:crypto";
import { isRegion } from "../../aws/regions.ts";
import { type Caller, callerOf } from "../authorization/callers.ts";
import { answerAdminRequest, isAdminRequest } from "./admin-api.ts";
import type { CallRecord, ObservedCall } from "./call-record.ts";
import type { ListenerPorts } from "./listener-ports.ts";
import { executeCall, toAwsError } from "../core/execute-call.ts";
import {
  type Fault,
  type FaultInjector,
  type InterceptedCall,
  isRepeatable,
} from "../fault-injection.ts";
import {
  type BodyTooLargeError,
  DROP_CONNECTION,
  DroppedConnection,
  stackOf,
} from "./http-server.ts";
import type { SandboxSettings } from "../settings.ts";
import { runBackgroundWork } from "../core/background-work.ts";
import type { SandboxLimits } from "../core/limits.ts";
import { simulate } from "../core/simulate.ts";
import { AwsError, notImplemented, RejectedRequest } from "../protocol/errors.ts";
import { loadModel, type ServiceModel } from "../../service-models/index.ts";
import {
  decodeCall,
  modelForRequest,
  encodeAnswer,
  encodeError,
  operationName,
} from "../protocol/wire.ts";
import {
  type Call,
  jsonResponse,
  type StreamedResponse,
  type WireRequest,
  type WireResponse,
} from "../protocol/wire-types.ts";
import type { Service } from "../core/service.ts";
import { isService, serviceNamed, serviceNames } from "../services/loader.ts";
import type { Store } from "../core/store.ts";

/** Hooks of the sandbox: an observer of calls and a fault injector. */
export interface SandboxHooks {
  /** Called after each call. An error that it throws is a warning, and does not change the response. */
  readonly onCall?: ((call: ObservedCall) => void) | undefined;
  readonly faultInjector?: FaultInjector | undefined;
}

interface Scope {
  readonly keyId: string;
  readonly region: string;
  readonly service: string;
}

/** Calls that have no signature: AssumeRoleWithWebIdentity of AWS STS. */
const UNSIGNED = /^Action=AssumeRoleWithWebIdentity&|&Action=AssumeRoleWithWebIdentity(&|$)/;

/**
 * Access key, region and service from the credential scope of a signature. Signatures are not verified, because the
 * sandbox has no real secrets.
 */
function signedScope({ headers, query }: WireRequest): Scope | undefined {
  const credential =
    /Credential=([^,\s]+)/.exec(headers["authorization"] ?? "")?.[1] ??
    query.get("X-Amz-Credential");
  const [key = "", , region, service] = (credential ?? "").split("/");
  return region === undefined || service === undefined
    ? undefined
    : { keyId: key, region, service };
}

/**
 * Whether a request is for the container registry: its paths start with /v2/. A signed request is a call of an AWS API; those
 * of some services, such as API Gateway, have such paths too.
 */
export const isRegistryRequest = (request: WireRequest): boolean =>
  (request.path === "/v2" || request.path.startsWith("/v2/")) && signedScope(request) === undefined;

function scopeOf(request: WireRequest): Scope | undefined {
  const scope = signedScope(request);
  if (scope !== undefined || !UNSIGNED.test(request.body.toString("latin1"))) return scope;
  return { keyId: "", region: "us-east-1", service: "sts" };
}

const withRequestId = (response: WireResponse, requestId: string): WireResponse => ({
  ...response,
  headers: { ...response.headers, "x-amzn-requestid": requestId, "x-amz-request-id": requestId },
});

/** An internal error of the sandbox, with its stack trace in the message. */
const internalFailure = (error: unknown): AwsError =>
  new AwsError("InternalFailure", stackOf(error), 500);

/**
 * The error for a signature with an invalid region. Unknown regions are rejected too, because the sandbox does not know
 * their availability zones.
 *
 * Source: IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests"; "Error codes for the Amazon
 * EC2 API".
 */
function wrongRegion(service: Service, model: ServiceModel, region: string): AwsError {
  const message = `Credential should be scoped to a valid region, not '${region.slice(0, 100)}'.`;
  const error = service.requestErrors?.wrongRegion?.(message);
  if (error !== undefined) return error;
  switch (model.protocol) {
    case "ec2Query":
      return new AwsError("AuthFailure", message, 401);
    case "awsQuery":
    case "restXml":
      return new AwsError("SignatureDoesNotMatch", message, 403);
    case "json1.0":
    case "json1.1":
    case "rpcv2Cbor":
    case "restJson":
      return new AwsError("InvalidSignatureException", message);
  }
}

/** The response to a request of a web page. */
export const webPageAnswer = (request: WireRequest, rejection: string): WireResponse =>
  isAdminRequest(request)
    ? jsonResponse({ error: rejection }, 403)
    : plainError(new RejectedRequest("AccessDenied", rejection, 403), request);

/** The response to a request with a too large body. */
export function tooLargeAnswer(
  request: WireRequest,
  { limit, message }: BodyTooLargeError,
): WireResponse {
  const answer = isAdminRequest(request)
    ? jsonResponse({ error: message }, 413)
    : plainError(bodyTooLarge(request, limit), request);
  return { ...answer, headers: { ...answer.headers, connection: "close" } };
}

/**
 * The error for a body that is larger than the limit. Source: "Common Errors" of the API references, which apply to all
 * services (the EC2 API has no own code).
 */
function bodyTooLarge(request: WireRequest, limit: number): AwsError {
  const message = `The body is larger than ${limit} bytes`;
  const errors = serviceNamed(signedScope(request)?.service ?? "")?.requestErrors;
  return (
    errors?.bodyTooLarge?.(operationName(modelFor(request), request), message) ??
    new RejectedRequest("RequestEntityTooLargeException", message, 413)
  );
}

/**
 * The model of the service that a request is signed for. Without a signature, a model with only the protocol that the
 * headers indicate.
 */
function modelFor(request: WireRequest): ServiceModel {
  const service = signedScope(request)?.service ?? "";
  if (isService(service)) return modelForRequest(loadModel(service), request);
  return {
    service: "",
    protocol: protocolOf(request),
    version: "",
    target: "",
    xmlNamespace: "",
    operations: {},
    errors: {},
    shapes: [],
  };
}

/** Services of the REST-XML protocol that the sandbox does not have. Source: the API models in AWS SDK for JavaScript. */
const REST_XML_SERVICES = new Set(["cloudfront", "s3-control", "s3express", "s3-outposts"]);

/** The protocol of a request to a service that has no model, derived from the headers of the request. */
function protocolOf(request: WireRequest): ServiceModel["protocol"] {
  const { headers } = request;
  if (headers["smithy-protocol"] === "rpc-v2-cbor") return "rpcv2Cbor";
  if (headers["x-amz-target"] !== undefined) return "json1.1";
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  // A client of a query protocol sends a form. Without a signature the protocol is unknown.
  const service = signedScope(request)?.service;
  if (isForm || service === undefined) return "awsQuery";
  return REST_XML_SERVICES.has(service) ? "restXml" : "restJson";
}

/** An error response in the protocol of the request. */
export function plainError(error: unknown, request: WireRequest): WireResponse {
  const requestId = randomUUID();
  return withRequestId(
    encodeError(
      modelFor(request),
      error instanceof AwsError ? error : internalFailure(error),
      requestId,
    ),
    requestId,
  );
}

/** The description of a call for the call log and the observers. It becomes complete while the call is decoded. */
class CallReport {
  readonly service: string;
  readonly region: string;
  operation = "";
  account = "";
  input: Readonly<Record<string, unknown>> = {};

  constructor(service: string, region: string) {
    this.service = service;
    this.region = region;
  }
}

/** Routes requests to the services and to the admin API. */
export class RequestHandler {
  readonly calls: CallRecord[] = [];
  /** Number of calls since the start or the last reset. The log contains the newest of them. */
  callCount = 0;
  readonly #store: Store;
  readonly #settings: SandboxSettings;
  readonly #now: () => Date;
  readonly #listenerPorts: ListenerPorts | undefined;
  readonly #hooks: SandboxHooks;
  readonly #limits: SandboxLimits;

  constructor(
    store: Store,
    settings: SandboxSettings,
    now: () => Date,
    listenerPorts: ListenerPorts | undefined,
    hooks: SandboxHooks,
    limits: SandboxLimits,
  ) {
    this.#limits = limits;
    this.#hooks = hooks;
    this.#store = store;
    this.#settings = settings;
    this.#now = now;
    this.#listenerPorts = listenerPorts;
  }

  async answer(
    request: WireRequest,
  ): Promise<WireResponse | StreamedResponse | typeof DROP_CONNECTION> {
    if (isAdminRequest(request))
      return answerAdminRequest(request, {
        services: serviceNames,
        store: this.#store,
        listenerPorts: this.#listenerPorts,
        calls: this.calls,
        forgetCalls: () => this.forgetCalls(),
        simulate: (simulation, place) =>
          simulate(this.#store, simulation, place, this.#now(), this.#settings),
      });
    const scope = scopeOf(request);
    const service = scope && serviceNamed(scope.service);
    if (scope && service) return this.#answerCall(request, scope, service);
    const error = scope
      ? notImplemented(`the service ${scope.service}`)
      : new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
    this.#log({
      service: scope?.service ?? "unknown",
      operation: request.headers["x-amz-target"] ?? `${request.method} ${request.path}`,
      error: error.code,
      message: error.message,
    });
    return plainError(error, request);
  }

  #log(record: CallRecord): void {
    const { calls, callText } = this.#limits;
    if (this.calls.length >= calls) this.calls.splice(0, Math.ceil(calls / 10));
    this.callCount++;
    this.calls.push({
      ...record,
      service: record.service.slice(0, callText),
      operation: record.operation.slice(0, callText),
      ...(record.message === undefined ? {} : { message: record.message.slice(0, callText) }),
    });
  }

  /** Empties the call log. */
  forgetCalls(): void {
    this.calls.length = 0;
    this.callCount = 0;
  }

  async #answerCall(
    request: WireRequest,
    scope: Scope,
    service: Service,
  ): Promise<WireResponse | typeof DROP_CONNECTION> {
    const requestId = randomUUID();
    const model = modelForRequest(loadModel(service.name), request);
    const report = new CallReport(service.name, scope.region);
    try {
      report.operation = operationName(model, request);
      if (!isRegion(scope.region)) throw wrongRegion(service, model, scope.region);
      const caller = callerOf(this.#store, scope.keyId, scope.region, this.#now());
      report.account = caller.account;
      const call = decodeCall(model, report.operation, request);
      report.input = call.input;
      const answer = await this.#execute(service, model, caller, report, (output) =>
        encodeAnswer(model, call.operation, output, requestId),
      );
      return answer === DROP_CONNECTION ? answer : withRequestId(answer, requestId);
    } catch (error) {
      const returnedError = this.#failed(report, model, error);
      return withRequestId(encodeError(model, returnedError, requestId), requestId);
    }
  }

  /**
   * Makes a call that a request of another protocol causes, as the requests to the container registry of Amazon ECR do. It is
   * logged, observed and authorized as a request to the API is.
   *
   * @param input valid by the model of the operation
   * @throws AwsError if the service rejects the call
   * @throws DroppedConnection if a fault injector closes the connection
   */
  async call(
    serviceName: string,
    { operation, input }: Call,
    caller: Caller,
    region: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    const service = serviceNamed(serviceName);
    if (!service) throw new TypeError(`unknown service ${serviceName}`);
    const model = loadModel(serviceName);
    const report = new CallReport(serviceName, region);
    report.operation = operation;
    report.account = caller.account;
    report.input = input;
    try {
      const output = await this.#execute(service, model, caller, report, (result) => result);
      if (output === DROP_CONNECTION) throw new DroppedConnection();
      return output;
    } catch (error) {
      throw error instanceof DroppedConnection ? error : this.#failed(report, model, error);
    }
  }

  /** Executes a decoded call, with the faults and the background work around it, and reports its success. */
  async #execute<Answer>(
    service: Service,
    model: ServiceModel,
    caller: Caller,
    report: CallReport,
    encode: (output: Readonly<Record<string, unknown>>) => Answer,
  ): Promise<Answer | typeof DROP_CONNECTION> {
    const { operation, input, account, region } = report;
    const [store, settings, now] = [this.#store, this.#settings, this.#now()];
    const fault = await this.#injectFault({
      account,
      region,
      service: service.name,
      operation,
      input,
      isRepeatable: isRepeatable(operation, input),
    });
    if (fault?.kind === "disconnect" && !fault.isExecuted) return DROP_CONNECTION;
    if (fault?.kind === "error") throw new AwsError(fault.code, fault.message, fault.status ?? 400);
    const isWaiterCall =
      settings.pace === "instant" && service.waiterOperations?.includes(operation) === true;
    const hasChangedBefore = this.#runDueBackgroundWork(now, isWaiterCall);
    const { result: answer, changed } = executeCall(
      store,
      service,
      model,
      { operation, input: { ...input } },
      { caller, region, now, settings, limits: this.#limits },
      encode,
    );
    if (changed || hasChangedBefore) await this.#listenerPorts?.sync();
    this.#report(report, changed);
    return fault?.kind === "disconnect" ? DROP_CONNECTION : answer;
  }

  /** Reports a failed call. Returns the error for the client. */
  #failed(report: CallReport, model: ServiceModel, error: unknown): AwsError {
    const awsError = toAwsError(model, error);
    const returnedError = awsError instanceof AwsError ? awsError : internalFailure(awsError);
    this.#report(report, false, returnedError);
    return returnedError;
  }

  #report(
    { service, operation, account, region, input }: CallReport,
    changed: boolean,
    error?: AwsError,
  ): void {
    const record: CallRecord = {
      service,
      operation,
      ...(error ? { error: error.code, message: error.message } : {}),
    };
    this.#log(record);
    this.#hooks.onCall?.({ ...record, account, region, input, changed });
  }

  /** Determines the fault of a call and waits for its delay. */
  async #injectFault(call: InterceptedCall): Promise<Fault | undefined> {
    const fault = this.#hooks.faultInjector?.(call);
    if (fault?.kind === "delay") await new Promise((resolve) => setTimeout(resolve, fault.ms));
    return fault;
  }

  /** Runs background work that is due before the call. Returns whether anything changed. */
  #runDueBackgroundWork(now: Date, isWaiterCall: boolean): boolean {
    if (this.#settings.pace === "real")
      return runBackgroundWork(this.#store, now, this.#settings, "clock");
    return isWaiterCall && runBackgroundWork(this.#store, now, this.#settings, "waited");
  }
}
