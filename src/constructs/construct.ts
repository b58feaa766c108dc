import { TerraformElement } from "cdktn";
import { versionConflicts, packageManagerOf, UserError } from "../shared/index.ts";

/** A construct of the version of the module `constructs` that cdktn uses. */
export type Construct = ConstructorParameters<typeof TerraformElement>[0];

/**
 * The class `Construct` that cdktn extends. Berth does not import it from `constructs`: if a project has another version of
 * `constructs`, Yarn 1 installs both, and cdktn uses that of the project. Constructs of two versions cannot be in one tree.
 */
// cdktn does not export the class, and the type of a prototype is any.
export const Construct: new (scope: Construct | undefined, id: string) => Construct =
  Object.getPrototypeOf(TerraformElement);

/** Where classes that jsii compiled keep their name and the version of their module. */
const JSII_CLASS = Symbol.for("jsii.rtti");

/** The version of the module `constructs` that a class extends; undefined if the class extends no `Construct`. */
function versionOfConstructs(derived: unknown): string | undefined {
  if (typeof derived !== "function") return undefined;
  const { [JSII_CLASS]: jsii } = derived as {
    readonly [JSII_CLASS]?: { readonly fqn: string; readonly version: string };
  };
  return jsii?.fqn === "constructs.Construct"
    ? jsii.version
    : versionOfConstructs(Object.getPrototypeOf(derived));
}

/**
 * Returns a scope, if constructs of Berth can be added to it.
 *
 * @throws UserError, BERTH-E2005, if it is of another version of `constructs`
 */
export function compatibleScope(scope: Construct): Construct {
  if (scope instanceof Construct) return scope;
  // A caller in JavaScript can pass any value; cdktn rejects those that are not constructs.
  const versionOfApp = versionOfConstructs((scope as Construct | undefined)?.constructor);
  const versionOfBerth = versionOfConstructs(Construct);
  if (versionOfApp === undefined || versionOfApp === versionOfBerth) return scope;
  const project = process.cwd();
  const conflicts = versionConflicts(import.meta.url, project);
  const packages = conflicts.map(({ name, own }) => `${name}@${own.version}`);
  const folders = conflicts.flatMap(({ own, project: copy }) => [copy.folder, own.folder]);
  throw new UserError(
    "BERTH-E2005",
    `the app uses constructs ${versionOfApp}, and Berth uses constructs ${versionOfBerth}`,
    {
      ...(folders.length === 0 ? {} : { where: folders.join(" and ") }),
      fix: `run ${packageManagerOf(project).add} ${packages.length === 0 ? `constructs@${versionOfBerth}` : packages.join(" ")}`,
    },
  );
}
