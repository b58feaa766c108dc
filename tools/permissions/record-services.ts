// npm run permissions:services: records the API calls of the deployments of services and jobs, and writes
// src/constructs/bootstrap/recorded-service-calls.generated.ts.
import { bootstrapped, shop } from "../../test/support/bootstrapped-account.ts";
import { berth } from "../../test/support/berth.ts";
import { testFolder } from "../../test/support/folder.ts";
import { ACCOUNT, awsAt, NAMES, REGION } from "../../test/support/foundation-modes.ts";
import {
  firstServices,
  runServiceLifecycle,
  serviceApps,
  SERVICE_NAMES,
} from "../../test/support/service-modes.ts";
import { CallRecorder } from "./recorder.ts";

const { secret, ...services } = SERVICE_NAMES;
const service = `(?:${Object.values(services).join("|")})`;

const recorder = new CallRecorder([
  [/^arn:aws:/, "arn:{partition}:"],
  [new RegExp(`:${REGION}:`), ":{region}:"],
  [new RegExp(`:${ACCOUNT}:`), ":{account}:"],
  [new RegExp(`^.*:repository/${NAMES.repository}$`), "{imageRepository}"],
  [new RegExp(`^.*:secret:${secret}.*$`), "{secret}"],
  [new RegExp(`parameter${NAMES.parameter}$`), "parameter/{parameter}"],
  // Every role of the foundation is below its path.
  [new RegExp(`^(.*:role/${NAMES.name}/).*$`), "$1*"],
  [/^(.*:(?:kms|servicediscovery):.*\/).*$/, "$1*"],
  [/^(.*:scalable-target\/).*$/, "$1*"],
  [
    new RegExp(`^(.*:ecs:.*:(?:service-deployment|service-revision|task)/${NAMES.name}/).*$`),
    "$1*",
  ],
  [new RegExp(`^(.*:task-definition/${NAMES.name}-${service}).*$`), "$1:*"],
  [/^(.*:(?:loadbalancer|listener|listener-rule)\/app\/[^/]+\/).*$/, "$1*"],
  [new RegExp(`^(.*:targetgroup/${NAMES.name}-${service}/).*$`), "$1*"],
  [new RegExp(`^(.*:alarm:${NAMES.name}-${service}-).*$`), "$1*"],
  [new RegExp(`^(.*:log-group:/ecs/${NAMES.name}/${service}):.*$`), "$1:*"],
  [new RegExp(`(?<=[/-])${service}(?=[/:-]|$)`), "{service}"],
  [new RegExp(`(?<=[/:])${NAMES.name}(?=[/-]|$)`), "{name}"],
]);

let isRecording = false;
const sandbox = await recorder.startSandbox(() => isRecording, serviceApps);
await bootstrapped(sandbox, shop(firstServices));
const folder = testFolder();
const failure = await runServiceLifecycle(sandbox, folder, async (args) => {
  isRecording = true;
  try {
    return await berth(args, { cwd: folder, env: awsAt(sandbox) });
  } finally {
    isRecording = false;
    process.stderr.write(`berth ${args.join(" ")}: recorded\n`);
  }
});
await sandbox.close();
if (failure !== undefined) throw new Error(failure);
recorder.write("recorded-service-calls.generated.ts", "serviceCalls");
