import { isObject } from "../../shared/index.ts";
import { type Block } from "./hcl-modules.ts";
import { type Edit, edited, type Token, tokensOf, tokensOfTemplate } from "../../hcl/index.ts";

/** The count or for_each argument of a block. */
export interface Repetition {
  readonly argument: "count" | "for_each";
  readonly value: unknown;
}

interface Placeholder {
  /** The name of the `terraform_data` resource. */
  readonly name: string;
  readonly repetition: Repetition | undefined;
}

/** Arguments whose value is a list of addresses and not an expression. */
const isAddressList = (argument: string): boolean =>
  /^(depends_on|replace_triggered_by)$/.test(argument);

/**
 * The `terraform_data` resources of a module that replace skipped blocks and function calls. Expressions refer to them
 * instead, so that Terraform's graph shows which resources depend on a skipped block.
 */
export class PlaceholderValues {
  readonly #placeholders = new Map<string, Placeholder>();

  /**
   * Adds a placeholder for an address.
   *
   * @returns the name of the `terraform_data` resource
   */
  add(address: string, repetition?: Repetition): string {
    const name = `berth_skipped_${address.replaceAll(/[^\w-]+/g, "_")}`;
    this.#placeholders.set(address, { name, repetition });
    return name;
  }

  /** The bodies of the `terraform_data` resources, by name. */
  bodies(): Readonly<Record<string, Block>> {
    return Object.fromEntries(
      [...this.#placeholders.values()].map(({ name, repetition }) => [
        name,
        {
          ...(repetition ? { [repetition.argument]: repetition.value } : {}),
          // The time of the apply is unknown in a plan, so the value and type of this output are unknown. Values that
          // refer to it are unknown too.
          input: "${jsondecode(timestamp())}",
        },
      ]),
    );
  }

  /** The text that replaces an address in an expression, or in a list of addresses. */
  #replacement(address: string, isInAddressList: boolean): string | undefined {
    const placeholder = this.#placeholders.get(address);
    if (placeholder === undefined) return undefined;
    const resource = `terraform_data.${placeholder.name}`;
    if (isInAddressList) return resource;
    switch (placeholder.repetition?.argument) {
      case "count":
        return `(${resource}[*].output)`;
      case "for_each":
        return `({ for k, v in ${resource} : k => v.output })`;
      case undefined:
        return `${resource}.output`;
    }
  }

  /** Edits that replace references to skipped blocks. */
  edits(tokens: readonly Token[], isInAddressList = false): Edit[] {
    const edits: Edit[] = [];
    let addressListEnd = isInAddressList ? Infinity : -1;
    const textAt = (index: number): string => tokens[index]?.text ?? "";
    for (const [index, { kind, text, start }] of tokens.entries()) {
      if (kind !== "identifier" || textAt(index - 1) === ".") continue;
      if (isAddressList(text) && textAt(index + 1) === "=")
        addressListEnd = Math.max(addressListEnd, tokens[index + 2]?.close ?? -1);
      if (text === "provider" && textAt(index + 1) === ":" && textAt(index + 2) === ":") {
        const call = `provider::${textAt(index + 3)}::${textAt(index + 6)}`;
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
      const replacement = this.#replacement(address, index < addressListEnd);
      if (replacement === undefined) continue;
      let last = index + length - 1;
      // A list of addresses may contain attributes. The placeholder does not have them, so they are removed.
      if (index < addressListEnd)
        while (
          last + 1 < Math.min(addressListEnd, tokens.length) &&
          /^[.[]$/.test(textAt(last + 1))
        )
          last = tokens[last + 1]?.close ?? last + 2;
      edits.push({ start, end: tokens[last]?.end ?? start, text: replacement });
    }
    return edits;
  }

  /** A value of Terraform's JSON syntax in which references to skipped blocks are replaced. */
  replaceIn(value: unknown, isInAddressList = false): unknown {
    if (typeof value === "string")
      return edited(
        value,
        isInAddressList ? this.edits(tokensOf(value), true) : this.edits(tokensOfTemplate(value)),
      );
    if (Array.isArray(value))
      return value.map((element) => this.replaceIn(element, isInAddressList));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, element]) => [
        this.replaceIn(key),
        this.replaceIn(element, isAddressList(key)),
      ]),
    );
  }
}
