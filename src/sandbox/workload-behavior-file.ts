import { z } from "zod";
import { UserError } from "../shared/index.ts";
import type { Apps } from "./workload-behavior.ts";

const findingSchema = z.strictObject({
  name: z.string().min(1).describe("Name of the vulnerability, usually a CVE ID"),
  severity: z.enum(["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED"]),
  description: z.string().optional(),
  uri: z.string().optional().describe("A page about the vulnerability"),
  package: z.string().optional().describe("Name of the package that has the vulnerability"),
  version: z.string().optional().describe("Version of that package"),
});

const containerSchema = z.strictObject({
  listens: z
    .array(z.int().min(1).max(65_535))
    .optional()
    .describe(
      "TCP ports on which the program listens. Default: the mapped ports of the task definition",
    ),
  answers: z
    .record(z.string().startsWith("/"), z.int().min(100).max(599))
    .optional()
    .describe("HTTP status by path. Default: 200 for every path"),
  exitCode: z
    .int()
    .min(0)
    .max(255)
    .optional()
    .describe(
      "The program exits immediately with this code. Default: the program of a service keeps running. In a task that no service starts, such as a job, the program of the first essential container exits with 0 if it has no ports",
    ),
  commands: z
    .record(z.string(), z.int().min(0).max(255))
    .optional()
    .describe(
      "Exit code of a task that RunTask starts with another command, by the command. Default: 0",
    ),
  healthy: z
    .boolean()
    .optional()
    .describe("Whether the health check of the container succeeds. Default: true"),
});

const imageSchema = z.strictObject({
  exists: z.boolean().optional().describe("Whether the registry has the image. Default: true"),
  platforms: z
    .array(z.string().regex(/^(linux|windows)\/(amd64|arm64)$/))
    .optional()
    .describe("Platforms such as linux/arm64. Default: every platform"),
  sizeGiB: z.number().positive().optional().describe("Unpacked size in GiB"),
  private: z.boolean().optional().describe("Whether the registry requires a login. Default: false"),
  program: containerSchema
    .optional()
    .describe("How the program in the image behaves. Default: as containers describes it"),
  findings: z
    .array(findingSchema)
    .optional()
    .describe("Vulnerabilities that a scan by Amazon ECR reports. Default: the scan fails"),
});

const endpointSchema = z.strictObject({
  zones: z
    .array(z.string())
    .optional()
    .describe("Availability zones of the service. Default: every zone of the region"),
});

/** The file of the option --apps. docs/reference/schemas/apps.json is made of it. */
export const appsSchema: z.ZodType<Apps & { readonly $schema?: string | undefined }> =
  z.strictObject({
    $schema: z.string().optional().describe("URL or path of this schema, for editors"),
    images: z
      .record(z.string(), imageSchema)
      .optional()
      .describe("Images by name. Names may contain * and ?; the first match counts"),
    containers: z
      .record(z.string(), containerSchema)
      .optional()
      .describe("Programs by the name of their container. Names may contain * and ?"),
    endpoints: z
      .record(z.string(), endpointSchema)
      .optional()
      .describe("VPC endpoint services by name, such as com.amazonaws.us-east-1.logs"),
  });

/**
 * Parses the file of the option --apps.
 *
 * @throws UserError if the file is invalid
 * @example parseApps('{ "containers": { "app": { "listens": [8080], "answers": { "/health": 404 } } } }', "apps.json")
 */
export function parseApps(text: string, where: string): Apps {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError("BERTH-E4003", `not valid JSON: ${(error as Error).message}`, { where });
  }
  const parsed = appsSchema.safeParse(json);
  if (parsed.success) {
    const { $schema: _, ...apps } = parsed.data;
    return apps;
  }
  const [issue] = parsed.error.issues;
  throw new UserError(
    "BERTH-E4003",
    `${issue?.path.join(".") ?? "the file"}: ${issue?.message ?? "not a description of apps"}`,
    { where, fix: 'write {"images": {…}, "containers": {…}}, as docs/guides/sandbox.md shows' },
  );
}
