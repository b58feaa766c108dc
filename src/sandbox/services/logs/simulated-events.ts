import type { Context } from "../../core/operation.ts";
import { type LogEvent, logStreams } from "./tables.ts";

/** Events of simulated programs that a log stream keeps. The oldest is dropped; events of PutLogEvents are kept. */
export const MAX_SIMULATED_EVENTS = 200;

/** Adds an event of a simulated program to a log stream. A program whose log stream was deleted logs nothing. */
export function appendSimulatedEvent(
  context: Context,
  group: string,
  stream: string,
  message: string,
): void {
  const row = context.in(logStreams).get(`${group}:${stream}`);
  if (!row) return;
  const now = context.now.getTime();
  const event: LogEvent = {
    id: context.hex(32),
    at: now,
    arrived: now,
    message,
    isSimulated: true,
  };
  const simulated = row.events.filter(({ isSimulated }) => isSimulated === true);
  const dropped = simulated.length < MAX_SIMULATED_EVENTS ? undefined : simulated[0];
  const events = [...row.events.filter((kept) => kept !== dropped), event].sort(
    (a, b) => a.at - b.at,
  );
  context.in(logStreams).put(`${group}:${stream}`, { ...row, events });
}
