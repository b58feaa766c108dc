import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Identifies a process even after it has ended. A PID alone is not enough: the system reuses it, and PID 1 of a container is
 * always in use.
 */
export interface ProcessOwner {
  readonly pid: number;
  /** Start time of the process, in clock ticks since the start of the system; absent without /proc. */
  readonly startTime?: string;
  /** Identifies one boot of the system; absent without /proc. */
  readonly bootId?: string;
  /** Identifies the PID namespace; each container has a separate one. Absent without /proc. */
  readonly pidNamespace?: string;
  readonly host: string;
  /** The command of the process, for messages. */
  readonly command: string;
  /** Time of this description, in ISO 8601. */
  readonly since: string;
}

/** `unknown`: the process belongs to another machine or container; its processes are not visible to this process. */
export type OwnerState = "running" | "ended" | "unknown";

const readOptional = (read: () => string): string | undefined => {
  try {
    return read().trim();
  } catch {
    // No /proc (macOS, Windows), or no such process.
    return undefined;
  }
};

/**
 * The start time of a process, in clock ticks since the system started; undefined if it cannot be read. A zombie has ended:
 * only its exit status still exists.
 *
 * Source: proc_pid_stat(5): the third field is the state, the 22nd the start time. The second, the program's name in
 * parentheses, may contain spaces and parentheses.
 */
function startTimeOf(pid: number): string | undefined {
  const stat = readOptional(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" || fields?.[0] === "X" ? undefined : fields?.[19];
}

const bootId = (): string | undefined =>
  readOptional(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
const pidNamespace = (): string | undefined =>
  readOptional(() => readlinkSync("/proc/self/ns/pid"));

/**
 * Describes a running process, by default this one, so that another process can determine whether it still runs.
 *
 * @example
 * writeFileSync(lock, JSON.stringify(describeProcess("berth apply")));
 */
export function describeProcess(command: string, pid: number = process.pid): ProcessOwner {
  const identity = { startTime: startTimeOf(pid), bootId: bootId(), pidNamespace: pidNamespace() };
  return {
    pid,
    ...(identity.startTime === undefined ? {} : { startTime: identity.startTime }),
    ...(identity.bootId === undefined ? {} : { bootId: identity.bootId }),
    ...(identity.pidNamespace === undefined ? {} : { pidNamespace: identity.pidNamespace }),
    host: hostname(),
    command,
    since: new Date().toISOString(),
  };
}

/** Parses the description of a process; undefined for other text, such as an empty file. */
export function parseOwner(text: string): ProcessOwner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { pid, startTime, bootId, pidNamespace, host, command, since } = fields;
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return {
    pid,
    ...(typeof startTime === "string" ? { startTime } : {}),
    ...(typeof bootId === "string" ? { bootId } : {}),
    ...(typeof pidNamespace === "string" ? { pidNamespace } : {}),
    host: typeof host === "string" ? host : "",
    command: typeof command === "string" ? command : "",
    since: typeof since === "string" ? since : "",
  };
}

/**
 * Determines whether a described process still runs.
 *
 * With /proc, a process has ended if the system was restarted, or if its PID has another start time. Without /proc, a process
 * counts as running if its PID is in use.
 */
export function ownerState(owner: ProcessOwner): OwnerState {
  const boot = bootId();
  if (owner.bootId !== undefined && boot !== undefined) {
    if (owner.bootId !== boot) return owner.host === hostname() ? "ended" : "unknown";
    if (owner.pidNamespace !== pidNamespace()) return "unknown";
  }
  if (!isInUse(owner.pid)) return "ended";
  if (owner.startTime === undefined || boot === undefined) return "running";
  return startTimeOf(owner.pid) === owner.startTime ? "running" : "ended";
}

/** Signal 0 only tests whether the process exists. Source: kill(2). */
function isInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process belongs to another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
