import { AwsProvider } from "../provider/aws-provider.ts";
import { LocalBackend, S3Backend, TerraformElement, TerraformStack } from "cdktn";
import { Construct } from "../construct.ts";
import { REQUIRED_PROVIDER } from "../provider/aws-resource.ts";

/** The versions of Terraform or OpenTofu that the synthesized Terraform accepts. */
export const REQUIRED_ENGINE = ">= 1.10";

/** Construct IDs that are omitted from resource addresses, to keep the addresses short. */
const ID_PARTS_OMITTED: ReadonlySet<string> = new Set(["foundation", "resource"]);

export interface RootModuleProps {
  readonly region: string;
  /** Terraform rejects credentials of any other account. @default the account of the credentials */
  readonly account: string | undefined;
  /** Tags for all resources that support tags. */
  readonly tags: Readonly<Record<string, string>>;
  /** The S3 object with the state. @default a local file */
  readonly state:
    | {
        readonly bucket: string;
        readonly key: string;
        readonly region: string;
        readonly kmsKeyId?: string;
      }
    | undefined;
  /** Construct IDs that are omitted from resource addresses. @default foundation, resource */
  readonly omittedIds?: ReadonlySet<string>;
}

/** A Terraform root module with version constraints, the AWS provider and a backend. Its resource addresses are readable. */
export class RootModule extends TerraformStack {
  readonly #omittedIds: ReadonlySet<string>;

  constructor(
    id: string,
    { region, account, tags, state, omittedIds = ID_PARTS_OMITTED }: RootModuleProps,
  ) {
    super(new Construct(undefined, ""), id);
    this.#omittedIds = omittedIds;
    new AwsProvider(this, "aws", {
      region,
      ...(account === undefined ? {} : { allowedAccountIds: [account] }),
      ...(Object.keys(tags).length === 0 ? {} : { defaultTags: [{ tags: { ...tags } }] }),
    });
    this.addOverride("terraform.required_version", REQUIRED_ENGINE);
    this.addOverride("terraform.required_providers.aws", {
      source: "hashicorp/aws",
      version: REQUIRED_PROVIDER,
    });
    if (state) {
      new S3Backend(this, { ...state, encrypt: true });
      this.addOverride("terraform.backend.s3.use_lockfile", true);
    } else {
      new LocalBackend(this, { path: "terraform.tfstate" });
    }
  }

  protected override allocateLogicalId(element: TerraformElement | Construct["node"]): string {
    const node = TerraformElement.isTerraformElement(element) ? element.node : element;
    return node.scopes
      .slice(1 + node.scopes.indexOf(this))
      .map((scope) => scope.node.id)
      .filter((id) => !this.#omittedIds.has(id))
      .join("_")
      .replace(/[^A-Za-z0-9_]+/g, "_");
  }
}
