import type { AttributePath } from "./resource.ts";

/** A value that the plan does not contain: it is known after apply, or the configuration does not determine it. */
export class Unknown {
  /** Terraform's address of the resource. */
  readonly address: string;
  readonly #attribute: string | AttributePath;
  #reason: string | (() => string);

  /**
   * @param attribute the attribute, or a path in it
   * @param reason a predicate of the attribute, or a function that computes it: most reasons are never read
   */
  constructor(address: string, attribute: string | AttributePath, reason: string | (() => string)) {
    this.address = address;
    this.#attribute = attribute;
    this.#reason = reason;
  }

  /** The attribute without indexes of lists, such as "network_configuration.subnets". */
  get attribute(): string {
    return typeof this.#attribute === "string"
      ? this.#attribute
      : this.#attribute.filter((step) => typeof step === "string").join(".");
  }

  /** Why the value is unknown, such as "is known after apply". */
  get reason(): string {
    if (typeof this.#reason !== "string") this.#reason = this.#reason();
    return this.#reason;
  }

  toString(): string {
    return `${this.address}: ${this.attribute} ${this.reason}`;
  }
}

export const isUnknown = (value: unknown): value is Unknown => value instanceof Unknown;

/** Formats a value for a message: a string without quotes, an unknown value with its reason, anything else as JSON. */
export const formatValue = (value: unknown): string =>
  typeof value === "string"
    ? value
    : value instanceof Unknown
      ? value.toString()
      : (JSON.stringify(value) ?? "nothing");
