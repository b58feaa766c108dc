import type { IncomingHttpHeaders } from "node:http";

/** Names that always mean this machine. Source: RFC 6761, "Domain Name Reservation Considerations for localhost." */
const LOCAL = /^(127\.0\.0\.1|localhost|\[::1\]|([a-z0-9_-]+\.)+localhost)$/;

/** The host of a Host header: lower case, without port and final dot. */
export const hostName = (header: string): string =>
  header.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");

/** What a server accepts beyond requests of local programs to a local name. */
export interface LocalRequestOptions {
  /** Other host names by which clients call the server. */
  readonly acceptsHost?: (host: string) => boolean;
  /** True where a page that came from the server itself may call it. */
  readonly acceptsSameOrigin?: boolean;
}

/**
 * Why a request is not from a local program but from a web page, which any site may make a browser on this machine
 * send; undefined where it is from a program.
 *
 * A page of another site sends `Origin` or `Sec-Fetch-Site`. A page that reaches 127.0.0.1 by a DNS name of its own (DNS
 * rebinding) has no other origin, and sends that name as `Host`. The port in `Host` is not compared: a forwarded port
 * has another number, and a page cannot make use of it.
 *
 * Sources: Fetch Standard, "`Origin` header"; W3C, "Fetch Metadata Request Headers".
 */
export function rejectionOfNonLocalRequest(
  headers: IncomingHttpHeaders,
  { acceptsHost = () => false, acceptsSameOrigin = false }: LocalRequestOptions = {},
): string | undefined {
  const { host, origin } = headers;
  const site = headers["sec-fetch-site"];
  if (host !== undefined) {
    const name = hostName(host);
    if (!LOCAL.test(name) && !acceptsHost(name))
      return `the Host header ${JSON.stringify(host)} is not a name of this machine: use 127.0.0.1 or localhost`;
  }
  const isSameOrigin =
    acceptsSameOrigin && (origin === `http://${host}` || origin === `https://${host}`);
  if (origin !== undefined && !isSameOrigin)
    return `requests of web pages are rejected; this one has the Origin ${JSON.stringify(origin)}`;
  if (site !== undefined && site !== "none" && site !== "same-origin")
    return `requests of web pages are rejected; this one has Sec-Fetch-Site ${JSON.stringify(site)}`;
  return undefined;
}
