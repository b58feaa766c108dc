/**
 * Attributes to set on the generated resources, by their Terraform names. The key is a resource type (all resources of the
 * type) or a full address (one resource). A key that matches no resource is an error.
 *
 * @example { aws_lb: { idle_timeout: 120 } }
 */
export type Overrides = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
