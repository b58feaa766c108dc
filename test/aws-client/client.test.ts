import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateClusterCommand } from "@aws-sdk/client-ecs";
import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateTargetGroupCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { AwsCallError, AwsClient, type ClientClock } from "../../src/aws-client/index.ts";
import {
  type Fault,
  type FaultInjector,
  type Sandbox,
  startSandbox,
} from "../../src/sandbox/index.ts";
import { testFolder } from "../support/folder.ts";
import { REGION, useSandbox } from "../support/sandbox-calls.ts";

const fixture = useSandbox();

let faultySandbox: Sandbox;
let faultInjector: FaultInjector | undefined;

beforeAll(async () => {
  faultySandbox = await startSandbox({ faultInjector: (call) => faultInjector?.(call) });
});
afterAll(() => faultySandbox.close());

/** A clock that does not wait, and records the waits. */
function testClock(): ClientClock & { readonly waits: number[] } {
  const waits: number[] = [];
  return {
    waits,
    now: () => Date.now(),
    sleep: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    random: () => 1,
  };
}

const credentials = { accessKeyId: "111122223333", secretAccessKey: "sandbox" };

const sandboxClient = (): AwsClient =>
  new AwsClient({ region: REGION, endpoint: fixture.sandbox.url, credentials });

/** A client of a sandbox with injected faults. */
const faultyClient = (clock: ClientClock = testClock()): AwsClient =>
  new AwsClient({ region: REGION, endpoint: faultySandbox.url, credentials, clock });

async function errorOf(call: Promise<unknown>): Promise<AwsCallError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AwsCallError) return error;
  throw new TypeError(`no AwsCallError: ${String(error)}`);
}

/** Injects the faults into the first calls. */
function injectFaults(...faults: readonly Fault[]): { calls: number } {
  const count = { calls: 0 };
  faultInjector = () => faults[count.calls++];
  return count;
}

let server: Server | undefined;

/** Starts a server that responds with these statuses, headers and bodies, one after the other. Returns its URL. */
async function respondingServer(
  ...responses: readonly (readonly [number, Record<string, string>, string])[]
): Promise<{ url: string; requests: Record<string, unknown>[] }> {
  const requests: Record<string, unknown>[] = [];
  server = createServer((request, response) => {
    const [status, headers, body] = responses[Math.min(requests.length, responses.length - 1)] ?? [
      500,
      {},
      "",
    ];
    requests.push(request.headers);
    request.resume();
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

afterEach(() => {
  faultInjector = undefined;
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

describe("a call", () => {
  it("uses the JSON protocol of ECS", async () => {
    await fixture.aws.ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
    const output = await sandboxClient().call("ecs", "DescribeServices", {
      cluster: "shop",
      services: ["web"],
    });
    expect(output).toEqual({
      failures: [{ arn: `arn:aws:ecs:${REGION}:111122223333:service/shop/web`, reason: "MISSING" }],
      services: [],
    });
  });

  it("decodes timestamps, lists and maps of JSON", async () => {
    const before = Date.now() - 1000;
    const client = sandboxClient();
    await client.call("ssm", "PutParameter", { Name: "/a", Value: "x", Type: "String" });
    const { Parameter } = await client.call("ssm", "GetParameter", { Name: "/a" });
    expect([Parameter?.Value, Parameter?.Version]).toEqual(["x", 1]);
    expect(Parameter?.LastModifiedDate?.getTime()).toBeGreaterThan(before);
  });

  it("uses the query protocol of Elastic Load Balancing, with lists and numbers", async () => {
    const { TargetGroups = [] } = await fixture.aws.elb.send(
      new CreateTargetGroupCommand({
        Name: "web",
        Port: 8080,
        Protocol: "HTTP",
        TargetType: "ip",
        VpcId: fixture.network.vpcId,
        Matcher: { HttpCode: "200" },
      }),
    );
    const output = await sandboxClient().call("elasticloadbalancing", "DescribeTargetGroups", {
      TargetGroupArns: [TargetGroups[0]?.TargetGroupArn ?? ""],
    });
    expect(output.TargetGroups).toEqual(TargetGroups);
  });

  it("has the JSON protocol of CloudWatch", async () => {
    const { MetricAlarms } = await sandboxClient().call("monitoring", "DescribeAlarms", {
      AlarmNames: ["missing"],
    });
    expect(MetricAlarms).toEqual([]);
  });

  it("identifies the account of the credentials", async () => {
    const { Account } = await sandboxClient().call("sts", "GetCallerIdentity", {});
    expect(Account).toBe("111122223333");
  });

  it("reads log events", async () => {
    await fixture.aws.logs.send(new CreateLogGroupCommand({ logGroupName: "/ecs/shop/web" }));
    const { events } = await sandboxClient().call("logs", "FilterLogEvents", {
      logGroupName: "/ecs/shop/web",
    });
    expect(events).toEqual([]);
  });

  it("rejects a member that the operation does not have", async () => {
    const input = { cluster: "shop", services: ["web"], misspelled: 1 };
    await expect(sandboxClient().call("ecs", "DescribeServices", input)).rejects.toThrow(
      "DescribeServicesRequest has no member misspelled",
    );
  });
});

describe("an error of AWS", () => {
  it("has AWS's code in the JSON protocol", async () => {
    const error = await errorOf(
      sandboxClient().call("ecs", "DescribeServices", { cluster: "missing", services: ["web"] }),
    );
    expect(error).toMatchObject({
      kind: "service",
      service: "ecs",
      operation: "DescribeServices",
      code: "ClusterNotFoundException",
      message: "Cluster not found.",
      status: 400,
      isRetryable: false,
    });
    expect(error.requestId).toMatch(/^[\w-]+$/);
  });

  it("has AWS's code in the query protocol", async () => {
    const error = await errorOf(
      sandboxClient().call("elasticloadbalancing", "DescribeTargetGroups", { Names: ["missing"] }),
    );
    expect(error).toMatchObject({
      code: "TargetGroupNotFound",
      message: "One or more target groups not found",
      isRetryable: false,
    });
    expect(error.requestId).toMatch(/^[\w-]+$/);
  });

  it("removes the namespace and the URI of a code", async () => {
    const { url } = await respondingServer([
      400,
      { "x-amzn-requestid": "id-1" },
      '{"__type":"com.amazonaws.ecs#InvalidParameterException:http://internal/","Message":"no"}',
    ]);
    const client = new AwsClient({ region: REGION, endpoint: url, credentials });
    const error = await errorOf(client.call("ecs", "DescribeServices", { services: [] }));
    expect([error.code, error.message, error.requestId]).toEqual([
      "InvalidParameterException",
      "no",
      "id-1",
    ]);
  });

  it.each([
    ["the token has expired", "ExpiredTokenException", "expired"],
    ["the access key is wrong", "UnrecognizedClientException", "invalid"],
    ["a permission is missing", "AccessDeniedException", "not authorized"],
  ])("is not repeated if %s", async (_title, code, message) => {
    const count = injectFaults({ kind: "error", code, message, status: 400 });
    const error = await errorOf(
      faultyClient().call("ecs", "DescribeServices", { services: ["web"] }),
    );
    expect([error.code, error.message, error.isRetryable, count.calls]).toEqual([
      code,
      message,
      false,
      1,
    ]);
  });
});

describe("retries", () => {
  const throttled: Fault = { kind: "error", code: "ThrottlingException", message: "Rate exceeded" };

  it("repeat a throttled call, with longer and longer waits", async () => {
    const clock = testClock();
    injectFaults(throttled, throttled, throttled);
    await faultyClient(clock).call("sts", "GetCallerIdentity", {});
    expect(clock.waits).toEqual([500, 1000, 2000]);
  });

  it("end after six attempts", async () => {
    const clock = testClock();
    const count = injectFaults(...Array.from({ length: 10 }, () => throttled));
    const error = await errorOf(faultyClient(clock).call("sts", "GetCallerIdentity", {}));
    expect([error.code, error.isRetryable, count.calls]).toEqual(["ThrottlingException", true, 6]);
    expect(clock.waits).toEqual([500, 1000, 2000, 4000, 8000]);
  });

  it("repeat a call after an error inside AWS and after a lost connection", async () => {
    const clock = testClock();
    injectFaults(
      { kind: "error", code: "InternalFailure", message: "internal", status: 500 },
      { kind: "disconnect", isExecuted: false },
      { kind: "disconnect", isExecuted: true },
    );
    await faultyClient(clock).call("sts", "GetCallerIdentity", {});
    expect(clock.waits).toEqual([100, 200, 400]);
  });

  it("have the same idempotency token", async () => {
    const tokens: unknown[] = [];
    faultInjector = ({ input }) => {
      tokens.push(input["clientToken"]);
      return tokens.length === 1 ? { kind: "disconnect", isExecuted: false } : undefined;
    };
    await errorOf(
      faultyClient().call("ecs", "RunTask", { cluster: "missing", taskDefinition: "web" }),
    );
    expect(tokens).toEqual([expect.stringMatching(/^[\w-]{36}$/), tokens[0]]);
  });

  it("report an address that nothing listens on", async () => {
    const { url } = await respondingServer();
    await new Promise((resolve) => server?.close(resolve));
    const client = new AwsClient({
      region: REGION,
      endpoint: url,
      credentials,
      clock: testClock(),
    });
    const error = await errorOf(client.call("sts", "GetCallerIdentity", {}));
    expect(error).toMatchObject({ kind: "connection", code: "ECONNREFUSED", isRetryable: true });
    expect(error.message).toBe(`${new URL(url).host} cannot be reached: ECONNREFUSED`);
  });

  it("report a response that is not AWS's", async () => {
    const { url } = await respondingServer([403, {}, "<html>Sign in to the network</html>"]);
    const client = new AwsClient({ region: REGION, endpoint: url, credentials });
    expect(await errorOf(client.call("ecs", "ListTasks", {}))).toMatchObject({
      kind: "response",
      code: "InvalidResponse",
      status: 403,
      isRetryable: false,
    });
  });

  it("sign again with the clock of AWS if this machine's clock is wrong", async () => {
    const clock = { ...testClock(), now: () => Date.parse("2020-01-01T00:00:00Z") };
    const { url, requests } = await respondingServer(
      [
        403,
        { date: "Wed, 01 Jan 2020 06:00:00 GMT" },
        '{"__type":"InvalidSignatureException","message":"Signature expired"}',
      ],
      [200, {}, "{}"],
    );
    const client = new AwsClient({ region: REGION, endpoint: url, credentials, clock });
    await client.call("ecs", "ListTasks", {});
    expect(requests.map((headers) => headers["x-amz-date"])).toEqual([
      "20200101T000000Z",
      "20200101T060000Z",
    ]);
  });
});

describe("abort and timeout", () => {
  it("a call rejects with the reason of the signal", async () => {
    faultInjector = () => ({ kind: "delay", ms: 5000 });
    const controller = new AbortController();
    const call = faultyClient().call("sts", "GetCallerIdentity", {}, { signal: controller.signal });
    controller.abort(new Error("stopped by the user"));
    await expect(call).rejects.toThrow("stopped by the user");
  });

  it("a wait between attempts ends", async () => {
    injectFaults({ kind: "error", code: "ThrottlingException", message: "Rate exceeded" });
    const controller = new AbortController();
    const client = new AwsClient({
      region: REGION,
      endpoint: faultySandbox.url,
      credentials,
      clock: {
        now: () => Date.now(),
        random: () => 1,
        sleep: (_milliseconds, signal) => {
          controller.abort(new Error("stopped by the user"));
          signal?.throwIfAborted();
          return Promise.resolve();
        },
      },
    });
    await expect(
      client.call("sts", "GetCallerIdentity", {}, { signal: controller.signal }),
    ).rejects.toThrow("stopped by the user");
  });

  it("an attempt ends after its time", async () => {
    faultInjector = () => ({ kind: "delay", ms: 5000 });
    const client = new AwsClient({
      region: REGION,
      endpoint: faultySandbox.url,
      credentials,
      timeoutMs: 50,
      maxAttempts: 1,
    });
    const error = await errorOf(client.call("sts", "GetCallerIdentity", {}));
    expect([error.kind, error.code]).toEqual(["connection", "TimeoutError"]);
  });
});

describe("credentials and endpoints", () => {
  const env = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
    AWS_ENDPOINT_URL: fixture.sandbox.url,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/nonexistent/config",
    AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
    ...more,
  });

  it("come from the environment, before the profile", async () => {
    const client = new AwsClient({
      region: REGION,
      env: env({
        AWS_ACCESS_KEY_ID: "444455556666",
        AWS_SECRET_ACCESS_KEY: "x",
        AWS_PROFILE: "missing",
      }),
    });
    expect((await client.call("sts", "GetCallerIdentity", {})).Account).toBe("444455556666");
  });

  it("come from the profile", async () => {
    const file = join(testFolder(), "credentials");
    writeFileSync(
      file,
      "[shop]\naws_access_key_id = 777788889999\naws_secret_access_key = secret\n",
    );
    const client = new AwsClient({
      region: REGION,
      env: env({ AWS_PROFILE: "shop", AWS_SHARED_CREDENTIALS_FILE: file }),
    });
    expect((await client.call("sts", "GetCallerIdentity", {})).Account).toBe("777788889999");
  });

  it("are missing", async () => {
    const client = new AwsClient({ region: REGION, env: env({ AWS_PROFILE: "missing" }) });
    expect(await errorOf(client.call("sts", "GetCallerIdentity", {}))).toMatchObject({
      kind: "credentials",
      code: "CredentialsProviderError",
      isRetryable: false,
    });
  });

  it("have an endpoint for one service", async () => {
    const { url, requests } = await respondingServer([200, {}, "{}"]);
    const client = new AwsClient({
      region: REGION,
      credentials,
      env: { AWS_ENDPOINT_URL_ECS: url, AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
    });
    await client.call("ecs", "ListTasks", {});
    expect(requests[0]).toMatchObject({
      "x-amz-target": "AmazonEC2ContainerServiceV20141113.ListTasks",
      authorization: expect.stringContaining(`/${REGION}/ecs/aws4_request`),
    });
  });
});
