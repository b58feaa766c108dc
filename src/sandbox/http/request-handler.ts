import { randomUUID } from "node:crypto";
import { isRegion } from "../../aws/regions.ts";
import { callerOf } from "../authorization/callers.ts";
import { answerAdminRequest, isAdminRequest, json } from "./admin-api.ts";
import type { CallRecord, ObservedCall } from "./call-record.ts";
import type { ListenerPorts } from "./listener-ports.ts";
import { executeCall, toAwsError } from "../core/execute-call.ts";
import { type Fault, isRepeatable, type FaultInjector } from "../fault-injection.ts";
import { type BodyTooLargeError, CUT, stackOf } from "./http-server.ts";
import type { SandboxSettings } from "../settings.ts";
import { runBackgroundWork } from "../core/background-work.ts";
import type { SandboxLimits } from "../core/limits.ts";
import { AwsError, notImplemented, RejectedRequest } from "../protocol/errors.ts";
import { loadModel, type ServiceModel } from "../protocol/model.ts";
import {
  bodyTooLarge,
  decodeCall,
  dialectOf,
  encodeAnswer,
  encodeError,
  operationName,
} from "../protocol/wire.ts";
import type { WireRequest, WireResponse } from "../protocol/wire-types.ts";
import type { Service } from "../core/operation.ts";
import { services } from "../services/index.ts";
import type { Store } from "../core/store.ts";

/** What may be hung on the sandbox's front: whoever watches, and whoever makes trouble. */
export interface SandboxHooks {
  readonly onCall?: ((call: ObservedCall) => void) | undefined;
  readonly trouble?: FaultInjector | undefined;
}

interface Scope {
  readonly keyId: string;
  readonly region: string;
  readonly service: string;
}

/** Calls that are made without a signature, and whose it is to answer. */
const UNSIGNED = /^Action=AssumeRoleWithWebIdentity&|&Action=AssumeRoleWithWebIdentity(&|$)/;

/** Whom a request is signed by and for, from its credential scope. Signatures are not verified: there are no secrets here. */
function signedScope({ headers, query }: WireRequest): Scope | undefined {
  const credential =
    /Credential=([^,\s]+)/.exec(headers["authorization"] ?? "")?.[1] ??
    query.get("X-Amz-Credential");
  const [key = "", , region, service] = (credential ?? "").split("/");
  return region === undefined || service === undefined
    ? undefined
    : { keyId: key, region, service };
}

function scopeOf(request: WireRequest): Scope | undefined {
  const scope = signedScope(request);
  if (scope !== undefined || !UNSIGNED.test(request.body.toString("latin1"))) return scope;
  return { keyId: "", region: "us-east-1", service: "sts" };
}

const byName = new Map<string, Service>(services.map((service) => [service.name, service]));

const withId = (response: WireResponse, requestId: string): WireResponse => ({
  ...response,
  headers: { ...response.headers, "x-amzn-requestid": requestId, "x-amz-request-id": requestId },
});

/** A fault of the sandbox itself is said as such, with its stack in the message. */
const ownFault = (error: unknown): AwsError => new AwsError("InternalFailure", stackOf(error), 500);

/**
 * A signature for a region that is none. Unknown regions are rejected too: the sandbox does not know their zones.
 *
 * Source: IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests"; Amazon S3 API Reference,
 * "Error responses"; "Error codes for the Amazon EC2 API".
 */
function wrongRegion(model: ServiceModel, region: string): AwsError {
  const message = `Credential should be scoped to a valid region, not '${region.slice(0, 100)}'.`;
  switch (model.protocol) {
    case "ec2Query":
      return new AwsError("AuthFailure", message, 401);
    case "awsQuery":
      return new AwsError("SignatureDoesNotMatch", message, 403);
    case "restXml":
      return model.service === "s3"
        ? new AwsError("AuthorizationHeaderMalformed", message)
        : new AwsError("SignatureDoesNotMatch", message, 403);
    case "json1.0":
    case "json1.1":
    case "rpcv2Cbor":
    case "restJson":
      return new AwsError("InvalidSignatureException", message);
  }
}

/** The answer to a request of a web page. */
export const webPageAnswer = (request: WireRequest, why: string): WireResponse =>
  isAdminRequest(request)
    ? json({ error: why }, 403)
    : plainError(new RejectedRequest("AccessDenied", why, 403), request);

/** The answer to a request whose body is too large. */
export function tooLargeAnswer(
  request: WireRequest,
  { limit, message }: BodyTooLargeError,
): WireResponse {
  const answer = isAdminRequest(request)
    ? json({ error: message }, 413)
    : plainError(bodyTooLarge(modelFor(request), request, limit), request);
  return { ...answer, headers: { ...answer.headers, connection: "close" } };
}

/** The model of the service that a request is signed for; without one, only the protocol, as far as headers tell it. */
function modelFor(request: WireRequest): ServiceModel {
  const service = byName.get(signedScope(request)?.service ?? "");
  if (service !== undefined) return dialectOf(loadModel(service.name), request);
  const { headers } = request;
  const protocol =
    headers["smithy-protocol"] === "rpc-v2-cbor"
      ? "rpcv2Cbor"
      : headers["x-amz-target"] === undefined
        ? "awsQuery"
        : "json1.1";
  return {
    service: "",
    protocol,
    version: "",
    target: "",
    xmlNamespace: "",
    operations: {},
    errors: {},
    shapes: [],
  };
}

/** An error in the protocol that the request speaks. */
export function plainError(error: unknown, request: WireRequest): WireResponse {
  const requestId = randomUUID();
  return withId(
    encodeError(modelFor(request), error instanceof AwsError ? error : ownFault(error), requestId),
    requestId,
  );
}

/** Takes requests to the service they are for, and answers them. */
export class RequestHandler {
  readonly calls: CallRecord[] = [];
  /** Calls since the start or the last reset; the log holds the newest of them. */
  callCount = 0;
  readonly #world: Store;
  readonly #laws: SandboxSettings;
  readonly #now: () => Date;
  readonly #doors: ListenerPorts | undefined;
  readonly #onlookers: SandboxHooks;
  readonly #limits: SandboxLimits;

  constructor(
    world: Store,
    laws: SandboxSettings,
    now: () => Date,
    doors: ListenerPorts | undefined,
    onlookers: SandboxHooks,
    limits: SandboxLimits,
  ) {
    this.#limits = limits;
    this.#onlookers = onlookers;
    this.#world = world;
    this.#laws = laws;
    this.#now = now;
    this.#doors = doors;
  }

  async answer(request: WireRequest): Promise<WireResponse | typeof CUT> {
    if (isAdminRequest(request))
      return answerAdminRequest(request, {
        services: [...byName.keys()].sort(),
        store: this.#world,
        listenerPorts: this.#doors,
        calls: this.calls,
        forgetCalls: () => this.forgetCalls(),
      });
    const scope = scopeOf(request);
    const service = scope ? byName.get(scope.service) : undefined;
    if (scope && service) return this.#serve(request, scope, service);
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

  async #serve(
    request: WireRequest,
    scope: Scope,
    service: Service,
  ): Promise<WireResponse | typeof CUT> {
    const requestId = randomUUID();
    const [world, laws, now] = [this.#world, this.#laws, this.#now()];
    const model = dialectOf(loadModel(service.name), request);
    let [operation, account] = ["", ""];
    let input: Readonly<Record<string, unknown>> = {};
    const tell = (changed: boolean, refusal?: AwsError): void => {
      const record: CallRecord = {
        service: service.name,
        operation,
        ...(refusal ? { error: refusal.code, message: refusal.message } : {}),
      };
      this.#log(record);
      this.#onlookers.onCall?.({ ...record, account, region: scope.region, input, changed });
    };
    try {
      operation = operationName(model, request);
      if (!isRegion(scope.region)) throw wrongRegion(model, scope.region);
      const caller = callerOf(world, scope.keyId, scope.region, now);
      account = caller.account;
      const call = decodeCall(model, operation, request);
      input = call.input;
      const fault = await this.#befalls(service.name, operation, input);
      if (fault?.kind === "lost" && !fault.isCarriedOut) return CUT;
      if (fault?.kind === "refused")
        throw new AwsError(fault.code, fault.message, fault.status ?? 400);
      const isWait = laws.pace === "instant" && service.waits?.includes(operation) === true;
      const moved = this.#settleBefore(now, isWait);
      const { result: response, changed } = executeCall(
        world,
        service,
        model,
        call,
        { caller, region: scope.region, now, laws, limits: this.#limits },
        (output) => encodeAnswer(model, operation, output, requestId),
      );
      if (changed || moved) await this.#doors?.sync();
      tell(changed);
      return fault?.kind === "lost" ? CUT : withId(response, requestId);
    } catch (error) {
      const known = toAwsError(model, error);
      const refusal = known instanceof AwsError ? known : ownFault(known);
      tell(false, refusal);
      return withId(encodeError(model, refusal, requestId), requestId);
    }
  }

  /** What trouble there is for a call; a delay is over when this is. */
  async #befalls(
    service: string,
    operation: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<Fault | undefined> {
    const fault = this.#onlookers.trouble?.({
      service,
      operation,
      input,
      isRepeatable: isRepeatable(operation, input),
    });
    if (fault?.kind === "late") await new Promise((resolve) => setTimeout(resolve, fault.ms));
    return fault;
  }

  /** What is due before a call is answered. */
  #settleBefore(now: Date, isWait: boolean): boolean {
    if (this.#laws.pace === "real") return runBackgroundWork(this.#world, now, this.#laws, "clock");
    return isWait && runBackgroundWork(this.#world, now, this.#laws, "waited");
  }
}
