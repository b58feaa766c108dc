import { build, type ImageBuild } from "../../app/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import { stepOutputFile, writeStepOutput } from "../github-actions-context.ts";
import type { Host } from "../host/host.ts";
import { operationHost } from "../host/operation-host.ts";
import { withInterrupt } from "../interrupt.ts";
import { defined, servicesOption } from "../project-flags.ts";

export interface BuildFlags {
  readonly config: string;
  readonly env?: string;
  /** @default all services and jobs whose image is built */
  readonly services: readonly string[];
  /** Set a step output with the digest of the image for each service and job. */
  readonly githubOutput?: boolean;
}

/** Builds images, and prints their tags and digests. */
export async function run(
  { services, config, env, githubOutput = false }: BuildFlags,
  host: Host,
): Promise<ExitCode> {
  if (githubOutput) stepOutputFile(process.env);
  const result = await withInterrupt((signal) =>
    build(
      { ...defined({ config, environment: env }), ...servicesOption(services), signal },
      operationHost(host),
    ),
  );
  if (githubOutput)
    for (const { services: names, digest } of result.images)
      for (const name of names) writeStepOutput(process.env, name, digest);
  host.result(result.images.map(lineOf).join("\n"), result);
  return 0;
}

const lineOf = ({ services, tag, digest, platform }: ImageBuild): string =>
  `${services.join(", ")}: ${tag} (${digest}) for ${platform}`;
