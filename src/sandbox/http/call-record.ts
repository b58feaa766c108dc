/** An entry of the call log. */
export interface CallRecord {
  readonly service: string;
  readonly operation: string;
  /** Error code of AWS, if the call was rejected. */
  readonly error?: string;
  readonly message?: string;
}

/** A completed call, as the hook `onCall` receives it. The input may contain secrets. */
export interface ObservedCall extends CallRecord {
  readonly account: string;
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** True if the call changed the state. */
  readonly changed: boolean;
}
