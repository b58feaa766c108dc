import { stackOf } from "./http-server.ts";

/** Reports a problem that does not belong to a call. */
export type Warn = (message: string) => void;

/**
 * Turns the errors that a hook throws into warnings. A hook runs after the changes of a call are stored: if its error failed the
 * call, the client would repeat a call that has succeeded.
 *
 * @param name the option of the sandbox
 */
export const hookWithWarning =
  <Value>(warn: Warn, name: string, hook: (value: Value) => void): ((value: Value) => void) =>
  (value) => {
    try {
      hook(value);
    } catch (error) {
      warn(`the option ${name} of the sandbox threw an error: ${stackOf(error)}`);
    }
  };
