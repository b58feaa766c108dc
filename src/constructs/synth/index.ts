export { REQUIRED_PROVIDER } from "../provider/aws-resource.ts";
export { synthHcl, synthJson, synthStack } from "./synth.ts";
