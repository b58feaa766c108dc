import { testChanges } from "../support/changes.ts";

testChanges([
  "a target group that is replaced while a listener forwards to it",
  "a subnet that grows over the one it replaces",
  "another image, a longer description, and a rule more",
]);
