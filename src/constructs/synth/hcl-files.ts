import { isObject, type Json } from "../../shared/index.ts";
import { type CreationStep, stepIds, stepOf } from "../foundation/creation-steps.ts";
import { workloadStepIds, workloadStepOf } from "../service/steps.ts";
import { type IsBlock, quote, renderHclBlock } from "./hcl.ts";
import { shortAddresses } from "./short-names.ts";

/** The parts of a root module, which order and title its resources. */
export interface HclLayout {
  /** The IDs of the parts, with which the names of resources start. */
  readonly stepIds: readonly string[];
  readonly stepOf: (address: string) => CreationStep | undefined;
}

export const FOUNDATION_LAYOUT: HclLayout = { stepIds, stepOf };

export const WORKLOAD_LAYOUT: HclLayout = { stepIds: workloadStepIds, stepOf: workloadStepOf };

/** A resource or data source of the Terraform JSON. */
interface Block {
  readonly kind: "data" | "resource";
  readonly type: string;
  readonly name: string;
  readonly address: string;
  readonly body: Json;
}

const entriesOf = (value: unknown): [string, unknown][] =>
  isObject(value) ? Object.entries(value) : [];

const bodyOf = (value: unknown): Json => (isObject(value) ? value : {});

const blocksIn = (root: Json): Block[] =>
  (["data", "resource"] as const).flatMap((kind) =>
    entriesOf(root[kind]).flatMap(([type, named]) =>
      entriesOf(named).map(([name, body]) => ({
        kind,
        type,
        name,
        address: `${kind === "data" ? "data." : ""}${type}.${name}`,
        body: bodyOf(body),
      })),
    ),
  );

/** Replaces the addresses in references. */
function renamed(value: unknown, addresses: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((entry) => renamed(entry, addresses));
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, renamed(inner, addresses)]),
    );
  }
  if (typeof value !== "string") return value;
  // An entry of depends_on is an address.
  return (
    addresses.get(value) ??
    value.replace(/\$\{[^}]*\}/g, (reference) =>
      reference.replace(/(?<![\w.])aws_\w+\.\w+/g, (address) => addresses.get(address) ?? address),
    )
  );
}

const title = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * The files of a Terraform folder, as a person would write them: versions.tf, providers.tf, variables.tf if the root module has
 * variables, main.tf in the order of the steps, outputs.tf, and moved.tf. moved.tf has a `moved` block for each resource whose
 * name is shorter than in the Terraform JSON, so that Terraform does not replace the resources of an existing state.
 *
 * @param root the Terraform JSON of a foundation
 * @param order the addresses of the resources in the order of their creation
 */
export function hclFiles(
  root: Json,
  isBlock: IsBlock,
  order: readonly string[],
  layout: HclLayout,
): ReadonlyMap<string, string> {
  const blocks = blocksIn(root);
  const resources = blocks.filter(({ kind }) => kind === "resource");
  const addresses = shortAddresses(
    resources.map(({ address }) => address),
    layout.stepIds,
  );
  const render = ({ kind, type, name, address, body }: Block): string => {
    const newName = addresses.get(address)?.split(".")[1] ?? name;
    return renderHclBlock(
      `${kind} ${quote(type)} ${quote(newName)}`,
      bodyOf(renamed(body, addresses)),
      [kind, type, name],
      isBlock,
    );
  };
  const position = ({ address, kind }: Block): number =>
    kind === "data" ? -1 : (layout.stepOf(address)?.number ?? 0) * 1000 + order.indexOf(address);
  const sorted = [...blocks].sort((a, b) => position(a) - position(b));
  let lastStep: string | undefined;
  const main = sorted.map((entry) => {
    const step = entry.kind === "data" ? undefined : layout.stepOf(entry.address)?.title;
    const heading = step === undefined || step === lastStep ? "" : `# ${title(step)}\n\n`;
    lastStep = step;
    return heading + render(entry);
  });
  const moved = sorted.flatMap(({ address }) => {
    const to = addresses.get(address);
    return to === undefined || to === address
      ? []
      : [`moved {\n  from = ${address}\n  to   = ${to}\n}`];
  });
  const outputs = entriesOf(root["output"]).map(([name, body]) =>
    renderHclBlock(
      `output ${quote(name)}`,
      bodyOf(renamed(body, addresses)),
      ["output", name],
      isBlock,
    ),
  );
  const providers = entriesOf(root["provider"]).flatMap(([name, bodies]) =>
    (Array.isArray(bodies) ? bodies : [bodies]).map((body) =>
      renderHclBlock(`provider ${quote(name)}`, bodyOf(body), ["provider", name], isBlock),
    ),
  );
  const locals = bodyOf(renamed(bodyOf(root["locals"]), addresses));
  if (Object.keys(locals).length > 0) {
    const dataCount = sorted.filter(({ kind }) => kind === "data").length;
    main.splice(dataCount, 0, renderHclBlock("locals", locals, ["locals"], isBlock));
  }
  const variables = entriesOf(root["variable"]).map(([name, body]) =>
    // A type is an expression, and not a string.
    renderHclBlock(
      `variable ${quote(name)}`,
      { ...bodyOf(body), type: `\${${String(bodyOf(body)["type"])}}` },
      ["variable", name],
      isBlock,
    ),
  );
  const files: [string, string[]][] = [
    [
      "versions.tf",
      [renderHclBlock("terraform", bodyOf(root["terraform"]), ["terraform"], isBlock)],
    ],
    ["providers.tf", providers],
    ...(variables.length > 0 ? [["variables.tf", variables] as [string, string[]]] : []),
    ["main.tf", main],
    ["outputs.tf", outputs],
    [
      "moved.tf",
      [
        "# For a state that Berth created: the names in it are longer. Delete this file after the next apply.",
        ...moved,
      ],
    ],
  ];
  return new Map(files.map(([name, texts]) => [name, `${texts.join("\n\n")}\n`]));
}
