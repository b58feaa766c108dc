import { type ChildProcess, spawn } from "node:child_process";
import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";

/** A child process or a pipe to it: neither keeps this process from ending. */
interface Unreferenced {
  unref(): void;
}

type Environment = Readonly<Record<string, string>>;

/** Length of a message's header in gRPC: a flag for compression, and the message's length. */
export const FRAME_HEADER = 5;

/** HTTP/2's flag of a frame that ends its stream. */
const END_STREAM = 1;

const isPseudoHeader = (name: string): boolean => name.startsWith(":");

/** One process of the AWS provider in debug mode: it serves Terraform commands until it is stopped. */
export class ProviderProcess {
  readonly env: Environment;
  readonly #child: ChildProcess;
  readonly #session: ClientHttp2Session;

  private constructor(child: ChildProcess, env: Environment, socket: string) {
    this.env = env;
    this.#child = child;
    this.#session = connect("http://localhost", {
      createConnection: () => createConnection(socket),
      settings: { initialWindowSize: 2 ** 24 },
    });
    this.#session.unref();
  }

  /** Starts the provider, and waits until it serves. */
  static async start(binary: string, env: Environment): Promise<ProviderProcess> {
    // The shell stops the provider when this process ends, however it ends: its standard input is closed then.
    const script = '"$0" -debug & provider=$!; cat >/dev/null; kill "$provider"';
    const child = spawn("sh", ["-c", script, binary], {
      env: { ...env },
      stdio: ["pipe", "pipe", "ignore"],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const text = /TF_REATTACH_PROVIDERS='(.*)'/.exec(line)?.[1];
      if (text === undefined) continue;
      const [provider] = Object.values(
        JSON.parse(text) as Record<string, { readonly Addr: { readonly String: string } }>, // as go-plugin prints it
      );
      if (provider === undefined) break;
      for (const handle of [child, child.stdin, child.stdout]) (handle as Unreferenced).unref();
      return new ProviderProcess(child, env, provider.Addr.String);
    }
    throw new Error(`${binary} -debug ended before it served`);
  }

  /** Passes a call of Terraform on to the provider, and the answer back. */
  forward(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const call = this.#session.request(headers);
    let trailers: IncomingHttpHeaders = {};
    call.on("response", (answer, flags) => {
      // An error has no message: its status is in the headers.
      const endStream = (flags & END_STREAM) !== 0;
      stream.respond(answer, endStream ? { endStream } : { waitForTrailers: true });
      if (!endStream) call.pipe(stream);
    });
    call.on("trailers", (received) => (trailers = received));
    stream.on("wantTrailers", () =>
      stream.sendTrailers(
        Object.fromEntries(Object.entries(trailers).filter(([name]) => !isPseudoHeader(name))),
      ),
    );
    // Terraform that is killed closes its stream: the provider then ends what it does for it.
    stream.on("close", () => call.close());
    stream.on("error", () => call.close());
    call.on("error", (error) => stream.destroy(error));
    stream.pipe(call);
  }

  /** Makes a call of the provider's protocol with an empty message, and returns the framed answer. */
  call(method: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const call = this.#session.request({
        ":method": "POST",
        ":path": `/tfplugin5.Provider/${method}`,
        "content-type": "application/grpc",
        te: "trailers",
      });
      const chunks: Buffer[] = [];
      call.on("data", (chunk: Buffer) => chunks.push(chunk));
      call.once("end", () => resolve(Buffer.concat(chunks)));
      call.once("error", reject);
      call.end(Buffer.alloc(FRAME_HEADER));
    });
  }

  stop(): void {
    this.#session.destroy();
    this.#child.stdin?.end();
  }
}
