import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testFolder } from "../support/folder.ts";
import { installTofu, type Release, OPENTOFU_RELEASE } from "../../src/terraform/install.ts";

const archive = zipSync({ tofu: new TextEncoder().encode("program"), LICENSE: new Uint8Array() });
const checksum = createHash("sha256").update(archive).digest("hex");

const requestedUrls: (string | undefined)[] = [];
const server = createServer((request, response) => {
  requestedUrls.push(request.url);
  response.end(archive);
});
let base = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
});
afterAll(() => void server.close());

describe("installTofu", () => {
  const install = (
    release: Release,
    target: string,
    arch = "x64",
  ): ReturnType<typeof installTofu> =>
    installTofu({ release, base, target, platform: "linux", arch });

  it("installs the program of an archive with the expected checksum", async () => {
    const target = join(testFolder(), "cache/tofu");
    const release = { version: "9.9.9", sha256: { linux_amd64: checksum } };
    expect(await install(release, target)).toMatchObject({ sha256: checksum });
    expect(readFileSync(target, "utf8")).toBe("program");
    expect(statSync(target).mode & 0o111).not.toBe(0);
    expect(requestedUrls).toEqual(["/v9.9.9/tofu_9.9.9_linux_amd64.zip"]);
  });

  it("rejects an archive with another checksum, and does not download checksums", async () => {
    const target = join(testFolder(), "tofu");
    await expect(install(OPENTOFU_RELEASE, target)).rejects.toMatchObject({
      code: "BERTH-E3005",
      message: expect.stringContaining(`its SHA-256 is ${checksum}`) as string,
    });
    expect(existsSync(target)).toBe(false);
    expect(requestedUrls.some((url) => url?.includes("SHA256SUMS"))).toBe(false);
  });

  it("rejects systems without a release", async () => {
    await expect(
      install(OPENTOFU_RELEASE, join(testFolder(), "tofu"), "riscv64"),
    ).rejects.toMatchObject({
      code: "BERTH-E3005",
      message: expect.stringContaining("linux on riscv64") as string,
    });
  });
});
