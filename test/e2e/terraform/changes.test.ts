import { testChanges } from "../../support/changes.ts";

testChanges(["a NAT gateway that moves to another subnet"]);
