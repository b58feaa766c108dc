import { readFileSync, writeFileSync } from "node:fs";
import { permissionsFor } from "../../src/sandbox/authorization/required-permissions.ts";
import type { ObservedCall } from "../../src/sandbox/http/call-record.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import type { Apps } from "../../src/sandbox/workload-behavior.ts";
import { UNNECESSARY_ACTIONS } from "../../test/support/foundation-modes.ts";

/** Operations that require no permission. Source: AWS STS API Reference, GetCallerIdentity. */
const OPERATIONS_WITHOUT_PERMISSION = new Set(["sts:GetCallerIdentity"]);

/** Records the permissions that the calls of a sandbox need. Names are replaced by placeholders, and generated IDs by wildcards. */
export class CallRecorder {
  readonly #calls = new Set<string>();
  readonly #placeholders: readonly (readonly [RegExp, string])[];

  constructor(placeholders: readonly (readonly [RegExp, string])[]) {
    this.#placeholders = placeholders;
  }

  /**
   * Starts a sandbox whose calls are recorded.
   *
   * @param isRecording whether to record a call. @default every call
   */
  async startSandbox(isRecording: () => boolean = () => true, apps: Apps = {}): Promise<Sandbox> {
    let record: ((call: ObservedCall) => void) | undefined;
    const sandbox = await startSandbox({ apps, onCall: (call) => record?.(call) });
    record = ({ service, operation, input, account, region, error }) => {
      if (
        !isRecording() ||
        operation === "" ||
        error === "NotImplemented" ||
        OPERATIONS_WITHOUT_PERMISSION.has(`${service}:${operation}`)
      )
        return;
      const context = sandbox.contextFor({ account, region });
      for (const { action, resource, isNew } of permissionsFor(context, service, operation, input))
        if (!UNNECESSARY_ACTIONS.has(action))
          this.#calls.add(
            JSON.stringify([
              action,
              this.#withPlaceholders(resource),
              // The tags in the request identify the foundation of a new revision, as those of a new resource.
              isNew || action === "ecs:RegisterTaskDefinition",
            ]),
          );
    };
    return sandbox;
  }

  #withPlaceholders(arn: string): string {
    return this.#placeholders.reduce(
      (text, [pattern, placeholder]) => text.replace(pattern, placeholder),
      arn,
    );
  }

  /** Replaces the list in a generated file of src/constructs/bootstrap. Its first lines, up to the list, stay. */
  write(file: string, list: string): void {
    const url = new URL(`../../src/constructs/bootstrap/${file}`, import.meta.url);
    const declaration = `export const ${list}: readonly RecordedCall[] = [`;
    const [head = ""] = readFileSync(url, "utf8").split(declaration);
    const lines = [...this.#calls].sort().map((line) => {
      const [action, resource, isNew] = JSON.parse(line) as [string, string, boolean]; // written above
      return `  { action: ${JSON.stringify(action)}, resource: ${JSON.stringify(resource)}, isNew: ${isNew} },`;
    });
    writeFileSync(url, `${head}${declaration}\n${lines.join("\n")}\n];\n`);
  }
}
