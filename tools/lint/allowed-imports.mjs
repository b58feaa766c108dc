// The folders of src: what each is for, and the folders that it may import. oxlint.config.mjs makes lint rules of this table,
// and `npm run reference` writes the graph and the table of ARCHITECTURE.md from it.
export const folders = {
  shared: {
    purpose: "Errors, escaping of untrusted text, file writes, locks, temporary folders, wildcards",
    mayImport: [],
  },
  ip: {
    purpose: "IPv4 blocks, sets of addresses as intervals, the allocator of subnet blocks",
    mayImport: [],
  },
  aws: {
    purpose:
      "Facts about AWS, each with its source: regions, ARNs, name limits, endpoint services, Fargate task sizes",
    mayImport: ["shared"],
  },
  failures: {
    purpose:
      "The catalogue of failure IDs with title and fix; matches errors that AWS and Terraform return",
    mayImport: [],
  },
  iam: {
    purpose: "Policy documents: parse, validate, match, evaluate",
    mayImport: ["shared", "aws"],
  },
  config: {
    purpose: "`berth.config.ts`: types, schema, loading, errors by path",
    mayImport: ["shared", "ip", "aws"],
  },
  constructs: {
    purpose:
      "What Berth creates, as CDK Terrain constructs: the foundation, the bootstrap of an account, synthesis to JSON and HCL",
    mayImport: ["shared", "ip", "aws", "config"],
  },
  terraform: {
    purpose: "Finds Terraform or OpenTofu and runs it: plans, locks, state, recovery",
    mayImport: ["shared"],
  },
  hcl: {
    purpose: "Reads the tokens, blocks and lines of Terraform files, in HCL and in JSON syntax",
    mayImport: [],
  },
  plan: {
    purpose:
      "Reads the JSON of a plan or state, and resolves its references to resources; finds their lines in the source files",
    mayImport: ["shared", "hcl"],
  },
  reachability: {
    purpose: "Traces sets of packets and their responses through a network of routes and filters",
    mayImport: ["ip"],
  },
  topology: {
    purpose: "Makes that network, the workloads and the IAM policies from the resources of a plan",
    mayImport: ["ip", "aws", "iam", "plan", "reachability"],
  },
  checks: {
    purpose: "The rules of `berth check`, their evaluation and their reports",
    mayImport: ["shared", "ip", "aws", "failures", "iam", "plan", "reachability", "topology"],
  },
  "service-models": {
    purpose:
      "The protocols and shapes of AWS's services, from the models of its SDK, and the types of the operations that Berth calls",
    mayImport: [],
  },
  "aws-client": {
    purpose: "Calls AWS: signature, credentials, JSON and query protocols, retries",
    mayImport: ["shared", "aws", "service-models"],
  },
  sandbox: {
    purpose: "The local AWS emulator: HTTP, wire protocols, authorization, services, its store",
    mayImport: ["shared", "ip", "aws", "failures", "iam", "service-models"],
  },
  "sandbox-seed": {
    purpose:
      "Creates in a sandbox what a config names as existing, and what a configuration only refers to",
    mayImport: ["shared", "aws", "config", "constructs", "aws-client", "images", "sandbox"],
  },
  rehearsal: {
    purpose: "Runs real Terraform against a sandbox through all phases, and diagnoses failures",
    mayImport: [
      "shared",
      "ip",
      "aws",
      "failures",
      "iam",
      "config",
      "constructs",
      "terraform",
      "hcl",
      "aws-client",
      "deployment",
      "sandbox",
      "sandbox-seed",
    ],
  },
  pipeline: {
    purpose: "The GitHub Actions workflow, fingerprints of plans, the pull request comment, GitHub",
    mayImport: ["shared", "aws", "config", "plan"],
  },
  deployment: {
    purpose:
      "Deployments of ECS services: starts and observes a service deployment, and explains why its tasks stopped",
    mayImport: ["shared", "aws", "failures", "aws-client"],
  },
  images: {
    purpose:
      "Builds images with the installed builder, pushes them to a registry, and waits for their scan",
    mayImport: ["shared", "aws-client"],
  },
  app: {
    purpose:
      "Berth's operations as library functions: plan, apply, check, rehearse and others. They report to a host",
    mayImport: [
      "shared",
      "failures",
      "config",
      "constructs",
      "terraform",
      "plan",
      "checks",
      "aws-client",
      "deployment",
      "images",
      "sandbox",
      "sandbox-seed",
      "rehearsal",
      "pipeline",
    ],
  },
  cli: {
    purpose: "The command line: parses arguments, calls the operations, prints text or JSON",
    mayImport: [
      "shared",
      "aws",
      "failures",
      "deployment",
      "images",
      "config",
      "terraform",
      "plan",
      "checks",
      "sandbox",
      "rehearsal",
      "pipeline",
      "app",
    ],
  },
};

/** The folders that each folder may import. */
export const allowedImports = Object.fromEntries(
  Object.entries(folders).map(([folder, { mayImport }]) => [folder, mayImport]),
);

/** The files that other folders may import. @default index.ts. ADR 19 gives the reason for each further entry file. */
export const entryFiles = {
  aws: ["index.ts", "arn.ts", "endpoint-services.ts", "limits.ts", "regions.ts"],
  checks: ["index.ts", "engine/index.ts", "report/index.ts"],
  config: ["index.ts", "load.ts"],
  constructs: ["index.ts", "bootstrap/index.ts", "foundation/index.ts", "synth/index.ts"],
  failures: ["index.ts", "not-implemented.ts"],
  rehearsal: ["index.ts", "runner.ts", "report/index.ts"],
  "service-models": ["index.ts", "models/operations.ts"],
  sandbox: ["index.ts", "client.ts", "default-account.ts", "inspection/index.ts", "seeding.ts"],
  shared: [
    "index.ts",
    "berth-command.ts",
    "errors.ts",
    "json.ts",
    "process-owner.ts",
    "random.ts",
    "wildcard.ts",
  ],
};
