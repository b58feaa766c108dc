import { compatibleScope, Construct } from "../construct.ts";
import { rejectUndefined } from "../../shared/index.ts";

/** Base class of Berth's constructs. It rejects props with a key whose value is undefined (ADR 16). */
export abstract class CheckedConstruct extends Construct {
  /**
   * @throws UserErrors, BERTH-E1005, for each key whose value is undefined
   * @throws UserError, BERTH-E2005, if the scope is of another version of `constructs`
   */
  constructor(scope: Construct, id: string, props: object) {
    super(compatibleScope(scope), id);
    rejectUndefined(props, this.node.path);
  }
}
