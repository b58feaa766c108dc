import { table, type TableKey } from "../../core/tables.ts";

/** Inline policy documents of one identity, by name. */
export type Inline = Readonly<Record<string, string>>;

export interface Role {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly path: string;
  readonly trust: string;
  readonly description?: string;
  /** Maximum session duration in seconds. */
  readonly maxSession: number;
  readonly boundary?: string;
  readonly inline: Inline;
  /** ARNs of managed policies. */
  readonly attached: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
  /** The time of the last change of the role's policies. */
  readonly changed: Date;
  /** The policies before the last change. They apply until the change has propagated. */
  readonly before?: Pick<Role, "trust" | "inline" | "attached" | "boundary">;
  /** The service principal, for a service-linked role. */
  readonly linkedTo?: string;
}

export interface PolicyVersion {
  readonly id: string;
  readonly document: string;
  readonly created: Date;
}

export interface ManagedPolicy {
  readonly arn: string;
  readonly name: string;
  readonly id: string;
  readonly path: string;
  readonly description?: string;
  readonly versions: readonly PolicyVersion[];
  readonly defaultVersion: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
  readonly updated: Date;
}

export interface User {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly path: string;
  readonly boundary?: string;
  readonly inline: Inline;
  readonly attached: readonly string[];
  readonly accessKeys: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

export interface InstanceProfile {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly path: string;
  readonly roles: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

export interface OidcProvider {
  readonly arn: string;
  /** Without https://, as in condition keys. */
  readonly url: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

const scope = "account";
export const roles: TableKey<Role> = table("iam/role", {
  scope,
  exists: (role) => role.linkedTo === undefined,
});
export const policies: TableKey<ManagedPolicy> = table("iam/policy", { scope });
export const users: TableKey<User> = table("iam/user", { scope });
export const instanceProfiles: TableKey<InstanceProfile> = table("iam/instance-profile", { scope });
export const oidcProviders: TableKey<OidcProvider> = table("iam/oidc-provider", { scope });
