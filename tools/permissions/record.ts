// npm run permissions: records the API calls of a foundation's lifecycle, with each egress option, and writes
// src/constructs/bootstrap/recorded-calls.generated.ts.
import {
  ACCOUNT,
  awsAt,
  runLifecycle,
  MODES,
  NAMES,
  REGION,
} from "../../test/support/foundation-modes.ts";
import { CallRecorder } from "./recorder.ts";

const recorder = new CallRecorder([
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
]);

await Promise.all(
  MODES.map(async (mode) => {
    const sandbox = await recorder.startSandbox();
    await runLifecycle(mode, awsAt(sandbox));
    await sandbox.close();
    process.stderr.write(`${mode}: recorded\n`);
  }),
);
recorder.write("recorded-calls.generated.ts", "foundationCalls");
