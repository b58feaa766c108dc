import type { AwsOptions, InfrastructureOptions } from "../app/index.ts";

/** Flags of every command that works on a project, with or without Terraform. */
export interface AwsFlags {
  readonly config: string;
  readonly env?: string;
  /** Use a new sandbox that this command starts. */
  readonly sandbox?: boolean;
  /** Use a running sandbox at this URL. */
  readonly sandboxUrl?: string;
}

/** Flags of every command that runs Terraform. */
export interface ProjectFlags extends AwsFlags {
  readonly terraformBin?: string;
}

/** The options without those that are undefined: a flag that is not set selects the default. */
export const defined = <Options extends object>(options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options; // only members that may be undefined were removed

/** The options of an operation that the flags of a project contain. */
export const infrastructureOptions = ({
  config,
  env,
  terraformBin,
  sandbox,
  sandboxUrl,
}: ProjectFlags): InfrastructureOptions =>
  defined({ config, environment: env, terraformBin, sandbox: sandboxUrl ?? sandbox });

/** The options of an operation without Terraform that the flags contain. */
export const awsOptions = ({ config, env, sandbox, sandboxUrl }: AwsFlags): AwsOptions =>
  defined({ config, environment: env, sandbox: sandboxUrl ?? sandbox });

/** The option that selects the services and jobs of the arguments. Without arguments, an operation selects all. */
export const servicesOption = (
  services: readonly string[],
): { readonly services?: readonly string[] } => (services.length === 0 ? {} : { services });
