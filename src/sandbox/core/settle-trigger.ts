/**
 * Why background work runs: the clock has advanced (`clock`), a call has changed something (`changed`), or a client
 * polls and the pace is `instant` (`waited`).
 */
export type SettleTrigger = "clock" | "changed" | "waited";
