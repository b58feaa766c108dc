import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type Http2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { join } from "node:path";
import { testFolder } from "../folder.ts";
import { FRAME_HEADER, ProviderProcess } from "./process.ts";
import { reduceSchema } from "./schema.ts";

/** The gRPC status of a method that the server does not implement. */
const UNIMPLEMENTED = 12;

/** Maximum number of idle provider processes: each uses about 200 MiB. */
const MAX_IDLE = 4;

/** The AWS provider. */
export interface Provider {
  /** Path of the provider's program. */
  readonly binary: string;
  /** The resource types and data sources that tests use. */
  readonly types: ReadonlySet<string>;
}

type Environment = Readonly<Record<string, string>>;

/** The running provider processes. A process has one configuration at a time. */
export class ProviderPool {
  readonly #provider: Provider;
  readonly #idle: ProviderProcess[] = [];
  /** The process for calls that need no configuration, such as validation. */
  readonly unconfigured: Promise<ProviderProcess>;
  /** The provider's schema with only the types that tests use. Terraform reads it in a tenth of the time. */
  readonly schema: Promise<Buffer>;

  /** @param env the environment of the process for calls that need no configuration */
  constructor(provider: Provider, env: Environment) {
    this.#provider = provider;
    this.unconfigured = ProviderProcess.start(provider.binary, env);
    this.schema = this.unconfigured.then(async (process) => {
      const response = await process.call("GetSchema");
      return reduceSchema(response.subarray(FRAME_HEADER), provider.types);
    });
  }

  /** A process with this environment that no other connection uses. */
  async take(env: Environment): Promise<ProviderProcess> {
    const text = JSON.stringify(env);
    const index = this.#idle.findIndex((idle) => JSON.stringify(idle.env) === text);
    const [idle] = index === -1 ? [] : this.#idle.splice(index, 1);
    return idle ?? (await ProviderProcess.start(this.#provider.binary, env));
  }

  /** Returns a process to the pool. */
  giveBack(process: ProviderProcess): void {
    this.#idle.push(process);
    if (this.#idle.length > MAX_IDLE) this.#idle.shift()?.stop();
  }
}

/**
 * Serves the AWS provider's protocol on a socket, and forwards each call to a running provider process.
 *
 * A connection reserves a process when it configures the provider, and returns it to the pool when it is closed.
 * Source: Terraform, "Debugging Providers"; the calls are those of tfplugin5.proto.
 */
export class ProviderServer {
  readonly #pool: ProviderPool;
  readonly #env: Environment;
  readonly #server: Http2Server = createServer();
  readonly #socket: string = join(testFolder(), "provider");
  readonly #configured = new Map<Http2Session, Promise<ProviderProcess>>();

  /** @param env the environment of the provider processes, with the endpoint and credentials */
  constructor(pool: ProviderPool, env: Environment) {
    this.#pool = pool;
    this.#env = env;
    this.#server.on("stream", (stream, headers) => {
      this.#answer(stream, headers).catch((error: unknown) => stream.destroy(error as Error));
    });
    // Terraform's first connection only checks that the socket is open. It is closed without HTTP/2.
    this.#server.on("sessionError", () => {});
    this.#server.listen(this.#socket);
    this.#server.unref();
  }

  /** The value of TF_REATTACH_PROVIDERS that connects Terraform or OpenTofu to this server. */
  get reattach(): string {
    const address = {
      Protocol: "grpc",
      ProtocolVersion: 5,
      Pid: process.pid,
      Test: true,
      Addr: { Network: "unix", String: this.#socket },
    };
    return JSON.stringify({
      "registry.terraform.io/hashicorp/aws": address,
      "registry.opentofu.org/hashicorp/aws": address,
    });
  }

  async #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const method = /^\/tfplugin5\.Provider\/(\w+)$/.exec(headers[":path"] ?? "")?.[1];
    const { session } = stream;
    if (method === undefined || session === undefined) {
      // The other services of go-plugin, such as its log, are optional.
      const headers = {
        ":status": 200,
        "content-type": "application/grpc",
        "grpc-status": UNIMPLEMENTED,
      };
      stream.respond(headers, { endStream: true });
      return;
    }
    switch (method) {
      case "GetSchema":
        respond(stream, await this.#pool.schema);
        return;
      case "PrepareProviderConfig":
        // The provider would validate the schemas of its 1,500 resource types for 2 CPU seconds. Terraform accepts an empty response.
        respond(stream, Buffer.alloc(0));
        return;
      case "Stop":
        // An interrupt must not reach the process that other commands use for their validation.
        if (!this.#configured.has(session)) {
          respond(stream, Buffer.alloc(0));
          return;
        }
        break;
      case "Configure":
        this.#reserveProcess(session);
        break;
    }
    const provider = await (this.#configured.get(session) ?? this.#pool.unconfigured);
    provider.forward(stream, headers);
  }

  #reserveProcess(session: Http2Session): void {
    if (this.#configured.has(session)) return;
    const provider = this.#pool.take(this.#env);
    this.#configured.set(session, provider);
    session.once("close", () => {
      this.#configured.delete(session);
      void provider.then((free) => this.#pool.giveBack(free));
    });
  }
}

/** Sends a response with a message. */
function respond(stream: ServerHttp2Stream, message: Buffer): void {
  const header = Buffer.alloc(FRAME_HEADER);
  header.writeUInt32BE(message.length, 1);
  stream.resume();
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": 0 }));
  stream.end(Buffer.concat([header, message]));
}
