import type { Hop } from "../../sandbox/inspection/index.ts";
import type { StateResource } from "../terraform-copy/state-resources.ts";
import type { RehearsalPathStep } from "../result.ts";

/** Attributes with an ID or ARN of the resource. */
const ID_ATTRIBUTES = [
  "id",
  "arn",
  "security_group_rule_id",
  "association_id",
  "network_interface_id",
];

/** Attributes of a VPC with the IDs of resources that AWS creates together with the VPC. */
const CREATED_WITH_VPC: Readonly<Record<string, string>> = {
  main_route_table_id: "main route table",
  default_network_acl_id: "default network ACL",
  default_security_group_id: "default security group",
};

/** Terraform addresses by the IDs and ARNs of AWS. */
export class AddressIndex {
  readonly #addresses = new Map<string, string>();

  /** @param prefix the text before each address, which names the stack. @default "" */
  add(resources: readonly StateResource[], prefix = ""): void {
    for (const { address: ownAddress, mode, type, values } of resources) {
      if (mode !== "managed") continue;
      const address = `${prefix}${ownAddress}`;
      for (const [key, what] of type === "aws_vpc" ? Object.entries(CREATED_WITH_VPC) : []) {
        const id = values[key];
        if (typeof id === "string") this.#addresses.set(id, `${address}'s ${what}`);
      }
      for (const key of ID_ATTRIBUTES) {
        const id = values[key];
        if (typeof id === "string" && id !== "" && !this.#addresses.has(id))
          this.#addresses.set(id, address);
      }
    }
  }

  /** The same addresses, without a prefix: as the stack with this prefix has them. */
  withoutPrefix(prefix: string): AddressIndex {
    const index = new AddressIndex();
    for (const [id, address] of this.#addresses)
      index.#addresses.set(id, address.startsWith(prefix) ? address.slice(prefix.length) : address);
    return index;
  }

  clear(): void {
    this.#addresses.clear();
  }

  /** The Terraform address of a resource; undefined if Terraform did not create it. */
  addressOf(id: string): string | undefined {
    return this.#addresses.get(id);
  }

  /** The Terraform address, else the ID; of an ARN the part after the last slash. */
  displayName(id: string): string {
    return this.addressOf(id) ?? (id.startsWith("arn:") ? (id.split("/").pop() ?? id) : id);
  }

  /** A text with Terraform addresses in the place of IDs. */
  replaceIds(text: string): string {
    return text.replace(
      /\b(?:sg|sgr|subnet|rtb|igw|nat|vpce|vpc|acl|eni|eipalloc)-[0-9a-f]{8,17}\b/g,
      (id) => this.displayName(id),
    );
  }

  /** A hop of a trace with Terraform addresses. */
  pathStep(hop: Hop): RehearsalPathStep {
    const address = hop.ids
      .map((id) => this.addressOf(id))
      .filter((entry) => entry !== undefined)
      .join(", ");
    return {
      resource: hop.ids.join(", "),
      message: this.replaceIds(hop.message),
      ...(address === "" ? {} : { address }),
    };
  }
}
