import type { IncomingMessage, Server } from "node:http";
import { UserError } from "../shared/errors.ts";
import { DEFAULT_ACCOUNT } from "./default-account.ts";
import { defaultCaller } from "./authorization/callers.ts";
import type { Apps } from "./workload-behavior.ts";
import type { CallRecord } from "./http/call-record.ts";
import { hookWithWarning } from "./http/hooks.ts";
import type { ListenerPort, ListenerPorts } from "./http/listener-ports.ts";
import { executeCall, toAwsError } from "./core/execute-call.ts";
import {
  RequestHandler,
  type SandboxHooks,
  isRegistryRequest,
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
import { simulate } from "./core/simulate.ts";
import { defaultLimits, type SandboxLimits } from "./core/limits.ts";
import { rejectionOfNonLocalRequest } from "./http/local-requests.ts";
import { RejectedRequest } from "./protocol/errors.ts";
import { loadModel } from "../service-models/index.ts";
import { Context } from "./core/operation.ts";
import { prepareServices, serviceNamed } from "./services/loader.ts";
import type { WriteBytes } from "./core/state-file.ts";
import { type StoredResources, type AccountRegion, Store } from "./core/store.ts";

/** Options of `startSandbox()`. */
export interface SandboxOptions extends SandboxHooks {
  /** TCP port on 127.0.0.1; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** File that stores the state between runs. @default none: the state ends with the process */
  readonly stateFile?: string;
  /** Clock of the sandbox. @default the system clock */
  readonly now?: () => Date;
  /** How long background work of AWS takes. @default "instant" */
  readonly pace?: SandboxSettings["pace"];
  /**
   * Whether schedules of EventBridge and of Application Auto Scaling run when they are due by the clock of the sandbox. They
   * run with the next call that changes something, or with `runBackgroundWork`; at the pace `real`, with the next call.
   *
   * @default "clock"
   */
  readonly schedules?: SandboxSettings["schedules"];
  /** Whether other services see a change of IAM at once. @default "strong" */
  readonly iam?: SandboxSettings["iam"];
  /**
   * What happens when a role that does not exist is assumed. `rejected`: the call fails, as on AWS. `assumable`: the
   * caller gets a session with full access to the account of the role, for configurations whose deployment roles are
   * created in another stack.
   *
   * @default "rejected"
   */
  readonly unknownRoles?: SandboxSettings["unknownRoles"];
  /** Quotas that differ from the quotas of a new account. */
  readonly quotas?: Partial<SandboxSettings["quotas"]>;
  /**
   * Opens a port on 127.0.0.1 for every listener and answers requests by the rules of the listener. @default false;
   * true if `onListenerPort` is set
   */
  readonly listenerPorts?: boolean;
  /** Called for each port that is opened. An error that it throws is a warning. */
  readonly onListenerPort?: (listenerPort: ListenerPort) => void;
  /** Which images exist, and how their programs behave. @default every image exists, listens and answers 200 */
  readonly apps?: Apps;
  /** Limits of memory and disk that differ from the default. @default docs/reference/sandbox-limits.md */
  readonly limits?: Partial<SandboxLimits>;
  /**
   * Receives warnings that do not belong to a call, such as a listener port that cannot be opened, or an error that
   * `onCall` or `onListenerPort` throws.
   *
   * @default process.emitWarning
   */
  readonly onWarning?: (message: string) => void;
  /**
   * Writes to the state file. Tests use it to simulate a full disk.
   *
   * @default fs.writeSync
   */
  readonly writeState?: WriteBytes;
}

/** A local AWS emulator. It listens only on 127.0.0.1. */
export interface Sandbox {
  /** The value of AWS_ENDPOINT_URL for a client. */
  readonly url: string;
  readonly port: number;
  /** The answered calls, oldest first. If there are more than the limit, only the newest. */
  readonly calls: readonly CallRecord[];
  /** Number of calls since the start or the last reset. */
  readonly callCount: number;
  readonly store: Store;
  /** How long background work of AWS takes; see the option. A change counts from the next call. */
  pace: SandboxSettings["pace"];
  /** The open ports of the listeners, if the option `listenerPorts` is set. */
  listenerPorts(): readonly ListenerPort[];
  /** The existing resources by account, region and kind. */
  contents(): readonly StoredResources[];
  /** Read and write access to the tables of an account and region, as the operations of the services have it. */
  contextFor(accountRegion?: Partial<AccountRegion>): Context;
  /**
   * Makes a call with full access, without HTTP.
   *
   * @throws AwsError the error that a client would receive
   */
  invoke(
    service: string,
    operation: string,
    input: Readonly<Record<string, unknown>>,
    accountRegion?: Partial<AccountRegion>,
  ): Readonly<Record<string, unknown>>;
  /**
   * Causes something that happens on AWS without a call of a client, and the background work that follows.
   *
   * @param service signing name of the service
   * @param name `RecordMetrics` of monitoring: records metrics of a service, such as AWS/ECS, with the input of PutMetricData.
   *   `InvokeSchedule` of scheduler (GroupName, Name) and `InvokeRule` of events (Name): invokes the targets now
   * @throws AwsError if the input is invalid, and NotImplemented if the service or the name is unknown
   * @example
   * sandbox.simulate("scheduler", "InvokeSchedule", { Name: "nightly" });
   */
  simulate(
    service: string,
    name: string,
    input: Readonly<Record<string, unknown>>,
    accountRegion?: Partial<AccountRegion>,
  ): Readonly<Record<string, unknown>>;
  /** Runs the background work of AWS that is due, as a call of a polling client does. */
  runBackgroundWork(): void;
  /** The current state as text. */
  snapshot(): string;
  /**
   * Replaces the state by a snapshot.
   *
   * @throws TypeError if the text is not a snapshot of this version
   */
  restore(snapshot: string): Promise<void>;
  /** Deletes all resources and the call log. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a sandbox in this process, with its own state.
 *
 * @throws UserError if the port is in use or the state file cannot be read
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
  await prepareServices();
  const limits: SandboxLimits = { ...defaultLimits, ...options.limits };
  const store = new Store(options.stateFile, {
    maxBytes: limits.stateBytes,
    maxBlobBytes: limits.layerBytes,
    write: options.writeState,
  });
  const now = options.now ?? (() => new Date());
  let port = 0;
  let pace = options.pace ?? "instant";
  const settings: SandboxSettings = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get pace() {
      return pace;
    },
    schedules: options.schedules ?? "clock",
    iam: options.iam ?? "strong",
    unknownRoles: options.unknownRoles ?? "rejected",
    quotas: { ...defaultQuotas, ...options.quotas },
    apps: options.apps ?? {},
  };
  const opensListenerPorts = options.listenerPorts ?? options.onListenerPort !== undefined;
  const { onCall, onListenerPort, onWarning, faultInjector } = options;
  const emitWarning = (message: string): void => process.emitWarning(message);
  const warn = onWarning ? hookWithWarning(emitWarning, "onWarning", onWarning) : emitWarning;
  const listenerPorts: ListenerPorts | undefined = opensListenerPorts
    ? new (await import("./http/listener-ports.ts")).ListenerPorts(
        store,
        settings,
        now,
        warn,
        onListenerPort && hookWithWarning(warn, "onListenerPort", onListenerPort),
      )
    : undefined;
  const hooks: SandboxHooks = {
    onCall: onCall && hookWithWarning(warn, "onCall", onCall),
    faultInjector,
  };
  const requestHandler = new RequestHandler(store, settings, now, listenerPorts, hooks, limits);
  const server = createHttpServer(async (request: IncomingMessage) => {
    const head = headOf(request);
    if (isForProxy(request))
      return plainError(
        new RejectedRequest(
          "InvalidRequest",
          "The sandbox is not a proxy and does not forward requests",
        ),
        head,
      );
    try {
      const rejection = rejectionOfNonLocalRequest(request.headers);
      if (rejection !== undefined) return webPageAnswer(head, rejection);
      if (isRegistryRequest(head)) {
        // Most sandboxes never get a request to their registry.
        const { answerRegistryRequest } = await import("./registry/index.ts");
        return await answerRegistryRequest(request, head, {
          store,
          settings,
          now,
          calls: requestHandler,
        });
      }
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
  try {
    port = await listen(server, options.port ?? 0);
    await listenerPorts?.sync();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: settings.url,
    port,
    calls: requestHandler.calls,
    get callCount() {
      return requestHandler.callCount;
    },
    store,
    get pace() {
      return pace;
    },
    set pace(changed) {
      pace = changed;
    },
    listenerPorts: () => listenerPorts?.list() ?? [],
    contents: () => store.contents(),
    contextFor({ account = DEFAULT_ACCOUNT, region = "us-east-1" } = {}) {
      const caller = defaultCaller(account, region);
      return new Context(store, { account, region }, now(), caller, settings);
    },
    invoke(name, operation, input, { account = DEFAULT_ACCOUNT, region = "us-east-1" } = {}) {
      const service = serviceNamed(name);
      if (!service) throw new TypeError(`unknown service ${name}`);
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
    simulate: (service, name, input, { account = DEFAULT_ACCOUNT, region = "us-east-1" } = {}) =>
      simulate(store, { service, name, input }, { account, region }, now(), settings),
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
            fix: "set another port with --port, or omit --port to use a free port",
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
