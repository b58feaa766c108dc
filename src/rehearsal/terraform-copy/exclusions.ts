import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../shared/errors.ts";
import {
  type Block,
  blocksOf,
  isBlock,
  labelled,
  type LoadedModule,
  type Module,
  type ModuleTree,
  providerOf,
  readModule,
} from "./hcl-modules.ts";
import type { Engine } from "../../terraform/engine.ts";
import {
  type Edit,
  edited,
  type Item,
  itemsOf,
  type Token,
  tokensOf,
  tokensOfTemplate,
} from "./hcl-tokens.ts";
import {
  type BlockKind,
  effectOf,
  isAccepted,
  type LocalEffect,
  providerAddress,
} from "./providers.ts";
import type { LocalCode } from "../result.ts";

/** What of a configuration may run beside the AWS provider. */
export interface CodePolicy {
  /** Sources of providers that run with all that they do to real systems. */
  readonly allowedProviders: readonly string[];
  /** Whether provisioners and blocks that act on this machine or the network run. */
  readonly runsLocalCode: boolean;
}

/** Why something is left out: its provider may reach real systems, or it is local code that was not to run. */
export type SkipReason = "provider" | "local-code";

/** Something that is taken out of a module before Terraform reads it. */
export interface Skipped {
  readonly reason: SkipReason;
  /** As the module has it: cloudflare_record.www, data.http.address, provider::acme::hash, check.health. */
  readonly address: string;
  /** The provider's address. */
  readonly provider: string;
  /** Name of the `terraform_data` that takes its place, where other expressions can refer to it. */
  readonly standIn?: string;
}

/** Something that was taken out of a configuration. */
export interface Exclusion extends Skipped {
  /** Such as module.dns.cloudflare_record.www. */
  readonly address: string;
  /** The same as its module has it: cloudflare_record.www. */
  readonly written: string;
}

/** What a configuration comes to under a policy. */
export interface Exclusions {
  /** What was taken out, by the address of what takes its place in Terraform's graph. */
  readonly standIns: ReadonlyMap<string, Exclusion>;
  /** What was taken out and cannot be referred to, such as check blocks. */
  readonly others: readonly Exclusion[];
  readonly localCode: readonly Omit<LocalCode, "stack">[];
  /** Providers that run though they may reach real systems. */
  readonly allowedProviders: readonly string[];
  /** Providers that do not take part. */
  readonly skippedProviders: readonly string[];
}

const FILE = "zzzz_berth_skipped.tf.json";
const KINDS = ["resource", "data", "ephemeral"] as const;

/** How a block is referred to: managed resources have no word in front. */
const addressOf = (kind: BlockKind, type: string, name: string): string =>
  kind === "resource" ? `${type}.${name}` : `${kind}.${type}.${name}`;

const standInFor = (address: string): string =>
  `berth_skipped_${address.replaceAll(/[^\w-]+/g, "_")}`;

const bare = (expression: unknown): string =>
  typeof expression === "string" ? expression.replace(/^\$\{\s*(.*?)\s*\}$/s, "$1") : "";

/** The local name in a reference to a provider, such as aws.west. */
const localNameIn = (expression: unknown): string => bare(expression).split(".")[0] ?? "";

const localNameOf = (type: string, bodies: readonly Block[]): string =>
  localNameIn(bodies.findLast((body) => body["provider"] !== undefined)?.["provider"]) ||
  (type.split("_")[0] ?? type);

/** Blocks with two labels: each pair of labels with the blocks of all files, in the order of merging. */
function pairs(
  module: Module,
  kind: string,
): Map<string, { type: string; name: string; bodies: Block[] }> {
  const found = new Map<string, { type: string; name: string; bodies: Block[] }>();
  for (const { body } of module.files)
    for (const [type, names] of labelled(body[kind]))
      for (const [name, block] of labelled(names)) {
        const entry = found.get(`${type}.${name}`) ?? { type, name, bodies: [] };
        entry.bodies.push(block);
        found.set(`${type}.${name}`, entry);
      }
  return found;
}

/** All texts in a value, those of keys included. */
function* textsIn(value: unknown): Iterable<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) for (const element of value) yield* textsIn(element);
  else if (isBlock(value))
    for (const [key, element] of Object.entries(value)) {
      yield key;
      yield* textsIn(element);
    }
}

const within = (module: string, address: string): string =>
  module === "" ? address : `${module}.${address}`;

/** A block by its kind and labels, as Terraform counts them. */
const keyOf = (kind: string, ...labels: readonly string[]): string => [kind, ...labels].join(" ");

/** Decides over one module, and edits its files. */
class ModuleEditor {
  readonly skipped = new Map<string, Skipped>();
  readonly localCode: Omit<LocalCode, "stack">[] = [];
  readonly allowed = new Set<string>();
  readonly skippedProviders = new Set<string>();
  readonly #module: Module;
  readonly addresses: readonly string[];
  readonly #policy: CodePolicy;
  readonly #cut = new Set<string>();
  readonly #repetition = new Map<string, "count" | "for_each">();
  readonly #standIns: Record<string, Block> = {};

  constructor({ module, addresses }: LoadedModule, policy: CodePolicy) {
    this.#module = module;
    this.addresses = addresses;
    this.#policy = policy;
    for (const name of Object.keys(module.sources)) this.#runs(name);
    for (const { body } of module.files)
      for (const [name] of labelled(body["provider"])) this.#runs(name);
    for (const kind of KINDS) this.#inspectBlocks(kind);
    this.#inspectActions();
    this.#inspectChecks();
    this.#inspectFunctions();
  }

  /** Whether the provider of a local name takes part. */
  #runs(localName: string): boolean {
    const address = providerOf(this.#module, localName);
    if (isAccepted(address)) return true;
    const isAllowed = this.#policy.allowedProviders.some(
      (source) => providerAddress(source) === address,
    );
    (isAllowed ? this.allowed : this.skippedProviders).add(address);
    return isAllowed;
  }

  #report(kind: LocalCode["kind"], address: string, what: string, effect: LocalEffect): void {
    for (const prefix of this.addresses)
      this.localCode.push({
        kind,
        address: within(prefix, address),
        what,
        effect,
        skipped: !this.#policy.runsLocalCode,
      });
  }

  /** Why a block is left out, where it is. Reports it where it acts outside the sandbox. */
  #judge(
    kind: BlockKind,
    type: string,
    localName: string,
    address: string,
  ): SkipReason | undefined {
    if (!this.#runs(localName)) return "provider";
    const provider = providerOf(this.#module, localName);
    const effect = effectOf(provider, kind, type);
    if (effect === undefined) return undefined;
    this.#report(kind, address, type, effect);
    return this.#policy.runsLocalCode ? undefined : "local-code";
  }

  #inspectBlocks(kind: (typeof KINDS)[number]): void {
    for (const { type, name, bodies } of pairs(this.#module, kind).values()) {
      const address = addressOf(kind, type, name);
      const localName = localNameOf(type, bodies);
      const reason = this.#judge(kind, type, localName, address);
      if (reason !== undefined) this.#skip(kind, type, name, bodies, { reason, localName });
      else
        for (const [provisioner] of bodies.flatMap((body) => labelled(body["provisioner"])))
          this.#report("provisioner", address, provisioner, "runs-code");
    }
    for (const { body } of kind === "resource" ? this.#module.files : [])
      for (const removed of blocksOf(body["removed"]))
        for (const [provisioner] of labelled(removed["provisioner"]))
          this.#report("provisioner", bare(removed["from"]), provisioner, "runs-code");
  }

  #skip(
    kind: (typeof KINDS)[number],
    type: string,
    name: string,
    bodies: readonly Block[],
    why: { readonly reason: SkipReason; readonly localName: string },
  ): void {
    const address = addressOf(kind, type, name);
    const standIn = standInFor(address);
    const provider = providerOf(this.#module, why.localName);
    this.skipped.set(address, { reason: why.reason, address, provider, standIn });
    this.#cut.add(keyOf(kind, type, name));
    const repetition = (["count", "for_each"] as const).find((argument) =>
      bodies.some((body) => body[argument] !== undefined),
    );
    const value = bodies.findLast((body) => repetition && body[repetition] !== undefined);
    if (repetition && value) this.#repetition.set(address, repetition);
    this.#addStandIn(standIn, repetition && value ? { [repetition]: value[repetition] } : {});
  }

  #addStandIn(name: string, repetition: Block): void {
    // A plan does not know the time of its apply, and so it knows neither the value nor the type of the output:
    // whatever refers to it is unknown too.
    this.#standIns[name] = { ...repetition, input: "${jsondecode(timestamp())}" };
  }

  #inspectActions(): void {
    for (const { type, name, bodies } of pairs(this.#module, "action").values()) {
      const localName = localNameOf(type, bodies);
      const reason = this.#judge("action", type, localName, `action.${type}.${name}`);
      if (reason === undefined) continue;
      const source = providerOf(this.#module, localName);
      throw new UserError(
        "BERTH-E5005",
        `action.${type}.${name} belongs to the provider ${source}, and actions cannot be skipped`,
        {
          where: this.#module.directory,
          fix:
            reason === "provider"
              ? `remove the action, or run it for real with --allow-provider ${source}`
              : "remove the action, or run without --no-exec",
        },
      );
    }
  }

  /** A check block is skipped whole: nothing refers to it. */
  #inspectChecks(): void {
    for (const { body } of this.#module.files)
      for (const [check, block] of labelled(body["check"]))
        for (const [type, names] of labelled(block["data"]))
          for (const [name, data] of labelled(names)) {
            const address = `check.${check}`;
            const localName = localNameOf(type, [data]);
            // The data source of a remote state is redirected where it is no part of a check.
            const reason =
              type === "terraform_remote_state"
                ? "provider"
                : this.#judge("data", type, localName, `${address}.data.${type}.${name}`);
            if (reason === undefined) continue;
            const provider = providerOf(this.#module, localName);
            this.skipped.set(address, { reason, address, provider });
            this.#cut.add(keyOf("check", check));
          }
  }

  #inspectFunctions(): void {
    for (const { body } of this.#module.files)
      for (const text of textsIn(body))
        for (const [call, name = ""] of text.matchAll(/\bprovider::([\w-]+)::[\w-]+/g)) {
          if (this.#runs(name)) continue;
          const standIn = standInFor(call);
          const provider = providerOf(this.#module, name);
          this.skipped.set(call, { reason: "provider", address: call, provider, standIn });
          this.#addStandIn(standIn, {});
        }
  }

  /** Whether a block of the kind that names another one by address is about something that is skipped. */
  #isAboutSkipped(attributes: Readonly<Record<string, string>>): boolean {
    const { provider, ...targets } = attributes;
    if (provider !== undefined && !this.#runs(localNameIn(provider))) return true;
    return Object.values(targets).some((target) => {
      const path = bare(target).replaceAll(/\[[^\]]*\]/g, "");
      const [, , word, type = "", name = ""] =
        /(^|\.)(?:(data|ephemeral)\.)?([a-z][\w-]*)\.([\w-]+)$/.exec(path) ?? [];
      if (type === "" || type === "module") return false;
      const kind = word === "data" || word === "ephemeral" ? word : "resource";
      return this.skipped.has(addressOf(kind, type, name)) || !this.#runs(localNameOf(type, []));
    });
  }

  /** What takes the place of an address in an expression, or in a list of addresses. */
  #replacement(address: string, isAddress: boolean): string | undefined {
    const standIn = this.skipped.get(address)?.standIn;
    if (standIn === undefined) return undefined;
    const resource = `terraform_data.${standIn}`;
    switch (this.#repetition.get(address)) {
      case "count":
        return isAddress ? resource : `(${resource}[*].output)`;
      case "for_each":
        return isAddress ? resource : `({ for k, v in ${resource} : k => v.output })`;
      case undefined:
        return isAddress ? resource : `${resource}.output`;
    }
  }

  /** Turns references to what is skipped to what takes its place. */
  #references(tokens: readonly Token[], isAddress = false): Edit[] {
    const edits: Edit[] = [];
    let addressesUntil = isAddress ? Infinity : -1;
    const at = (index: number): string => tokens[index]?.text ?? "";
    for (const [index, { kind, text, start }] of tokens.entries()) {
      if (kind !== "identifier" || at(index - 1) === ".") continue;
      if (/^(depends_on|replace_triggered_by)$/.test(text) && at(index + 1) === "=")
        addressesUntil = Math.max(addressesUntil, tokens[index + 2]?.close ?? -1);
      if (text === "provider" && at(index + 1) === ":" && at(index + 2) === ":") {
        const call = `provider::${at(index + 3)}::${at(index + 6)}`;
        const close = tokens[tokens[index + 7]?.close ?? -1];
        const replacement = this.#replacement(call, false);
        if (close && replacement !== undefined)
          edits.push({ start, end: close.end, text: replacement });
        continue;
      }
      const length = text === "data" || text === "ephemeral" ? 5 : 3;
      const address = tokens
        .slice(index, index + length)
        .map((token) => token.text)
        .join("");
      const replacement = this.#replacement(address, index < addressesUntil);
      if (replacement === undefined) continue;
      let last = index + length - 1;
      // In a list of addresses the resource alone counts: what it has no attribute for must not follow it.
      if (index < addressesUntil)
        while (last + 1 < Math.min(addressesUntil, tokens.length) && /^[.[]$/.test(at(last + 1)))
          last = tokens[last + 1]?.close ?? last + 2;
      edits.push({ start, end: tokens[last]?.end ?? start, text: replacement });
    }
    return edits;
  }

  /** The edits of a file in HCL's native syntax. */
  #editHcl(text: string): string {
    const tokens = tokensOf(text);
    const nested = (item: Item): Item[] => itemsOf(text, tokens, item.from, item.to);
    const source = (item: Item): string =>
      text.slice(tokens[item.from]?.start, tokens[item.to - 1]?.end);
    const cut = ({ start, end }: Pick<Item, "start" | "end">): Edit => ({ start, end, text: "" });
    const cuts = itemsOf(text, tokens).flatMap((item): Edit[] => {
      if (item.kind !== "block") return [];
      if (this.#cut.has(keyOf(item.name, ...item.labels))) return [cut(item)];
      const inner = nested(item);
      switch (item.name) {
        case "provider":
          return this.#runs(item.labels[0] ?? "") ? [] : [cut(item)];
        case "import":
        case "moved":
        case "removed": {
          const named = inner
            .filter(({ name }) => /^(from|to|provider)$/.test(name))
            .map((attribute): [string, string] => [attribute.name, source(attribute)]);
          if (this.#isAboutSkipped(Object.fromEntries(named))) return [cut(item)];
          return this.#policy.runsLocalCode
            ? []
            : inner.filter(({ name }) => name === "provisioner").map(cut);
        }
        case "resource":
          return this.#policy.runsLocalCode
            ? []
            : inner.filter(({ kind, name }) => kind === "block" && name === "provisioner").map(cut);
        case "module":
          return inner
            .filter(({ name }) => name === "providers")
            .flatMap((attribute) => this.#providerEntries(tokens, attribute));
        case "terraform":
          return inner.flatMap((block) => {
            if (block.name === "encryption") return [cut(block)];
            if (block.name === "provider_meta")
              return this.#runs(block.labels[0] ?? "") ? [] : [cut(block)];
            return block.name === "required_providers"
              ? nested(block)
                  .filter(({ name }) => !this.#runs(name))
                  .map(cut)
              : [];
          });
        default:
          return [];
      }
    });
    return edited(text, [...cuts, ...this.#references(tokens)]);
  }

  /** Cuts the entries of skipped providers out of the map that a module call passes on. */
  #providerEntries(tokens: readonly Token[], { from }: Item): Edit[] {
    const edits: Edit[] = [];
    const end = tokens[from]?.close ?? from;
    let first = from + 1;
    for (let index = first; index <= end; index++) {
      const token = tokens[index];
      if (index < end && token?.text !== "," && token?.kind !== "newline") continue;
      const entry = tokens.slice(first, index);
      const value = entry[entry.findIndex(({ text }) => text === "=" || text === ":") + 1];
      const [start] = entry;
      if (start && value && !this.#runs(value.text))
        edits.push({
          start: start.start,
          end: token?.text === "," ? token.end : (entry.at(-1)?.end ?? start.end),
          text: "",
        });
      first = index + 1;
    }
    return edits;
  }

  /** A text of Terraform's JSON syntax: a template, or an address where Terraform wants one. */
  #editTexts(value: unknown, isAddress = false): unknown {
    if (typeof value === "string")
      return edited(
        value,
        isAddress
          ? this.#references(tokensOf(value), true)
          : this.#references(tokensOfTemplate(value)),
      );
    if (Array.isArray(value)) return value.map((element) => this.#editTexts(element, isAddress));
    if (!isBlock(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, element]) => [
        this.#editTexts(key),
        this.#editTexts(element, /^(depends_on|replace_triggered_by)$/.test(key)),
      ]),
    );
  }

  /** Keeps the labels of blocks that are to stay, and edits what they hold. */
  #keep(
    value: unknown,
    keeps: (label: string) => boolean,
    edit: (body: Block, label: string) => unknown = (body) => body,
  ): unknown {
    if (Array.isArray(value)) return value.map((element) => this.#keep(element, keeps, edit));
    if (!isBlock(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([label]) => keeps(label))
        .map(([label, body]) => [
          label,
          Array.isArray(body)
            ? body.map((element: unknown) => (isBlock(element) ? edit(element, label) : element))
            : isBlock(body)
              ? edit(body, label)
              : body,
        ]),
    );
  }

  #without(body: Block, ...names: readonly string[]): Block {
    return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
  }

  /** A file of Terraform's JSON syntax, edited. */
  #editJson(file: Block): unknown {
    const code = this.#policy.runsLocalCode ? [] : ["provisioner"];
    const kept = Object.entries(file).map(([kind, value]): [string, unknown] => {
      switch (kind) {
        case "resource":
        case "data":
        case "ephemeral":
          return [
            kind,
            this.#keep(
              value,
              () => true,
              (names, type) =>
                this.#keep(
                  names,
                  (name) => !this.#cut.has(keyOf(kind, type, name)),
                  (body) => this.#without(body, ...code),
                ),
            ),
          ];
        case "provider":
          return [kind, this.#keep(value, (name) => this.#runs(name))];
        case "check":
          return [kind, this.#keep(value, (name) => !this.#cut.has(keyOf(kind, name)))];
        case "import":
        case "moved":
        case "removed":
          return [
            kind,
            blocksOf(value)
              .filter((block) => {
                const named = ["from", "to", "provider"].flatMap((name): [string, string][] =>
                  typeof block[name] === "string" ? [[name, block[name]]] : [],
                );
                return !this.#isAboutSkipped(Object.fromEntries(named));
              })
              .map((block) => this.#without(block, ...code)),
          ];
        case "module":
          return [
            kind,
            this.#keep(
              value,
              () => true,
              (call) =>
                isBlock(call["providers"])
                  ? {
                      ...call,
                      providers: Object.fromEntries(
                        Object.entries(call["providers"]).filter(([, provider]) =>
                          this.#runs(localNameIn(provider)),
                        ),
                      ),
                    }
                  : call,
            ),
          ];
        case "terraform":
          return [
            kind,
            blocksOf(value).map((block) => ({
              ...this.#without(block, "encryption"),
              ...Object.fromEntries(
                ["required_providers", "provider_meta"]
                  .filter((name) => block[name] !== undefined)
                  .map((name) => [
                    name,
                    this.#keep(block[name], (provider) => this.#runs(provider)),
                  ]),
              ),
            })),
          ];
        default:
          return [kind, value];
      }
    });
    return this.#editTexts(Object.fromEntries(kept));
  }

  /** Whether Terraform must not read the module as it is written. */
  get #needsEdit(): boolean {
    return (
      this.skipped.size > 0 ||
      this.skippedProviders.size > 0 ||
      this.localCode.some((code) => code.skipped) ||
      this.#module.files.some(({ body }) =>
        blocksOf(body["terraform"]).some((block) => block["encryption"] !== undefined),
      )
    );
  }

  /** Writes the module without what is skipped. Answers whether anything was. */
  write(): boolean {
    if (!this.#needsEdit) return false;
    for (const { path, body } of this.#module.files) {
      const text = readFileSync(path, "utf8");
      const changed = path.endsWith(".json")
        ? JSON.stringify(this.#editJson(body), undefined, 2)
        : this.#editHcl(text);
      if (changed !== text) replaceFile(path, changed);
    }
    const standIns = this.#editTexts(this.#standIns);
    if (Object.keys(this.#standIns).length > 0)
      replaceFile(
        join(this.#module.directory, FILE),
        JSON.stringify({ resource: { terraform_data: standIns } }, undefined, 2),
      );
    return true;
  }

  /** True where a module, read again, is this one without what is skipped, and nothing else. */
  isWrittenAs(again: ModuleEditor): boolean {
    const expected = [
      ...blockKeys(this.#module).filter((key) => !this.#cut.has(key)),
      ...Object.keys(this.#standIns).map((name) => keyOf("resource", "terraform_data", name)),
    ];
    return (
      again.skipped.size + again.skippedProviders.size === 0 &&
      !again.localCode.some((code) => code.skipped) &&
      expected.sort().join("\n") === blockKeys(again.#module).sort().join("\n")
    );
  }
}

/** The blocks and locals of a module that an expression can refer to. */
const blockKeys = (module: Module): string[] => [
  ...KINDS.flatMap((kind) =>
    [...pairs(module, kind).values()].map(({ type, name }) => keyOf(kind, type, name)),
  ),
  ...module.files.flatMap(({ body }) => [
    ...["module", "variable", "output", "check"].flatMap((kind) =>
      labelled(body[kind]).map(([name]) => keyOf(kind, name)),
    ),
    ...blocksOf(body["locals"]).flatMap((block) =>
      Object.keys(block).map((name) => keyOf("locals", name)),
    ),
  ]),
];

/** Puts a file in the place of another one, and never writes through a link. */
function replaceFile(path: string, text: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, text, { flag: "wx" });
}

/** Holds what was written against HashiCorp's parser: what it still finds in the module would run. */
async function verify(
  editor: ModuleEditor,
  loaded: LoadedModule,
  policy: CodePolicy,
  product: Engine["product"],
): Promise<void> {
  const { directory } = loaded.module;
  const names = [
    ...editor.skippedProviders,
    ...[...editor.skipped.values()].map((skipped) => skipped.address),
  ];
  let problem = "";
  try {
    const module = await readModule(directory, product);
    if (editor.isWrittenAs(new ModuleEditor({ ...loaded, module }, policy))) return;
  } catch (error) {
    problem = `: ${(error as Error).message}`;
  }
  throw new UserError(
    "BERTH-E5005",
    `what must not run cannot be taken out of the configuration (${names.join(", ")})${problem}`,
    {
      where: directory,
      fix: "put it into a file and blocks of its own, or run it for real: --allow-provider for a provider, no --no-exec for local code",
    },
  );
}

/**
 * Takes out of a configuration what the policy does not let run: blocks of other providers and, without local code, of
 * those that act on this machine. Where an expression refers to such a block, a `terraform_data` takes its place, so
 * that Terraform's own graph shows what depends on it. The skipped providers are not required any more: Terraform
 * neither installs nor starts them.
 *
 * @param tree a copy of a configuration, complete
 * @throws UserError BERTH-E5005 where something must not run and cannot be taken out
 */
export async function exclude(
  { modules, fetched }: Pick<ModuleTree, "modules" | "fetched">,
  policy: CodePolicy,
  product: Engine["product"],
): Promise<Exclusions> {
  const standIns = new Map<string, Exclusion>();
  const others: Exclusion[] = [];
  const localCode: Omit<LocalCode, "stack">[] = fetched.map(({ address, source }) => ({
    kind: "module",
    address,
    what: source,
    effect: "uses-network",
    skipped: false,
  }));
  const allowed = new Set<string>();
  const skippedProviders = new Set<string>();
  for (const loaded of modules) {
    const editor = new ModuleEditor(loaded, policy);
    localCode.push(...editor.localCode);
    for (const source of editor.allowed) allowed.add(source);
    for (const source of editor.skippedProviders) skippedProviders.add(source);
    if (editor.write()) await verify(editor, loaded, policy, product);
    for (const prefix of loaded.addresses)
      for (const skipped of editor.skipped.values()) {
        const { address: written } = skipped;
        const exclusion = { ...skipped, written, address: within(prefix, written) };
        if (skipped.standIn === undefined) others.push(exclusion);
        else standIns.set(within(prefix, `terraform_data.${skipped.standIn}`), exclusion);
      }
  }
  for (const source of allowed)
    localCode.push({
      kind: "provider",
      address: source,
      what: source,
      effect: "uses-network",
      skipped: false,
    });
  return {
    standIns,
    others,
    localCode,
    allowedProviders: [...allowed].sort(),
    skippedProviders: [...skippedProviders].sort(),
  };
}

/** A plan, or what belongs to one, with the addresses of what was taken out in the place of those that stand for them. */
export function withWrittenAddresses<T>(value: T, { standIns }: Exclusions): T {
  if (standIns.size === 0) return value;
  const written = new Map(
    [...standIns.values()].map((exclusion) => [exclusion.standIn, exclusion.written]),
  );
  const text = JSON.stringify(value).replaceAll(
    /terraform_data\.(berth_skipped_[\w-]+)/g,
    (address, standIn: string) => written.get(standIn) ?? address,
  );
  return JSON.parse(text, (_, part: unknown) => {
    const address = isBlock(part) ? written.get(part["name"] as string | undefined) : undefined;
    const [type, name] = address?.split(".").slice(-2) ?? [];
    return isBlock(part) && name !== undefined ? { ...part, type, name } : part;
  }) as T; // the same shape
}
