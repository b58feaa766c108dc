import { expect, it } from "vitest";
import { DeletedObjects } from "../../src/rehearsal/control/deleted-objects.ts";
import type { ObservedCall } from "../../src/sandbox/index.ts";

const call = (operation: string, VpcId: string, changed = true): ObservedCall => ({
  service: "ec2",
  operation,
  account: "111122223333",
  region: "eu-west-1",
  input: { VpcId },
  changed,
});

it("contains the objects of successful delete calls", () => {
  const deleted = new DeletedObjects();
  deleted.observeCall(call("DeleteVpc", "vpc-1"));
  deleted.observeCall(call("DeleteVpc", "vpc-2", false));
  deleted.observeCall(call("ModifyVpcAttribute", "vpc-3"));
  expect(["vpc-1", "vpc-2", "vpc-3"].filter((id) => deleted.has(id))).toEqual(["vpc-1"]);
});
