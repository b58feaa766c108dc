import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { templatePathsIn } from "./expression-parser.ts";
import type { Json } from "./plan-json.ts";
import {
  dynamicBlocksOf,
  type ModuleFiles,
  readModules,
  referencesInExpression,
} from "./terraform-files.ts";

/** Expressions as the .tf files write them, in Terraform's JSON syntax. */
export interface SourceBodies {
  /** Values of locals, by `module|name`. */
  readonly locals: Readonly<Record<string, unknown>>;
  /** Values of outputs, by `module|name`. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Module calls, by `module|name`. */
  readonly calls: Readonly<Record<string, Json>>;
  /** Resources and data sources, by `module|type.name`. */
  readonly resources: Readonly<Record<string, Json>>;
  /** Texts of the files that templatefile reads, by `module|path`, with the path as the configuration writes it. */
  readonly templates?: Readonly<Record<string, string>>;
}

/** References that `terraform show -json` omits, from the .tf files. Keys contain the module's address without keys. */
export interface SourceExpressions {
  /** References of locals, by `module|name`. */
  readonly locals: Readonly<Record<string, readonly string[]>>;
  /** References of resources, by `module|type.name` and the name of the attribute or block; dynamic blocks included. */
  readonly attributes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** JSON keys that containers read from secrets, by module: the text after an ARN, as in `${…}:password::`. */
  readonly secretKeys: Readonly<Record<string, readonly string[]>>;
  /** The expressions themselves; without them, the value of an expression is one of its references. */
  readonly bodies?: SourceBodies;
  /** What valueFrom appends to the ARN of a secret, by module, such as `:password::`; "" for nothing. */
  readonly secretSelectors?: Readonly<Record<string, readonly string[]>>;
}

/** A larger file is not a template of container definitions or of a policy. */
const MAX_TEMPLATE_BYTES = 256 * 1024;

/** Reads the references in the .tf files of a root module and of all modules that it calls. */
export async function readSourceExpressions(root: string): Promise<SourceExpressions> {
  const modules = await readModules(root);
  return {
    locals: Object.fromEntries(
      modules.flatMap(({ module, locals }) =>
        [...locals].map(([name, value]) => [`${module}|${name}`, referencesInExpression(value)]),
      ),
    ),
    attributes: Object.fromEntries(
      modules.flatMap(({ module, resources }) =>
        [...resources].map(([address, body]) => [
          `${module}|${address}`,
          referencesByAttribute(body),
        ]),
      ),
    ),
    secretKeys: Object.fromEntries(
      modules.flatMap(({ module, text }) => {
        const keys = [...new Set(secretKeysIn(text))];
        return keys.length === 0 ? [] : [[module, keys]];
      }),
    ),
    bodies: {
      locals: byModule(modules, ({ locals }) => locals),
      outputs: byModule(modules, ({ outputs }) => outputs),
      calls: byModule(modules, ({ calls }) => calls),
      resources: byModule(modules, ({ resources, dataSources }) => [...resources, ...dataSources]),
      templates: Object.fromEntries(modules.flatMap((files) => templatesOf(files, resolve(root)))),
    },
    secretSelectors: Object.fromEntries(
      modules.flatMap(({ module, text }) => {
        const selectors = [...new Set(secretSelectorsIn(text))];
        return selectors.length === 0 ? [] : [[module, selectors]];
      }),
    ),
  };
}

const byModule = <T>(
  modules: readonly ModuleFiles[],
  entriesOf: (module: ModuleFiles) => Iterable<readonly [string, T]>,
): Record<string, T> =>
  Object.fromEntries(
    modules.flatMap((files) =>
      [...entriesOf(files)].map(([name, value]) => [`${files.module}|${name}`, value] as const),
    ),
  );

/** The texts of the templates of a module. A file that does not exist, or that is too large, is left out. */
function templatesOf(files: ModuleFiles, root: string): [key: string, text: string][] {
  const { module, directory, locals, outputs, calls, resources, dataSources } = files;
  const values = [locals, outputs, calls, resources, dataSources].flatMap((map) => [
    ...map.values(),
  ]);
  return [...new Set(values.flatMap(templatePathsIn))].flatMap((path): [string, string][] => {
    const file = resolve(
      root,
      path
        .replaceAll("${path.module}", () => directory)
        .replaceAll(/\$\{path\.(?:root|cwd)\}/g, () => root),
    );
    const isReadable = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
    return isReadable && statSync(file).size <= MAX_TEMPLATE_BYTES
      ? [[`${module}|${path}`, readFileSync(file, "utf8")]]
      : [];
  });
}

/** The references of each attribute and block of a resource; a dynamic block counts as the blocks that it generates. */
function referencesByAttribute(resource: Json): Record<string, readonly string[]> {
  const byName = new Map<string, readonly string[]>();
  const add = (name: string, references: readonly string[]): void => {
    byName.set(name, [...(byName.get(name) ?? []), ...references]);
  };
  for (const [name, value] of Object.entries(resource))
    if (name !== "dynamic") add(name, referencesInExpression(value));
  for (const { name, body, content, iterator } of dynamicBlocksOf(resource)) {
    add(name, referencesInExpression(body["for_each"]));
    add(
      name,
      referencesInExpression(content).filter((reference) => !reference.startsWith(`${iterator}.`)),
    );
  }
  return Object.fromEntries(byName);
}

/** Source: Amazon ECS Developer Guide, “Pass Secrets Manager secrets through Amazon ECS environment variables”. */
const secretKeysIn = (text: string): string[] =>
  // The ARN of the secret is the first part of the text, unlike the partition in "arn:${…}:iam::${…}:root".
  [...text.matchAll(/"(?:\$\{(?:[^}"]|"[^"]*")*\}|%s):([^:"\s$]*):[^:"\s]*:/g)].flatMap(
    ([, key = ""]) => (key === "" ? [] : [key]),
  );

const secretSelectorsIn = (text: string): string[] =>
  [
    ...text.matchAll(
      /valueFrom"?\s*[=:]\s*"\$\{[^}"]*aws_secretsmanager_secret(?:_version)?\.[^}"]*\.(?:arn|id|secret_id)\}([^"$]*)"/g,
    ),
  ].map(([, selector = ""]) => selector);
