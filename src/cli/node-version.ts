/** What to do about a version of Node.js that Berth does not support. */
export const NODE_FIX = "install Node.js 20.19 or newer";

/** Whether Berth runs on a version of Node.js, such as 20.19.0. */
export function isSupportedNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 20 || (major === 20 && minor >= 19);
}
