import { failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const containerReferencesCases: Cases = {
  "a command without a shell": failureCase("TD-07", [
    '["CMD-SHELL", "true"]',
    '["curl", "localhost"]',
  ]),
  "a volume that is not there": failureCase("TD-15", [
    'sourceVolume = "data"',
    'sourceVolume = "date"',
  ]),
};
