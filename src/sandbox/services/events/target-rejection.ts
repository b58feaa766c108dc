/** Why EventBridge cannot start a task. */
export interface TargetRejection {
  readonly reason: string;
  /** True if EventBridge cannot assume the role of the rule or schedule. */
  readonly isRoleNotAssumable: boolean;
  /**
   * True if EventBridge tries again. AWS re:Post, "How do I set up EventBridge retries and DLQ for failed invocations?": errors with
   * the status 4xx, such as missing permissions, are permanent. No public source states whether EventBridge repeats a RunTask
   * call with the status 200 whose `failures` say that a task was not placed. The sandbox assumes that it does.
   */
  readonly isTransient?: boolean;
}
