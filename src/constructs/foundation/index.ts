export { stepOf } from "./creation-steps.ts";
