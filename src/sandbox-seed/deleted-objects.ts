import { parseArn } from "../aws/index.ts";
import type { AccountRegion, ObservedCall } from "../sandbox/index.ts";
import { secretNameOf } from "../sandbox/seeding.ts";

/** The kinds of objects that are assumed to exist and that Terraform can delete by a name, ID or ARN. */
type AssumableKind = "vpc" | "secret" | "parameter" | "certificate" | "repository";

/** The calls that delete such objects, with the member of the input that identifies them. Keys are the service and the operation. */
const DELETIONS: Readonly<
  Record<string, { readonly kind: AssumableKind; readonly member: string }>
> = {
  "ec2:DeleteVpc": { kind: "vpc", member: "VpcId" },
  "secretsmanager:DeleteSecret": { kind: "secret", member: "SecretId" },
  "ssm:DeleteParameter": { kind: "parameter", member: "Name" },
  "ssm:DeleteParameters": { kind: "parameter", member: "Names" },
  "acm:DeleteCertificate": { kind: "certificate", member: "CertificateArn" },
  "ecr:DeleteRepository": { kind: "repository", member: "repositoryName" },
};

/** The name of an object, which is the same for all identifiers by which calls refer to it. */
function nameOf(kind: AssumableKind, id: string): string {
  switch (kind) {
    case "secret":
      return secretNameOf(id);
    case "parameter":
      // A version or a label follows a colon. Source: AWS Systems Manager API Reference, GetParameter.
      return id.replace(/:.*$/, "");
    case "vpc":
    case "certificate":
    case "repository":
      return id;
  }
}

function keyOf(kind: AssumableKind, id: string, place: AccountRegion): string {
  const { account, region } = parseArn(id) ?? place;
  return JSON.stringify([kind, account, region, nameOf(kind, id)]);
}

/** The objects that Terraform has deleted, of the kinds that are otherwise assumed to exist. */
export class DeletedObjects {
  readonly #keys = new Set<string>();

  observeCall({ service, operation, account, region, input, changed }: ObservedCall): void {
    const deletion = DELETIONS[`${service}:${operation}`];
    if (!changed || !deletion) return;
    for (const id of [input[deletion.member]].flat())
      if (typeof id === "string") this.#keys.add(keyOf(deletion.kind, id, { account, region }));
  }

  /**
   * Whether an object was deleted.
   *
   * @param id a name, ID or ARN, also one that differs from that of the delete call
   * @param place the account and region, if the ID is not an ARN
   */
  has(kind: AssumableKind, id: string, place: AccountRegion): boolean {
    return this.#keys.has(keyOf(kind, id, place));
  }
}
