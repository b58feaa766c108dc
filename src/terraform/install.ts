import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { unzipSync } from "fflate";
import { UserError, makeFolder, replaceFile } from "../shared/index.ts";

/** A release of OpenTofu. */
export interface Release {
  readonly version: string;
  /** SHA-256 of the archives, by the system and architecture in their file names. */
  readonly sha256: Readonly<Record<string, string>>;
}

/**
 * The OpenTofu release that `berth doctor --install` downloads. The checksums are part of Berth: an attacker who can change a
 * download cannot change them. Source: SHA256SUMS of the release on GitHub, opentofu/opentofu v1.12.6.
 */
export const OPENTOFU_RELEASE: Release = {
  version: "1.12.6",
  sha256: {
    darwin_amd64: "166388e5feed47e107e11721b6366bf91d21e47eccbced75f3cbe0c7184ffd9b",
    darwin_arm64: "e083ee43790ab9e19ad66d9933e24a7244a1412e1d5728f37999ae2163fdac95",
    linux_amd64: "5dc43da4f750f33873dc25e94587128709e819e544b7be9016b255316153c3a8",
    linux_arm64: "e573979ba68a17fe7b881752051a694a7efcd970e39521f6a25775197861ed4d",
  },
};

export const OPENTOFU_RELEASES_URL = "https://github.com/opentofu/opentofu/releases/download";

export interface InstallOptions {
  readonly release: Release;
  /** Base URL of the releases: <base>/v<version>/<file>. */
  readonly base: string;
  /** Path of the installed program. */
  readonly target: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

const installError = (what: string, fix?: string): UserError =>
  new UserError("BERTH-E3005", what, {
    fix: fix ?? "try again, or install it manually: https://opentofu.org/docs/intro/install/",
  });

async function download(url: string): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw installError(`${url} cannot be downloaded: ${cause}`);
  }
  if (!response.ok) throw installError(`${url} returned HTTP ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Downloads OpenTofu, verifies the checksum of the release, and installs the program.
 *
 * @returns the verified checksum and the URL
 * @throws UserError BERTH-E3005 if the download fails or has another checksum; nothing is installed then
 */
export async function installTofu(
  options: InstallOptions,
): Promise<{ readonly sha256: string; readonly url: string }> {
  const { base, target } = options;
  const { version, sha256: checksums } = options.release;
  const arch = options.arch === "x64" ? "amd64" : options.arch;
  const kind = `${options.platform}_${arch}`;
  const expected = Object.hasOwn(checksums, kind) ? checksums[kind] : undefined;
  if (expected === undefined) {
    throw installError(`Berth has no OpenTofu release for ${options.platform} on ${options.arch}`);
  }
  const file = `tofu_${version}_${kind}.zip`;
  const url = `${base}/v${version}/${file}`;
  const archive = await download(url);
  const sha256 = createHash("sha256").update(archive).digest("hex");
  if (sha256 !== expected) {
    throw installError(
      `${url} is not OpenTofu ${version}: its SHA-256 is ${sha256}, not ${expected}`,
      "do not use this file; use another mirror, or omit --from",
    );
  }
  let program: Uint8Array | undefined;
  try {
    program = unzipSync(archive, { filter: ({ name }) => name === "tofu" })["tofu"];
  } catch (error) {
    throw installError(`${file} cannot be unpacked: ${(error as Error).message}`);
  }
  if (!program) throw installError(`${file} contains no program named tofu`);
  makeFolder(dirname(target));
  replaceFile(target, program, { mode: 0o755 });
  return { sha256, url };
}
