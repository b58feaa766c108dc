import type { IncomingMessage } from "node:http";
import type { ApplicablePolicies, RequestContext } from "../../iam/index.ts";
import type { Caller } from "../authorization/callers.ts";
import type { AwsError } from "../protocol/errors.ts";
import type { WireResponse } from "../protocol/wire-types.ts";
import type { Context, Operations } from "./operation.ts";
import type { SettleTrigger } from "./settle-trigger.ts";
import type { Store } from "./store.ts";
import type { TagRules } from "./tags.ts";
import type { UnsupportedMembers } from "./unsupported-members.ts";

/** The decoded input of a request. */
export type Input = Readonly<Record<string, unknown>>;

/** A permission that a request needs. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  /** Condition keys in addition to the global ones. */
  readonly conditions: Readonly<Record<string, string>>;
  /** True if the request creates the resource. It then has only the tags of the request. */
  readonly isNew: boolean;
}

/** What requests to a service require from the policies of their caller. Source: Service Authorization Reference. */
export interface ServicePermissions {
  /** The IAM action of operations whose action has another name. */
  readonly actions?: Readonly<Record<string, string>>;
  /** Operations that need no permission. */
  readonly unrestricted?: readonly string[];
  /**
   * The ARNs of the resources of a request. If there are none, the permission is checked for the ARNs in the members
   * `ResourceArn` and `CertificateArn`; without these, for "*".
   */
  readonly resources?: (context: Context, operation: string, input: Input) => readonly string[];
  /**
   * The ARNs, with wildcards, of the resources that a request creates.
   *
   * @default the resources of the request, if the name of the operation starts with Create
   */
  readonly createdResources?: (
    context: Context,
    operation: string,
    input: Input,
  ) => readonly string[] | undefined;
  /** The action that tags a resource when it is created. Undefined if the service needs no further permission. */
  readonly tagAction?: (operation: string) => string | undefined;
  /** True if the condition key CreateAction limits the permission to tags that are set at creation. */
  readonly hasCreateAction?: boolean;
  /**
   * The roles that a request passes to a service, and the principal of that service. This requires iam:PassRole.
   * Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
   */
  readonly passedRoles?: (
    operation: string,
    input: Input,
  ) => readonly (readonly [role: string, service: string])[];
  /** Permissions for resources of other services that the request uses, such as encryption keys. */
  readonly furtherPermissions?: (
    context: Context,
    operation: string,
    input: Input,
  ) => readonly Permission[];
  /** Condition keys of the service. */
  readonly conditions?: (context: Context, input: Input) => RequestContext;
  /** Whether something else than a policy allows a call, such as a grant of AWS KMS. An explicit deny is stronger. */
  readonly isGranted?: (context: Context, operation: string, input: Input) => boolean;
  /**
   * The error of a denied call.
   *
   * @default AccessDeniedException, as of JSON services
   */
  readonly denied?: (message: string) => AwsError;
}

/** What the authorization of any call reads from the resources of a service. */
export interface ServiceResources {
  /** The tags of a resource; undefined if it does not exist. */
  readonly tags?: (context: Context, arn: string) => Readonly<Record<string, string>> | undefined;
  /**
   * The resource-based policy of a resource (`document`), the policy of its parent, such as the registry of a repository
   * (`parentDocument`), and whether these policies must allow the request.
   *
   * @param context a context of the account and region of the resource
   */
  readonly policy?: (
    context: Context,
    arn: string,
  ) => {
    readonly document?: string | undefined;
    readonly parentDocument?: string | undefined;
    readonly decides?: boolean;
  };
  /** The policy of the account in a region that also applies to requests without a resource, such as the policy of a registry. */
  readonly accountPolicy?: (context: Context) => string | undefined;
  /** Whether a resource exists that another service names in a request. */
  readonly exists?: (context: Context, arn: string) => boolean;
  /** Further condition keys of an existing resource. */
  readonly conditions?: (context: Context, arn: string) => RequestContext;
}

/** What AWS does in the background: it runs after calls that change something, and when clients poll. */
export interface BackgroundWork {
  /** The background work of an account and region runs if one of these tables has rows. */
  readonly tables: readonly { readonly name: string }[];
  /** The services whose background work must run before. */
  readonly after?: readonly string[];
  readonly run: (context: Context, trigger: SettleTrigger) => void;
}

/** A listener for which the sandbox opens a local port. */
export interface ServiceListener {
  readonly arn: string;
  /** Port of the listener on AWS. */
  readonly port: number;
  /** DNS name of the load balancer. */
  readonly loadBalancer: string;
}

/** The listeners of a service that a local port can represent. */
export interface ServiceListeners {
  readonly table: { readonly name: string };
  readonly list: (context: Context) => readonly ServiceListener[];
  /**
   * Answers an HTTP request to a listener.
   *
   * @param nextNumber counts the requests that reach a load balancer of this sandbox, from 0
   * @returns undefined if the listener no longer exists
   */
  readonly answer: (
    context: Context,
    arn: string,
    request: IncomingMessage,
    nextNumber: () => number,
  ) => WireResponse | undefined;
}

/**
 * Something that happens on AWS without a call of a client, such as a metric that a service publishes. A test or a user of the
 * sandbox causes it with `Sandbox.simulate` or the admin API.
 *
 * @throws AwsError if the input is invalid
 */
export type Simulation = (context: Context, input: Input) => Readonly<Record<string, unknown>>;

/** The identity-based policies and the permissions boundary of a caller. */
export type IdentityPolicies = Pick<ApplicablePolicies, "identity" | "boundary">;

/** Everything that the rest of the sandbox knows about a service. */
export interface Service {
  /** The name in signatures of AWS. It is also the name of the folder and of the model. */
  readonly name: string;
  readonly operations: Operations;
  /**
   * Members of nested structures of requests that the sandbox does not implement. A request with such a member is rejected,
   * unless its value is empty. `npm run nested-members` finds members that no operation reads.
   */
  readonly unsupportedMembers?: UnsupportedMembers;
  /**
   * Operations that waiters of clients call. At the pace `instant`, each call completes the background work that the
   * client waits for.
   */
  readonly waiterOperations?: readonly string[];
  readonly permissions?: ServicePermissions;
  readonly resources?: ServiceResources;
  /** The rules for tags. Undefined if the service has no tags. */
  readonly tagRules?: TagRules;
  readonly backgroundWork?: BackgroundWork;
  readonly listeners?: ServiceListeners;
  /** What can be simulated, by name. */
  readonly simulations?: Readonly<Record<string, Simulation>>;
  /** The caller of an access key that the service has issued. Undefined if the key does not exist. */
  readonly callerOf?: (store: Store, keyId: string, now: Date) => Caller | undefined;
  /** The policies of a caller. Only IAM has them. */
  readonly identityPolicies?: (context: Context, caller: Caller) => IdentityPolicies;
  /** Whether a principal that a policy names exists. Only IAM knows. */
  readonly principalExists?: (context: Context, name: string) => boolean;
  /** Errors for requests that no operation receives, if the service has other codes than its protocol. */
  readonly requestErrors?: {
    readonly bodyTooLarge?: (operation: string, message: string) => AwsError;
    readonly wrongRegion?: (message: string) => AwsError;
    /** The error for a client token that was used for another request. @default IdempotentParameterMismatch */
    readonly tokenMismatch?: (message: string) => AwsError;
  };
}
