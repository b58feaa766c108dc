/** Why EventBridge cannot start a task. */
export interface TargetRejection {
  readonly reason: string;
  /** True if EventBridge cannot assume the role of the rule or schedule. */
  readonly isRoleNotAssumable: boolean;
  /** True if EventBridge tries again. Missing permissions and resources are permanent. */
  readonly isTransient?: boolean;
}
