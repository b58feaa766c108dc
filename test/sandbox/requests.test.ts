import { once } from "node:events";
import { writeSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { AwsError } from "../../src/sandbox/protocol/errors.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/server.ts";
import { table, type TableKey } from "../../src/sandbox/core/tables.ts";
import { testFolder } from "../support/folder.ts";
import { type GivenListener, givenListener } from "../support/listener.ts";
import { sendHeaders, sendRaw, statusOf } from "../support/raw-http.ts";

const credential = (service: string, region = "us-east-1"): string =>
  `AWS4-HMAC-SHA256 Credential=x/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;

/** Sends a call to a JSON service. */
const json = (
  sandbox: Sandbox,
  service: string,
  target: string,
  input: object,
  region?: string,
): Promise<Response> =>
  fetch(sandbox.url, {
    method: "POST",
    headers: {
      authorization: credential(service, region),
      "x-amz-target": target,
      "content-type": "application/x-amz-json-1.1",
    },
    body: JSON.stringify(input),
  });

const putParameter = (sandbox: Sandbox, Name: string, extraInput: object = {}): Promise<Response> =>
  json(sandbox, "ssm", "AmazonSSM.PutParameter", {
    Name,
    Value: "v",
    Type: "String",
    ...extraInput,
  });

const getParameter = (sandbox: Sandbox, Name: string): Promise<Response> =>
  json(sandbox, "ssm", "AmazonSSM.GetParameter", { Name });

/** Sends a call to a query service. */
const query = (
  sandbox: Sandbox,
  service: string,
  body: string,
  region?: string,
): Promise<Response> =>
  fetch(sandbox.url, {
    method: "POST",
    headers: {
      authorization: credential(service, region),
      "content-type": "application/x-www-form-urlencoded",
    },
    body,
  });

async function started(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

const codeOf = async (answer: Promise<Response>): Promise<unknown> => {
  const response = await answer;
  const text = await response.text();
  return [
    response.status,
    /<Code>([^<]+)/.exec(text)?.[1] ?? (JSON.parse(text) as { __type?: string }).__type,
  ];
};

describe("listener port", () => {
  let sandbox: Sandbox;
  let listener: GivenListener;

  beforeAll(async () => {
    sandbox = await startSandbox({ listenerPorts: true });
    listener = await givenListener(sandbox);
  });
  afterAll(() => sandbox.close());

  const get = (path: string): Promise<string> => sendHeaders(listener.port, `GET ${path}`, {});
  const modify = (action: object): unknown =>
    sandbox.invoke("elasticloadbalancing", "ModifyListener", {
      ListenerArn: listener.listenerArn,
      DefaultActions: [action],
    });

  it.each(["//", "//example.com/x", "/%", "/%ff", "/?%", "/.//..//", "http://[", "*"])(
    "answers a request for %s",
    async (path) => {
      const status = statusOf(await get(path));
      expect(status).toBe(path.startsWith("/") ? 200 : 400);
      expect(await get("/")).toContain("hello");
    },
  );

  it.each([
    ["a content type that is not a valid header value", { ContentType: "text/к" }],
    ["a content type that AWS does not support", { ContentType: "image/png" }],
    ["a status code that is not a number", { StatusCode: "abc" }],
    ["a redirect status code", { StatusCode: "302" }],
    ["a body that is too long", { MessageBody: "x".repeat(1025) }],
  ])("rejects a fixed response with %s", (_title, config) => {
    const action = {
      Type: "fixed-response",
      FixedResponseConfig: { StatusCode: "200", MessageBody: "hello", ...config },
    };
    expect(() => modify(action)).toThrow(AwsError);
  });

  it.each([
    ["a path outside of ASCII", { Path: "/к" }],
    ["a path with a line break", { Path: "/a\r\nx: y" }],
    ["a path that does not begin with a slash", { Path: "a" }],
    ["a host outside of ASCII", { Host: "к.example" }],
    ["a query outside of ASCII", { Query: "к" }],
    ["an invalid port", { Port: "99999" }],
    ["another protocol", { Protocol: "javascript" }],
    ["another status", { StatusCode: "HTTP_999" }],
  ])("rejects a redirect with %s", (_title, config) => {
    const action = { Type: "redirect", RedirectConfig: { StatusCode: "HTTP_301", ...config } };
    expect(() => modify(action)).toThrow(AwsError);
  });

  it.each([2 ** 33, 1000, -1, 0.5])("rejects the weight %d", (Weight) => {
    const TargetGroups = [{ TargetGroupArn: listener.targetGroupArn, Weight }];
    expect(() => modify({ Type: "forward", ForwardConfig: { TargetGroups } })).toThrow(
      "between 0 and 999",
    );
  });

  const withRule = (conditions: readonly object[], use: () => Promise<void>): Promise<void> => {
    const { Rules } = sandbox.invoke("elasticloadbalancing", "CreateRule", {
      ListenerArn: listener.listenerArn,
      Priority: 1,
      Conditions: conditions,
      Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
    }) as { Rules: { RuleArn: string }[] };
    return use().finally(() =>
      sandbox.invoke("elasticloadbalancing", "DeleteRule", { RuleArn: Rules[0]?.RuleArn }),
    );
  };

  it("evaluates conditions on headers such as constructor, and on IPv6 blocks", async () => {
    const header = { HttpHeaderName: "constructor", Values: ["x"] };
    await withRule([{ Field: "http-header", HttpHeaderConfig: header }], async () => {
      expect(statusOf(await get("/"))).toBe(200);
    });
    await withRule([{ Field: "source-ip", SourceIpConfig: { Values: ["::/0"] } }], async () => {
      expect(statusOf(await get("/"))).toBe(200);
    });
  });

  it("rejects a condition with an invalid CIDR block", () => {
    const source = { Field: "source-ip", SourceIpConfig: { Values: ["10.0.0.0/99"] } };
    expect(() => withRule([source], () => Promise.resolve())).toThrow("is not valid");
  });

  it("answers 500 after an internal error and continues to work", async () => {
    // A configured response with a status that HTTP does not have.
    const broken = await started({
      listenerPorts: true,
      apps: { containers: { "*": { answers: { "/*": 99_999 } } } },
    });
    const other = await givenListener(broken);
    // A row that no call can create.
    const listeners: TableKey<{ readonly arn: string }> = table("elasticloadbalancing/listener");
    broken.store.transact(() => {
      const rows = broken.contextFor().in(listeners);
      const row = rows.get(other.listenerArn) as { readonly arn: string };
      rows.put(row.arn, {
        ...row,
        actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "abc" } }],
      } as typeof row);
    });
    const answer = await sendHeaders(other.port, "GET /", {});
    expect(statusOf(answer)).toBe(500);
    expect(statusOf(await sendHeaders(other.port, "GET /", {}))).toBe(500);
  });

  it.each([
    ["a page of another site", { origin: "http://evil.example" }],
    ["a page without an origin", { origin: "null" }],
    ["an image of another site", { "sec-fetch-site": "cross-site" }],
    ["a page of another local port", { "sec-fetch-site": "same-site" }],
    ["DNS rebinding", { host: "evil.example" }],
  ])("rejects %s", async (_title, headers) => {
    const answer = await sendHeaders(listener.port, "GET /", headers);
    expect(statusOf(answer)).toBe(403);
    expect(answer).not.toContain("hello");
  });

  it("accepts the DNS name of the load balancer, host names of its rules and records of Route 53", async () => {
    const from = (host: string, extraInput = {}): Promise<string> =>
      sendHeaders(listener.port, "GET /", { host, ...extraInput });
    for (const host of ["localhost", "app.localhost:8080", "[::1]:80", "127.0.0.1"])
      expect([host, statusOf(await from(host))]).toEqual([host, 200]);
    expect(statusOf(await from(listener.dnsName))).toBe(200);
    expect(statusOf(await from("app.example.com"))).toBe(403);
    const hosts = { Field: "host-header", HostHeaderConfig: { Values: ["*.example.com", "*"] } };
    await withRule([hosts], async () => {
      expect(statusOf(await from("app.example.com"))).toBe(404);
      expect(statusOf(await from("evil.example"))).toBe(403);
    });
    const { HostedZone } = sandbox.invoke("route53", "CreateHostedZone", {
      Name: "example.org",
      CallerReference: "1",
    }) as { HostedZone: { Id: string } };
    sandbox.invoke("route53", "ChangeResourceRecordSets", {
      HostedZoneId: HostedZone.Id.replace("/hostedzone/", ""),
      ChangeBatch: {
        Changes: [
          {
            Action: "CREATE",
            ResourceRecordSet: {
              Name: "www.example.org",
              Type: "CNAME",
              TTL: 60,
              ResourceRecords: [{ Value: listener.dnsName }],
            },
          },
        ],
      },
    });
    expect(statusOf(await from("www.example.org"))).toBe(200);
    expect(statusOf(await from("localhost", { origin: "http://localhost" }))).toBe(200);
  });
});

describe("API", () => {
  it.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
    "rejects the operation %s in every protocol",
    async (name) => {
      const sandbox = await started();
      expect(await codeOf(json(sandbox, "ecs", `Any.${name}`, {}))).toEqual([
        400,
        "UnknownOperationException",
      ]);
      for (const service of ["ec2", "iam"])
        expect(await codeOf(query(sandbox, service, `Action=${name}&Version=1`))).toEqual([
          400,
          "InvalidAction",
        ]);
      const cbor = await fetch(`${sandbox.url}/service/x/operation/${name}`, {
        method: "POST",
        headers: { authorization: credential("monitoring"), "smithy-protocol": "rpc-v2-cbor" },
      });
      expect(cbor.status).toBe(400);
      expect(() => sandbox.invoke("ecs", name, {})).toThrow("does not implement");
    },
  );

  it("does not return inherited properties for names in requests", async () => {
    const sandbox = await started();
    const filter = "Action=DescribeVpcs&Version=2016-11-15&Filter.1.Value.1=x&Filter.1.Name=";
    expect(await codeOf(query(sandbox, "ec2", `${filter}constructor`))).toEqual([
      400,
      "InvalidParameterValue",
    ]);
    expect((await query(sandbox, "ec2", `${filter}tag:constructor`)).status).toBe(200);
    expect(() =>
      sandbox.invoke("iam", "CreateServiceLinkedRole", { AWSServiceName: "toString" }),
    ).toThrow("not a valid service principal");
    sandbox.invoke("iam", "CreateUser", { UserName: "u" });
    expect(() =>
      sandbox.invoke("iam", "GetUserPolicy", { UserName: "u", PolicyName: "constructor" }),
    ).toThrow("cannot be found");
  });

  it.each(["(a+)+", "__proto__", "constructor", "us-east-99", "US-EAST-1", "x".repeat(5000)])(
    "rejects a signature for the region %s",
    async (region) => {
      const sandbox = await started();
      const vpcs = "Action=DescribeVpcs&Version=2016-11-15";
      expect(await codeOf(query(sandbox, "ec2", vpcs, region))).toEqual([401, "AuthFailure"]);
      const users = "Action=ListUsers&Version=2010-05-08";
      expect(await codeOf(query(sandbox, "iam", users, region))).toEqual([
        403,
        "SignatureDoesNotMatch",
      ]);
      expect(await codeOf(json(sandbox, "ecs", "E.ListClusters", {}, region))).toEqual([
        400,
        "InvalidSignatureException",
      ]);
      const s3 = await fetch(sandbox.url, { headers: { authorization: credential("s3", region) } });
      expect([s3.status, await s3.text()]).toEqual([
        400,
        expect.stringContaining("AuthorizationHeaderMalformed"),
      ]);
    },
  );

  it("evaluates an AllowedPattern of a client in bounded time", async () => {
    const sandbox = await started();
    const slow = { AllowedPattern: "^(a+)+$", Value: `${"a".repeat(40)}!` };
    for (const extraInput of [slow, { AllowedPattern: "(" }])
      expect(await codeOf(putParameter(sandbox, "p", extraInput))).toEqual([
        400,
        "InvalidAllowedPatternException",
      ]);
  });

  it("rejects a KMS key that is not a valid header value", async () => {
    const sandbox = await started();
    const call = (method: string, path: string, body?: string): Promise<Response> =>
      fetch(`${sandbox.url}/bucket${path}`, {
        method,
        headers: { authorization: credential("s3") },
        ...(body === undefined ? {} : { body }),
      });
    await call("PUT", "");
    const rule = (algorithm: string, key: string): string =>
      `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>${algorithm}</SSEAlgorithm><KMSMasterKeyID>${key}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`;
    for (const body of [rule("aws:kms", "ключ"), rule("aws:kms", "a\nb"), rule("AES256", "k")])
      expect(await codeOf(call("PUT", "?encryption", body))).toEqual([400, "InvalidArgument"]);
    expect((await call("PUT", "/key", "body")).status).toBe(200);
    expect(await (await call("GET", "/key")).text()).toBe("body");
  });

  it("answers 500 if a response cannot be sent, and continues to work", async () => {
    const sandbox = await started({
      faultInjector: ({ operation }) =>
        operation === "ListBuckets"
          ? { kind: "error", code: "Bad", message: "bad", status: 99_999 }
          : undefined,
    });
    const list = (): Promise<Response> =>
      fetch(sandbox.url, { headers: { authorization: credential("s3") } });
    expect((await list()).status).toBe(500);
    expect((await list()).status).toBe(500);
    expect((await fetch(`${sandbox.url}/_berth/health`)).status).toBe(200);
  });

  it("keeps idle connections open longer than clients", async () => {
    const sandbox = await started();
    const answer = await fetch(`${sandbox.url}/_berth/health`);
    expect(answer.headers.get("keep-alive")).toBe("timeout=100");
  });

  const call = "/?X-Amz-Credential=a/20260101/us-east-1/iam/aws4_request";
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const createUser = "Action=CreateUser&Version=2010-05-08&UserName=";

  it.each([
    ["a form of another site", { origin: "http://evil.example" }],
    ["a form of a page without an origin", { origin: "null" }],
    ["a page of the same machine", { origin: "http://127.0.0.1:3000" }],
    ["an image of another site", { "sec-fetch-site": "cross-site" }],
    ["a page of another local port", { "sec-fetch-site": "same-site" }],
    ["DNS rebinding", { host: "evil.example" }],
    ["a name that only looks local", { host: "localhost.evil.example" }],
    ["an address that only looks local", { host: "127.0.0.1.evil.example" }],
  ])("rejects %s", async (_title, headers) => {
    const sandbox = await started();
    const answer = await sendHeaders(
      sandbox.port,
      `POST ${call}`,
      { ...form, ...headers },
      `${createUser}mallory`,
    );
    expect(statusOf(answer)).toBe(403);
    expect(answer).toContain("<Code>AccessDenied</Code>");
    for (const path of ["calls", "resources", "health", "listeners"])
      expect(statusOf(await sendHeaders(sandbox.port, `GET /_berth/${path}`, headers))).toBe(403);
    expect(statusOf(await sendHeaders(sandbox.port, "POST /_berth/reset", headers))).toBe(403);
    expect(sandbox.contents()).toEqual([]);
  });

  it.each([
    ["127.0.0.1", {}],
    ["localhost:1", {}],
    ["LOCALHOST.", {}],
    ["[::1]", {}],
    ["bucket.localhost", {}],
    ["127.0.0.1", { "sec-fetch-site": "none" }],
    ["127.0.0.1", { "sec-fetch-site": "same-origin" }],
  ])("accepts a program that uses the host %s", async (host, headers) => {
    const sandbox = await started();
    const answer = await sendHeaders(
      sandbox.port,
      `POST ${call}`,
      { ...form, host, ...headers },
      `${createUser}alice`,
    );
    expect(statusOf(answer)).toBe(200);
  });

  it("answers invalid HTTP with 400 or 431", async () => {
    const sandbox = await started();
    expect(statusOf(await sendRaw(sandbox.port, "\u0000\u0001\r\n\r\n"))).toBe(400);
    const long = `GET / HTTP/1.1\r\nhost: localhost\r\n${"header: value\r\n".repeat(5000)}\r\n`;
    expect(statusOf(await sendRaw(sandbox.port, long))).toBe(431);
  });
});

describe("limits", () => {
  it("reject calls that make the state too large, but not deletions", async () => {
    const sandbox = await started({ limits: { stateBytes: 20_000 } });
    let put = 0;
    while ((await putParameter(sandbox, `p${put}`, { Value: "v".repeat(1000) })).status === 200)
      put++;
    expect(put).toBeGreaterThan(5);
    expect(put).toBeLessThan(20);
    expect(await codeOf(putParameter(sandbox, `p${put}`, { Value: "v".repeat(1000) }))).toEqual([
      400,
      "LimitExceededException",
    ]);
    const user = `Action=CreateUser&Version=2010-05-08&UserName=u&Path=/${"x".repeat(500)}/`;
    expect(await codeOf(query(sandbox, "iam", user))).toEqual([409, "LimitExceeded"]);
    const vpc = "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0/16";
    expect(await codeOf(query(sandbox, "ec2", vpc))).toEqual([400, "ResourceLimitExceeded"]);
    expect((await getParameter(sandbox, `p${put}`)).status).toBe(400);
    const deletion = await json(sandbox, "ssm", "AmazonSSM.DeleteParameters", {
      Names: ["p0", "p1", "p2"],
    });
    expect(deletion.status).toBe(200);
    expect((await putParameter(sandbox, "again")).status).toBe(200);
  });

  it("apply to the call log, which keeps the newest calls", async () => {
    const sandbox = await started({ limits: { calls: 10, callText: 20 } });
    for (let i = 0; i < 25; i++) await getParameter(sandbox, `p${i}`);
    await json(sandbox, "ssm", `AmazonSSM.${"x".repeat(100)}`, {});
    expect(sandbox.calls.length).toBeLessThanOrEqual(10);
    expect(sandbox.callCount).toBe(26);
    expect(sandbox.calls.at(-1)?.operation).toBe("x".repeat(20));
    await sandbox.reset();
    expect(sandbox.callCount).toBe(0);
  });

  it("apply to stored responses for client tokens, of which the oldest are deleted", async () => {
    const sandbox = await started({
      limits: { idempotentAnswers: 3 },
      quotas: { natGatewaysPerZone: 9 },
    });
    const make = async (token: string): Promise<string | undefined> => {
      const body = `Action=CreateEgressOnlyInternetGateway&Version=2016-11-15&VpcId=${vpc}&ClientToken=${token}`;
      return /<egressOnlyInternetGatewayId>([^<]+)/.exec(
        await (await query(sandbox, "ec2", body)).text(),
      )?.[1];
    };
    const created = sandbox.invoke("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16" });
    const vpc = (created as { Vpc: { VpcId: string } }).Vpc.VpcId;
    const first = await make("t1");
    expect(first).toMatch(/^eigw-/);
    expect(await make("t1")).toBe(first);
    for (const token of ["t2", "t3", "t4"]) await make(token);
    expect(await make("t4")).toBe(await make("t4"));
    expect(await make("t1")).not.toBe(first);
  });

  it.each([
    ["json 1.1", "ssm", { "x-amz-target": "AmazonSSM.PutParameter" }, 413],
    ["json 1.0", "states", { "x-amz-target": "AWSStepFunctions.CreateStateMachine" }, 413],
    [
      "json 1.0",
      "monitoring",
      { "x-amz-target": "GraniteServiceVersion20100801.PutMetricAlarm" },
      413,
    ],
    ["cbor", "monitoring", { "smithy-protocol": "rpc-v2-cbor" }, 413],
    ["query", "iam", { "content-type": "application/x-www-form-urlencoded" }, 413],
    ["ec2 query", "ec2", { "content-type": "application/x-www-form-urlencoded" }, 413],
    ["rest xml", "route53", {}, 413],
  ])("apply to a request body in %s (%s)", async (_protocol, service, headers, status) => {
    const sandbox = await started({ limits: { requestBytes: 100 } });
    const answer = await fetch(sandbox.url, {
      method: "POST",
      headers: { authorization: credential(service), ...headers },
      body: "1".repeat(101),
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("connection")).toBe("close");
    expect(await answer.text()).toContain("RequestEntityTooLargeException");
  });

  it.each([
    ["/bucket/key", "EntityTooLarge"],
    ["/bucket", "MaxMessageLengthExceeded"],
  ])("apply to the body of a PUT of %s in S3", async (path, code) => {
    const sandbox = await started({ limits: { requestBytes: 100 } });
    const put = fetch(`${sandbox.url}${path}`, {
      method: "PUT",
      headers: { authorization: credential("s3") },
      body: "1".repeat(101),
    });
    expect(await codeOf(put)).toEqual([400, code]);
  });

  it("apply to a body without a length, in the admin API and for an SDK client", async () => {
    const sandbox = await started({ limits: { requestBytes: 100 } });
    const chunked = await sendRaw(
      sandbox.port,
      `POST / HTTP/1.1\r\nhost: localhost\r\nauthorization: ${credential("ssm")}\r\nx-amz-target: AmazonSSM.PutParameter\r\ntransfer-encoding: chunked\r\n\r\n`,
      `c8\r\n${"1".repeat(200)}\r\n`,
    );
    expect(statusOf(chunked)).toBe(413);
    const adminResponse = await fetch(`${sandbox.url}/_berth/reset`, {
      method: "POST",
      body: "1".repeat(101),
    });
    expect([adminResponse.status, await adminResponse.json()]).toEqual([
      413,
      { error: "the body is larger than 100 bytes" },
    ]);
    const client = new SSMClient({
      endpoint: sandbox.url,
      region: "us-east-1",
      credentials: { accessKeyId: "x", secretAccessKey: "x" },
    });
    const call = client.send(
      new PutParameterCommand({ Name: "n", Type: "String", Value: "x".repeat(5_000_000) }),
    );
    await expect(call).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
      $metadata: { httpStatusCode: 413, attempts: 1 },
    });
  });

  it("apply to a body that is sent after the response, without a connection error", async () => {
    const sandbox = await started({ limits: { requestBytes: 100 } });
    const socket = connect(sandbox.port, "127.0.0.1");
    const ended = once(socket, "close");
    const faults: Error[] = [];
    socket.on("error", (error) => faults.push(error));
    socket.write(
      `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${8 * 2 ** 20}\r\nauthorization: ${credential("iam")}\r\n\r\n`,
    );
    const [answer] = await once(socket, "data");
    expect(statusOf(String(answer))).toBe(413);
    for (let sent = 0; sent < 8; sent++)
      await new Promise((resolve) => socket.write(Buffer.alloc(2 ** 20), resolve));
    await ended;
    expect(faults).toEqual([]);
  });
});

describe("full disk", () => {
  /** A sandbox with a simulated disk: `space` is the number of bytes that can still be written. */
  async function givenDisk(): Promise<{
    readonly sandbox: Sandbox;
    readonly file: string;
    readonly disk: { space: number };
  }> {
    const disk = { space: Number.POSITIVE_INFINITY };
    const file = join(testFolder(), "world.json");
    const sandbox = await startSandbox({
      stateFile: file,
      writeState(fd, bytes, offset, length, position) {
        const count = Math.min(length, disk.space);
        if (count === 0)
          throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
        disk.space -= count;
        return writeSync(fd, bytes, offset, count, position);
      },
    });
    return { sandbox, file, disk };
  }

  it.each([0, 1, 50])(
    "rejects writes after %d bytes, changes nothing and recovers",
    async (space) => {
      const { sandbox, file, disk } = await givenDisk();
      expect((await putParameter(sandbox, "before")).status).toBe(200);
      disk.space = space;
      expect(await codeOf(putParameter(sandbox, "during"))).toEqual([503, "ServiceUnavailable"]);
      expect((await getParameter(sandbox, "during")).status).toBe(400);
      expect((await getParameter(sandbox, "before")).status).toBe(200);
      const reset = await fetch(`${sandbox.url}/_berth/reset`, { method: "POST" });
      expect(reset.status).toBe(503);
      expect((await getParameter(sandbox, "before")).status).toBe(200);
      disk.space = Number.POSITIVE_INFINITY;
      expect((await putParameter(sandbox, "after")).status).toBe(200);
      await sandbox.close();
      const again = await started({ stateFile: file });
      const names = ["before", "during", "after"];
      expect(
        await Promise.all(names.map(async (name) => (await getParameter(again, name)).status)),
      ).toEqual([200, 400, 200]);
    },
  );

  it("rejects the first write", async () => {
    const { sandbox, disk } = await givenDisk();
    onTestFinished(() => sandbox.close());
    disk.space = 10;
    expect((await putParameter(sandbox, "a")).status).toBe(503);
    disk.space = Number.POSITIVE_INFINITY;
    expect((await getParameter(sandbox, "a")).status).toBe(400);
    expect((await putParameter(sandbox, "a")).status).toBe(200);
  });

  it("makes Sandbox.invoke fail with an AwsError", async () => {
    const { sandbox, disk } = await givenDisk();
    onTestFinished(() => sandbox.close());
    disk.space = 0;
    expect(() => sandbox.invoke("iam", "CreateUser", { UserName: "u" })).toThrow(AwsError);
    expect(sandbox.contents()).toEqual([]);
  });
});
