/**
 * The exit code of a command. 0: success. 1: error. 2: changes, drift, or a workflow that is not up to date. 3: the check or the
 * rehearsal fails. 4: the plan is not the approved plan. 5: the verdict of the check, the rehearsal or the scan is unknown. 64: invalid
 * command line. 130: interrupted.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 64 | 130;
