// Writes constraints.json of each service in src/sandbox/services: the lengths, ranges and patterns of its inputs. The AWS SDK for
// JavaScript has no constraints, so that they are taken from the service models of botocore (Apache-2.0, see NOTICE). model.json
// of the service has the folder of botocore. S3 has none: its errors depend on the place of a value, and its model has almost no
// constraint.
//
//   node tools/extract-constraints.mjs <folder of the package botocore>
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const services = new URL("../src/sandbox/services/", import.meta.url);

/**
 * Members whose constraints are left out. The model of EC2 has constraints that EC2 does not document, except the range of
 * MaxResults.
 */
const isOmitted = (service, member) => service === "ec2" && member !== "MaxResults";

const botocore = process.argv[2];
const version = /__version__ = '([^']+)'/.exec(
  readFileSync(join(botocore, "__init__.py"), "utf8"),
)[1];

for (const folder of readdirSync(services, { withFileTypes: true }).filter((file) =>
  file.isDirectory(),
)) {
  const service = folder.name;
  const { botocoreModel: name } = JSON.parse(
    readFileSync(new URL(`${service}/model.json`, services), "utf8"),
  );
  if (name === undefined) continue;
  const api = readdirSync(join(botocore, "data", name))
    .sort()
    .at(-1);
  const file = join(botocore, "data", name, api, "service-2.json.gz");
  const { operations, shapes } = JSON.parse(gunzipSync(readFileSync(file)).toString("utf8"));
  const constraints = {};
  const members = {};

  /** Records the constraint of a shape and of its elements. Returns whether there is one. */
  const record = (shapeName, seen = new Set()) => {
    const shape = shapes[shapeName];
    if (shapeName in constraints) return true;
    if (shape.type === "structure" || seen.has(shapeName)) return false;
    seen.add(shapeName);
    const constraint = {};
    for (const key of ["min", "max", "pattern", "sensitive"])
      if (shape[key] !== undefined) constraint[key] = shape[key];
    for (const [key, inner] of [
      ["key", shape.key],
      ["value", shape.value ?? shape.member],
    ])
      if (inner !== undefined && record(inner.shape, seen)) constraint[key] = inner.shape;
    if (Object.keys(constraint).length === 0) return false;
    constraints[shapeName] = constraint;
    return true;
  };

  const visited = new Set();
  const visit = (shapeName) => {
    if (visited.has(shapeName)) return;
    visited.add(shapeName);
    const shape = shapes[shapeName];
    for (const [member, { shape: inner }] of Object.entries(shape.members ?? {})) {
      if (!isOmitted(service, member) && record(inner)) (members[shapeName] ??= {})[member] = inner;
      visit(inner);
    }
    for (const inner of [shape.member, shape.key, shape.value]) if (inner) visit(inner.shape);
  };
  for (const { input } of Object.values(operations)) if (input) visit(input.shape);

  const sorted = (object) =>
    Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
  const lines = (object) =>
    Object.entries(sorted(object))
      .map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
      .join(",\n");
  writeFileSync(
    new URL(`${service}/constraints.json`, services),
    `{\n  "source": "botocore ${version}, data/${name}/${api}/service-2.json",\n  "constraints": {\n${lines(constraints)}\n  },\n  "members": {\n${lines(members)}\n  }\n}\n`,
  );
}
