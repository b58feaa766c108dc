import type { Context } from "../core/operation.ts";
import { findKey, type Key, keyIdOfCiphertext } from "../services/kms/keys.ts";
import { buckets, objects } from "../services/s3/buckets.ts";
import { objectKey } from "../services/s3/versions.ts";
import { findParameter, referencedSecret } from "../services/ssm/parameters.ts";
import { actionOf, createdResources, passedRoles, resourcesOf } from "./iam-actions.ts";

type Input = Readonly<Record<string, unknown>>;

/** A permission that a request needs. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  /** Condition keys in addition to the global ones. */
  readonly conditions: Readonly<Record<string, string>>;
  /** True if the request creates the resource. It then has only the tags of the request. */
  readonly isNew: boolean;
}

/** The action that tags a created resource. Source: Service Authorization Reference, the page of each service. */
const TAG_ACTIONS: Readonly<Record<string, string>> = {
  acm: "acm:AddTagsToCertificate",
  codedeploy: "codedeploy:TagResource",
  ec2: "ec2:CreateTags",
  ecr: "ecr:TagResource",
  ecs: "ecs:TagResource",
  elasticloadbalancing: "elasticloadbalancing:AddTags",
  events: "events:TagResource",
  kms: "kms:TagResource",
  logs: "logs:TagResource",
  secretsmanager: "secretsmanager:TagResource",
  servicediscovery: "servicediscovery:TagResource",
  ssm: "ssm:AddTagsToResource",
};

/** IAM has a tagging action for each resource type. */
const IAM_TAG_ACTIONS: Readonly<Record<string, string>> = {
  CreateRole: "iam:TagRole",
  CreatePolicy: "iam:TagPolicy",
  CreateUser: "iam:TagUser",
  CreateOpenIDConnectProvider: "iam:TagOpenIDConnectProvider",
  CreateInstanceProfile: "iam:TagInstanceProfile",
};

/** The tags in a request, in any format of AWS. */
export function tagsIn(input: Input): Record<string, string> {
  const given = input["Tags"] ?? input["tags"];
  if (Array.isArray(given)) {
    return Object.fromEntries(
      given.flatMap((entry: Input) => {
        const key = entry["Key"] ?? entry["key"] ?? entry["TagKey"];
        const value = entry["Value"] ?? entry["value"] ?? entry["TagValue"];
        return typeof key === "string" ? [[key, typeof value === "string" ? value : ""]] : [];
      }),
    );
  }
  const specifications = input["TagSpecifications"];
  if (Array.isArray(specifications))
    return Object.assign(
      {},
      ...specifications.map((specification: Input) => tagsIn(specification)),
    ) as Record<string, string>; // of strings each
  return typeof given === "object" && given !== null ? (given as Record<string, string>) : {}; // a map of strings by its model
}

const isTaggingItself = (operation: string): boolean =>
  /^(Tag|Untag|AddTags|CreateTags|DeleteTags|TagResource)/.test(operation);

function taggingPermissions(
  context: Context,
  service: string,
  operation: string,
  input: Input,
): Permission[] {
  const action = service === "iam" ? IAM_TAG_ACTIONS[operation] : TAG_ACTIONS[service];
  if (action === undefined || isTaggingItself(operation)) return [];
  if (Object.keys(tagsIn(input)).length === 0) return [];
  const resources =
    service === "ec2"
      ? createdResources(context, operation, input)
      : resourcesOf(context, service, operation, input);
  // The condition key CreateAction limits the permission to tags that are set at creation.
  const more: Permission["conditions"] = ["ec2", "elasticloadbalancing"].includes(service)
    ? { [`${service}:CreateAction`]: operation }
    : {};
  return resources.map((resource) => ({ action, resource, conditions: more, isNew: true }));
}

/**
 * Permissions for a customer managed key that a service uses on behalf of the caller. Source: AWS KMS Developer Guide,
 * "How AWS services use AWS KMS".
 */
function keyPermissions(
  context: Context,
  service: string,
  actions: readonly string[],
  keyId: unknown,
): Permission[] {
  const key = typeof keyId === "string" ? findKey(context, keyId) : undefined;
  if (!key || key.managedBy !== undefined) return [];
  const via = `${service}.${context.region}.amazonaws.com`;
  return actions.map((action) => ({
    action,
    resource: key.arn,
    conditions: { "kms:ViaService": via },
    isNew: false,
  }));
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

function encryptionPermissions(
  context: Context,
  service: string,
  operation: string,
  input: Input,
): Permission[] {
  switch (`${service}:${operation}`) {
    case "ecr:CreateRepository": {
      const { kmsKey } = (input["encryptionConfiguration"] ?? {}) as Input; // a structure by its model
      return keyPermissions(context, service, ["kms:CreateGrant", "kms:DescribeKey"], kmsKey);
    }
    case "ssm:PutParameter":
      return keyPermissions(context, service, ["kms:Encrypt"], input["KeyId"]);
    case "ssm:GetParameter":
    case "ssm:GetParameters": {
      if (input["WithDecryption"] !== true) return [];
      const names = Array.isArray(input["Names"]) ? input["Names"] : [input["Name"]];
      return names.flatMap((name) => {
        const secret = referencedSecret(context, text(name));
        if (secret)
          return [
            {
              action: "secretsmanager:GetSecretValue",
              resource: secret.arn,
              conditions: {},
              isNew: false,
            },
          ];
        return keyPermissions(
          context,
          service,
          ["kms:Decrypt"],
          findParameter(context, text(name))?.keyId,
        );
      });
    }
    case "s3:PutObject": {
      const rules = context.in(buckets).get(text(input["Bucket"]))?.encryption?.Rules;
      const defaultKeyId = rules?.[0]?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID;
      const usesS3Key = input["ServerSideEncryption"] === "AES256";
      const keyId = input["SSEKMSKeyId"] ?? (usesS3Key ? undefined : defaultKeyId);
      return keyPermissions(context, service, ["kms:GenerateDataKey"], keyId);
    }
    case "s3:GetObject": {
      const row = context.in(objects).get(objectKey(text(input["Bucket"]), text(input["Key"])));
      return keyPermissions(context, service, ["kms:Decrypt"], row?.kmsKeyId);
    }
    default:
      return [];
  }
}

/**
 * The private DNS names of an interface endpoint require a hosted zone that is associated with the VPC. Source: Service
 * Authorization Reference, "Amazon EC2".
 */
function privateDnsPermissions(service: string, operation: string, input: Input): Permission[] {
  return `${service}:${operation}` === "ec2:CreateVpcEndpoint" &&
    input["PrivateDnsEnabled"] === true
    ? [
        {
          action: "route53:AssociateVPCWithHostedZone",
          resource: "*",
          conditions: {},
          isNew: false,
        },
      ]
    : [];
}

/** The key of a KMS request: the one in the request, or the one with which the ciphertext was encrypted. */
export function keyIn(context: Context, input: Input): Key | undefined {
  const given = input["KeyId"] ?? input["TargetKeyId"] ?? input["SourceKeyId"];
  const ciphertext = input["CiphertextBlob"];
  if (typeof given === "string") return findKey(context, given);
  return ciphertext instanceof Uint8Array
    ? findKey(context, keyIdOfCiphertext(ciphertext))
    : undefined;
}

export const encryptionContext = (input: Input): Readonly<Record<string, string>> =>
  (input["EncryptionContext"] ?? {}) as Readonly<Record<string, string>>; // a map of strings by its model

/**
 * Operations that create the resource for which the permission is checked. For an alias and a listener, an existing
 * resource is checked.
 */
const CREATES = /^Create(?!Alias|Listener)/;

/** The permission for the operation itself, for each of its resources. */
function operationPermissions(
  context: Context,
  service: string,
  operation: string,
  input: Input,
): Permission[] {
  const createdArns = new Set(service === "ec2" ? createdResources(context, operation, input) : []);
  const createsResource = service !== "ec2" && CREATES.test(operation);
  return namedResources(context, service, operation, input).map((resource) => ({
    action: actionOf(service, operation),
    resource,
    conditions: {},
    isNew: createsResource || createdArns.has(resource),
  }));
}

function namedResources(
  context: Context,
  service: string,
  operation: string,
  input: Input,
): string[] {
  if (service !== "kms") return resourcesOf(context, service, operation, input);
  const key = keyIn(context, input);
  const alias = input["AliasName"];
  return [
    ...(key ? [key.arn] : []),
    ...(typeof alias === "string" ? [context.arn("kms", alias)] : []),
    ...(key === undefined && typeof alias !== "string" ? ["*"] : []),
  ];
}

const passRolePermissions = (service: string, operation: string, input: Input): Permission[] =>
  passedRoles(service, operation, input).map(([resource, to]) => ({
    action: "iam:PassRole",
    resource,
    conditions: { "iam:PassedToService": to },
    isNew: false,
  }));

/**
 * All permissions that a request needs: for the operation, passed roles, tags, encryption keys and private DNS names.
 */
export const permissionsFor = (
  context: Context,
  service: string,
  operation: string,
  input: Input,
): Permission[] => [
  ...operationPermissions(context, service, operation, input),
  ...passRolePermissions(service, operation, input),
  ...taggingPermissions(context, service, operation, input),
  ...encryptionPermissions(context, service, operation, input),
  ...privateDnsPermissions(service, operation, input),
];
