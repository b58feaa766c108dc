/**
 * The sandbox's message for a feature that it does not implement.
 *
 * @example notImplementedMessage("IPv6 in a VPC"); // Berth's sandbox does not implement IPv6 in a VPC
 */
export const notImplementedMessage = (feature: string): string =>
  `Berth's sandbox does not implement ${feature}`;
