import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServiceModel } from "../../src/service-models/index.ts";
import {
  decodeCall,
  modelForRequest,
  encodeAnswer,
  operationName,
} from "../../src/sandbox/protocol/wire.ts";

/** A server that decodes each call of a service model, stores its input, and returns a given response. */
export interface Capture {
  readonly url: string;
  model: ServiceModel;
  reply: Record<string, unknown>;
  /** The input of the last call, or the error of decoding it. */
  received: unknown;
  close(): void;
}

export async function startCapture(): Promise<Capture> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request
      .on("data", (chunk: Buffer) => chunks.push(chunk))
      .on("end", () => {
        const url = new URL(request.url ?? "/", "http://127.0.0.1");
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        );
        const wire = {
          method: request.method ?? "",
          path: url.pathname,
          query: url.searchParams,
          headers,
          body: Buffer.concat(chunks),
        };
        try {
          // The generated values do not satisfy the constraints of the model.
          const model = { ...modelForRequest(capture.model, wire), constraints: [] };
          const name = operationName(model, wire);
          capture.received = decodeCall(model, name, wire).input;
          const answer = encodeAnswer(model, name, capture.reply, "request");
          response.writeHead(answer.status, answer.headers).end(answer.body);
        } catch (error) {
          response.writeHead(400, { "content-type": "text/plain" }).end(String(error));
          capture.received = error;
        }
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // the server listens on TCP
  const capture: Capture = {
    url: `http://127.0.0.1:${port}`,
    model: {
      service: "",
      protocol: "json1.1",
      version: "",
      target: "",
      xmlNamespace: "",
      operations: {},
      errors: {},
      shapes: [],
    },
    reply: {},
    received: undefined,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return capture;
}
