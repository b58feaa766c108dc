import type { IncomingHttpHeaders } from "node:http";

/**
 * Host names that always resolve to the local machine. Source: RFC 6761, "Domain Name Reservation Considerations for
 * localhost."
 */
const LOCAL = /^(127\.0\.0\.1|localhost|\[::1\]|([a-z0-9_-]+\.)+localhost)$/;

/** The host name of a Host header in lower case, without port and trailing dot. */
export const hostName = (header: string): string =>
  header.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");

/** Requests that a server accepts in addition to requests of local programs to a local host name. */
export interface LocalRequestOptions {
  /** Whether a host name belongs to the server. @default no other host name is accepted */
  readonly acceptsHost?: (host: string) => boolean;
  /** True if pages of the server may call it. @default false */
  readonly acceptsSameOrigin?: boolean;
}

/**
 * Why a request is rejected: it comes from a web page in a browser on this machine, not from a local program. Undefined
 * if the request is accepted.
 *
 * A page of another site sends `Origin` or `Sec-Fetch-Site`. A page that reaches 127.0.0.1 by its own DNS name (DNS
 * rebinding) has the same origin, but sends that name as `Host`. The port in `Host` is not compared, because a
 * forwarded port has another number and a page cannot exploit it.
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
      return `the Host header ${JSON.stringify(host)} is not a local host name: use 127.0.0.1 or localhost`;
  }
  const isSameOrigin =
    acceptsSameOrigin && (origin === `http://${host}` || origin === `https://${host}`);
  if (origin !== undefined && !isSameOrigin)
    return `requests of web pages are rejected; this one has the Origin ${JSON.stringify(origin)}`;
  if (site !== undefined && site !== "none" && site !== "same-origin")
    return `requests of web pages are rejected; this one has Sec-Fetch-Site ${JSON.stringify(site)}`;
  return undefined;
}
