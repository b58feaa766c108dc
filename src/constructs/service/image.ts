import { TerraformLocal } from "cdktn";
import type { Construct } from "../construct.ts";
import type { WorkloadOptions } from "../../config/index.ts";
import { UserError } from "../../shared/index.ts";
import { CheckedConstruct } from "../foundation/checked-construct.ts";
import { DataAwsEcrImage } from "../provider/data-ecr-image.generated.ts";
import { SsmParameter } from "../provider/ssm-parameter.generated.ts";
import { checkName } from "../synth/names.ts";
import type { FoundationReference, RepositoryReference } from "./foundation-reference.ts";

/** The value of the image parameter before the first successful deployment. */
const NO_IMAGE = "none";

/** Properties of a `ServiceImage`. */
export interface ServiceImageProps {
  readonly name: string;
  readonly foundation: FoundationReference;
  readonly image: WorkloadOptions["image"];
  /** An expression without its braces, such as "var.image", that selects another image unless it is null. @default none */
  readonly imageVariable?: string;
}

/**
 * The image of a service, and the SSM parameter with the image of its last successful deployment (ADR 21). Terraform creates
 * the parameter, and ignores changes of its value: `berth deploy` writes it.
 *
 * - An image that the config sets is used as it is; a tag is resolved to a digest when Terraform plans.
 * - With `{ build }` in the config, the image is that of the parameter.
 *
 * Cost: none (a standard parameter).
 */
export class ServiceImage extends CheckedConstruct {
  readonly parameter: SsmParameter;
  /** The image, as a Terraform expression. */
  readonly uri: string;
  /** Whether an image is known, as the condition of a precondition. */
  readonly isKnown: string;

  constructor(scope: Construct, id: string, props: ServiceImageProps) {
    super(scope, id, props);
    const { name, foundation, imageVariable } = props;
    this.parameter = new SsmParameter(this, "resource", {
      name: checkName("parameter", `/berth/${foundation.name}/${name}/image`, "name"),
      description: `The image of the last successful deployment of ${name}`,
      type: "String",
      insecureValue: NO_IMAGE,
      // A program that writes the value does not have to repeat the description.
      lifecycle: { ignoreChanges: ["insecure_value", "description"] },
    });
    const configured = this.#configured(props);
    const uri = new TerraformLocal(
      this,
      "uri",
      imageVariable === undefined
        ? `\${${configured}}`
        : `\${coalesce(${imageVariable}, ${configured})}`,
    );
    this.uri = `\${local.${uri.friendlyUniqueId}}`;
    this.isKnown = `\${local.${uri.friendlyUniqueId} != "${NO_IMAGE}"}`;
  }

  /** The image without the variable, as an expression without its braces. */
  #configured({ image, foundation, imageVariable }: ServiceImageProps): string {
    if (typeof image === "string") return JSON.stringify(image);
    if ("build" in image)
      return `aws_ssm_parameter.${this.parameter.friendlyUniqueId}.insecure_value`;
    const { repository } = foundation;
    if (repository === undefined)
      throw new UserError("BERTH-E2001", "image: the foundation has no repository", {
        fix: "set repository, or the URI of an image",
      });
    if ("digest" in image) {
      const local = new TerraformLocal(this, "digest", `${repository.url}@${image.digest}`);
      return `local.${local.friendlyUniqueId}`;
    }
    return this.#byTag(image.tag, repository, imageVariable);
  }

  /** The URI of a tag, with its digest. The repository is read only if the image is not that of the variable. */
  #byTag(imageTag: string, { name }: RepositoryReference, imageVariable?: string): string {
    const data = new DataAwsEcrImage(this, "tagged", { repositoryName: name, imageTag });
    const address = `data.aws_ecr_image.${data.friendlyUniqueId}`;
    if (imageVariable === undefined) return `${address}.image_uri`;
    data.addOverride("count", `\${${imageVariable} == null ? 1 : 0}`);
    return `one(${address}[*].image_uri)`;
  }
}
