import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The URL of a server that sends an empty response to each request. It has the header of a response of AWS. */
export async function respondingUrl(status = 200): Promise<string> {
  const server = createServer(
    (_, response) => void response.writeHead(status, { "x-amzn-requestid": "1" }).end(),
  ).unref();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
}
