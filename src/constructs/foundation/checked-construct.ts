import { Construct } from "constructs";
import { rejectUndefined } from "../../shared/index.ts";

/** Base class of Berth's constructs. It rejects props with a key whose value is undefined (ADR 16). */
export abstract class CheckedConstruct extends Construct {
  /** @throws UserErrors, BERTH-E1005, for each key whose value is undefined */
  constructor(scope: Construct, id: string, props: object) {
    super(scope, id);
    rejectUndefined(props, this.node.path);
  }
}
