import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { unzipSync } from "fflate";
import { UserError } from "../shared/errors.ts";
import { makeFolder, replaceFile } from "../shared/files.ts";

/** A release of OpenTofu. */
export interface Release {
  readonly version: string;
  /** SHA-256 of its archives, by system and processor as their names have them. */
  readonly sha256: Readonly<Record<string, string>>;
}

/**
 * The OpenTofu that `berth doctor --install` fetches. The checksums are part of Berth, so that whoever can change a download
 * cannot change what it is compared with. Source: SHA256SUMS of the release on GitHub, opentofu/opentofu v1.12.6.
 */
export const TOFU: Release = {
  version: "1.12.6",
  sha256: {
    darwin_amd64: "166388e5feed47e107e11721b6366bf91d21e47eccbced75f3cbe0c7184ffd9b",
    darwin_arm64: "e083ee43790ab9e19ad66d9933e24a7244a1412e1d5728f37999ae2163fdac95",
    linux_amd64: "5dc43da4f750f33873dc25e94587128709e819e544b7be9016b255316153c3a8",
    linux_arm64: "e573979ba68a17fe7b881752051a694a7efcd970e39521f6a25775197861ed4d",
  },
};

export const TOFU_RELEASES = "https://github.com/opentofu/opentofu/releases/download";

export interface InstallOptions {
  readonly release: Release;
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
 * Fetches OpenTofu, compares it with the checksum of its release, and puts it in place.
 *
 * @returns the checksum that was checked
 * @throws UserError BERTH-E3005 where it cannot be fetched, or has another checksum; nothing is put in place then
 */
export async function installTofu(
  options: InstallOptions,
): Promise<{ readonly sha256: string; readonly url: string }> {
  const { base, target } = options;
  const { version, sha256: sums } = options.release;
  const arch = options.arch === "x64" ? "amd64" : options.arch;
  const kind = `${options.platform}_${arch}`;
  const expected = Object.hasOwn(sums, kind) ? sums[kind] : undefined;
  if (expected === undefined) {
    throw fail(
      `there is no OpenTofu for ${options.platform} on ${options.arch} that Berth knows of`,
    );
  }
  const file = `tofu_${version}_${kind}.zip`;
  const url = `${base}/v${version}/${file}`;
  const archive = await fetchFile(url);
  const sha256 = createHash("sha256").update(archive).digest("hex");
  if (sha256 !== expected) {
    throw fail(
      `${url} is not OpenTofu ${version}: its SHA-256 is ${sha256}, not ${expected}`,
      "do not use it; install from another mirror, or without --from",
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
