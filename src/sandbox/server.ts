import type { IncomingMessage, Server } from "node:http";
import { UserError } from "../shared/errors.ts";
import { DEFAULT_ACCOUNT, defaultCaller } from "./authorization/callers.ts";
import type { Apps } from "./workload-behavior.ts";
import type { CallRecord } from "./http/call-record.ts";
import { type ListenerPort, ListenerPorts } from "./http/listener-ports.ts";
import { executeCall, toAwsError } from "./core/execute-call.ts";
import {
  RequestHandler,
  type SandboxHooks,
  plainError,
  tooLargeAnswer,
  webPageAnswer,
} from "./http/request-handler.ts";
import {
  BodyTooLargeError,
  createHttpServer,
  headOf,
  isForProxy,
  readRequest,
} from "./http/http-server.ts";
import { defaultQuotas } from "./quotas.ts";
import type { SandboxSettings } from "./settings.ts";
import { runBackgroundWork } from "./core/background-work.ts";
import { defaultLimits, type SandboxLimits } from "./core/limits.ts";
import { rejectionOfNonLocalRequest } from "./http/local-requests.ts";
import { RejectedRequest } from "./protocol/errors.ts";
import { loadModel } from "./protocol/model.ts";
import { Context } from "./core/operation.ts";
import { services } from "./services/index.ts";
import type { WriteBytes } from "./core/state-file.ts";
import { type StoredResources, type AccountRegion, Store } from "./core/store.ts";

export interface SandboxOptions extends SandboxHooks {
  /** TCP port on 127.0.0.1; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** File that keeps the world between runs. @default none: the world ends with the process */
  readonly stateFile?: string;
  /** The sandbox's clock. @default the machine's */
  readonly now?: () => Date;
  /** How long AWS's background work takes. @default "instant" */
  readonly pace?: SandboxSettings["pace"];
  /** Whether a change of IAM is seen at once. @default "strong" */
  readonly iam?: SandboxSettings["iam"];
  /**
   * What becomes of a role that is assumed and does not exist: `refused`, as on AWS, or `given`: whoever asks gets a
   * session that may do everything in the role's account, as where the roles of a deployer are made elsewhere.
   *
   * @default "rejected"
   */
  readonly unknownRoles?: SandboxSettings["unknownRoles"];
  /** Quotas that differ from a new account's. */
  readonly quotas?: Partial<SandboxSettings["quotas"]>;
  /**
   * Opens a port on 127.0.0.1 for every listener, which answers as its rules would. @default false, unless `onDoor` is
   * given
   */
  readonly listenerPorts?: boolean;
  /** Hears of each port that is opened. */
  readonly onListenerPort?: (listenerPort: ListenerPort) => void;
  /** What images there are and how their programs behave. @default every image exists, listens and answers 200 */
  readonly apps?: Apps;
  /** Bounds of memory that differ from the default. @default docs/reference/sandbox-limits.md */
  readonly limits?: Partial<SandboxLimits>;
  /**
   * Receives what a user should know and no call is the place for, such as a listener's port that cannot be opened.
   *
   * @default process.emitWarning
   */
  readonly onWarning?: (message: string) => void;
  /**
   * Writes to the state file. It is there for tests that need a full disk.
   *
   * @default fs.writeSync
   */
  readonly writeState?: WriteBytes;
}

/** An AWS for one machine: it listens on 127.0.0.1 alone. */
export interface Sandbox {
  /** What a client needs as AWS_ENDPOINT_URL. */
  readonly url: string;
  readonly port: number;
  /** The calls answered so far, oldest first; of very many, the newest. */
  readonly calls: readonly CallRecord[];
  /** How many calls were answered since the start or the last reset. */
  readonly callCount: number;
  readonly store: Store;
  /** The ports of the listeners, with the option `doors`. */
  listenerPorts(): readonly ListenerPort[];
  /** What exists, by account, region and kind. */
  contents(): readonly StoredResources[];
  /** A look into an account and region, as the sandbox's own machinery has it. */
  contextFor(accountRegion?: Partial<AccountRegion>): Context;
  /**
   * Makes a call as the account's root, without the wire.
   *
   * @throws AwsError as a client would get it
   */
  invoke(
    service: string,
    operation: string,
    input: Readonly<Record<string, unknown>>,
    accountRegion?: Partial<AccountRegion>,
  ): Readonly<Record<string, unknown>>;
  /** Lets AWS's background work go on to where the sandbox's clock stands, as a client does that looks again. */
  runBackgroundWork(): void;
  /** The whole world, as it is now. */
  snapshot(): string;
  /**
   * Puts a snapshot's world in the place of this one.
   *
   * @throws TypeError where the text is no snapshot of this version
   */
  restore(snapshot: string): Promise<void>;
  /** Empties the account. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the sandbox: an AWS in this process, with a world of its own.
 *
 * @throws UserError where the port is taken or the state file cannot be read
 * @example
 * const sandbox = await startSandbox();
 * const client = new ECSClient({
 *   endpoint: sandbox.url,
 *   region: "us-east-1",
 *   credentials: { accessKeyId: "sandbox", secretAccessKey: "sandbox" },
 * });
 * await client.send(new CreateClusterCommand({ clusterName: "hello" }));
 * await sandbox.close();
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const limits: SandboxLimits = { ...defaultLimits, ...options.limits };
  const store = new Store(options.stateFile, {
    maxBytes: limits.stateBytes,
    write: options.writeState,
  });
  const now = options.now ?? (() => new Date());
  const settings: SandboxSettings = {
    pace: options.pace ?? "instant",
    iam: options.iam ?? "strong",
    unknownRoles: options.unknownRoles ?? "rejected",
    quotas: { ...defaultQuotas, ...options.quotas },
    apps: options.apps ?? {},
  };
  const opensListenerPorts = options.listenerPorts ?? options.onListenerPort !== undefined;
  const warn = options.onWarning ?? ((message: string) => process.emitWarning(message));
  const listenerPorts = opensListenerPorts
    ? new ListenerPorts(store, settings, now, warn, options.onListenerPort)
    : undefined;
  const requestHandler = new RequestHandler(store, settings, now, listenerPorts, options, limits);
  const server = createHttpServer(async (request: IncomingMessage) => {
    const head = headOf(request);
    if (isForProxy(request))
      return plainError(
        new RejectedRequest("InvalidRequest", "The sandbox forwards no request: it is not a proxy"),
        head,
      );
    try {
      const rejection = rejectionOfNonLocalRequest(request.headers);
      if (rejection !== undefined) return webPageAnswer(head, rejection);
      return await requestHandler.answer(await readRequest(request, head, limits.requestBytes));
    } catch (error) {
      return error instanceof BodyTooLargeError
        ? tooLargeAnswer(head, error)
        : plainError(error, head);
    }
  });
  const close = async (): Promise<void> => {
    await listenerPorts?.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    store.close();
  };
  let port: number;
  try {
    port = await listen(server, options.port ?? 0);
    await listenerPorts?.sync();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    calls: requestHandler.calls,
    get callCount() {
      return requestHandler.callCount;
    },
    store,
    listenerPorts: () => listenerPorts?.list() ?? [],
    contents: () => store.contents(),
    contextFor({ account = DEFAULT_ACCOUNT, region = "us-east-1" } = {}) {
      const caller = defaultCaller(account, region);
      return new Context(store, { account, region }, now(), caller, settings);
    },
    invoke(name, operation, input, { account = DEFAULT_ACCOUNT, region = "us-east-1" } = {}) {
      const service = services.find((otherService) => otherService.name === name);
      if (!service) throw new TypeError(`there is no service ${name}`);
      const caller = defaultCaller(account, region);
      const model = loadModel(name);
      try {
        return executeCall(
          store,
          service,
          model,
          { operation, input: { ...input } },
          { caller, region, now: now(), settings, limits },
          (output) => output,
        ).result;
      } catch (error) {
        throw toAwsError(model, error);
      }
    },
    runBackgroundWork() {
      runBackgroundWork(store, now(), settings, settings.pace === "real" ? "clock" : "waited");
    },
    snapshot: () => store.snapshot(),
    async restore(snapshot) {
      store.restore(snapshot);
      await listenerPorts?.sync();
    },
    async reset() {
      store.reset();
      requestHandler.forgetCalls();
      await listenerPorts?.sync();
    },
    close,
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        new UserError(
          "BERTH-E4001",
          `the sandbox cannot listen on port ${port}: ${error.code ?? error.message}`,
          {
            fix: "choose another with --port, or leave --port out to take a free one",
          },
        ),
      );
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
