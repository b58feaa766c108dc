import { blocksOf, labelled, type LoadedModule } from "./hcl-modules.ts";
import { withoutTemplate } from "./module-blocks.ts";

/** Whether a configuration creates hosted zones. Its data sources may then read one of these zones. */
export const createsHostedZones = (modules: readonly LoadedModule[]): boolean =>
  modules.some(({ module }) =>
    module.files.some(({ body }) =>
      labelled(body["resource"]).some(([type]) => type === "aws_route53_zone"),
    ),
  );

/**
 * Names of the public hosted zones that data sources of a configuration read. A name is known if it is written in the
 * block, or is a variable of the root module with a value on the command line or a default.
 *
 * @param variables values on the command line, as name=value
 */
export function hostedZonesIn(
  modules: readonly LoadedModule[],
  variables: readonly string[],
): string[] {
  const names = modules.flatMap(({ module, addresses }) => {
    const bodies = module.files.map(({ body }) => body);
    const defaults = Object.fromEntries(
      bodies
        .flatMap((body) => labelled(body["variable"]))
        .map(([name, block]) => [name, block["default"]]),
    );
    const values = Object.fromEntries(
      variables.map((variable) => {
        const index = variable.indexOf("=");
        return [variable.slice(0, index), variable.slice(index + 1)];
      }),
    );
    const isRoot = addresses.includes("");
    return bodies
      .flatMap((body) => labelled(body["data"]))
      .filter(([type]) => type === "aws_route53_zone")
      .flatMap(([, byName]) => Object.values(byName).flatMap(blocksOf))
      .filter((block) => block["private_zone"] !== true && block["vpc_id"] === undefined)
      .flatMap((block) => {
        const name = block["name"];
        const variable = /^var\.([\w-]+)$/.exec(withoutTemplate(name))?.[1];
        const value =
          variable === undefined
            ? name
            : ((isRoot ? values[variable] : undefined) ?? defaults[variable]);
        return typeof value === "string" && !value.includes("${") ? [value] : [];
      });
  });
  const isDomainName = (name: string): boolean => /^[a-z0-9_-]+(\.[a-z0-9_-]+)+\.?$/i.test(name);
  return [...new Set(names)].filter(isDomainName).sort();
}
