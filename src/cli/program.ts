import { Command, Option } from "commander";
import { berthCommand } from "../shared/berth-command.ts";
import type { Host } from "./host/host.ts";
import { version } from "./version.ts";

interface CommonFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

async function hostFor({ json, quiet }: CommonFlags): Promise<Host> {
  if (json === true) {
    const { JsonHost } = await import("./host/json-host.ts");
    return new JsonHost(process.stdout);
  }
  const { TextHost } = await import("./host/text-host.ts");
  return new TextHost({
    out: process.stdout,
    err: process.stderr,
    env: process.env,
    quiet: quiet === true,
  });
}

/** Selects the host by the flags, runs a command, and reports thrown errors as problems with an exit code. */
async function perform(
  flags: CommonFlags,
  runCommand: (host: Host) => Promise<number>,
): Promise<void> {
  const host = await hostFor(flags);
  try {
    process.exitCode = await runCommand(host);
  } catch (error) {
    const { problemsFromError } = await import("./errors.ts");
    const { problems, exitCode } = problemsFromError(error);
    host.problems(problems);
    process.exitCode = exitCode;
  } finally {
    host.close();
  }
}

/** Heading of the last group in the help of each command. */
const GENERAL_OPTIONS = "General options:";

/** Options that several commands share; they follow the command's own options in its help. */
interface SharedOptions {
  /** --config and --env. */
  readonly project?: boolean;
  /** --terraform-bin. */
  readonly engine?: boolean;
  /** --sandbox and --sandbox-url. */
  readonly target?: boolean;
}

/** Declares a command. Its module is loaded when it runs. */
type DeclareCommand = (name: string, description: string, shared?: SharedOptions) => Command;

/** Adds the option of the config. Its default is found when the command runs. */
const addConfigOption = (declared: Command): Command =>
  declared.addOption(
    new Option(
      "-c, --config <file>",
      "use this config file (default: berth.config.ts, .mts, .js or .mjs, here or in the closest parent folder)",
    ).helpGroup("Project options:"),
  );

function addSharedOptions(declared: Command, { project, engine, target }: SharedOptions): void {
  const add = (group: string, flags: string, description: string, value?: string): void => {
    const option = new Option(flags, description).helpGroup(group);
    declared.addOption(value === undefined ? option : option.default(value));
  };
  if (project === true) {
    addConfigOption(declared);
    add("Project options:", "-e, --env <name>", "use this environment of the config");
  }
  if (engine === true) {
    add(
      "Project options:",
      "--terraform-bin <program>",
      "use this Terraform or OpenTofu program (path or name)",
    );
  }
  if (target === true) {
    add("Target options:", "--sandbox", "use a local sandbox instead of an AWS account");
    declared.addOption(
      new Option("--sandbox-url <url>", "use a sandbox that is already running")
        .helpGroup("Target options:")
        .conflicts("sandbox"),
    );
  }
  add(GENERAL_OPTIONS, "--json", "print one JSON object per line to stdout");
  add(GENERAL_OPTIONS, "--quiet", "print only results, warnings and errors");
}

const PROJECT: SharedOptions = { project: true };
const PROJECT_AND_ENGINE: SharedOptions = { project: true, engine: true };
const PROJECT_AND_SANDBOX: SharedOptions = { project: true, target: true };
const PROJECT_AND_TARGET: SharedOptions = { project: true, engine: true, target: true };

/** Collects the values of a repeatable option. A variadic option would consume the arguments that follow it. */
const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

function declareInfrastructureCommands(command: DeclareCommand): void {
  command("init", "create a Berth config")
    .option(
      "-c, --config <file>",
      "write the config to this file (default: berth.config.ts, or .mts, .js or .mjs, as fits the project)",
    )
    .option("--name <name>", "set the name of the foundation (default: name of the folder)")
    .option("--region <region>", "set the AWS region (default: AWS_REGION, else us-east-1)")
    .action((flags) =>
      perform(flags, async (host) => (await import("./commands/init.ts")).run(flags, host)),
    );

  command("synth", "print the Terraform configuration that the config describes", PROJECT)
    .option("--hcl", "write HCL instead of JSON")
    .option("-o, --out <folder>", "write to a folder instead of stdout")
    .action((flags) =>
      perform(flags, async (host) => (await import("./commands/synth.ts")).run(flags, host)),
    );

  command("plan", "show the changes that apply or deploy would make", PROJECT_AND_TARGET)
    .argument("[service]", "plan this service or job (default: the infrastructure)")
    .option("--image <image>", "plan this image of the service: a URI, :tag or @digest")
    .option(
      "--preview",
      "plan a service before its foundation or its image exists, as for a pull request",
    )
    .option("--detailed-exitcode", "exit with code 2 if there are changes")
    .option("--fingerprint", "print the fingerprint of the plan, for --approved")
    .option("--markdown", "print the result as Markdown, for a pull request")
    .option("--github-output", "set the step output fingerprint in GitHub Actions")
    .option("--no-lock", "read the state without a lock")
    .action((service, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/plan.ts")).run({ ...flags, service }, host),
      ),
    );

  command("apply", "create or change the infrastructure", PROJECT_AND_TARGET)
    .option("-y, --yes", "skip the confirmation")
    .option(
      "--approved <fingerprint>",
      "apply only if the plan has this fingerprint; otherwise exit with code 4",
    )
    .option("--unchecked", "apply even if the check fails")
    .action((flags) =>
      perform(flags, async (host) => (await import("./commands/apply.ts")).run(flags, host)),
    );

  command(
    "destroy",
    "destroy services and jobs, and the infrastructure that apply created",
    PROJECT_AND_TARGET,
  )
    .argument("[service...]", "destroy only these services and jobs (default: everything)")
    .option("-y, --yes", "skip the confirmation")
    .action((services, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/destroy.ts")).run({ ...flags, services }, host),
      ),
    );

  command("output", "print the outputs of the last apply", PROJECT_AND_TARGET)
    .argument("[name]", "print only this output")
    .action((name, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/output.ts")).run({ ...flags, name }, host),
      ),
    );

  command(
    "recover",
    "save the state of an interrupted run and release its lock",
    PROJECT_AND_TARGET,
  )
    .argument("[service]", "recover a deployment of this service or job (default: infrastructure)")
    .option("-y, --yes", "skip the confirmation")
    .option("--bootstrap", "recover a run of berth bootstrap")
    .option("--accept-missing", "continue although resources of the run are missing in the state")
    .action((service, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/recover.ts")).run({ ...flags, service }, host),
      ),
    );
}

function declareServiceCommands(command: DeclareCommand): void {
  command("build", "build the images of services and jobs", PROJECT)
    .argument(
      "[service...]",
      "build only the images of these services and jobs (default: all with image: { build })",
    )
    .option("--github-output", "set step outputs in GitHub Actions: the digest for each service")
    .action((services, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/build.ts")).run({ ...flags, services }, host),
      ),
    );

  command("push", "push built images to Amazon ECR, and wait for their scans", PROJECT_AND_SANDBOX)
    .argument(
      "[service...]",
      "push only the images of these services and jobs (default: all with image: { build })",
    )
    .addOption(
      new Option(
        "--fail-on <severity>",
        "exit with code 1 if a scan has a finding of this severity or a higher one, and with code 5 if a scan has no result",
      ).choices(["critical", "high", "medium", "low"]),
    )
    .action((services, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/push.ts")).run({ ...flags, services }, host),
      ),
    );

  command(
    "deploy",
    "build and push images, deploy services and jobs, and wait for deployments",
    PROJECT_AND_TARGET,
  )
    .argument("[service...]", "deploy only these services and jobs (default: all of the config)")
    .option(
      "--image <image>",
      "deploy this image of one service or job: a URI; or :tag or @digest in the foundation's repository",
    )
    .option(
      "--approved <fingerprint>",
      "deploy only if the plan of the service has this fingerprint; otherwise exit with code 4",
    )
    .option("--no-build", "use the images of the last successful deployments instead of building")
    .option("-y, --yes", "skip the confirmation")
    .action((services, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/deploy.ts")).run({ ...flags, services }, host),
      ),
    );

  command(
    "rollback",
    "return a service to its last successful deployment before the current one",
    PROJECT_AND_TARGET,
  )
    .argument("<service>", "return this service")
    .option("-y, --yes", "skip the confirmation")
    .action((service, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/rollback.ts")).run({ ...flags, service }, host),
      ),
    );

  command("scale", "set the number of tasks of a service", PROJECT_AND_SANDBOX)
    .argument("<service>", "change this service")
    .argument("<count>", "run this number of tasks")
    .action((service, count, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/scale.ts")).run({ ...flags, service, count }, host),
      ),
    );

  command("status", "show the state of services and jobs", PROJECT_AND_SANDBOX)
    .argument("[service...]", "show only these services and jobs (default: all of the config)")
    .action((services, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/status.ts")).run({ ...flags, services }, host),
      ),
    );

  command("logs", "print the log of a service or job", PROJECT_AND_SANDBOX)
    .argument("<service>", "print the log of this service or job")
    .option("-f, --follow", "print new events until interrupted")
    .option(
      "--since <time>",
      "print events since this time: 90s, 10m, 2h, 7d, or ISO 8601 (default: 10m; 1d for a job and with --previous)",
    )
    .option(
      "--previous",
      "print only events of tasks that have stopped, or that run another revision than the newest",
    )
    .option("--filter <pattern>", "print only events that match this pattern of CloudWatch Logs")
    .action((service, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/logs.ts")).run({ ...flags, service }, host),
      ),
    );

  command(
    "run",
    "run one task of a service or job, print its log and exit with its exit code",
    PROJECT_AND_SANDBOX,
  )
    .argument("<service>", "run a task of the newest revision of this service or job")
    .argument("[command...]", "run this command, after -- (default: command of the service)")
    .action((service, args, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/run.ts")).run({ ...flags, service, command: args }, host),
      ),
    );

  command("exec", "run a command in a running task of a service", PROJECT_AND_SANDBOX)
    .argument("<service>", "use a task of this service or job")
    .argument("[command...]", "run this command, after -- (default: /bin/sh)")
    .option("--task <id>", "use this task (default: the task that was started last)")
    .option("--container <name>", "use this container (default: container of the service)")
    .action((service, args, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/exec.ts")).run({ ...flags, service, command: args }, host),
      ),
    );
}

function declareTestCommands(command: DeclareCommand): void {
  command(
    "check",
    "check whether the ECS tasks of plans, a state or folders will start",
    PROJECT_AND_ENGINE,
  )
    .argument(
      "[input...]",
      "read this input: terraform show -json of a plan or state, a saved plan, a folder, or - for stdin; several are root modules in the order of their apply (default: folder of the config)",
    )
    .option("--var <name=value>", "set a Terraform variable of a folder (repeatable)", collect)
    .option("--var-file <file>", "read Terraform variables of a folder (repeatable)", collect)
    .option("--workspace <name>", "use this Terraform workspace of a folder")
    .option(
      "--allow-provider <source>",
      "allow a provider of a folder to run, such as cloudflare/cloudflare (repeatable)",
      collect,
    )
    .option("--no-exec", "skip provisioners, programs, network requests and files of a folder")
    .option("--sources <folder>", "read the root module of a plan: the plan JSON lacks its locals")
    .option("--suppressions <file>", "suppress the findings that this JSON file lists")
    .option(
      "--image <name=state>",
      "set the state of an image: exists, missing or arm64 (repeatable)",
      collect,
    )
    .option("--account <digits>", "set the account ID if the plan does not contain it")
    .addOption(
      new Option(
        "--fail-on <verdict>",
        "exit with an error for this verdict; unknown includes fail (default: checks.failOn, else unknown)",
      ).choices(["unknown", "fail"]),
    )
    .option("--isolated", "report an error if tasks can reach the internet")
    .option("--all", "print notes and all missing facts too")
    .addOption(
      new Option("--format <format>", "set the format of the result").choices([
        "text",
        "markdown",
        "sarif",
        "junit",
        "github",
      ]),
    )
    .action((inputs, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/check.ts")).run({ ...flags, inputs }, host),
      ),
    );

  command(
    "rehearse",
    "run apply, tasks, test requests, plan, changes and destroy in a local sandbox",
    PROJECT_AND_ENGINE,
  )
    .argument(
      "[dir...]",
      "use these Terraform folders as stacks, in this order (default: folder of the config)",
    )
    .option("--var <name=value>", "set a Terraform variable (repeatable)", collect)
    .option("--var-file <file>", "read Terraform variables from a file (repeatable)", collect)
    .option("--workspace <name>", "use this Terraform workspace")
    .option("--account <digits>", "set the account ID of the sandbox")
    .option(
      "--allow-provider <source>",
      "allow a provider to run, such as cloudflare/cloudflare (repeatable)",
      collect,
    )
    .option("--no-exec", "skip provisioners, programs, network requests and files")
    .option(
      "--image <name=state>",
      "set the state of an image: exists, missing or arm64 (repeatable)",
      collect,
    )
    .option("--apps <file>", "read images and application behavior from this JSON file")
    .option("--world <file>", "start from this sandbox state file")
    .option(
      "--from <ref>",
      "apply this commit or folder first, then change to the current code and report outages",
    )
    .option("--faults", "inject throttling, errors, delays, connection resets and an interruption")
    .option("--seed <number>", "set the random seed of --faults (default: 1)")
    .addOption(
      new Option("--until <phase>", "stop after this phase").choices(["apply", "traffic", "plan"]),
    )
    .option("--keep", "keep the sandbox running instead of destroying")
    .option("--record <file>", "write an IAM policy that allows exactly the recorded calls")
    .option("--markdown", "print the result as Markdown, for a pull request")
    .action((directories, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/rehearse.ts")).run({ ...flags, directories }, host),
      ),
    );

  command("explain", "explain a check or a failure")
    .argument("<id>", "explain this check or failure, such as NET-11")
    .action((id, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/explain.ts")).run({ ...flags, id }, host),
      ),
    );

  command("sandbox", "run a local AWS sandbox on 127.0.0.1 until interrupted")
    .option("--port <number>", "listen on this TCP port (default: a free port)")
    .option("--state <file>", "persist the sandbox state to a file (default: in memory)")
    .addOption(
      new Option("--pace <pace>", "set the duration of AWS background work")
        .choices(["instant", "real"])
        .default("instant"),
    )
    .addOption(
      new Option("--iam <consistency>", "set when other services see IAM changes")
        .choices(["strong", "eventual"])
        .default("strong"),
    )
    .option("--apps <file>", "read images and application behavior from this JSON file")
    .option("--quota <name=number...>", "set service quotas (default: those of a new account)")
    .action((flags) =>
      perform(flags, async (host) => (await import("./commands/sandbox.ts")).run(flags, host)),
    );
}

function declarePipelineCommands(command: DeclareCommand): void {
  command(
    "bootstrap",
    "create the state bucket, OIDC provider and roles that a pipeline requires",
    PROJECT_AND_TARGET,
  )
    .option("-y, --yes", "skip the confirmation")
    .option("--destroy", "destroy these resources, if the bucket contains no other state")
    .action((flags) =>
      perform(flags, async (host) => (await import("./commands/bootstrap.ts")).run(flags, host)),
    );

  addConfigOption(
    command("pipeline", "write the GitHub Actions workflow for plan, apply and drift detection"),
  )
    .option("--check", "write nothing; exit with code 2 if the workflow is not up to date")
    .option("--force", "overwrite a workflow that was edited by hand")
    .action((flags) =>
      perform(flags, async (host) => (await import("./commands/pipeline.ts")).run(flags, host)),
    );

  command("comment", "create or update the Berth comment of a pull request", PROJECT)
    .argument(
      "<file...>",
      "include these files, written with --markdown by plan, check or rehearse",
    )
    .option(
      "--pull-request <number>",
      "set the pull request (default: pull request of the workflow run)",
    )
    .option("--head <commit>", "set its last commit (default: head of the workflow run)")
    .option("--name <name>", "set the project name; with --workflow, the config is not loaded")
    .option(
      "--workflow <file>",
      "set the pipeline's file in .github/workflows (default: from the config)",
    )
    .option(
      "--approve <environment=fingerprint>",
      "set the fingerprint that a merge approves (repeatable)",
      collect,
    )
    .option("--repository <owner/name>", "set the repository (default: GITHUB_REPOSITORY)")
    .option("--author <login>", "set the author of the comment", "github-actions[bot]")
    .action((files, flags) =>
      perform(flags, async (host) =>
        (await import("./commands/comment.ts")).run({ ...flags, files }, host),
      ),
    );

  command(
    "approved",
    "print the approved fingerprint from the comment of a merged pull request",
    PROJECT,
  )
    .option("--commit <commit>", "set the merge commit (default: GITHUB_SHA)")
    .option(
      "--branch <name>",
      "set the base branch of the merge (default: pipeline.branch, else main)",
    )
    .option("--repository <owner/name>", "set the repository (default: GITHUB_REPOSITORY)")
    .option("--author <login>", "set the author of the comment", "github-actions[bot]")
    .action((flags) =>
      perform(flags, async (host) => (await import("./commands/approved.ts")).run(flags, host)),
    );

  command(
    "drift",
    "detect drift between the account and the config; exit with code 2 if there is any",
    PROJECT_AND_TARGET,
  )
    .option("--issue", "open, update or close the GitHub issue that reports the drift")
    .option("--repository <owner/name>", "set the repository (default: GITHUB_REPOSITORY)")
    .option("--author <login>", "set the author of the issue", "github-actions[bot]")
    .action((flags) =>
      perform(flags, async (host) => (await import("./commands/drift.ts")).run(flags, host)),
    );
}

function declareOtherCommands(command: DeclareCommand): void {
  command("doctor", "list missing prerequisites and how to install them", PROJECT_AND_ENGINE)
    .option("--install", "download OpenTofu, verify its checksum and install it into your cache")
    .option("--from <url>", "use this mirror of the OpenTofu releases with --install")
    .action((flags) =>
      perform(flags, async (host) => (await import("./commands/doctor.ts")).run(flags, host)),
    );
}

/** Rejects an option with one value that is passed twice: Commander would ignore the first value. */
function rejectRepeatedOptions(declared: Command): void {
  const passed = new Set<Option>();
  for (const option of declared.options) {
    if (!option.required || option.variadic || option.parseArg === collect) continue;
    declared.on(`option:${option.name()}`, () => {
      if (passed.has(option))
        declared.error(`error: option '${option.flags}' cannot be passed more than once`);
      passed.add(option);
    });
  }
}

/** Rejects a URL after --sandbox, which does not take a value: Commander would pass it to the command, for example as the name of a service. */
function rejectSandboxUrl(command: Command, args: readonly string[]): void {
  // The arguments after "--" are those of a program in a task.
  const end = args.indexOf("--");
  const own = args.slice(0, end === -1 ? args.length : end).join(" ");
  const url = /(?:^| )--sandbox[= ](https?:\/\/\S+)/.exec(own)?.[1];
  if (url !== undefined)
    command.error(`error: option '--sandbox' does not take a value; pass --sandbox-url ${url}`);
}

/** Creates the command line: all commands with their arguments and options. The caller parses the arguments. */
export function createProgram(): Command {
  const program = new Command("berth")
    .description(
      "Create the AWS infrastructure that an Amazon ECS service needs with Terraform, and test it without an AWS account.",
    )
    .version(version, "-V, --version", "print the version number")
    .helpOption("-h, --help", "print this help")
    .addHelpCommand(
      new Command("help")
        .argument("[command]")
        .description("print the help of a command")
        .helpOption(false)
        .helpGroup("Other commands:"),
    )
    .showHelpAfterError(`(run ${berthCommand()} --help for a list of commands)`)
    .exitOverride();

  const sharedOptions = new Map<Command, SharedOptions>();
  const command: DeclareCommand = (name, description, shared = {}) => {
    const declared = program
      .command(name)
      .description(description)
      .showHelpAfterError(`(run ${berthCommand()} ${name} --help for its arguments and options)`)
      .exitOverride();
    declared.addHelpOption(new Option("-h, --help", "print this help").helpGroup(GENERAL_OPTIONS));
    sharedOptions.set(declared, shared);
    return declared;
  };

  program.commandsGroup("Infrastructure commands:");
  declareInfrastructureCommands(command);
  program.commandsGroup("Service commands:");
  declareServiceCommands(command);
  program.commandsGroup("Test commands:");
  declareTestCommands(command);
  program.commandsGroup("Pipeline commands:");
  declarePipelineCommands(command);
  program.commandsGroup("Other commands:");
  declareOtherCommands(command);

  for (const [declared, shared] of sharedOptions) {
    addSharedOptions(declared, shared);
    rejectRepeatedOptions(declared);
  }
  program.hook("preSubcommand", (_, command) => {
    // Commander removes "--" from program.args.
    if (sharedOptions.get(command)?.target === true)
      rejectSandboxUrl(command, process.argv.slice(2));
  });
  program.hook("preAction", async (_, action) => {
    // init creates a config in the working directory, and has its own default.
    const hasConfig = action.options.some((option) => option.attributeName() === "config");
    if (!hasConfig || action.name() === "init" || action.getOptionValue("config") !== undefined)
      return;
    const { findConfig } = await import("../config/index.ts");
    action.setOptionValueWithSource("config", findConfig(), "default");
  });
  return program;
}
