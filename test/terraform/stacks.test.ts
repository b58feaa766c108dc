import { shapes } from "../stacks/index.ts";
import { live } from "../stacks/live.ts";

/** Those that are turned to the sandbox in ways of their own; npm run stacks does them all. */
const SAMPLE = new Set([
  "two stacks joined by remote state",
  "ECR in another account, two providers",
  "scheduled tasks",
]);

live(Object.fromEntries(Object.entries(shapes).filter(([name]) => SAMPLE.has(name))));
