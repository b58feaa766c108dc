import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The URL of a server that responds to each request as a healthy sandbox does, in place of a sandbox. */
export async function respondingUrl(status = 200): Promise<string> {
  const server = createServer(
    (_, response) => void response.writeHead(status).end('{"status":"ok","services":[]}'),
  ).unref();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
}
