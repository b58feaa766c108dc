import { parseArn, parseEcrImage, partitionOf } from "../aws/index.ts";
import type { AccountRegion, InterceptedCall, Sandbox } from "../sandbox/index.ts";
import { AwsError } from "../sandbox/index.ts";
import { inspect } from "../sandbox/inspection/index.ts";
import { Seeder } from "../sandbox/seeding.ts";
import { DeletedObjects } from "./deleted-objects.ts";

/** An object that a configuration refers to and does not create. It is assumed to exist in the account. */
export interface AssumedResource {
  /** The assumption in one line. */
  readonly text: string;
  /** What the configuration does not state, where a result may depend on it. */
  readonly unstated?:
    | { readonly kind: "network"; readonly vpcId: string }
    | { readonly kind: "value"; readonly name: string };
}

type Input = Readonly<Record<string, unknown>>;

const textIn = (input: Input, key: string): string => {
  const value = input[key];
  return typeof value === "string" ? value : "";
};

const textsIn = (input: Input, key: string): string[] => {
  const value = input[key];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
};

const objectsIn = (input: Input, key: string): Input[] => {
  const value = input[key];
  return Array.isArray(value)
    ? value.filter((entry): entry is Input => typeof entry === "object" && entry !== null)
    : [];
};

interface Assumption {
  readonly sandbox: Sandbox;
  readonly seeder: Seeder;
  readonly place: AccountRegion;
  readonly call: InterceptedCall;
  readonly deleted: DeletedObjects;
  /** Whether objects with a value that only the account knows are assumed to exist: secrets and SSM parameters. */
  readonly assumesValues: boolean;
}

/** Creates what a call expects to exist. Keys are the service and the operation. */
const RULES: Readonly<Record<string, (assumption: Assumption) => AssumedResource[]>> = {
  "ec2:DescribeVpcs": assumeVpcs,
  "secretsmanager:DescribeSecret": assumeSecret,
  "secretsmanager:GetSecretValue": assumeSecret,
  "ssm:GetParameter": assumeParameter,
  "elasticloadbalancing:CreateListener": assumeCertificates,
  "elasticloadbalancing:ModifyListener": assumeCertificates,
  "elasticloadbalancing:AddListenerCertificates": assumeCertificates,
  "ecs:RegisterTaskDefinition": assumeRepositories,
};

/** Whether a call may refer to an object that is assumed to exist. */
export const mayAssume = ({ service, operation }: InterceptedCall): boolean =>
  `${service}:${operation}` in RULES;

/**
 * Creates what a call refers to and the sandbox does not have: objects of the account or of AWS that no stack creates.
 * Objects that exist are not changed.
 *
 * @param options `assumesValues`: whether secrets and SSM parameters are assumed to exist, except AWS's public parameters.
 *   False for several stacks: a missing value is then one that an earlier stack does not publish. `deleted`: what Terraform
 *   has deleted. It reads such an object only to verify the deletion
 */
export function assumeResourcesOf(
  sandbox: Sandbox,
  call: InterceptedCall,
  {
    assumesValues = true,
    deleted = new DeletedObjects(),
  }: { readonly assumesValues?: boolean; readonly deleted?: DeletedObjects } = {},
): AssumedResource[] {
  const { account, region } = call;
  const place = { account, region };
  const rule = RULES[`${call.service}:${call.operation}`];
  try {
    const seeder = new Seeder(sandbox, place);
    return rule?.({ sandbox, seeder, place, call, assumesValues, deleted }) ?? [];
  } catch (error) {
    // An object that AWS would not create, for example because of its name, does not exist. The call itself reports that.
    if (error instanceof AwsError) return [];
    throw error;
  }
}

/** The sandbox has the default VPC of a new account; only a user can have deleted it. */
function assumeVpcs({ sandbox, seeder, place, call, deleted }: Assumption): AssumedResource[] {
  const inspection = inspect(sandbox);
  const asksForDefault = objectsIn(call.input, "Filters").some(
    (filter) =>
      ["isDefault", "is-default"].includes(textIn(filter, "Name")) &&
      textsIn(filter, "Values").includes("true"),
  );
  const assumed: AssumedResource[] = asksForDefault
    ? [
        {
          text: `the default VPC of ${place.region} exists as AWS creates it, with a public subnet in each zone`,
        },
      ]
    : [];
  for (const vpcId of textsIn(call.input, "VpcIds")) {
    if (!/^vpc-[0-9a-f]{8,17}$/.test(vpcId) || deleted.has("vpc", vpcId, place)) continue;
    if (inspection.resource("vpc", vpcId)) continue;
    seeder.create("vpc", vpcId, "ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16" });
    assumed.push({
      text: `the VPC ${vpcId} exists, with 10.0.0.0/16 in place of its CIDR block`,
      unstated: { kind: "network", vpcId },
    });
  }
  return assumed;
}

function assumeSecret({
  seeder,
  place,
  call,
  assumesValues,
  deleted,
}: Assumption): AssumedResource[] {
  const name = textIn(call.input, "SecretId");
  if (!assumesValues || name === "" || deleted.has("secret", name, place)) return [];
  if (seeder.succeeds("secretsmanager", "DescribeSecret", { SecretId: name })) return [];
  seeder.putSecret(name, "{}");
  return [
    {
      text: `the secret ${name} exists; its value is unknown`,
      unstated: { kind: "value", name },
    },
  ];
}

function assumeParameter({
  seeder,
  place,
  call,
  assumesValues,
  deleted,
}: Assumption): AssumedResource[] {
  const name = textIn(call.input, "Name");
  const isPublic = name.startsWith("/aws/service/");
  if (name === "" || name.startsWith("arn:") || (!isPublic && !assumesValues)) return [];
  if (deleted.has("parameter", name, place)) return [];
  if (seeder.succeeds("ssm", "GetParameter", { Name: name })) return [];
  seeder.putParameter(name, "unknown");
  const kind = isPublic ? "AWS's public parameter" : "the SSM parameter";
  return [
    { text: `${kind} ${name} exists; its value is unknown`, unstated: { kind: "value", name } },
  ];
}

function assumeCertificates({ sandbox, place, call, deleted }: Assumption): AssumedResource[] {
  return objectsIn(call.input, "Certificates").flatMap((certificate) => {
    const arn = textIn(certificate, "CertificateArn");
    const { service, account = "", region = "" } = parseArn(arn) ?? {};
    if (service !== "acm" || deleted.has("certificate", arn, place)) return [];
    if (inspect(sandbox).resource("certificate", arn)) return [];
    new Seeder(sandbox, { account, region }).issueCertificate(arn);
    return [{ text: `the certificate ${arn} is issued for the domain names that clients use` }];
  });
}

/** Images in repositories of other accounts: their repository policies are not part of the configuration. */
function assumeRepositories({ sandbox, call, place, deleted }: Assumption): AssumedResource[] {
  return objectsIn(call.input, "containerDefinitions").flatMap((container) => {
    const image = parseEcrImage(textIn(container, "image"));
    if (image === undefined || image.account === place.account) return [];
    const { account, region, repository: repositoryName } = image;
    const location = { account, region };
    if (deleted.has("repository", repositoryName, location)) return [];
    if (inspect(sandbox).resource("repository", repositoryName, location)) return [];
    const seeder = new Seeder(sandbox, location);
    seeder.call("ecr", "CreateRepository", { repositoryName });
    seeder.call("ecr", "SetRepositoryPolicy", {
      repositoryName,
      policyText: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "pull",
            Effect: "Allow",
            Principal: { AWS: `arn:${partitionOf(region)}:iam::${place.account}:root` },
            Action: [
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:GetDownloadUrlForLayer",
            ],
          },
        ],
      }),
    });
    return [
      {
        text: `the repository ${repositoryName} exists in account ${account}, and account ${place.account} may pull its images`,
      },
    ];
  });
}

/** Creates public hosted zones that a configuration reads by name. */
export function assumeHostedZones(
  sandbox: Sandbox,
  place: AccountRegion,
  names: readonly string[],
): AssumedResource[] {
  const seeder = new Seeder(sandbox, place);
  const { HostedZones = [] } = seeder.call("route53", "ListHostedZones", {}) as {
    readonly HostedZones?: readonly { readonly Name: string }[];
  };
  const existing = new Set(HostedZones.map(({ Name }) => Name.replace(/\.$/, "")));
  return names
    .map((name) => name.replace(/\.$/, "").toLowerCase())
    .filter((name) => !existing.has(name))
    .map((name) => {
      seeder.call("route53", "CreateHostedZone", {
        Name: name,
        CallerReference: `assumed-${name}`,
      });
      return { text: `the public hosted zone ${name} exists` };
    });
}
