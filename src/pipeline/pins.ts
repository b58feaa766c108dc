/** A third-party GitHub action, pinned to a commit that was reviewed. */
export interface Pin {
  readonly action: string;
  readonly commit: string;
  readonly version: string;
}

/** All actions that generated workflows use. A tag can be moved to different code; a commit cannot. */
export const pins: Readonly<
  Record<
    | "checkout"
    | "setupNode"
    | "setupBun"
    | "setupTerraform"
    | "setupOpentofu"
    | "awsCredentials"
    | "uploadArtifact"
    | "downloadArtifact",
    Pin
  >
> = {
  checkout: {
    action: "actions/checkout",
    commit: "3d3c42e5aac5ba805825da76410c181273ba90b1",
    version: "v7.0.1",
  },
  setupNode: {
    action: "actions/setup-node",
    commit: "820762786026740c76f36085b0efc47a31fe5020",
    version: "v7.0.0",
  },
  setupBun: {
    action: "oven-sh/setup-bun",
    commit: "0c5077e51419868618aeaa5fe8019c62421857d6",
    version: "v2.2.0",
  },
  setupTerraform: {
    action: "hashicorp/setup-terraform",
    commit: "dfe3c3f87815947d99a8997f908cb6525fc44e9e",
    version: "v4.0.1",
  },
  setupOpentofu: {
    action: "opentofu/setup-opentofu",
    commit: "a1320f892987e89d278cc92dc5adc984fb93aca4",
    version: "v2.0.2",
  },
  awsCredentials: {
    action: "aws-actions/configure-aws-credentials",
    commit: "e6de054238d6b7531b4efff3b6587d9aade6a06c",
    version: "v6.2.3",
  },
  uploadArtifact: {
    action: "actions/upload-artifact",
    commit: "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
    version: "v7.0.0",
  },
  downloadArtifact: {
    action: "actions/download-artifact",
    commit: "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
    version: "v8.0.1",
  },
};

/** The value of a step's key `uses`. */
export const uses = ({ action, commit }: Pin): string => `${action}@${commit}`;

/** The version of the action in a step's `uses`. */
export const versionOf = (used: string): string | undefined =>
  Object.values(pins).find((pin) => uses(pin) === used)?.version;
