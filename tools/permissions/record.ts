// npm run permissions: the calls of a foundation's whole life, in every mode, as src/constructs/bootstrap/recorded-calls.generated.ts.
import { writeFileSync } from "node:fs";
import { permissionsFor } from "../../src/sandbox/authorization/required-permissions.ts";
import { type ObservedCall } from "../../src/sandbox/http/call-record.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import {
  ACCOUNT,
  awsAt,
  live,
  MODES,
  NAMES,
  NOT_MISSED,
  REGION,
} from "../../test/support/foundation-modes.ts";

/** Calls that need no permission. Source: AWS STS API Reference, GetCallerIdentity. */
const FREE = new Set(["sts:GetCallerIdentity"]);

/** Names of the recorded life and ids of the run, as every foundation has them. */
const LASTING: readonly (readonly [RegExp, string])[] = [
  [/^arn:aws:/, "arn:{partition}:"],
  [new RegExp(`:${REGION}:`), ":{region}:"],
  [new RegExp(`:${ACCOUNT}:`), ":{account}:"],
  [/^(.*:ec2:.*:[a-z-]+\/).*$/, "$1*"],
  [/^(.*:kms:.*:key\/).*$/, "$1*"],
  [/^(.*:servicediscovery:.*\/).*$/, "$1*"],
  [new RegExp(`^(.*:targetgroup/)${NAMES.name.slice(0, 6)}.*$`), "$1{start}*/*"],
  [/^(.*:(?:loadbalancer|listener)\/app\/[^/]+\/).*$/, "$1*"],
  [new RegExp(`${NAMES.logGroup}(?=$|:)`), "{logGroup}"],
  [new RegExp(`repository/${NAMES.repository}$`), "repository/{repository}"],
  [new RegExp(`parameter${NAMES.parameter}$`), "parameter/{parameter}"],
  [new RegExp(`/${NAMES.name}(?=/|$)`), "/{name}"],
];

const lasting = (arn: string): string =>
  LASTING.reduce((text, [pattern, word]) => text.replace(pattern, word), arn);

const found = new Set<string>();

await Promise.all(
  MODES.map(async (mode) => {
    let see: ((call: ObservedCall) => void) | undefined;
    const sandbox = await startSandbox({ onCall: (call) => see?.(call) });
    see = ({ service, operation, input, account, region, error }) => {
      if (operation === "" || error === "NotImplemented" || FREE.has(`${service}:${operation}`))
        return;
      const context = sandbox.contextFor({ account, region });
      for (const { action, resource, isNew } of permissionsFor(context, service, operation, input))
        if (!NOT_MISSED.has(action)) found.add(JSON.stringify([action, lasting(resource), isNew]));
    };
    await live(mode, awsAt(sandbox));
    await sandbox.close();
    process.stderr.write(`${mode} has lived\n`);
  }),
);

const calls = [...found].sort().map((line) => {
  const [action, resource, isNew] = JSON.parse(line) as [string, string, boolean]; // written above
  return `  { action: ${JSON.stringify(action)}, resource: ${JSON.stringify(resource)}, isNew: ${isNew} },`;
});
writeFileSync(
  new URL("../../src/constructs/bootstrap/recorded-calls.generated.ts", import.meta.url),
  `// Written by npm run permissions: what Terraform calls to create, change and destroy a foundation, in each of its modes,
// recorded in the sandbox. Names are placeholders; ids that AWS makes up are wildcards.

/** One permission that the life of a foundation needs. */
export interface FoundationCall {
  readonly action: string;
  /** An ARN with placeholders, or "*" where the service has nothing narrower. */
  readonly resource: string;
  /** True where the call makes the resource: only the tags that it brings can say whose it is. */
  readonly isNew: boolean;
}

export const foundationCalls: readonly FoundationCall[] = [
${calls.join("\n")}
];
`,
);
