import { testChanges } from "../../support/changes.ts";

testChanges([
  "a security group that is renamed while tasks are in it",
  "a target group that is replaced while a listener forwards to it",
  "a subnet that grows over the one it replaces",
  "another image, a longer description, and a rule more",
]);
