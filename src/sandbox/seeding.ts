/**
 * Creates resources with given IDs and ARNs, for src/sandbox-seed: what a configuration expects to exist in its account.
 *
 * @module
 */
import type { AccountRegion } from "./core/store.ts";
import type { Sandbox } from "./server.ts";
import { certificates } from "./services/acm/tables.ts";
import { AwsError } from "./protocol/errors.ts";
import { secrets } from "./services/secretsmanager/tables.ts";
import { parameters } from "./services/ssm/tables.ts";

type Input = Readonly<Record<string, unknown>>;

/**
 * The name of a secret. An ARN that ends with a hyphen and six characters is taken for a complete ARN.
 *
 * @param nameOrArn a name, or an ARN with or without its generated suffix
 */
export function secretNameOf(nameOrArn: string): string {
  const name = /^arn:[^:]+:secretsmanager:[^:]*:\d*:secret:(.+)$/s.exec(nameOrArn)?.[1];
  return name?.replace(/-[A-Za-z0-9]{6}$/, "") ?? nameOrArn;
}

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

  /** Whether a call that reads something succeeds. The state of the sandbox does not change. */
  succeeds(service: string, operation: string, input: Input): boolean {
    try {
      this.#sandbox.store.dryRun(() => this.call(service, operation, input));
      return true;
    } catch (error) {
      if (error instanceof AwsError) return false;
      throw error;
    }
  }

  /** Creates an SSM parameter. Its name may be one that only AWS can create, such as /aws/service/…. */
  putParameter(name: string, value: string): void {
    // PutParameter rejects names of AWS.
    this.call("ssm", "PutParameter", { Name: "assumed", Value: value, Type: "String" });
    const context = this.#sandbox.contextFor(this.#place);
    this.#sandbox.store.transact(() => {
      const row = context.in(parameters).get("assumed");
      if (row)
        context.in(parameters).put(name, {
          ...row,
          name,
          arn: context.arn("ssm", `parameter/${name.replace(/^\//, "")}`),
        });
      context.in(parameters).delete("assumed");
    });
  }

  /**
   * Creates a secret with one version.
   *
   * @param nameOrArn a name, or an ARN with or without its generated suffix
   * @param options further members of CreateSecret. @default none
   */
  putSecret(nameOrArn: string, value: string, options: Input = {}): void {
    const name = secretNameOf(nameOrArn);
    this.call("secretsmanager", "CreateSecret", { Name: name, SecretString: value, ...options });
    const isFullArn = nameOrArn !== name && !nameOrArn.endsWith(`:${name}`);
    if (!isFullArn) return;
    const context = this.#sandbox.contextFor(this.#place);
    this.#sandbox.store.transact(() => {
      const row = context.in(secrets).find((secret) => secret.name === name);
      if (!row) return;
      context.in(secrets).delete(row.arn);
      context.in(secrets).put(nameOrArn, { ...row, arn: nameOrArn });
    });
  }

  /**
   * Removes a secret, as if it had been deleted.
   *
   * @param nameOrArn a name, or an ARN with or without its generated suffix
   * @returns a function that restores it unchanged; undefined if it does not exist
   */
  removeSecret(nameOrArn: string): (() => void) | undefined {
    const name = secretNameOf(nameOrArn);
    const table = this.#sandbox.contextFor(this.#place).in(secrets);
    const row = table.find((secret) => secret.name === name);
    if (!row) return undefined;
    this.#sandbox.store.transact(() => table.delete(row.arn));
    return () => void this.#sandbox.store.transact(() => table.put(row.arn, row));
  }

  /** As `removeSecret`, for an SSM parameter with a name. */
  removeParameter(name: string): (() => void) | undefined {
    const table = this.#sandbox.contextFor(this.#place).in(parameters);
    const row = table.get(name);
    if (!row) return undefined;
    this.#sandbox.store.transact(() => table.delete(name));
    return () => void this.#sandbox.store.transact(() => table.put(name, row));
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
