import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { testFolder } from "../../support/folder.ts";
import { givenListener } from "../../support/listener.ts";

/** The browser. `BERTH_CHROMIUM` can set another program. @default chromium on PATH */
const CHROMIUM = process.env["BERTH_CHROMIUM"] ?? "chromium";

function startBrowser(...args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP evil.example 127.0.0.1",
    `--user-data-dir=${testFolder()}`,
  ];
  const browser = spawn(CHROMIUM, [...flags, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void browser.kill("SIGKILL"));
  return browser;
}

async function serve(handle: (request: IncomingMessage, body: string) => string): Promise<number> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      response.setHeader("content-type", "text/html");
      response.end(handle(request, Buffer.concat(chunks).toString()));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port; // the server listens on TCP
}

/** A page that sends each target all kinds of requests that a page can send without CORS, and posts the results to /done. */
const page = (targets: Readonly<Record<string, string>>): string => `<!doctype html><body><script>
const targets = ${JSON.stringify(targets)};
const body = "Action=CreateUser&Version=2010-05-08&UserName=mallory";
const type = "application/x-www-form-urlencoded";
const path = "/?X-Amz-Credential=a/20260101/us-east-1/iam/aws4_request";
const read = async (url, options) => {
  try {
    const answer = await fetch(url, options);
    return answer.type + " " + answer.status + " " + await answer.text();
  } catch (error) {
    return String(error);
  }
};
const load = (tag, url) => new Promise((resolve) => {
  const element = document.createElement(tag);
  element.onload = () => resolve("loaded");
  element.onerror = () => resolve("error");
  element.src = url;
  document.body.append(element);
});
const submit = (url) => new Promise((resolve) => {
  const frame = document.createElement("iframe");
  frame.name = "frame" + Math.random();
  document.body.append(frame);
  const form = document.createElement("form");
  Object.assign(form, { method: "POST", action: url, target: frame.name });
  for (const [name, value] of new URLSearchParams(body)) {
    const input = document.createElement("input");
    Object.assign(input, { name, value });
    form.append(input);
  }
  document.body.append(form);
  frame.onload = () => resolve("loaded");
  form.submit();
});
(async () => {
  const results = {};
  for (const [name, url] of Object.entries(targets)) {
    results[name] = [
      await read(url + path, { method: "POST", mode: "no-cors", headers: { "content-type": type }, body }),
      await read(url + path + "&" + body, { mode: "no-cors" }),
      await read(url + "/_berth/calls"),
      await read(url + "/_berth/reset", { method: "POST", mode: "no-cors" }),
      await load("img", url + path + "&" + body),
      await load("img", url + "//"),
      await submit(url + path),
    ];
  }
  await fetch("/done", { method: "POST", body: JSON.stringify(results) });
})();
</script>`;

function checkBrowser(): void {
  if (spawnSync(CHROMIUM, ["--version"]).status !== 0)
    throw new Error(
      `this test needs Chromium, but ${CHROMIUM} does not start: install the Debian package chromium, or set BERTH_CHROMIUM`,
    );
}

it("a web page cannot call the sandbox or the port of a listener", async () => {
  checkBrowser();
  const sandbox = await startSandbox({ listenerPorts: true });
  onTestFinished(() => sandbox.close());
  const listener = await givenListener(sandbox);
  sandbox.invoke("iam", "CreateUser", { UserName: "alice" });
  const before = sandbox.contents();
  // A server without protection shows that the page can send all these requests.
  const received: string[] = [];
  const control = await serve(({ method }, body) => {
    received.push(`${method} ${body}`);
    return "";
  });
  const targets = {
    control: `http://127.0.0.1:${control}`,
    api: sandbox.url,
    localhost: `http://localhost:${sandbox.port}`,
    rebound: `http://evil.example:${sandbox.port}`,
    listener: `http://127.0.0.1:${listener.port}`,
    "rebound listener": `http://evil.example:${listener.port}`,
  };
  const results = await new Promise<Record<string, string[]>>((resolve, reject) => {
    void serve(({ url }, body) => {
      if (url !== "/done") return page(targets);
      resolve(JSON.parse(body) as Record<string, string[]>);
      return "";
    }).then((port) => {
      const browser = startBrowser(`http://evil.example:${port}/`);
      browser.once("exit", (code) => reject(new Error(`Chromium ended with ${code}`)));
    }, reject);
  });
  expect(received.filter((value) => value.includes("mallory")).length).toBeGreaterThanOrEqual(2);
  expect(received.length).toBeGreaterThanOrEqual(7);
  expect(sandbox.contents()).toEqual(before);
  expect(JSON.stringify(results)).not.toContain("CreateUser");
  // If the page could read a response, the result would have its status.
  const { control: _, ...attacks } = results;
  for (const [name, answers] of Object.entries(attacks))
    expect([name, answers[2]]).toEqual([name, "TypeError: Failed to fetch"]);
  expect((await fetch(`${sandbox.url}/_berth/health`)).status).toBe(200);
}, 120_000);

it("the sandbox rejects a request for a host name that is not a name of this machine", async () => {
  checkBrowser();
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const url = `http://evil.example:${sandbox.port}/_berth/calls`;
  const shown = await text(startBrowser("--dump-dom", url).stdout);
  expect(shown).toContain("is not a local host name");
}, 120_000);
