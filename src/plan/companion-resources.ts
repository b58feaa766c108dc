import { realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../shared/index.ts";
import type { Json } from "./plan-json.ts";
import {
  dynamicBlocksOf,
  type ModuleFiles,
  readModules,
  referencesInExpression,
} from "./terraform-files.ts";

const NAME_PREFIX = "berth_companion_";

const FILE = "zzzz_berth_companions.tf.json";

/** The maximum number of locals that are followed, one after another, to find a value. */
const MAX_LOCAL_DEPTH = 4;

/** The name of the companion resource on which data sources depend that are read during the apply. */
export const DEFERRED_READS_COMPANION: string = `${NAME_PREFIX}deferred_reads`;

/** The name of the companion resource of an attribute. */
export const companionName = (type: string, name: string, attribute: string): string =>
  `${NAME_PREFIX}${type}_${name}_${attribute}`;

/** True for a companion resource: a terraform_data that `writeCompanionResources` has added to the configuration. */
export const isCompanion = ({
  type,
  name,
}: {
  readonly type: string;
  readonly name: string;
}): boolean => type === "terraform_data" && name.startsWith(NAME_PREFIX);

interface CompanionSource {
  readonly attribute: string;
  /** The `input` of the companion resource; undefined if the attribute needs none. */
  readonly inputOf: (body: Json, module: ModuleFiles) => unknown;
}

/** Attributes that Terraform shows as unknown as a whole if one value in them is unknown. */
const COMPANION_SOURCES: Readonly<Record<string, readonly CompanionSource[]>> = {
  aws_ecs_task_definition: [
    {
      attribute: "container_definitions",
      inputOf: (body, { locals }) => encodedValue(body["container_definitions"], locals),
    },
  ],
  aws_ecs_service: [
    { attribute: "load_balancer", inputOf: (body) => constantContent(body, "load_balancer") },
  ],
  aws_security_group: ["ingress", "egress"].map((attribute) => ({
    attribute,
    inputOf: (body) => forEachValues(body, attribute),
  })),
};

/**
 * Adds companion resources to a configuration. Terraform shows a JSON string as unknown if one value in it is unknown,
 * and dynamic blocks as unknown if their for_each is. The companion of such an attribute is a terraform_data whose input
 * is the value itself: the plan then contains every part of the value that is known.
 *
 * @param root a copy of a root module, after terraform init
 * @param boundary the folder that contains the copy; no file outside of it is written
 * @returns a function that removes the companion resources and returns true if there were any
 */
export async function writeCompanionResources(
  root: string,
  boundary: string,
): Promise<() => boolean> {
  const files: string[] = [];
  for (const module of await readModules(root)) {
    const companions = companionsOf(module);
    if (companions.length === 0) continue;
    const file = join(realpathSync(module.directory), FILE);
    replaceFile(
      file,
      JSON.stringify({ resource: { terraform_data: Object.fromEntries(companions) } }),
      { below: realpathSync(boundary) },
    );
    files.push(file);
  }
  return () => {
    for (const file of files) rmSync(file, { force: true });
    return files.length > 0;
  };
}

function companionsOf(module: ModuleFiles): [name: string, body: Json][] {
  return [...module.resources].flatMap(([address, body]) => {
    const [type = "", name = ""] = address.split(".");
    const { count, for_each: forEach } = body;
    return (COMPANION_SOURCES[type] ?? []).flatMap(
      ({ attribute, inputOf }): [name: string, body: Json][] => {
        const input = inputOf(body, module);
        if (input === undefined) return [];
        const instances = {
          ...(count === undefined ? {} : { count }),
          ...(forEach === undefined ? {} : { for_each: forEach }),
        };
        return [[companionName(type, name, attribute), { ...instances, input }]];
      },
    );
  });
}

/** The value that a JSON string encodes, in Terraform's JSON syntax; undefined unless it is jsonencode(…) or JSON. */
function encodedValue(
  text: unknown,
  locals: ReadonlyMap<string, unknown>,
  depth = MAX_LOCAL_DEPTH,
): unknown {
  if (typeof text !== "string" || depth === 0) return undefined;
  const local = /^\$\{\s*local\.([\w-]+)\s*\}$/.exec(text)?.[1];
  if (local !== undefined) return encodedValue(locals.get(local), locals, depth - 1);
  const value = /^\$\{\s*jsonencode\((.*)\)\s*\}$/s.exec(text)?.[1];
  if (value !== undefined) return `\${${value}}`;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The attributes of a dynamic block that are the same in each generated block. */
function constantContent(resource: Json, name: string): unknown {
  const [block, ...others] = dynamicBlocksOf(resource).filter((dynamic) => dynamic.name === name);
  if (!block || others.length > 0) return undefined;
  return Object.fromEntries(
    Object.entries(block.content).filter(
      ([, value]) =>
        !referencesInExpression(value).some((reference) =>
          reference.startsWith(`${block.iterator}.`),
        ),
    ),
  );
}

/** The for_each values of the dynamic blocks of a name; undefined if the resource also contains static blocks. */
function forEachValues(resource: Json, name: string): unknown {
  const blocks = dynamicBlocksOf(resource).filter((dynamic) => dynamic.name === name);
  return blocks.length === 0 || name in resource
    ? undefined
    : blocks.map(({ body }) => body["for_each"]);
}
