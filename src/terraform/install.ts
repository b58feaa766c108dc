import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { unzipSync } from "fflate";
import { UserError } from "../errors.ts";
import { makeFolder, replaceFile } from "../files.ts";

/** The OpenTofu that `berth doctor --install` fetches. */
export const TOFU_VERSION = "1.10.6";
export const TOFU_RELEASES = "https://github.com/opentofu/opentofu/releases/download";

export interface InstallOptions {
  readonly version: string;
  /** Where releases lie: <base>/v<version>/<file>. */
  readonly base: string;
  /** The program's path once installed. */
  readonly target: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

const fail = (what: string, fix?: string): UserError =>
  new UserError("BERTH-E3005", what, {
    fix: fix ?? "try again, or install it by hand: https://opentofu.org/docs/intro/install/",
  });

async function fetchFile(url: string): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw fail(`${url} cannot be fetched: ${cause}`);
  }
  if (!response.ok) throw fail(`${url} answers ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Fetches OpenTofu, holds it against the release's SHA256SUMS, and puts it in place.
 *
 * @returns the checksum that was checked
 * @throws UserError where it cannot be fetched, or is not what the release says; nothing is put in place then
 */
export async function installTofu(
  options: InstallOptions,
): Promise<{ readonly sha256: string; readonly url: string }> {
  const { version, base, target } = options;
  const arch = { x64: "amd64", arm64: "arm64" }[options.arch];
  const system = { linux: "linux", darwin: "darwin" }[options.platform as string];
  if (arch === undefined || system === undefined) {
    throw fail(
      `there is no OpenTofu for ${options.platform} on ${options.arch} that Berth knows of`,
    );
  }
  const file = `tofu_${version}_${system}_${arch}.zip`;
  const url = `${base}/v${version}/${file}`;
  const sums = new TextDecoder().decode(
    await fetchFile(`${base}/v${version}/tofu_${version}_SHA256SUMS`),
  );
  const expected = sums
    .split("\n")
    .find((line) => line.endsWith(`  ${file}`))
    ?.slice(0, 64);
  if (expected === undefined) throw fail(`the release's SHA256SUMS do not name ${file}`);
  const archive = await fetchFile(url);
  const sha256 = createHash("sha256").update(archive).digest("hex");
  if (sha256 !== expected) {
    throw fail(
      `${file} is not what the release says: its SHA-256 is ${sha256}, not ${expected}`,
      "do not use it; try again later",
    );
  }
  let program: Uint8Array | undefined;
  try {
    program = unzipSync(archive, { filter: ({ name }) => name === "tofu" })["tofu"];
  } catch (error) {
    throw fail(`${file} cannot be unpacked: ${(error as Error).message}`);
  }
  if (!program) throw fail(`${file} holds no program named tofu`);
  makeFolder(dirname(target));
  replaceFile(target, program, { mode: 0o755 });
  return { sha256, url };
}
