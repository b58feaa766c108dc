/** A permission that Terraform or Berth needs for the resources of a foundation, as `npm run permissions` has recorded it. */
export interface RecordedCall {
  readonly action: string;
  /** An ARN with placeholders, or "*" if the service supports nothing narrower. */
  readonly resource: string;
  /** True if the call creates the resource: only the tags in the request can identify its foundation. */
  readonly isNew: boolean;
}
