import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build, push } from "../src/app/index.ts";
import { AwsClient } from "../src/aws-client/index.ts";
import { openRepository, prepareImage, pushImage } from "../src/images/index.ts";
import { sandboxEnvironment } from "../src/sandbox/client.ts";
import type { Sandbox } from "../src/sandbox/index.ts";
import { UserError } from "../src/shared/index.ts";

/** An image in the foundation's repository. */
export interface StartImage {
  readonly tag: string;
  /** How it was made. */
  readonly origin: string;
}

/**
 * Pushes the images of the example to the registry of the sandbox, each with the code of `berth push`. They are built if this machine has
 * a builder and Git. Otherwise, and if the build fails, they are prepared images: `npm start` must also work on a machine where a builder
 * is installed and cannot build.
 */
export class ExampleImages {
  readonly #config: string;
  readonly #sandbox: Sandbox;
  /** Why the images are not built. */
  #reason: string | undefined;

  constructor(config: string, sandbox: Sandbox) {
    this.#config = config;
    this.#sandbox = sandbox;
  }

  /** Pushes the image of a version of the program. */
  async push(version: string): Promise<StartImage> {
    if (this.#reason === undefined) {
      try {
        return await this.#buildAndPush(version);
      } catch (error) {
        this.#reason = reasonOf(error);
      }
    }
    return this.#prepareAndPush(version, this.#reason);
  }

  async #buildAndPush(version: string): Promise<StartImage> {
    const folder = dirname(this.#config);
    writeFileSync(join(folder, "version.txt"), `${version}\n`);
    commit(folder, version);
    const { images } = await build({ config: this.#config });
    const [image] = images;
    if (image === undefined) throw new TypeError("no image was built");
    await push({ config: this.#config, sandbox: this.#sandbox.url });
    return { tag: image.tag, origin: `built with ${image.builder}` };
  }

  async #prepareAndPush(tag: string, reason: string): Promise<StartImage> {
    const project = dirname(this.#config);
    const image = prepareImage({ name: "web", tag, platforms: ["linux/arm64"] }, project);
    const client = new AwsClient({
      region: "us-east-1",
      env: sandboxEnvironment({}, this.#sandbox.url, undefined),
    });
    const repository = await openRepository({ client, repositoryName: "hello", isSandbox: true });
    await pushImage(image, repository, { project, listener: () => {}, waitForScan: "never" });
    return { tag, origin: `prepared: ${reason}` };
  }
}

/** Commits the files of a folder: the tag of an image is the commit. */
function commit(folder: string, message: string): void {
  const git = (...args: readonly string[]): void =>
    void execFileSync("git", ["-C", folder, ...args], { stdio: "pipe" });
  git("init", "--quiet");
  git("add", "--all");
  git(
    ...[
      "-c",
      "user.name=berth",
      "-c",
      "user.email=berth@example.com",
      "-c",
      "commit.gpgsign=false",
    ],
    ...["commit", "--quiet", "--message", message],
  );
}

/** Why an image cannot be built here. @throws the error if it is another one */
function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error && "path" in error && error.code === "ENOENT")
    return `${String(error.path)} is not installed`;
  if (!(error instanceof UserError)) throw error;
  switch (error.code) {
    case "BERTH-E3201":
      return "no builder found";
    case "BERTH-E3203":
    case "BERTH-E3207":
      return `the build failed: ${error.message}`;
    default:
      throw error;
  }
}
