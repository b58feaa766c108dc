/**
 * Why the world may have to move on: its clock has, something has changed, or a client waits and, at the pace
 * `instant`, is not made to wait.
 */
export type SettleTrigger = "clock" | "changed" | "waited";
