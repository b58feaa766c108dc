import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build, push } from "../src/app/index.ts";
import { AwsClient } from "../src/aws-client/index.ts";
import {
  type BuilderName,
  localNameOf,
  openRepository,
  prepareImage,
  pushImage,
} from "../src/images/index.ts";
import { sandboxEnvironment } from "../src/sandbox/client.ts";
import type { Sandbox } from "../src/sandbox/index.ts";
import { UserError } from "../src/shared/index.ts";

/** An image in the foundation's repository. */
export interface StartImage {
  readonly tag: string;
  /** The tag and how the image was made, and warnings. */
  readonly lines: readonly string[];
}

/** Why an image is not built. A failure needs a warning; a machine without a builder does not. */
interface NotBuilt {
  readonly isFailure: boolean;
  readonly reason: string;
}

/**
 * Pushes the images of the example to the registry of the sandbox, with the code of `berth push`. They are built if this machine has a
 * builder and Git. Otherwise they are prepared images. If a build fails, they are prepared images too, with a warning: `npm start` must
 * also work on a machine where a builder is installed and cannot build.
 */
export class ExampleImages {
  readonly #config: string;
  readonly #sandbox: Sandbox;
  readonly #env: NodeJS.ProcessEnv;
  /** Set when an image cannot be built: later images are then prepared without another attempt. */
  #notBuilt: NotBuilt | undefined;

  /** @param env the environment of Git and of the builder */
  constructor(config: string, sandbox: Sandbox, env: NodeJS.ProcessEnv = process.env) {
    this.#config = config;
    this.#sandbox = sandbox;
    this.#env = env;
  }

  /** Pushes the image of a version of the program. */
  async push(version: string): Promise<StartImage> {
    if (this.#notBuilt === undefined) {
      try {
        return await this.#buildAndPush(version);
      } catch (error) {
        this.#notBuilt = notBuiltBecause(error);
      }
    }
    return this.#prepareAndPush(version, this.#notBuilt);
  }

  async #buildAndPush(version: string): Promise<StartImage> {
    const folder = dirname(this.#config);
    writeFileSync(join(folder, "version.txt"), `${version}\n`);
    commit(folder, version, this.#env);
    const { images } = await build({ config: this.#config, env: this.#env });
    const [image] = images;
    if (image === undefined) throw new TypeError("no image was built");
    const warnings = this.#removeFrom(image.builder);
    await push({ config: this.#config, sandbox: this.#sandbox.url });
    return {
      tag: image.tag,
      lines: [`image ${image.tag}, built with ${image.builder}`, ...warnings],
    };
  }

  /**
   * Removes the image from the storage of its builder. Docker Buildx writes the archive only, and keeps the layers in its build cache,
   * which it limits itself.
   *
   * @returns warnings
   */
  #removeFrom(builder: BuilderName): string[] {
    if (builder === "docker") return [];
    const image = localNameOf(dirname(this.#config), "web");
    try {
      execFileSync(builder, ["rmi", image], { env: this.#env, stdio: "pipe" });
      return [];
    } catch (error) {
      const [reason] = (error as Error).message.trim().split("\n").slice(-1); // of execFileSync()
      return [`warning: ${image} remains in the storage of ${builder}: ${reason}`];
    }
  }

  async #prepareAndPush(tag: string, { isFailure, reason }: NotBuilt): Promise<StartImage> {
    const project = dirname(this.#config);
    const image = prepareImage({ name: "web", tag, platforms: ["linux/arm64"] }, project);
    const client = new AwsClient({
      region: "us-east-1",
      env: sandboxEnvironment({}, this.#sandbox.url, undefined),
    });
    const repository = await openRepository({ client, repositoryName: "hello", isSandbox: true });
    await pushImage(image, repository, { project, listener: () => {}, waitForScan: "never" });
    return {
      tag,
      lines: isFailure
        ? [`warning: ${reason}`, `image ${tag}, prepared in place of a built one`]
        : [`image ${tag}, prepared: ${reason}`],
    };
  }
}

/** Commits the files of a folder: the tag of an image is the commit. */
function commit(folder: string, message: string, env: NodeJS.ProcessEnv): void {
  const git = (...args: readonly string[]): void =>
    void execFileSync("git", ["-C", folder, ...args], { env, stdio: "pipe" });
  git("init", "--quiet");
  git("add", "--all");
  const settings = [
    "user.name=berth",
    "user.email=berth@example.com",
    "commit.gpgsign=false",
    // Hooks of the user are not for this repository.
    "core.hooksPath=/dev/null",
  ];
  git(...settings.flatMap((setting) => ["-c", setting]), "commit", "--quiet", "--message", message);
}

/** Why an image is not built here. @throws the error if it is another one */
function notBuiltBecause(error: unknown): NotBuilt {
  if (error instanceof Error && "code" in error && "path" in error && error.code === "ENOENT")
    return { isFailure: false, reason: `${String(error.path)} is not installed` };
  if (!(error instanceof UserError)) throw error;
  switch (error.code) {
    case "BERTH-E3201":
      return { isFailure: false, reason: error.message };
    case "BERTH-E3203":
    case "BERTH-E3207":
      return { isFailure: true, reason: `the build failed: ${error.message}` };
    default:
      throw error;
  }
}
