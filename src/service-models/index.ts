import { readFileSync } from "node:fs";

/** Protocol of the requests and responses of a service. */
export type Protocol =
  | "ec2Query"
  | "awsQuery"
  | "json1.0"
  | "json1.1"
  | "rpcv2Cbor"
  | "restXml"
  | "restJson";

/** A member of a structure, list or map, with its names in requests and responses, if they differ from its name. */
export interface Member {
  /** Index of the member's shape in the model. */
  readonly s: number;
  /** Name in a query request. */
  readonly q?: string;
  /** Name in XML or JSON. */
  readonly x?: string;
  readonly flat?: 1;
  readonly attr?: 1;
  /** Index of the enumeration of its allowed values. */
  readonly e?: number;
  /** Index of its constraint. */
  readonly c?: number;
  readonly token?: 1;
  readonly ns?: string | readonly [string, string];
  readonly httpHeader?: string;
  readonly httpQuery?: string;
  readonly httpPrefixHeaders?: string;
  readonly httpLabel?: 1;
  readonly httpPayload?: 1;
  readonly httpQueryParams?: 1;
  readonly httpResponseCode?: 1;
}

export interface Structure {
  readonly k: "structure";
  /** Name of the shape. */
  readonly n?: string;
  readonly m: Readonly<Record<string, Member>>;
  /** Required members. */
  readonly r?: readonly string[];
  /** Set for a union. */
  readonly u?: 1;
}

export type Shape =
  | Structure
  | { readonly k: "list"; readonly v: Member }
  | { readonly k: "map"; readonly key: Member; readonly v: Member }
  | { readonly k: "timestamp"; readonly f?: "date-time" | "http-date" | "epoch" }
  | { readonly k: "string" | "number" | "boolean" | "blob" | "document" };

/** Limits of a value: of the length of a string, list, map or blob, or of a number. */
export interface Constraint {
  readonly min?: number;
  readonly max?: number;
  /** Regular expression that the whole string must match, in the syntax of Java. */
  readonly pattern?: string;
  /** Set if AWS does not repeat the value in its errors. */
  readonly sensitive?: true;
  /** Index of the constraint of the keys of a map. */
  readonly key?: number;
  /** Index of the constraint of the elements of a list or the values of a map. */
  readonly v?: number;
}

export interface OperationModel {
  readonly i: number;
  readonly o: number;
  /** Method, URI pattern and success status; only for REST protocols. */
  readonly http?: readonly [string, string, number];
}

/** The protocol and the shapes of a service, from the models of AWS's SDK. Written by tools/build-models.mjs. */
export interface ServiceModel {
  readonly service: string;
  readonly protocol: Protocol;
  /** Other protocols that clients use. */
  readonly dialects?: readonly Protocol[];
  /** Set if XML errors have no enclosing element: the trait noErrorWrapping of S3. */
  readonly bareErrors?: 1;
  /** The shape of an error by its code, of a JSON service that has the error codes of its former query protocol. */
  readonly queryErrors?: Readonly<Record<string, string>>;
  readonly version: string;
  readonly target: string;
  readonly xmlNamespace: string;
  readonly operations: Readonly<Record<string, OperationModel>>;
  /** HTTP status by error code. */
  readonly errors: Readonly<Record<string, number>>;
  /** The shapes by index. Use `shapeAt`: the shapes of a loaded model are parsed at their first use. */
  readonly shapes: readonly Shape[];
  readonly enums?: readonly (readonly string[])[];
  readonly constraints?: readonly Constraint[];
}

const loaded = new Map<string, ServiceModel>();

/** The texts of shapes that are not parsed yet, for the shapes of a loaded model. */
const textsOfShapes = new WeakMap<readonly Shape[], readonly string[]>();

/**
 * Reads the model of a service: a line with everything but the shapes, and a line for each shape. A shape is parsed at
 * its first use, because a call uses few of EC2's 3,000 shapes. Models are cached.
 */
export function loadModel(service: string): ServiceModel {
  let model = loaded.get(service);
  if (!model) {
    const file = new URL(`./models/${service}.jsonl`, import.meta.url);
    const [header = "", ...texts] = readFileSync(file, "utf8").split("\n");
    const shapes: readonly Shape[] = [];
    textsOfShapes.set(shapes, texts);
    model = { ...(JSON.parse(header) as Omit<ServiceModel, "shapes">), shapes }; // a generated file of Berth
    loaded.set(service, model);
  }
  return model;
}

export function shapeAt({ service, shapes }: ServiceModel, index: number): Shape {
  const shape = shapes[index] ?? parseShape(shapes as Shape[], index); // a cache of loadModel
  if (!shape) throw new RangeError(`${service} has no shape ${index}`);
  return shape;
}

function parseShape(shapes: Shape[], index: number): Shape | undefined {
  const text = textsOfShapes.get(shapes)?.[index];
  if (text === undefined) return undefined;
  return (shapes[index] = JSON.parse(text) as Shape); // a generated file of Berth
}

export function structureAt(model: ServiceModel, index: number): Structure {
  const shape = shapeAt(model, index);
  if (shape.k !== "structure")
    throw new TypeError(`${model.service}: shape ${index} is a ${shape.k}`);
  return shape;
}
