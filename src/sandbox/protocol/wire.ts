import { findViolations } from "./constraints.ts";
import { AwsError, MalformedRequest, RejectedRequest } from "./errors.ts";
import { readCbor, writeCbor, writeCborError } from "./cbor.ts";
import { decodeJson, decodeParsed, encodeJson } from "./json.ts";
import { ownProperty } from "../core/own-property.ts";
import { type ServiceModel, structureAt } from "../../service-models/index.ts";
import { decodeQuery, parseForm } from "./query.ts";
import { decodeRest, encodeRest, matchRest } from "./rest.ts";
import { validationError } from "./validation-errors.ts";
import type { Call, WireRequest, WireResponse } from "./wire-types.ts";
import { encodeMembers, escapeXml } from "./xml.ts";

const XML = { "content-type": "text/xml;charset=UTF-8" };
const CBOR = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };
const JSON_TYPES = {
  "json1.0": { "content-type": "application/x-amz-json-1.0" },
  "json1.1": { "content-type": "application/x-amz-json-1.1" },
} as const;

/**
 * The model with the protocol of a request. Most services have one protocol; a model can list others in `dialects`: for
 * CloudWatch, AWS's SDK for JavaScript uses CBOR and Terraform's provider the query protocol.
 */
export function modelForRequest(model: ServiceModel, request: WireRequest): ServiceModel {
  const usedProtocol = (model.dialects ?? []).find((dialect) => usesProtocol(dialect, request));
  return usedProtocol === undefined ? model : { ...model, protocol: usedProtocol };
}

function usesProtocol(protocol: ServiceModel["protocol"], { headers }: WireRequest): boolean {
  switch (protocol) {
    case "json1.0":
    case "json1.1":
      return headers["x-amz-target"] !== undefined;
    case "rpcv2Cbor":
      return headers["smithy-protocol"] === "rpc-v2-cbor";
    case "awsQuery":
    case "ec2Query":
      return (headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
    case "restXml":
    case "restJson":
      return false;
  }
}

/** The name of the operation, without decoding the input. */
export function operationName(model: ServiceModel, request: WireRequest): string {
  switch (model.protocol) {
    case "json1.0":
    case "json1.1":
      return (request.headers["x-amz-target"] ?? "").split(".").pop() ?? "";
    case "rpcv2Cbor":
      return /\/operation\/(\w+)$/.exec(request.path)?.[1] ?? "";
    case "restXml":
    case "restJson":
      return matchRest(model, request) ?? `${request.method} ${request.path}`;
    case "ec2Query":
    case "awsQuery":
      return (
        new URLSearchParams(request.body.toString("utf8")).get("Action") ??
        request.query.get("Action") ??
        ""
      );
  }
}

/** Source: "Common Errors" of the query and JSON services. */
function unknownOperation({ protocol }: ServiceModel, name: string): AwsError {
  switch (protocol) {
    case "json1.0":
    case "json1.1":
    case "rpcv2Cbor":
      return new AwsError("UnknownOperationException", `Unknown operation ${name}`);
    case "restJson":
      return new AwsError("UnknownOperationException", `Unknown operation ${name}`, 404);
    case "awsQuery":
    case "ec2Query":
    case "restXml":
      return new AwsError("InvalidAction", `The action ${name} is not valid for this web service.`);
  }
}

/**
 * Decodes an input that a service or a simulation passes without HTTP, as the body of a request of a JSON protocol.
 *
 * @throws AwsError if the input is invalid
 */
export const decodeInput = (
  model: ServiceModel,
  name: string,
  input: Readonly<Record<string, unknown>>,
): Call =>
  decodeCall(model, name, {
    method: "POST",
    path: "/",
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.from(JSON.stringify(input)),
  });

/**
 * Decodes a request against the model. Unknown members, wrong types, missing required members and values that the model
 * does not allow are rejected.
 *
 * @throws AwsError with the error code of the service
 */
export function decodeCall(model: ServiceModel, name: string, request: WireRequest): Call {
  const operation = ownProperty(model.operations, name);
  if (!operation) {
    throw unknownOperation(model, name);
  }
  let input: Record<string, unknown>;
  try {
    input = decodeRequest(model, name, request);
  } catch (error) {
    throw error instanceof MalformedRequest ? errorOf(model, error) : error;
  }
  const violations = findViolations(model, operation.i, input);
  if (violations.length > 0) throw validationError(model, violations);
  return { operation: name, input };
}

function decodeRequest(
  model: ServiceModel,
  name: string,
  request: WireRequest,
): Record<string, unknown> {
  const operation = ownProperty(model.operations, name);
  if (!operation) throw new RangeError(name);
  switch (model.protocol) {
    case "json1.0":
    case "json1.1":
      return decodeJson(model, operation.i, request.body.toString("utf8"));
    case "rpcv2Cbor":
      return decodeParsed(model, operation.i, readCbor(request.body));
    case "restXml":
    case "restJson":
      return decodeRest(model, operation, request);
    case "ec2Query":
    case "awsQuery": {
      const text =
        request.body.length > 0 ? request.body.toString("utf8") : request.query.toString();
      return decodeQuery(model, operation.i, parseForm(text));
    }
  }
}

/**
 * The error for a request that does not match the model. Source of the codes: "Error codes for the Amazon EC2 API",
 * "Common Errors" of the query and JSON services.
 */
function errorOf(model: ServiceModel, { kind, message }: MalformedRequest): AwsError {
  const isEc2 = model.protocol === "ec2Query";
  const isQuery = isEc2 || model.protocol === "awsQuery";
  switch (kind) {
    case "unknown-member":
      if (isEc2)
        return new AwsError("UnknownParameter", `The parameter ${message} is not recognized`);
      return new AwsError(
        isQuery ? "ValidationError" : "ValidationException",
        `The member ${message} is not known`,
      );
    case "malformed":
      if (isEc2) return new AwsError("InvalidParameterValue", message);
      return new AwsError(isQuery ? "MalformedInput" : "SerializationException", message);
  }
}

export function encodeAnswer(
  model: ServiceModel,
  name: string,
  output: Readonly<Record<string, unknown>>,
  requestId: string,
): WireResponse {
  const operation = ownProperty(model.operations, name);
  if (!operation) throw new RangeError(name);
  const members = structureAt(model, operation.o).m;
  const unknownMember = Object.keys(output).find((key) => !Object.hasOwn(members, key));
  if (unknownMember !== undefined)
    throw new TypeError(`${name} answers no member ${unknownMember}`);
  switch (model.protocol) {
    case "json1.0":
    case "json1.1":
      return {
        status: 200,
        headers: JSON_TYPES[model.protocol],
        body: JSON.stringify(encodeJson(model, operation.o, output)),
      };
    case "rpcv2Cbor":
      return { status: 200, headers: CBOR, body: writeCbor(model, operation.o, output) };
    case "restXml":
    case "restJson":
      return encodeRest(model, operation, output);
    case "ec2Query": {
      const inner =
        Object.keys(members).length === 0
          ? "<return>true</return>"
          : encodeMembers(model, operation.o, output);
      return xml(
        `<${name}Response xmlns="${model.xmlNamespace}/"><requestId>${requestId}</requestId>${inner}</${name}Response>`,
      );
    }
    case "awsQuery": {
      const inner = encodeMembers(model, operation.o, output);
      // An operation without an output has no result element; an empty output is an empty result element.
      const isUnit = structureAt(model, operation.o).n === undefined;
      const result = isUnit ? "" : `<${name}Result>${inner}</${name}Result>`;
      const id = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
      return xml(`<${name}Response xmlns="${model.xmlNamespace}">${result}${id}</${name}Response>`);
    }
  }
}

const xml = (content: string, status = 200): WireResponse => ({
  status,
  headers: XML,
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${content}`,
});

export function encodeError(model: ServiceModel, error: AwsError, requestId: string): WireResponse {
  const status =
    error.status === 400 ? (ownProperty(model.errors, error.code) ?? 400) : error.status;
  const jsonStatus = status >= 500 || error instanceof RejectedRequest ? status : 400;
  const detail = `<Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message>`;
  switch (model.protocol) {
    case "json1.0":
    case "json1.1": {
      const type = ownProperty(model.queryErrors ?? {}, error.code) ?? error.code;
      return {
        status: jsonStatus,
        headers: {
          ...JSON_TYPES[model.protocol],
          "x-amzn-errortype": type,
          // Source: Smithy, "AWS query compatible": clients read the code of the query protocol from this header.
          ...(model.queryErrors === undefined
            ? {}
            : { "x-amzn-query-error": `${error.code};${status >= 500 ? "Receiver" : "Sender"}` }),
        },
        body: JSON.stringify({ __type: type, message: error.message, ...error.members }),
      };
    }
    case "rpcv2Cbor":
      return {
        status: jsonStatus,
        headers: CBOR,
        body: writeCborError(error.code, error.message),
      };
    case "ec2Query":
      return xml(
        `<Response><Errors><Error>${detail}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
        status,
      );
    case "awsQuery": {
      const type = status >= 500 ? "Receiver" : "Sender";
      return xml(
        `<ErrorResponse xmlns="${model.xmlNamespace}"><Error><Type>${type}</Type>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
        status,
      );
    }
    case "restJson":
      return {
        status,
        headers: { "content-type": "application/json", "x-amzn-errortype": error.code },
        body: JSON.stringify({ message: error.message, ...error.members }),
      };
    case "restXml":
      return xml(
        model.bareErrors === 1
          ? `<Error>${detail}<RequestId>${requestId}</RequestId></Error>`
          : `<ErrorResponse xmlns="${model.xmlNamespace}"><Error><Type>Sender</Type>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
        status,
      );
  }
}
