import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testFolder } from "../support/folder.ts";
import { installTofu, type Release, TOFU } from "../../src/terraform/install.ts";

const archive = zipSync({ tofu: new TextEncoder().encode("program"), LICENSE: new Uint8Array() });
const sum = createHash("sha256").update(archive).digest("hex");

const asked: (string | undefined)[] = [];
const server = createServer((request, response) => {
  asked.push(request.url);
  response.end(archive);
});
let base = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
});
afterAll(() => void server.close());

describe("installing OpenTofu", () => {
  const install = (
    release: Release,
    target: string,
    arch = "x64",
  ): ReturnType<typeof installTofu> =>
    installTofu({ release, base, target, platform: "linux", arch });

  it("puts the program of an archive with the known checksum in place", async () => {
    const target = join(testFolder(), "cache/tofu");
    const release = { version: "9.9.9", sha256: { linux_amd64: sum } };
    expect(await install(release, target)).toMatchObject({ sha256: sum });
    expect(readFileSync(target, "utf8")).toBe("program");
    expect(statSync(target).mode & 0o111).not.toBe(0);
    expect(asked).toEqual(["/v9.9.9/tofu_9.9.9_linux_amd64.zip"]);
  });

  it("asks the place of the archive for no checksum, and rejects an archive with another one", async () => {
    const target = join(testFolder(), "tofu");
    await expect(install(TOFU, target)).rejects.toMatchObject({
      code: "BERTH-E3005",
      message: expect.stringContaining(`its SHA-256 is ${sum}`) as string,
    });
    expect(existsSync(target)).toBe(false);
    expect(asked.some((url) => url?.includes("SHA256SUMS"))).toBe(false);
  });

  it("says for which systems there is none", async () => {
    await expect(install(TOFU, join(testFolder(), "tofu"), "riscv64")).rejects.toMatchObject({
      code: "BERTH-E3005",
      message: expect.stringContaining("linux on riscv64") as string,
    });
  });
});
