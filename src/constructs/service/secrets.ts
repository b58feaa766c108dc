import type { Construct } from "../construct.ts";
import { dnsSuffix, formatArn, parseArn, partitionOf } from "../../aws/index.ts";
import type { ContainerOptions, ParameterReference, SecretReference } from "../../config/index.ts";
import { CheckedConstruct } from "../foundation/checked-construct.ts";
import { DataAwsSecretsmanagerSecret } from "../provider/data-secretsmanager-secret.generated.ts";

/** Properties of `TaskSecrets`. */
export interface TaskSecretsProps {
  readonly region: string;
  readonly account: string;
  /** Options of the containers, by name. */
  readonly containers: Readonly<Record<string, ContainerOptions>>;
}

/** A statement of a policy. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow";
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const isSecret = (reference: SecretReference | ParameterReference): reference is SecretReference =>
  "secret" in reference;

const isParameter = (
  reference: SecretReference | ParameterReference,
): reference is ParameterReference => "parameter" in reference;

const unique = (values: readonly string[]): string[] => [...new Set(values)].sort();

/**
 * The secrets of the containers of a task: where ECS reads them, and what the execution role must be allowed to read. It looks
 * up the exact ARN of each secret in Secrets Manager, and not its value.
 */
export class TaskSecrets extends CheckedConstruct {
  readonly #props: TaskSecretsProps;
  readonly #references: readonly (SecretReference | ParameterReference)[];
  readonly #arns = new Map<string, string>();

  constructor(scope: Construct, id: string, props: TaskSecretsProps) {
    super(scope, id, props);
    this.#props = props;
    this.#references = Object.values(props.containers).flatMap(({ secrets = {} }) =>
      Object.values(secrets),
    );
    for (const reference of this.#references.filter((entry) => isSecret(entry)))
      if (!this.#arns.has(reference.secret))
        this.#arns.set(reference.secret, this.#lookUp(reference));
  }

  /** The ARN of a secret, from a data source that also checks the key of the secret. */
  #lookUp({ secret, kmsKeyArn }: SecretReference): string {
    const data = new DataAwsSecretsmanagerSecret(this, this.#unusedId(secret), {
      ...(secret.startsWith("arn:") ? { arn: secret } : { name: secret }),
      ...(kmsKeyArn === undefined
        ? {
            lifecycle: {
              postcondition: [
                {
                  condition:
                    '${coalesce(self.kms_key_id, "alias/aws/secretsmanager") == "alias/aws/secretsmanager"}',
                  errorMessage: `${secret} is encrypted with a customer managed key: set kmsKeyArn, so that the execution role may decrypt with it`,
                },
              ],
            },
          }
        : {}),
    });
    return data.arn;
  }

  /** A construct ID for a secret. Names such as a/b and a-b have the same letters: the second gets a number. */
  #unusedId(secret: string): string {
    const name = secret.replace(/^arn:.*:secret:/, "").replaceAll(/[^A-Za-z0-9]+/g, "-");
    let id = name;
    for (let number = 2; this.node.tryFindChild(id) !== undefined; number++)
      id = `${name}-${number}`;
    return id;
  }

  /** Where ECS reads the value of each secret of a container. Source: Amazon ECS Developer Guide, "Pass Secrets Manager secrets through Amazon ECS environment variables". */
  valuesOf({ secrets = {} }: ContainerOptions): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(secrets).map(([variable, reference]) => {
        if (!isSecret(reference)) return [variable, this.#parameterArn(reference.parameter)];
        const { secret, key = "", versionId = "" } = reference;
        const arn = this.#arns.get(secret) ?? secret;
        return [variable, key + versionId === "" ? arn : `${arn}:${key}::${versionId}`];
      }),
    );
  }

  #parameterArn(name: string): string {
    const { region, account } = this.#props;
    if (parseArn(name)) return name;
    return formatArn("ssm", region, account, `parameter/${name.replace(/^\//, "")}`);
  }

  /**
   * What the execution role may do: read exactly these secrets and parameters, and decrypt with exactly their keys, through
   * these services only.
   */
  get statements(): readonly PolicyStatement[] {
    const { region } = this.#props;
    const secrets = this.#references.filter((entry) => isSecret(entry));
    const parameters = this.#references.filter((entry) => isParameter(entry));
    // Sorted by name: references have no stable order.
    const secretArns = [...this.#arns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, arn]) => arn);
    const read = (action: string, resources: readonly string[]): PolicyStatement[] =>
      resources.length === 0 ? [] : [{ Effect: "Allow", Action: action, Resource: resources }];
    const decrypt = (
      service: string,
      references: readonly (SecretReference | ParameterReference)[],
    ): PolicyStatement[] =>
      read("kms:Decrypt", unique(references.flatMap(({ kmsKeyArn }) => kmsKeyArn ?? []))).map(
        (statement) => ({
          ...statement,
          Condition: {
            StringEquals: {
              "kms:ViaService": `${service}.${region}.${dnsSuffix(partitionOf(region))}`,
            },
          },
        }),
      );
    return [
      ...read("secretsmanager:GetSecretValue", secretArns),
      ...decrypt("secretsmanager", secrets),
      ...read(
        "ssm:GetParameters",
        unique(parameters.map(({ parameter }) => this.#parameterArn(parameter))),
      ),
      ...decrypt("ssm", parameters),
    ];
  }
}
