// Reduces the schemas that AWS's SDK v3 packages export to one compact JSON file a service, which the sandbox's
// wire layer reads at run time. The SDK (Apache-2.0) stays a development dependency.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NormalizedSchema } from "@smithy/core/schema";

/** signing name → package, protocol, and those that other clients speak */
const SERVICES = {
  acm: ["client-acm", "json1.1"],
  "application-autoscaling": ["client-application-auto-scaling", "json1.1"],
  codedeploy: ["client-codedeploy", "json1.1"],
  ec2: ["client-ec2", "ec2Query"],
  ecr: ["client-ecr", "json1.1"],
  ecs: ["client-ecs", "json1.1"],
  elasticloadbalancing: ["client-elastic-load-balancing-v2", "awsQuery"],
  events: ["client-eventbridge", "json1.1"],
  iam: ["client-iam", "awsQuery"],
  kms: ["client-kms", "json1.1"],
  logs: ["client-cloudwatch-logs", "json1.1"],
  monitoring: ["client-cloudwatch", "json1.0", ["awsQuery", "rpcv2Cbor"]],
  route53: ["client-route-53", "restXml"],
  s3: ["client-s3", "restXml"],
  secretsmanager: ["client-secrets-manager", "json1.1"],
  servicediscovery: ["client-servicediscovery", "json1.1"],
  ssm: ["client-ssm", "json1.1"],
  sts: ["client-sts", "awsQuery"],
};

/** The model of one service, from its SDK package. */
export async function buildModel(name, pkg, protocol, dialects) {
  const module = await import(`@aws-sdk/${pkg}`);
  const Client = Object.entries(module).find(([key]) => /^[A-Z].*Client$/.test(key))[1];
  const { protocolSettings } = new Client({ region: "us-east-1" }).config;
  return {
    ...reduce(name, module, protocolSettings, protocol, enumerationsOf(pkg)),
    ...(dialects ? { dialects } : {}),
    // The trait restXml#noErrorWrapping is not among those that the SDK's schemas keep.
    ...(name === "s3" ? { bareErrors: 1 } : {}),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = new URL("../src/sandbox/models/", import.meta.url);
  mkdirSync(out, { recursive: true });
  for (const [name, [pkg, protocol, dialects]] of Object.entries(SERVICES)) {
    writeFileSync(
      new URL(`${name}.json`, out),
      JSON.stringify(await buildModel(name, pkg, protocol, dialects)),
    );
  }
}

/**
 * The enumerations of a package, and the members that are of one: the SDK's schemas say neither, its declarations say
 * both. Answers the words of each enumeration, and per structure and member which it is.
 */
function enumerationsOf(pkg) {
  const folder = fileURLToPath(
    new URL(`../node_modules/@aws-sdk/${pkg}/dist-types/models/`, import.meta.url),
  );
  const text = (file) => readFileSync(join(folder, file), "utf8");
  const files = readdirSync(folder).filter((file) => /^(enums|models_\d+)\.d\.ts$/.test(file));
  const words = new Map();
  for (const [, name, body] of files
    .map(text)
    .join("\n")
    .matchAll(/export declare const (\w+): \{([^}]*)\}/g))
    words.set(
      name,
      [...body.matchAll(/: "([^"]*)";/g)].map((match) => match[1]),
    );
  const names = [...words.keys()].sort((a, b) => (a < b ? -1 : 1));
  const members = new Map();
  for (const [, structure, body] of files
    .map(text)
    .join("\n")
    .matchAll(/export interface (\w+)[^{]*\{\n([\s\S]*?)\n\}/g))
    for (const [, member, type] of body.matchAll(/^ {4}(\w+)\??: (?:Record<string, )?(\w+)/gm))
      if (words.has(type)) members.set(`${structure}.${member}`, names.indexOf(type));
  return { words: names.map((name) => words.get(name)), members };
}

/** The SDK moves S3's bucket into the host name; path style keeps it in the path. */
function pathStyle(uri, input) {
  if (!input.isStructSchema() || !input.getSchema()[4].includes("Bucket")) return uri;
  return `/{Bucket}${uri.replace(/^\/(?=$|\?)/, "")}`;
}

function reduce(name, module, settings, protocol, enumerations) {
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
    // Lists and maps of simple values are plain numbers in the SDK's schemas, as are the simple values themselves.
    const key =
      typeof schema === "object"
        ? schema
        : ns.isListSchema() || ns.isMapSchema()
          ? schema
          : JSON.stringify(kindOf(ns));
    const known = indexOf.get(key);
    if (known !== undefined) return known;
    const index = shapes.length;
    indexOf.set(key, index);
    shapes.push(undefined);
    if (ns.isStructSchema()) {
      const members = {};
      for (const [member, inner] of ns.structIterator()) {
        const of = enumerations.members.get(`${schema[2]}.${member}`);
        members[member] = { ...memberOf(inner, member), ...(of === undefined ? {} : { e: of }) };
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

  // q: name in a request, x: name in an answer (each only where it differs from the member's own)
  const memberOf = (ns, member) => {
    const traits = ns.getMergedTraits();
    const own = ns.getMemberTraits();
    const xml =
      own.xmlName ??
      (member === "member" || member === "key" || member === "value" ? traits.xmlName : undefined);
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
    shapes,
    enums: enumerations.words,
  };
}
