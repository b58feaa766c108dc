import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { berth } from "../support/berth.ts";
import { testFolder } from "../support/folder.ts";

function project(files: Readonly<Record<string, object>>): string {
  const folder = testFolder();
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), JSON.stringify(content));
  return folder;
}

describe("berth init", () => {
  it.each<readonly [project: string, files: Readonly<Record<string, object>>, config: string]>([
    ["no package", {}, "berth.config.ts"],
    [
      "TypeScript and ES modules",
      { "package.json": { type: "module" }, "tsconfig.json": {} },
      "berth.config.ts",
    ],
    [
      "TypeScript and CommonJS",
      { "package.json": { devDependencies: { typescript: "5" } } },
      "berth.config.mts",
    ],
    ["JavaScript and ES modules", { "package.json": { type: "module" } }, "berth.config.js"],
    ["JavaScript and CommonJS", { "package.json": { type: "commonjs" } }, "berth.config.mjs"],
  ])("writes a config that fits a project with %s", async (_, files, config) => {
    const cwd = project(files);
    const ran = await berth(["init", "--name", "hello", "--region", "eu-west-1"], { cwd });
    expect(ran).toEqual({
      code: 0,
      stdout: `${config}\n`,
      stderr:
        "  next: run npx berth-ecs check, then npx berth-ecs apply --sandbox to test it; neither needs an AWS account\n",
    });
    expect((await loadConfig(join(cwd, config))).name).toBe("hello");
    const again = await berth(["init"], { cwd });
    expect([again.code, again.stderr]).toEqual([
      1,
      `error: ${config} already exists\n  fix   edit it, or delete it first\n  code  BERTH-E6003\n`,
    ]);
  });
});

describe("berth init in a folder with a Dockerfile", () => {
  const NEXT =
    "  next: run npx berth-ecs check, then npx berth-ecs apply --sandbox to test it; neither needs an AWS account\n  then npx berth-ecs deploy --sandbox, which builds the image and needs Docker, Podman, Buildah or Finch\n";
  const CREATED = "  created .dockerignore, which excludes .berth and .git from the image\n";
  const architecture = process.arch === "x64" ? "x86_64" : "arm64";
  const image = { build: "." };
  const web = { image, route: { path: "/*" }, healthCheck: { path: "/" }, architecture };
  const NO_PORT =
    "the service is a worker; to receive requests, set port and route, and remove loadBalancer: false";

  it.each<
    readonly [what: string, dockerfile: string, stderr: string, services: object, data: object]
  >([
    [
      "a port",
      "EXPOSE 3000",
      "  port 3000 is from the Dockerfile\n",
      { web: { ...web, port: 3000 } },
      { name: "web", port: 3000 },
    ],
    [
      "several ports",
      "EXPOSE 3000 9000\nEXPOSE 9001/tcp",
      "  port 3000 is the first that the Dockerfile exposes; the others are 9000, 9001\n",
      { web: { ...web, port: 3000 } },
      { name: "web", port: 3000 },
    ],
    [
      "no port",
      "",
      `  the Dockerfile exposes no port with a number: ${NO_PORT}\n`,
      { worker: { image, architecture } },
      { name: "worker" },
    ],
    [
      "a variable as port",
      "EXPOSE $PORT",
      `  the Dockerfile exposes no port with a number (found $PORT): ${NO_PORT}\n`,
      { worker: { image, architecture } },
      { name: "worker" },
    ],
  ])("proposes a service with %s", async (_what, dockerfile, stderr, services, data) => {
    const cwd = testFolder();
    writeFileSync(join(cwd, "Dockerfile"), `FROM scratch\n${dockerfile}\n`);
    const args = ["init", "--name", "shop", "--region", "eu-west-1"];
    const ran = await berth(args, { cwd });
    expect([ran.code, ran.stderr]).toEqual([0, `${stderr}${CREATED}${NEXT}`]);
    const settings = await loadConfig(join(cwd, "berth.config.ts"));
    expect(settings.services).toEqual(services);
    expect(readFileSync(join(cwd, ".dockerignore"), "utf8")).toBe(".berth\n.git\n");
    const other = await berth([...args, "--config", "other.config.ts", "--json"], { cwd });
    expect(JSON.parse(other.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      type: "result",
      data: { file: "other.config.ts", service: data },
    });
  });

  it("does not change a .dockerignore", async () => {
    const cwd = testFolder();
    writeFileSync(join(cwd, "Dockerfile"), "FROM scratch\nEXPOSE 80\n");
    writeFileSync(join(cwd, ".dockerignore"), "node_modules\n");
    const { stderr } = await berth(["init"], { cwd });
    expect(stderr).toContain("  add the line .berth to .dockerignore\n");
    expect(readFileSync(join(cwd, ".dockerignore"), "utf8")).toBe("node_modules\n");
  });
});

describe("the config in a parent folder", () => {
  it("is used, and its folder has the working files", async () => {
    const cwd = project({});
    writeFileSync(
      join(cwd, "berth.config.mjs"),
      'export default () => ({ name: process.env.SHOP, region: "eu-west-1", zones: 1, loadBalancer: false });\n',
    );
    writeFileSync(join(cwd, ".env"), "SHOP=shop\n");
    mkdirSync(join(cwd, "src/app"), { recursive: true });
    const ran = await berth(["synth"], { cwd: join(cwd, "src/app") });
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toContain('"name": "shop"');
    expect(readdirSync(join(cwd, "src/app"))).toEqual([]);
  });
});
