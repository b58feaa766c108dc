// Generates src/service-models/models: one compact file for each service in src/sandbox/services, from the schemas that the packages
// of the AWS SDK v3 export, and from constraints.json of each service. Each service declares its package in model.json.
// The sandbox and Berth's AWS client read the files at run time. For the client, it also writes the types of the operations in
// src/aws-client/operations.json. The SDK (Apache-2.0) is only a development dependency.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NormalizedSchema } from "@smithy/core/schema";
import { operationTypes } from "./operation-types.mjs";

const servicesFolder = new URL("../src/sandbox/services/", import.meta.url);

/** The names of the services: the folders with a declaration of the model (model.json). */
const serviceNames = () =>
  readdirSync(servicesFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/**
 * The declaration of a service's model: the SDK package (of the scope @aws-sdk), the protocol, and further protocols that
 * other clients use (dialects). `bareErrors` is the trait restXml#noErrorWrapping, and `queryCompatible` the trait
 * awsQueryCompatible, which the SDK's schemas do not have.
 */
const declarationOf = (name) =>
  JSON.parse(readFileSync(new URL(`${name}/model.json`, servicesFolder), "utf8"));

/** The model of one service, from its SDK package. */
export async function buildModel(name, sdkPackage, protocol) {
  const module = await import(`@aws-sdk/${sdkPackage}`);
  const Client = Object.entries(module).find(([key]) => /^[A-Z].*Client$/.test(key))[1];
  const { protocolSettings } = new Client({ region: "us-east-1" }).config;
  return reduce(
    name,
    module,
    protocolSettings,
    protocol,
    enumerationsOf(sdkPackage),
    constraintsOf(name),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = new URL("../src/service-models/models/", import.meta.url);
  mkdirSync(out, { recursive: true });
  const clientOperations = JSON.parse(
    readFileSync(new URL("../src/aws-client/operations.json", import.meta.url), "utf8"),
  );
  const models = [];
  for (const name of serviceNames()) {
    const { sdkPackage, protocol, dialects, bareErrors, queryCompatible } = declarationOf(name);
    const { queryErrors, ...built } = await buildModel(name, sdkPackage, protocol);
    const model = {
      ...built,
      ...(queryCompatible ? { queryErrors } : {}),
      ...(dialects ? { dialects } : {}),
      ...(bareErrors ? { bareErrors: 1 } : {}),
    };
    writeFileSync(new URL(`${name}.jsonl`, out), linesOf(model).join("\n"));
    if (Object.hasOwn(clientOperations, name)) models.push(model);
  }
  writeFileSync(new URL("operations.ts", out), operationTypes(models, clientOperations));
}

/** A line with everything but the shapes, and a line for each shape, so that the sandbox parses only the shapes it uses. */
function linesOf({ shapes, ...model }) {
  return [model, ...shapes].map((value) => JSON.stringify(value));
}

/**
 * The enumerations of a package: the values of each enumeration, and for each structure and member the index of its
 * enumeration. They are read from the SDK's type declarations, because its schemas do not have them.
 */
function enumerationsOf(pkg) {
  const folder = fileURLToPath(
    new URL(`../node_modules/@aws-sdk/${pkg}/dist-types/models/`, import.meta.url),
  );
  const text = (file) => readFileSync(join(folder, file), "utf8");
  const files = readdirSync(folder).filter((file) => /^(enums|models_\d+)\.d\.ts$/.test(file));
  const valuesByName = new Map();
  for (const [, name, body] of files
    .map(text)
    .join("\n")
    .matchAll(/export declare const (\w+): \{([^}]*)\}/g))
    valuesByName.set(
      name,
      [...body.matchAll(/: "([^"]*)";/g)].map((match) => match[1]),
    );
  const names = [...valuesByName.keys()].sort((a, b) => (a < b ? -1 : 1));
  const members = new Map();
  for (const [, structure, body] of files
    .map(text)
    .join("\n")
    .matchAll(/export interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm))
    for (const [, member, type] of body.matchAll(/^ {4}(\w+)\??: (?:Record<string, )?(\w+)/gm))
      if (valuesByName.has(type)) members.set(`${structure}.${member}`, names.indexOf(type));
  return { values: names.map((name) => valuesByName.get(name)), members };
}

/**
 * The constraints of a service, and for each structure and member the index of its constraint. They are read from
 * constraints.json of the service, because the SDK does not have them.
 */
function constraintsOf(name) {
  const file = new URL(`${name}/constraints.json`, servicesFolder);
  if (!existsSync(file)) return { values: [], indexOf: () => undefined };
  const { constraints, members } = JSON.parse(readFileSync(file, "utf8"));
  const names = Object.keys(constraints);
  const values = Object.values(constraints).map(({ key, value, ...constraint }) => ({
    ...constraint,
    ...(key === undefined ? {} : { key: names.indexOf(key) }),
    ...(value === undefined ? {} : { v: names.indexOf(value) }),
  }));
  return {
    values,
    indexOf: (structure, member) => {
      const constraint = members[structure]?.[member];
      return constraint === undefined ? undefined : names.indexOf(constraint);
    },
  };
}

/** The path with the bucket (path style). The SDK's path does not have the bucket, because it puts it into the host name. */
function pathStyle(uri, input) {
  if (!input.isStructSchema() || !input.getSchema()[4].includes("Bucket")) return uri;
  return `/{Bucket}${uri.replace(/^\/(?=$|\?)/, "")}`;
}

function reduce(name, module, settings, protocol, enumerations, constraints) {
  const shapes = [];
  const indexOf = new Map();

  const kindOf = (ns) => {
    if (ns.isUnitSchema()) return { k: "structure", m: {} };
    if (ns.isTimestampSchema())
      return { k: "timestamp", f: ["date-time", "http-date", "epoch"][ns.getSchema() - 5] };
    if (ns.isBlobSchema()) return { k: "blob" };
    if (ns.isBooleanSchema()) return { k: "boolean" };
    if (ns.isNumericSchema() || ns.isBigIntegerSchema() || ns.isBigDecimalSchema())
      return { k: "number" };
    if (ns.isDocumentSchema()) return { k: "document" };
    return { k: "string" };
  };

  const shapeOf = (ns) => {
    const schema = ns.getSchema();
    // The SDK's schemas have numbers for simple values, and for lists and maps of simple values.
    const key =
      typeof schema === "object"
        ? schema
        : ns.isListSchema() || ns.isMapSchema()
          ? schema
          : JSON.stringify(kindOf(ns));
    const existing = indexOf.get(key);
    if (existing !== undefined) return existing;
    const index = shapes.length;
    indexOf.set(key, index);
    shapes.push(undefined);
    if (ns.isStructSchema()) {
      const members = {};
      for (const [member, inner] of ns.structIterator()) {
        const enumeration = enumerations.members.get(`${schema[2]}.${member}`);
        const constraint = constraints.indexOf(schema[2], member);
        members[member] = {
          ...memberOf(inner, member),
          ...(enumeration === undefined ? {} : { e: enumeration }),
          ...(constraint === undefined ? {} : { c: constraint }),
        };
      }
      const required = schema[6] ?? 0;
      shapes[index] = {
        k: "structure",
        n: schema[2],
        m: members,
        ...(required ? { r: schema[4].slice(0, required) } : {}),
        ...(ns.isUnionSchema() ? { u: 1 } : {}),
      };
    } else if (ns.isListSchema()) {
      shapes[index] = { k: "list", v: memberOf(ns.getValueSchema(), "member") };
    } else if (ns.isMapSchema()) {
      shapes[index] = {
        k: "map",
        key: memberOf(ns.getKeySchema(), "key"),
        v: memberOf(ns.getValueSchema(), "value"),
      };
    } else {
      shapes[index] = kindOf(ns);
    }
    return index;
  };

  // q: name in a request, x: name in a response (only if it differs from the member's name)
  const memberOf = (ns, member) => {
    const traits = ns.getMergedTraits();
    const memberTraits = ns.getMemberTraits();
    // A JSON service that had a query protocol still has the names of that protocol in its schemas.
    const xml = protocol.startsWith("json")
      ? undefined
      : (memberTraits.xmlName ??
        (member === "member" || member === "key" || member === "value"
          ? traits.xmlName
          : undefined));
    const wire = traits.jsonName ?? xml ?? member;
    const upper = wire[0].toUpperCase() + wire.slice(1);
    const query = protocol === "ec2Query" ? (traits.ec2QueryName ?? upper) : wire;
    const entry = { s: shapeOf(ns) };
    if (query !== member) entry.q = query;
    if (wire !== member) entry.x = wire;
    if (traits.xmlFlattened) entry.flat = 1;
    if (traits.xmlAttribute) entry.attr = 1;
    if (traits.idempotencyToken) entry.token = 1;
    if (traits.xmlNamespace) entry.ns = traits.xmlNamespace;
    for (const http of ["httpHeader", "httpQuery", "httpPrefixHeaders"])
      if (traits[http]) entry[http] = traits[http];
    for (const http of ["httpLabel", "httpPayload", "httpQueryParams", "httpResponseCode"])
      if (traits[http]) entry[http] = 1;
    return entry;
  };

  const operations = {};
  const errors = {};
  const queryErrors = {};
  for (const [key, value] of Object.entries(module)) {
    if (!key.endsWith("$") || !Array.isArray(value)) continue;
    const [kind, , shapeName, traits] = value;
    if (kind === 9) {
      const http = NormalizedSchema.of(value).getMergedTraits().http;
      const input = NormalizedSchema.of(value[4]);
      operations[shapeName] = {
        i: shapeOf(input),
        o: shapeOf(NormalizedSchema.of(value[5])),
        ...(protocol.startsWith("rest") && http
          ? { http: [http[0], pathStyle(http[1], input), http[2]] }
          : {}),
      };
    } else if (kind === -3 && typeof traits === "object") {
      const [code, status] = traits.awsQueryError ?? [shapeName, traits.httpError ?? 400];
      errors[code] = status;
      if (traits.awsQueryError) queryErrors[code] = shapeName;
    }
  }
  return {
    service: name,
    protocol,
    version: settings.version,
    target: settings.serviceTarget,
    xmlNamespace: settings.xmlNamespace,
    operations,
    errors,
    queryErrors,
    shapes,
    enums: enumerations.values,
    constraints: constraints.values,
  };
}
