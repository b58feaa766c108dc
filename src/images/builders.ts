import { UserError } from "../shared/index.ts";
import { type ProgramEnd, runProgram } from "./run-program.ts";

/** The programs that build images, in the order in which Berth tries them. */
export const BUILDER_NAMES = ["docker", "podman", "buildah", "finch"] as const;

/** A program that builds images. `docker` is Docker Buildx. */
export type BuilderName = (typeof BUILDER_NAMES)[number];

/** The input of a build, for every builder. */
export interface BuilderInput {
  /** The build context: an absolute path. */
  readonly context: string;
  /** An absolute path. */
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Such as linux/arm64. */
  readonly platform: string;
  /** Whether the image gets an SBOM and a provenance attestation. */
  readonly attestations: boolean;
  /** The name of the image in the builder's own storage. */
  readonly localName: string;
  /** The OCI archive to write, relative to the folder in which the commands run. */
  readonly archive: string;
}

/** A builder that can be used on this machine. */
export interface Builder {
  readonly name: BuilderName;
  readonly version: string;
  readonly supportsAttestations: boolean;
  /** The arguments of the commands that build an image and write its OCI archive. */
  readonly commands: (input: BuilderInput) => readonly (readonly string[])[];
}

/** A builder that cannot be used. */
export interface UnusableBuilder {
  readonly name: BuilderName;
  readonly isInstalled: boolean;
  readonly problem: string;
}

type Run = (...args: readonly string[]) => Promise<ProgramEnd>;

/** The version of a builder, or why it cannot be used. */
type Probe = { readonly version: string } | Omit<UnusableBuilder, "name">;

const unusableBecause = (problem: string): Probe => ({ isInstalled: true, problem });

interface BuilderProgram extends Pick<Builder, "supportsAttestations" | "commands"> {
  readonly probe: (run: Run) => Promise<Probe>;
}

const options = (flag: string, values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);

/** Arguments that all builders have. */
const sharedArguments = ({
  platform,
  dockerfile,
  target,
  args,
  labels,
}: BuilderInput): string[] => [
  "--platform",
  platform,
  "--file",
  dockerfile,
  ...(target === undefined ? [] : ["--target", target]),
  ...options("--build-arg", args),
  ...options("--label", labels),
];

const buildAndSave =
  (...save: readonly string[]) =>
  (input: BuilderInput): readonly (readonly string[])[] => [
    ["build", ...sharedArguments(input), "--tag", input.localName, input.context],
    ["save", ...save, "--output", input.archive, input.localName],
  ];

/** Source: Docker documentation, "containerd image store with Docker Engine". */
const CONTAINERD_STORE = "io.containerd.snapshotter.v1";

/**
 * Docker Buildx can export an OCI archive with every driver but "docker", which needs the containerd image store. Source: Docker
 * documentation, "OCI and Docker exporters" and "Build attestations".
 */
async function probeDocker(run: Run): Promise<Probe> {
  const buildx = await run("buildx", "version");
  if (buildx.kind === "not-started") return buildx;
  // Podman has a program with the name docker, which is not Docker.
  const version = /^github\.com\/docker\/buildx v?(\S+)/.exec(buildx.stdout)?.[1];
  if (buildx.exitCode !== 0 || version === undefined)
    return unusableBecause("Docker Buildx is not installed");
  const selected = await run("buildx", "inspect");
  if (selected.kind === "not-started" || selected.exitCode !== 0)
    return unusableBecause(failureOf("docker buildx inspect", selected));
  if (/^Driver:\s*(\S+)/m.exec(selected.stdout)?.[1] !== "docker") return { version };
  const info = await run("info", "--format", "{{json .DriverStatus}}");
  if (info.kind === "not-started" || info.exitCode !== 0)
    return unusableBecause(failureOf("docker info", info));
  if (info.stdout.includes(`"${CONTAINERD_STORE}"`)) return { version };
  return unusableBecause(
    "the image store of the Docker daemon cannot export OCI archives: turn on the containerd image store, or run docker buildx create --use",
  );
}

/** A program that prints its version if it can be used. */
const probeVersion =
  (name: BuilderName, args: readonly string[], pattern: RegExp) =>
  async (run: Run): Promise<Probe> => {
    const end = await run(...args);
    if (end.kind === "not-started") return end;
    const version = end.exitCode === 0 ? pattern.exec(end.stdout)?.[1] : undefined;
    return version === undefined
      ? unusableBecause(failureOf([name, ...args].join(" "), end))
      : { version };
  };

function failureOf(command: string, end: ProgramEnd): string {
  if (end.kind === "not-started") return end.problem;
  const [line = ""] = `${end.stderr}\n${end.stdout}`.trim().split("\n");
  return `${command} exits with code ${end.exitCode}${line === "" ? "" : `: ${line}`}`;
}

const BUILDERS: Readonly<Record<BuilderName, BuilderProgram>> = {
  docker: {
    supportsAttestations: true,
    probe: probeDocker,
    commands: (input) => [
      [
        "buildx",
        "build",
        ...sharedArguments(input),
        `--sbom=${input.attestations}`,
        `--provenance=${input.attestations}`,
        "--output",
        `type=oci,dest=${input.archive}`,
        input.context,
      ],
    ],
  },
  podman: {
    supportsAttestations: false,
    // Fails if the virtual machine of Podman does not run.
    probe: probeVersion("podman", ["info", "--format", "{{.Version.Version}}"], /^(\S+)/),
    commands: buildAndSave("--format", "oci-archive"),
  },
  buildah: {
    supportsAttestations: false,
    probe: probeVersion("buildah", ["--version"], /^buildah version (\S+)/),
    commands: (input) => [
      // Without --layers, Buildah has no cache: each build would be another image.
      ["build", "--layers", ...sharedArguments(input), "--tag", input.localName, input.context],
      ["push", input.localName, `oci-archive:${input.archive}`],
    ],
  },
  finch: {
    // The image that `finch save` writes has no attestations.
    supportsAttestations: false,
    // Fails if the virtual machine of Finch does not run.
    probe: probeVersion("finch", ["info", "--format", "{{.ServerVersion}}"], /^(\S+)/),
    commands: (input) => buildAndSave("--platform", input.platform)(input),
  },
};

/**
 * Finds a builder by running the programs.
 *
 * @param selected the builder to use. @default the first that can be used, in the order of {@link BUILDER_NAMES}
 * @returns the builder, and those before it that cannot be used although they are installed
 * @throws UserError BERTH-E3201 if none can be used, BERTH-E3202 if the selected builder cannot be used
 */
export async function findBuilder(
  env: NodeJS.ProcessEnv,
  selected?: BuilderName,
): Promise<{ readonly builder: Builder; readonly unusable: readonly UnusableBuilder[] }> {
  const unusable: UnusableBuilder[] = [];
  for (const name of selected === undefined ? BUILDER_NAMES : [selected]) {
    const { probe, supportsAttestations, commands } = BUILDERS[name];
    const probed = await probe((...args) => runProgram(name, args, { env }));
    if ("version" in probed)
      return {
        builder: { name, version: probed.version, supportsAttestations, commands },
        unusable: unusable.filter(({ isInstalled }) => isInstalled),
      };
    unusable.push({ name, isInstalled: probed.isInstalled, problem: probed.problem });
  }
  const problems = unusable.map(({ name, problem }) => `${name}: ${problem}`).join("; ");
  if (selected !== undefined)
    throw new UserError("BERTH-E3202", `the selected image builder cannot be used: ${problems}`, {
      fix: `correct this, or select another builder: ${BUILDER_NAMES.filter((name) => name !== selected).join(", ")}`,
    });
  throw new UserError("BERTH-E3201", `no image builder can be used: ${problems}`, {
    fix: "install Docker with Buildx, Podman, Buildah or Finch; or pass an image with berth deploy --image",
  });
}
