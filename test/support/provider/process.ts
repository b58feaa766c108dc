import { type ChildProcess, spawn } from "node:child_process";
import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";

/** A child process or a pipe to it, which must not keep this process running. */
interface Unreferenceable {
  unref(): void;
}

type Environment = Readonly<Record<string, string>>;

/** Length of the header of a gRPC message in bytes: the compression flag, and the length of the message. */
export const FRAME_HEADER = 5;

/** The HTTP/2 flag END_STREAM. */
const END_STREAM = 1;

const isPseudoHeader = (name: string): boolean => name.startsWith(":");

/** A process of the AWS provider in debug mode. It serves several Terraform commands until it is stopped. */
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

  /** Starts the provider, and waits until it accepts connections. */
  static async start(binary: string, env: Environment): Promise<ProviderProcess> {
    // The shell stops the provider when its standard input is closed, which also happens if this process is killed.
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
      for (const handle of [child, child.stdin, child.stdout]) (handle as Unreferenceable).unref();
      return new ProviderProcess(child, env, provider.Addr.String);
    }
    throw new Error(`${binary} -debug ended before it served`);
  }

  /** Forwards a call of Terraform to the provider, and the response to Terraform. */
  forward(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const call = this.#session.request(headers);
    let trailers: IncomingHttpHeaders = {};
    call.on("response", (responseHeaders, flags) => {
      // An error has no message: its status is in the headers.
      const endStream = (flags & END_STREAM) !== 0;
      stream.respond(responseHeaders, endStream ? { endStream } : { waitForTrailers: true });
      if (!endStream) call.pipe(stream);
    });
    call.on("trailers", (received) => (trailers = received));
    stream.on("wantTrailers", () =>
      stream.sendTrailers(
        Object.fromEntries(Object.entries(trailers).filter(([name]) => !isPseudoHeader(name))),
      ),
    );
    // If Terraform is killed, its stream is closed, and the provider stops the call.
    stream.on("close", () => call.close());
    stream.on("error", () => call.close());
    call.on("error", (error) => stream.destroy(error));
    stream.pipe(call);
  }

  /** Calls a method of the provider's protocol with an empty message, and returns the response with its frame header. */
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
