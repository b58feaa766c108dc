export { workloadStepOf } from "../service/steps.ts";
export { REQUIRED_PROVIDER } from "../provider/aws-resource.ts";
export {
  synthHcl,
  synthJobHcl,
  synthJobJson,
  synthJson,
  synthServiceHcl,
  synthServiceJson,
  synthStack,
} from "./synth.ts";
export { requirementsOf } from "./workload-stack.ts";
