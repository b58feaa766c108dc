/**
 * Creates resources with given IDs and ARNs, for src/sandbox-seed: what a configuration expects to exist in its account.
 *
 * @module
 */
import type { AccountRegion } from "./core/store.ts";
import type { Sandbox } from "./server.ts";
import { certificates } from "./services/acm/tables.ts";

type Input = Readonly<Record<string, unknown>>;

/** Creates resources in one account and region. */
export class Seeder {
  readonly #sandbox: Sandbox;
  readonly #place: AccountRegion;

  constructor(sandbox: Sandbox, place: AccountRegion) {
    this.#sandbox = sandbox;
    this.#place = place;
  }

  /** Makes a call with full access. @throws AwsError if the sandbox rejects it */
  call(service: string, operation: string, input: Input): Input {
    return this.#sandbox.invoke(service, operation, input, this.#place);
  }

  /**
   * Makes a call that creates a resource with the given ID.
   *
   * @param kind the prefix of the ID, such as vpc; "uuid" for a KMS key
   * @param id @default a new ID
   * @returns the ID
   */
  create(
    kind: string,
    id: string | undefined,
    service: string,
    operation: string,
    input: Input,
  ): string {
    const given = id ?? this.#sandbox.contextFor(this.#place).id(kind);
    this.#sandbox.store.expectId(kind, given);
    this.call(service, operation, input);
    return given;
  }

  /** Creates an issued certificate for example.com and its subdomains. */
  issueCertificate(arn: string): void {
    const context = this.#sandbox.contextFor(this.#place);
    this.#sandbox.store.transact(() =>
      context.in(certificates).put(arn, {
        arn,
        type: "AMAZON_ISSUED",
        status: "ISSUED",
        domain: "example.com",
        names: ["example.com", "*.example.com"],
        tags: {},
        created: context.now,
        usedBy: [],
      }),
    );
  }
}
