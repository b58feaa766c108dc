import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Identifies a process of this machine beyond its life: a PID alone is given to another process later, and PID 1 of a
 * container is always taken.
 */
export interface ProcessOwner {
  readonly pid: number;
  /** Clock ticks between the start of the system and that of the process; absent without /proc. */
  readonly startTime?: string;
  /** Identifies one run of the kernel; absent without /proc. */
  readonly bootId?: string;
  /** Identifies the PID namespace, which each container has of its own; absent without /proc. */
  readonly pidNamespace?: string;
  readonly host: string;
  /** What the process does, for people. */
  readonly command: string;
  /** When it was described, in ISO 8601. */
  readonly since: string;
}

/** `unknown`: the process belongs to another machine or container, whose processes cannot be seen from here. */
export type OwnerState = "running" | "ended" | "unknown";

const textOf = (read: () => string): string | undefined => {
  try {
    return read().trim();
  } catch {
    // No /proc (macOS, Windows), or no such process.
    return undefined;
  }
};

/**
 * The start time of a process, in clock ticks since the system started; undefined where it cannot be read. A zombie has
 * ended: only its exit status is left.
 *
 * Source: proc_pid_stat(5): the third field is the state, the 22nd the start time. The second, the program's name in
 * parentheses, may itself hold spaces and parentheses.
 */
function startTimeOf(pid: number): string | undefined {
  const stat = textOf(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" || fields?.[0] === "X" ? undefined : fields?.[19];
}

const bootId = (): string | undefined =>
  textOf(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
const pidNamespace = (): string | undefined => textOf(() => readlinkSync("/proc/self/ns/pid"));

/**
 * Describes a running process, this one by default, so that another process can find out whether it still runs.
 *
 * @example
 * writeFileSync(lock, JSON.stringify(describeProcess("berth apply")));
 */
export function describeProcess(command: string, pid: number = process.pid): ProcessOwner {
  const known = { startTime: startTimeOf(pid), bootId: bootId(), pidNamespace: pidNamespace() };
  return {
    pid,
    ...(known.startTime === undefined ? {} : { startTime: known.startTime }),
    ...(known.bootId === undefined ? {} : { bootId: known.bootId }),
    ...(known.pidNamespace === undefined ? {} : { pidNamespace: known.pidNamespace }),
    host: hostname(),
    command,
    since: new Date().toISOString(),
  };
}

/** Reads what `describeProcess` described; undefined for text that is no description, such as an empty file. */
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
 * Whether a described process still runs.
 *
 * With /proc: a restart of the system ended every process of before, and a PID with another start time is another
 * process. Without /proc a process counts as running where its PID is in use.
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

/** Signal 0 tests for a process and sends nothing. Source: kill(2). */
function isInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: a process of another user. Node's system errors carry their code.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
