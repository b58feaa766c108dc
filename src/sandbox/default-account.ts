/** The account ID that the AWS documentation uses. An access key ID of 12 digits selects another account. */
export const DEFAULT_ACCOUNT = "111122223333";
