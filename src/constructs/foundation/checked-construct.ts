import { Construct } from "constructs";
import { rejectUndefined } from "../../shared/reject-undefined.ts";

/** A construct whose props hold no key that is present but undefined (ADR 16). */
export abstract class CheckedConstruct extends Construct {
  /** @throws UserErrors, BERTH-E1005, for each key that is present but undefined */
  constructor(scope: Construct, id: string, props: object) {
    super(scope, id);
    rejectUndefined(props, this.node.path);
  }
}
