export { REQUIRED_PROVIDER } from "./root-module.ts";
export { synthHcl, synthJson, synthStack } from "./synth.ts";
