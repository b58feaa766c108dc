import { once } from "node:events";
import { connect } from "node:net";

/** Sends bytes as they are, and returns what comes back until the connection ends. */
export async function sendRaw(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {
    // A connection that is cut is an answer too.
  });
  for (const part of parts) socket.write(part);
  socket.end();
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

/** Sends a request with exactly these headers, and returns the whole answer. fetch would set Host itself. */
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

/** The status of an answer that sendRaw returned; 0 where the connection was cut. */
export const statusOf = (answer: string): number =>
  Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
