import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Context, Operation } from "../../src/sandbox/core/operation.ts";
import { toText } from "../../src/sandbox/core/state-encoding.ts";
import { Table } from "../../src/sandbox/core/table.ts";
import type { Service } from "../../src/sandbox/core/service.ts";
import { unsupportedMember } from "../../src/sandbox/core/unsupported-members.ts";
import { AwsError } from "../../src/sandbox/protocol/errors.ts";
import { loadAllServices } from "../../src/sandbox/services/loader.ts";
import { loadModel, type ServiceModel } from "../../src/service-models/index.ts";
import {
  type NestedMember,
  nestedMembers,
  type Observation,
  requestOf,
  withMember,
} from "./paths.ts";

/*
 * Observes every call of the tests of the sandbox: repeats it with one more nested member, and records whether the sandbox
 * reads or stores that member, rejects the request, or accepts it without reading the member.
 */

/** After this many requests without a result, a member is not tried again. */
const MAX_ATTEMPTS = 12;

interface Observed {
  readonly nested: NestedMember;
  attempts: number;
  result: Observation["result"];
  error?: string;
}

/** Ends a repeated request, so that it changes nothing. */
class EndOfAttempt extends Error {}

// Vitest evaluates this file for each file of tests, and keeps the modules of the sandbox.
const shared = globalThis as { nestedMembers?: Map<string, Map<string, Observed>> };
const observations = (shared.nestedMembers ??= new Map<string, Map<string, Observed>>());
let storedRows: unknown[] | undefined;

const table = Table.prototype as {
  put: (this: Table<unknown>, id: string, row: unknown) => unknown;
};
const originalPut = table.put;
table.put = function (id, row) {
  storedRows?.push(row);
  return originalPut.call(this, id, row);
};

function attempt(
  context: Context,
  run: Operation["run"],
  input: Record<string, unknown>,
): string | undefined {
  const before = storedRows;
  storedRows = [];
  try {
    context.attempt(() => {
      const output = run(context, input);
      // What is stored or returned is read here.
      toText({ output, storedRows });
      throw new EndOfAttempt();
    });
  } catch (error) {
    if (error instanceof EndOfAttempt) return undefined;
    return error instanceof AwsError
      ? `${error.code}: ${error.message}`
      : `internal: ${String(error)}`;
  } finally {
    storedRows = before;
  }
  return undefined;
}

function observe(
  service: Service,
  model: ServiceModel,
  name: string,
  operation: Operation,
  run: Operation["run"],
  context: Context,
  input: Record<string, unknown>,
): void {
  const key = `${model.service}:${name}`;
  let members = observations.get(key);
  if (!members) {
    const accepted = operation.supportedParameters.filter((member) =>
      Object.hasOwn(requestOf(model, name).m, member),
    );
    members = new Map(
      nestedMembers(model, name, accepted).map((nested) => [
        nested.path.join("."),
        { nested, attempts: 0, result: "not-tried" as const },
      ]),
    );
    observations.set(key, members);
  }
  const open = [...members.values()].filter(
    ({ result, attempts }) => result !== "read" && attempts < MAX_ATTEMPTS,
  );
  if (open.length === 0 || attempt(context, run, input) !== undefined) return;
  for (const observed of open) {
    let isRead = false;
    const probe = withMember(model, name, input, observed.nested, () => {
      isRead = true;
    });
    const unsupported = unsupportedMember(
      model,
      model.operations[name]?.i ?? -1,
      probe,
      service.unsupportedMembers ?? {},
    );
    isRead = false;
    const error =
      unsupported === undefined ? attempt(context, run, probe) : `NotImplemented: ${unsupported}`;
    observed.attempts++;
    if (isRead) observed.result = "read";
    else if (error === undefined) observed.result = "ignored";
    else if (observed.result !== "ignored") {
      observed.result = "rejected";
      observed.error = error;
    }
  }
}

let isObserving = false;

for (const service of await loadAllServices()) {
  const model = loadModel(service.name);
  for (const [name, operation] of Object.entries(service.operations)) {
    if ("observed" in operation) continue;
    const run = operation.run.bind(operation);
    Object.assign(operation, {
      observed: true,
      run: (context: Context, input: Record<string, unknown>) => {
        if (!isObserving) {
          isObserving = true;
          try {
            observe(service, model, name, operation, run, context, input);
          } finally {
            isObserving = false;
          }
        }
        return run(context, input);
      },
    });
  }
}

afterAll(() => {
  const folder = process.env["NESTED_MEMBERS_FOLDER"];
  if (folder === undefined) return;
  const rows: Observation[] = [...observations].flatMap(([operation, members]) =>
    [...members].map(([path, { result, error }]) => ({ operation, path, result, error })),
  );
  writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(rows));
});
