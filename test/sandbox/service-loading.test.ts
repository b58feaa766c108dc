import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { serviceEntries } from "../../src/sandbox/services/index.ts";
import { services } from "../../src/sandbox/services/all.ts";
import { testFolder } from "../support/folder.ts";
import { loadedModules } from "../support/loaded-modules.ts";

const built = (file: string): string =>
  JSON.stringify(new URL(`../../dist/sandbox/${file}`, import.meta.url).href);

/** Runs code in a process with the built sandbox. Returns the services that are loaded after each step. */
function loadedAfter(folder: string, ...steps: readonly string[]): string[][] {
  const script = join(folder, "steps.mjs");
  writeFileSync(
    script,
    `import { startSandbox } from ${built("server.js")};
import { loadedServices } from ${built("services/loader.js")};
const stateFile = ${JSON.stringify(join(folder, "state"))};
const result = [];
const call = (url, service, body) =>
  fetch(url, { method: "POST", headers: { authorization: \`Credential=a/20260101/us-east-1/\${service}/aws4_request\` }, body });
let sandbox;
${steps.map((step) => `${step};\nresult.push([...loadedServices()].map(({ name }) => name).sort());`).join("\n")}
await sandbox.close();
console.log(JSON.stringify(result));
`,
  );
  const output = execFileSync(process.execPath, [script], { encoding: "utf8" });
  return JSON.parse(output) as string[][];
}

describe("a service", () => {
  it("has the name of its folder and of its entry", () => {
    expect(services.map(({ name }) => name)).toEqual(Object.keys(serviceEntries).sort());
  });

  it("is not named by another folder of the sandbox", () => {
    const root = fileURLToPath(new URL("../../src/sandbox/", import.meta.url));
    const files = ["authorization", "core", "http", "protocol"].flatMap((folder) =>
      readdirSync(join(root, folder)).map((name) => join(folder, name)),
    );
    const imports = [...files, "server.ts", "environment.ts"].flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(/"[^"]*services\/[\w-]+\/[^"]*"/g)].map(
        ([specifier]) => `${file}: ${specifier}`,
      ),
    );
    expect(imports).toEqual([]);
  });

  it("is loaded at the first call, with the services whose tables it uses", () => {
    expect(
      loadedAfter(
        testFolder(),
        "sandbox = await startSandbox()",
        'await call(sandbox.url, "ec2", "Action=DescribeVpcs&Version=2016-11-15")',
        'await call(sandbox.url, "nothing", "")',
        'sandbox.invoke("secretsmanager", "ListSecrets", {})',
      ),
    ).toEqual([[], ["ec2"], ["ec2"], ["ec2", "kms", "secretsmanager"]]);
  });

  it("is loaded with a state file or a snapshot that has its resources", () => {
    const folder = testFolder();
    const create = 'sandbox.invoke("logs", "CreateLogGroup", { logGroupName: "a" })';
    expect(
      loadedAfter(folder, `sandbox = await startSandbox({ stateFile }); ${create}`)[0],
    ).toContain("logs");
    const snapshot = loadedAfter(
      folder,
      "sandbox = await startSandbox({ stateFile }); const snapshot = sandbox.snapshot()",
    )[0];
    expect(snapshot).toEqual(["iam", "kms", "logs", "sts"]);
    expect(
      loadedAfter(
        testFolder(),
        "sandbox = await startSandbox()",
        `await sandbox.restore(${JSON.stringify('{"version":2,"counter":0,"salt":"a","tables":{"111122223333/us-east-1/events/rule":[["a",{"name":"a"}]]}}')})`,
      )[1],
    ).toContain("events");
  });
});

describe("the modules of a sandbox until its first answer", () => {
  const script = join(testFolder(), "start.mjs");
  writeFileSync(
    script,
    `import { startSandbox } from ${built("server.js")};
const sandbox = await startSandbox();
sandbox.invoke("ec2", "DescribeVpcs", {});
await sandbox.close();
`,
  );
  const modules = loadedModules([script]);

  it("are few of other folders", () => {
    expect(modules.filter((name) => !name.startsWith("sandbox/"))).toEqual([
      "aws/arn.js",
      "aws/endpoint-services.js",
      "aws/limits.js",
      "aws/regions.js",
      "failures/not-implemented.js",
      "iam/authorize.js",
      "iam/conditions.js",
      "iam/evaluate.js",
      "iam/index.js",
      "iam/malformed-policy.js",
      "iam/match.js",
      "iam/policy.js",
      "iam/resource-policy.js",
      "iam/validate.js",
      "iam/variables.js",
      "ip/allocate.js",
      "ip/cidr.js",
      "ip/index.js",
      "ip/intervals.js",
      "service-models/index.js",
      "shared/errors.js",
      "shared/json.js",
      "shared/process-owner.js",
      "shared/random.js",
      "shared/wildcard.js",
    ]);
  });

  it("are no listener ports, registry or other service", () => {
    const isUnused =
      /^sandbox\/(http\/listener-ports|registry|services\/(?!ec2\/|[^/]+\/quotas\.|index\.|loader\.))/;
    expect(modules).toContain("sandbox/http/request-handler.js");
    expect(modules.filter((name) => isUnused.test(name))).toEqual([]);
  });
});
