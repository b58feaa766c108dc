/** One answered call, as the log keeps it. */
export interface CallRecord {
  readonly service: string;
  readonly operation: string;
  /** AWS's error code, where the call was refused. */
  readonly error?: string;
  readonly message?: string;
}

/** A call as one who watches the sandbox sees it, once it is answered. Its input may hold secrets. */
export interface ObservedCall extends CallRecord {
  readonly account: string;
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** True where the world is another one now. */
  readonly changed: boolean;
}
