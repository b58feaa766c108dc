import { once } from "node:events";
import { connect } from "node:net";

/** Sends raw bytes and returns the response until the connection is closed. */
export async function sendRaw(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {
    // A closed connection is a valid result.
  });
  for (const part of parts) socket.write(part);
  socket.end();
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

/** Sends a request with exactly these headers and returns the whole response. fetch would set the Host header. */
export const sendHeaders = (
  port: number,
  requestLine: string,
  headers: Readonly<Record<string, string>>,
  body = "",
): Promise<string> =>
  sendRaw(
    port,
    `${requestLine} HTTP/1.1\r\n${Object.entries({
      host: `127.0.0.1:${port}`,
      connection: "close",
      "content-length": String(Buffer.byteLength(body)),
      ...headers,
    })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("")}\r\n${body}`,
  );

/** The status of a response of sendRaw; 0 if the connection was closed. */
export const statusOf = (answer: string): number =>
  Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
