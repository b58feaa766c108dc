#!/usr/bin/env node
import { Command, CommanderError, Option } from "commander";
import type { Host } from "./host/host.ts";
import { TextHost } from "./host/text-host.ts";
import { version } from "./version.ts";

/** Exit code for a command line that is not understood. Source: sysexits.h, EX_USAGE. */
const USAGE = 64;

interface CommonFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

async function hostFor({ json, quiet }: CommonFlags): Promise<Host> {
  if (json === true) {
    const { JsonHost } = await import("./host/json-host.ts");
    return new JsonHost(process.stdout);
  }
  return new TextHost({
    out: process.stdout,
    err: process.stderr,
    env: process.env,
    quiet: quiet === true,
  });
}

/** Runs a verb with the host its flags ask for; whatever it throws ends as problems and an exit code. */
async function perform(flags: CommonFlags, verb: (host: Host) => Promise<number>): Promise<void> {
  const host = await hostFor(flags);
  try {
    process.exitCode = await verb(host);
  } catch (error) {
    const { fromThrown } = await import("./errors.ts");
    const { problems, exitCode } = fromThrown(error);
    host.problems(problems);
    process.exitCode = exitCode;
  } finally {
    host.close();
  }
}

const program = new Command("berth")
  .description(
    "The foundation of an Amazon ECS service: typed, applied by Terraform, rehearsed before AWS sees it.",
  )
  .version(version)
  .showHelpAfterError("(berth --help lists what there is)")
  .exitOverride();

/** A command of its own name, with the flags every command has. Nothing heavy is loaded before it runs. */
function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--json", "one JSON object a line on stdout, for programs")
    .option("--quiet", "only results, warnings and errors")
    .exitOverride();
}

/** An option that may be given again; one that takes several values would swallow the arguments after it. */
const gather = (value: string, before: readonly string[] = []): string[] => [...before, value];

function projectCommand(name: string, description: string): Command {
  return command(name, description)
    .option("-c, --config <file>", "the config", "berth.config.ts")
    .option("-e, --env <name>", "the environment, where the config names some");
}

function engineCommand(name: string, description: string): Command {
  return projectCommand(name, description)
    .option("--terraform-bin <program>", "the engine, by path or name")
    .option("--sandbox", "in a sandbox of its own instead of an AWS account")
    .option("--sandbox-url <url>", "in a sandbox that runs already");
}

command("init", "write a first berth.config.ts")
  .option("-c, --config <file>", "where to write it", "berth.config.ts")
  .option("--name <name>", "name of the foundation (default: the folder's)")
  .option("--region <region>", "AWS region (default: AWS_REGION, else us-east-1)")
  .action((flags) =>
    perform(flags, async (host) => (await import("./commands/init.ts")).run(flags, host)),
  );

projectCommand("synth", "write the Terraform that the config stands for")
  .option("--hcl", "as HCL instead of JSON")
  .option("-o, --out <folder>", "into a folder instead of stdout")
  .action((flags) =>
    perform(flags, async (host) => (await import("./commands/synth.ts")).run(flags, host)),
  );

engineCommand("plan", "show what apply would do")
  .option("--detailed-exitcode", "exit with 2 where there are changes")
  .option("--fingerprint", "print the plan's fingerprint, for apply --approved")
  .option("--markdown", "the result as Markdown, for a pull request")
  .option("--github-output", "set the output fingerprint of a step in GitHub Actions")
  .option("--no-lock", "read the state without locking it")
  .action((flags) =>
    perform(flags, async (host) => (await import("./commands/plan.ts")).run(flags, host)),
  );

engineCommand("apply", "create or change what the config says")
  .option("-y, --yes", "without being asked")
  .option("--approved <fingerprint>", "only the plan of this fingerprint; exit with 4 on another")
  .option("--unchecked", "also where the check refutes the launch")
  .action((flags) =>
    perform(flags, async (host) => (await import("./commands/apply.ts")).run(flags, host)),
  );

engineCommand("destroy", "destroy what apply created")
  .option("-y, --yes", "without being asked")
  .action((flags) =>
    perform(flags, async (host) => (await import("./commands/destroy.ts")).run(flags, host)),
  );

engineCommand("recover", "save the state of an interrupted run, and release the lock that it left")
  .option("-y, --yes", "skip confirmation")
  .option("--bootstrap", "recover a run of berth bootstrap")
  .option("--accept-missing", "go on although resources of the run are not in the state")
  .action((flags) =>
    perform(flags, async (host) => (await import("./commands/recover.ts")).run(flags, host)),
  );

engineCommand("output", "print the outputs of the last apply")
  .argument("[name]", "one output alone")
  .action((name, flags) =>
    perform(flags, async (host) => (await import("./commands/output.ts")).run(flags, host, name)),
  );

projectCommand("check", "prove or refute that a plan, a state or a folder will launch")
  .argument("[what]", "terraform show -json of a plan or state, a saved plan, a folder, or -")
  .option("--terraform-bin <program>", "the engine, by path or name")
  .option("--var <name=value>", "for a folder: a variable, as Terraform takes it", gather)
  .option("--var-file <file>", "for a folder: a file of variables", gather)
  .option(
    "--allow-provider <source>",
    "for a folder: run a provider for real, such as cloudflare/cloudflare (repeatable)",
    gather,
  )
  .option("--no-exec", "for a folder: skip provisioners, programs, network requests and files")
  .option("--sources <folder>", "the plan's root module: its locals are not in the JSON")
  .option("--suppressions <file>", "findings to let be, each with a reason and a last day (JSON)")
  .option("--image <name=word>", "an image that exists, is missing, or is for arm64", gather)
  .option("--account <digits>", "the account, where the plan does not say it")
  .addOption(
    new Option(
      "--fail-on <verdict>",
      "unknown: also where a fact is missing (the default)",
    ).choices(["unknown", "fail"]),
  )
  .option("--isolated", "a way from a task to the internet is an error")
  .option("--all", "notes too, and every missing fact")
  .addOption(
    new Option("--format <format>", "of the result").choices([
      "text",
      "markdown",
      "sarif",
      "junit",
      "github",
    ]),
  )
  .action((what, flags) =>
    perform(flags, async (host) => (await import("./commands/check.ts")).run(what, flags, host)),
  );

command("explain", "say what a check wishes, or what a failure is")
  .argument("<id>", "a check or a failure, such as NET-11")
  .action((id, flags) =>
    perform(flags, async (host) => (await import("./commands/explain.ts")).run(id, host)),
  );

projectCommand(
  "rehearse",
  "play the whole life on an embedded AWS: apply, tasks, traffic, plan, change, destroy",
)
  .argument("[dir...]", "folders of Terraform, as stacks in order (default: the config's)")
  .option("--terraform-bin <program>", "the engine, by path or name")
  .option("--var <name=value>", "a variable, as Terraform takes it (again and again)", gather)
  .option("--var-file <file>", "a file of variables (again and again)", gather)
  .option("--workspace <name>", "Terraform's workspace")
  .option("--account <digits>", "the account to rehearse in")
  .option(
    "--allow-provider <source>",
    "run a provider for real, such as cloudflare/cloudflare (repeatable)",
    gather,
  )
  .option("--no-exec", "skip provisioners, programs, network requests and files")
  .option("--image <name=word>", "an image that exists, is missing, or is for arm64", gather)
  .option("--apps <file>", "what images there are, and how their programs behave (JSON)")
  .option("--world <file>", "what exists before: the state of a sandbox")
  .option("--from <ref>", "change from a commit or a folder, and look after every call")
  .option("--faults", "with throttling, errors, delays, cut connections and an interrupt")
  .option("--seed <number>", "with --faults: the same number, the same faults (default: 1)")
  .addOption(
    new Option("--until <phase>", "end after a phase").choices(["apply", "traffic", "plan"]),
  )
  .option("--keep", "leave the sandbox standing instead of destroying")
  .option("--record <file>", "write the IAM policy of exactly the calls made")
  .option("--markdown", "the result as Markdown, for a pull request")
  .action((directories, flags) =>
    perform(flags, async (host) =>
      (await import("./commands/rehearse.ts")).run(directories, flags, host),
    ),
  );

engineCommand("bootstrap", "create what a pipeline needs in an account: state bucket, OIDC, roles")
  .option("-y, --yes", "without being asked")
  .option("--destroy", "destroy it again, when no other state is left in the bucket")
  .action((flags) =>
    perform(flags, async (host) => (await import("./commands/bootstrap.ts")).run(flags, host)),
  );

command("pipeline", "write the GitHub Actions workflow that plans, applies and watches")
  .option("-c, --config <file>", "the config", "berth.config.ts")
  .option("--check", "write nothing; exit with 2 where it is not current")
  .option("--force", "write over what was edited by hand")
  .action((flags) =>
    perform(flags, async (host) => (await import("./commands/pipeline.ts")).run(flags, host)),
  );

projectCommand(
  "comment",
  "write Markdown into a pull request's one comment, or bring it up to date",
)
  .argument("<file...>", "what plan, check and rehearse have written with --markdown")
  .option("--pull-request <number>", "which (default: the one that the workflow runs for)")
  .option("--head <commit>", "its last commit (default: likewise)")
  .option("--name <name>", "project name; with --workflow, the config is not loaded")
  .option("--workflow <file>", "file of the pipeline in .github/workflows (default: the config's)")
  .option(
    "--approve <environment=fingerprint>",
    "fingerprint that a merge approves (repeatable)",
    gather,
  )
  .option("--repository <owner/name>", "(default: GITHUB_REPOSITORY)")
  .option("--author <login>", "whose comment it is", "github-actions[bot]")
  .action((files, flags) =>
    perform(flags, async (host) => (await import("./commands/comment.ts")).run(files, flags, host)),
  );

projectCommand("approved", "print the fingerprint that a merged pull request's comment holds")
  .option("--commit <commit>", "the merge (default: GITHUB_SHA)")
  .option("--branch <name>", "that it was merged into (default: pipeline.branch, else main)")
  .option("--repository <owner/name>", "(default: GITHUB_REPOSITORY)")
  .option("--author <login>", "whose comment it is", "github-actions[bot]")
  .action((flags) =>
    perform(flags, async (host) => (await import("./commands/approved.ts")).run(flags, host)),
  );

engineCommand(
  "drift",
  "say what is there and not as the config says; exit with 2 where there is some",
)
  .option("--issue", "open, update or close the one issue that tells of it")
  .option("--repository <owner/name>", "(default: GITHUB_REPOSITORY)")
  .option("--author <login>", "whose issue it is", "github-actions[bot]")
  .action((flags) =>
    perform(flags, async (host) => (await import("./commands/drift.ts")).run(flags, host)),
  );

projectCommand("doctor", "say what is missing, and how to get it")
  .option("--terraform-bin <program>", "the engine, by path or name")
  .option("--install", "fetch OpenTofu into your cache, checked against its release")
  .option("--from <url>", "with --install: a mirror of OpenTofu's releases")
  .action((flags) =>
    perform(flags, async (host) => (await import("./commands/doctor.ts")).run(flags, host)),
  );

command("sandbox", "run the embedded AWS until interrupted, on 127.0.0.1 alone")
  .option("--port <number>", "TCP port (default: a free one)", Number)
  .option("--state <file>", "keep its world in a file (default: it ends with the process)")
  .addOption(
    new Option("--pace <pace>", "how long AWS's background work takes")
      .choices(["instant", "real"])
      .default("instant"),
  )
  .addOption(
    new Option("--iam <when>", "when other services see a change of IAM")
      .choices(["strong", "eventual"])
      .default("strong"),
  )
  .option("--apps <file>", "what images there are, and how their programs behave (JSON)")
  .option("--quota <name=number...>", "quotas that differ from a new account's")
  .action((flags) =>
    perform(flags, async (host) => (await import("./commands/sandbox.ts")).run(flags, host)),
  );

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Help and version end well; anything else commander has already explained on stderr.
  process.exitCode = error.exitCode === 0 ? 0 : USAGE;
}
