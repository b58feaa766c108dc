import { testChanges } from "../support/changes.ts";

testChanges([
  "a security group that is renamed while tasks are in it",
  "a NAT gateway that moves to another subnet",
]);
