import { UserError } from "../../shared/index.ts";
import type { LocalCode } from "../result.ts";
import type { CodePolicy, SkipReason } from "./code-policy.ts";
import { type Block, blocksOf, labelled, type LoadedModule, providerOf } from "./hcl-modules.ts";
import {
  addressInModule,
  addressOf,
  blockKey,
  blocksByTypeAndName,
  type LabelledBlocks,
  localNameIn,
  localNameOf,
  REFERABLE_KINDS,
  type ReferableKind,
  stringsIn,
  withoutTemplate,
} from "./module-blocks.ts";
import { PlaceholderValues } from "./placeholder-values.ts";
import {
  type BlockKind,
  effectOf,
  isAccepted,
  type LocalEffect,
  providerAddress,
} from "./providers.ts";

/** A block or function call that is removed from a module. */
export interface Skipped {
  readonly reason: SkipReason;
  /** The address in the module: cloudflare_record.www, data.http.address, provider::acme::hash, check.health. */
  readonly address: string;
  /** The address of the provider. */
  readonly provider: string;
  /** Name of the `terraform_data` resource that replaces it; absent if expressions cannot refer to it. */
  readonly placeholder?: string;
}

/** Decides for one module which of its blocks are skipped. */
export class ExcludedBlocks {
  readonly addresses: readonly string[];
  readonly policy: CodePolicy;
  readonly skipped: Map<string, Skipped> = new Map();
  readonly placeholders: PlaceholderValues = new PlaceholderValues();
  readonly localCode: Omit<LocalCode, "stack">[] = [];
  readonly allowedProviders: Set<string> = new Set();
  readonly skippedProviders: Set<string> = new Set();
  readonly #module: LoadedModule["module"];
  readonly #removed = new Set<string>();

  /** @throws UserError BERTH-E5005 if the module has an action that must not run */
  constructor({ module, addresses }: LoadedModule, policy: CodePolicy) {
    this.#module = module;
    this.addresses = addresses;
    this.policy = policy;
    for (const name of Object.keys(module.sources)) this.isProviderUsed(name);
    for (const { body } of module.files)
      for (const [name] of labelled(body["provider"])) this.isProviderUsed(name);
    for (const kind of REFERABLE_KINDS) this.#inspectBlocks(kind);
    this.#inspectActions();
    this.#inspectChecks();
    this.#inspectFunctions();
  }

  /** True if the block with this key must be removed. */
  isRemoved(key: string): boolean {
    return this.#removed.has(key);
  }

  /** Whether the provider with a local name runs. */
  isProviderUsed(localName: string): boolean {
    const address = providerOf(this.#module, localName);
    if (isAccepted(address)) return true;
    const isAllowed = this.policy.allowedProviders.some(
      (source) => providerAddress(source) === address,
    );
    (isAllowed ? this.allowedProviders : this.skippedProviders).add(address);
    return isAllowed;
  }

  /** Whether a moved, removed or import block refers to a skipped block. */
  refersToSkipped(attributes: Readonly<Record<string, string>>): boolean {
    const { provider, ...targets } = attributes;
    if (provider !== undefined && !this.isProviderUsed(localNameIn(provider))) return true;
    return Object.values(targets).some((target) => {
      const path = withoutTemplate(target).replaceAll(/\[[^\]]*\]/g, "");
      const [, , prefix, type = "", name = ""] =
        /(^|\.)(?:(data|ephemeral)\.)?([a-z][\w-]*)\.([\w-]+)$/.exec(path) ?? [];
      if (type === "" || type === "module") return false;
      const kind = prefix === "data" || prefix === "ephemeral" ? prefix : "resource";
      return (
        this.skipped.has(addressOf(kind, type, name)) || !this.isProviderUsed(localNameOf(type, []))
      );
    });
  }

  #addLocalCode(kind: LocalCode["kind"], address: string, what: string, effect: LocalEffect): void {
    for (const module of this.addresses)
      this.localCode.push({
        kind,
        address: addressInModule(module, address),
        what,
        effect,
        skipped: !this.policy.runsLocalCode,
      });
  }

  /** Why a block is skipped; undefined if it runs. Records local code. */
  #skipReason(
    kind: BlockKind,
    type: string,
    localName: string,
    address: string,
  ): SkipReason | undefined {
    if (!this.isProviderUsed(localName)) return "provider";
    const effect = effectOf(providerOf(this.#module, localName), kind, type);
    if (effect === undefined) return undefined;
    this.#addLocalCode(kind, address, type, effect);
    return this.policy.runsLocalCode ? undefined : "local-code";
  }

  #inspectBlocks(kind: ReferableKind): void {
    for (const blocks of blocksByTypeAndName(this.#module, kind)) {
      const { type, name, bodies } = blocks;
      const address = addressOf(kind, type, name);
      const localName = localNameOf(type, bodies);
      const reason = this.#skipReason(kind, type, localName, address);
      if (reason !== undefined) this.#skip(kind, blocks, reason, localName);
      else
        for (const [provisioner] of bodies.flatMap((body) => labelled(body["provisioner"])))
          this.#addLocalCode("provisioner", address, provisioner, "runs-code");
    }
    for (const { body } of kind === "resource" ? this.#module.files : [])
      for (const removed of blocksOf(body["removed"]))
        for (const [provisioner] of labelled(removed["provisioner"]))
          this.#addLocalCode(
            "provisioner",
            withoutTemplate(removed["from"]),
            provisioner,
            "runs-code",
          );
  }

  #skip(
    kind: ReferableKind,
    { type, name, bodies }: LabelledBlocks,
    reason: SkipReason,
    localName: string,
  ): void {
    const address = addressOf(kind, type, name);
    const argument = (["count", "for_each"] as const).find((candidate) =>
      bodies.some((body) => body[candidate] !== undefined),
    );
    const value: unknown =
      argument && bodies.findLast((body) => body[argument] !== undefined)?.[argument];
    const placeholder = this.placeholders.add(address, argument && { argument, value });
    const provider = providerOf(this.#module, localName);
    this.skipped.set(address, { reason, address, provider, placeholder });
    this.#removed.add(blockKey(kind, type, name));
  }

  #inspectActions(): void {
    for (const { type, name, bodies } of blocksByTypeAndName(this.#module, "action")) {
      const localName = localNameOf(type, bodies);
      const reason = this.#skipReason("action", type, localName, `action.${type}.${name}`);
      if (reason === undefined) continue;
      const source = providerOf(this.#module, localName);
      throw new UserError(
        "BERTH-E5013",
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

  /** A check block is removed as a whole: no expression can refer to it. */
  #inspectChecks(): void {
    for (const { body } of this.#module.files)
      for (const [check, block] of labelled(body["check"]))
        for (const [type, names] of labelled(block["data"]))
          for (const [name, data] of labelled(names)) this.#inspectCheck(check, type, name, data);
  }

  #inspectCheck(check: string, type: string, name: string, data: Block): void {
    const address = `check.${check}`;
    const localName = localNameOf(type, [data]);
    // Remote states are redirected to local states, but not those in check blocks.
    const reason =
      type === "terraform_remote_state"
        ? "provider"
        : this.#skipReason("data", type, localName, `${address}.data.${type}.${name}`);
    if (reason === undefined) return;
    const provider = providerOf(this.#module, localName);
    this.skipped.set(address, { reason, address, provider });
    this.#removed.add(blockKey("check", check));
  }

  #inspectFunctions(): void {
    for (const { body } of this.#module.files)
      for (const text of stringsIn(body))
        for (const [call, name = ""] of text.matchAll(/\bprovider::([\w-]+)::[\w-]+/g)) {
          if (this.isProviderUsed(name)) continue;
          const provider = providerOf(this.#module, name);
          const placeholder = this.placeholders.add(call);
          this.skipped.set(call, { reason: "provider", address: call, provider, placeholder });
        }
  }
}
