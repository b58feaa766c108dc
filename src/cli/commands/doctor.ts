import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { engineCache, suggest } from "../../app/index.ts";
import { versionConflicts, packageManagerOf, UserError, UserErrors } from "../../shared/index.ts";
import { loadConfig } from "../../config/load.ts";
import {
  type Engine,
  findEngine,
  findMirrors,
  mirroredVersions,
  registryHost,
} from "../../terraform/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { isSupportedNode, NODE_FIX } from "../node-version.ts";
import { infrastructureOptions, type ProjectFlags } from "../project-flags.ts";

export interface DoctorFlags extends ProjectFlags {
  readonly install?: boolean;
  readonly from?: string;
}

/** The result of one inspection. `bad` prevents Berth from working; `warn` may do so. */
interface DoctorFinding {
  readonly about: string;
  readonly state: "good" | "warn" | "bad";
  readonly found: string;
  readonly fix?: string;
}

/** Lists prerequisites, missing ones with the command that installs them. */
export async function run(flags: DoctorFlags, host: Host): Promise<ExitCode> {
  if (flags.install === true) await install(flags, host);
  const [engine, engineFinding] = await inspectEngine(flags);
  const findings = [
    inspectNode(),
    engineFinding,
    inspectProvider(engine),
    inspectCredentials(process.env),
    await inspectConfig(flags),
    ...inspectModules(flags),
  ];
  const marks = { good: "✓", warn: "!", bad: "✗" } as const;
  const lines = findings.flatMap(({ about, state, found, fix }) => [
    `${marks[state]} ${about.padEnd(12)} ${found}`,
    ...(fix === undefined ? [] : [`  ${" ".repeat(12)} → ${fix}`]),
  ]);
  host.result(lines.join("\n"), findings);
  return findings.some(({ state }) => state === "bad") ? 1 : 0;
}

async function install(flags: DoctorFlags, host: Host): Promise<void> {
  const { installTofu, OPENTOFU_RELEASE, OPENTOFU_RELEASES_URL } =
    await import("../../terraform/index.ts");
  const target = engineCache(process.env);
  host.phase(`downloading OpenTofu ${OPENTOFU_RELEASE.version}`);
  const { sha256, url } = await installTofu({
    release: OPENTOFU_RELEASE,
    base: flags.from ?? OPENTOFU_RELEASES_URL,
    target,
    platform: process.platform,
    arch: process.arch,
  });
  host.note(url);
  host.note(`verified SHA-256 ${sha256}`);
  host.note(`installed ${target}`);
}

function inspectNode(): DoctorFinding {
  const { node } = process.versions;
  return isSupportedNode(node)
    ? { about: "node", state: "good", found: node }
    : { about: "node", state: "bad", found: node, fix: NODE_FIX };
}

async function inspectEngine(flags: DoctorFlags): Promise<[Engine | undefined, DoctorFinding]> {
  try {
    const engine = await findEngine({
      flag: flags.terraformBin,
      env: process.env,
      cache: engineCache(process.env),
    });
    return [
      engine,
      {
        about: "engine",
        state: "good",
        found: `${engine.product} ${engine.version} at ${engine.path}`,
      },
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [
      undefined,
      {
        about: "engine",
        state: "bad",
        found: error.message,
        fix:
          error.code === "BERTH-E3001"
            ? `run ${suggest("doctor", infrastructureOptions(flags), "--install")} to install OpenTofu into your cache`
            : (error.fix ?? ""),
      },
    ];
  }
}

function inspectProvider(engine: Engine | undefined): DoctorFinding {
  const about = "provider";
  const host = registryHost(engine?.product ?? "terraform");
  const mirrors = findMirrors(host, process.env["HOME"] ?? homedir(), process.cwd());
  for (const mirror of mirrors) {
    const versions = mirroredVersions(mirror, host, "hashicorp/aws");
    if (versions.length > 0) {
      return {
        about,
        state: "good",
        found: `hashicorp/aws ${versions.join(", ")} mirrored in ${mirror}`,
      };
    }
  }
  return {
    about,
    state: "warn",
    found: `no local mirror of hashicorp/aws: init downloads it from ${host}`,
    fix: "to work offline, run terraform providers mirror /usr/local/share/terraform/plugins while you are online",
  };
}

/**
 * The names of the profiles in a file with AWS credentials or AWS configuration.
 *
 * Source: AWS SDKs and Tools Reference Guide, "Using shared config and credentials files to globally configure AWS SDKs and tools".
 */
const profilesIn = (path: string): string[] =>
  [...readFileSync(path, "utf8").matchAll(/^[ \t]*\[[ \t]*([^\]\n]+?)[ \t]*\]/gm)].flatMap(
    ([, header = ""]) => {
      const [, kind, name] =
        /^(profile|sso-session|services)\s+["']?(.+?)["']?$/.exec(header) ?? [];
      if (kind === undefined) return [header];
      return kind === "profile" && name !== undefined ? [name] : [];
    },
  );

/** Checks the locations that the AWS SDK uses. Sends no request to AWS and reads no secret. */
function inspectCredentials(env: NodeJS.ProcessEnv): DoctorFinding {
  const about = "credentials";
  const homeFolder = env["HOME"] ?? homedir();
  if ((env["AWS_ACCESS_KEY_ID"] ?? "") !== "")
    return { about, state: "good", found: "AWS_ACCESS_KEY_ID is set" };
  if ((env["AWS_WEB_IDENTITY_TOKEN_FILE"] ?? "") !== "")
    return { about, state: "good", found: "a web identity token is set" };
  const files = [
    env["AWS_SHARED_CREDENTIALS_FILE"] ?? join(homeFolder, ".aws/credentials"),
    env["AWS_CONFIG_FILE"] ?? join(homeFolder, ".aws/config"),
  ];
  const existing = files.filter((path) => existsSync(path));
  if (existing.length > 0) {
    const profile = env["AWS_PROFILE"] ?? "default";
    const file = existing.find((path) => profilesIn(path).includes(profile));
    if (file !== undefined)
      return { about, state: "good", found: `profile ${profile} from ${file}` };
    const names = [...new Set(existing.flatMap(profilesIn))].sort();
    return {
      about,
      state: env["AWS_PROFILE"] === undefined ? "warn" : "bad",
      found: `there is no profile ${profile} in ${existing.join(" and ")}`,
      fix:
        names.length > 0
          ? `set AWS_PROFILE to one of ${names.join(", ")}`
          : "run aws configure sso, or set AWS_PROFILE",
    };
  }
  return {
    about,
    state: "warn",
    found: "no credentials found (not needed with --sandbox)",
    fix: "run aws configure sso, or set AWS_PROFILE",
  };
}

async function inspectConfig(flags: DoctorFlags): Promise<DoctorFinding> {
  const about = "config";
  if (!existsSync(flags.config)) {
    return {
      about,
      state: "warn",
      found: `${flags.config} does not exist`,
      fix: `run ${suggest("init", infrastructureOptions(flags))} to create it`,
    };
  }
  try {
    const { name, region } = await loadConfig(flags.config, flags.env);
    return { about, state: "good", found: `${name} in ${region}` };
  } catch (error) {
    const first = error instanceof UserErrors ? error.errors[0] : error;
    if (!(first instanceof UserError)) throw error;
    return {
      about,
      state: "bad",
      found: `${first.message}${first.where === undefined ? "" : ` (${first.where})`}`,
      ...(first.fix === undefined ? {} : { fix: first.fix }),
    };
  }
}

/** Constructs of two versions cannot be in one tree, so that an app and Berth must use the same version. */
function inspectModules(flags: DoctorFlags): DoctorFinding[] {
  const folder = dirname(resolve(flags.config));
  const { add } = packageManagerOf(folder);
  return versionConflicts(import.meta.url, folder).map(({ name, own, project }) => ({
    about: "modules",
    state: "warn",
    found: `two versions of ${name}: ${own.version} for Berth in ${own.folder}, and ${project.version} in ${project.folder}`,
    fix: `if an app uses Berth's constructs, run ${add} ${name}@${own.version}`,
  }));
}
