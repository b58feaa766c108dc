import { type Hop, hopToJson } from "../../sandbox/network/trace.ts";
import type { StateResource } from "../terraform-copy/terraform-stack.ts";
import type { RehearsalPathStep } from "../result.ts";

/** Attributes by which AWS's answers name a resource. */
const NAMING = ["id", "arn", "security_group_rule_id", "association_id", "network_interface_id"];

/** Attributes of a VPC that name what AWS makes with it. */
const WITH_VPC: Readonly<Record<string, string>> = {
  main_route_table_id: "main route table",
  default_network_acl_id: "default network ACL",
  default_security_group_id: "default security group",
};

/** Which Terraform address an AWS id was made by. */
export class AddressIndex {
  readonly #addresses = new Map<string, string>();

  learn(resources: readonly StateResource[]): void {
    for (const { address, mode, type, values } of resources) {
      if (mode !== "managed") continue;
      for (const [key, what] of type === "aws_vpc" ? Object.entries(WITH_VPC) : []) {
        const id = values[key];
        if (typeof id === "string") this.#addresses.set(id, `${address}'s ${what}`);
      }
      for (const key of NAMING) {
        const id = values[key];
        if (typeof id === "string" && id !== "" && !this.#addresses.has(id))
          this.#addresses.set(id, address);
      }
    }
  }

  /** Addresses are told anew: a change may have given ids to others. */
  forget(): void {
    this.#addresses.clear();
  }

  of(id: string): string | undefined {
    return this.#addresses.get(id);
  }

  /** The address where there is one, else the id; of an ARN its last words. */
  show(id: string): string {
    return this.of(id) ?? (id.startsWith("arn:") ? (id.split("/").pop() ?? id) : id);
  }

  /** Ids in a text, replaced by what they are in Terraform. */
  spell(text: string): string {
    return text.replace(
      /\b(?:sg|sgr|subnet|rtb|igw|nat|vpce|vpc|acl|eni|eipalloc)-[0-9a-f]{8,17}\b/g,
      (id) => this.show(id),
    );
  }

  step(hop: Hop): RehearsalPathStep {
    const { at, message } = hopToJson(hop);
    const address = hop.ids
      .map((id) => this.of(id))
      .filter((entry) => entry !== undefined)
      .join(", ");
    return { resource: at, message: this.spell(message), ...(address === "" ? {} : { address }) };
  }
}
