import { z } from "zod";
import { UserError } from "../shared/index.ts";
import type { Apps } from "./workload-behavior.ts";

const imageSchema = z.strictObject({
  exists: z.boolean().optional(),
  platforms: z.array(z.string().regex(/^(linux|windows)\/(amd64|arm64)$/)).optional(),
  sizeGiB: z.number().positive().optional(),
  private: z.boolean().optional(),
});

const containerSchema = z.strictObject({
  listens: z.array(z.int().min(1).max(65_535)).optional(),
  answers: z.record(z.string().startsWith("/"), z.int().min(100).max(599)).optional(),
  exitCode: z.int().min(0).max(255).optional(),
  commands: z.record(z.string(), z.int().min(0).max(255)).optional(),
  healthy: z.boolean().optional(),
});

const endpointSchema = z.strictObject({ zones: z.array(z.string()).optional() });

const appsSchema = z.strictObject({
  images: z.record(z.string(), imageSchema).optional(),
  containers: z.record(z.string(), containerSchema).optional(),
  endpoints: z.record(z.string(), endpointSchema).optional(),
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
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(
    "BERTH-E4003",
    `${issue?.path.join(".") ?? "the file"}: ${issue?.message ?? "not a description of apps"}`,
    { where, fix: 'write {"images": {…}, "containers": {…}}, as docs/guides/sandbox.md shows' },
  );
}
