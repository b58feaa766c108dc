import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Edit, type StackExample, stackExamples } from "../../test/e2e/stacks/index.ts";

/** A stack in which one resource is removed, or one line is weakened. */
export interface StackMutant {
  /** Such as "a NAT gateway: modules/network aws_route.nat: removed". */
  readonly name: string;
  readonly shape: StackExample;
  readonly edits: readonly Edit[];
}

const stacks = fileURLToPath(new URL("../../test/e2e/stacks/", import.meta.url));

/** Lines that are replaced to weaken a stack. The recorded plans in test/checks/fixtures contain the descriptions. */
const WEAKER: readonly (readonly [description: string, line: RegExp, replacement: string])[] = [
  ["no private DNS", /private_dns_enabled(\s*)= true/, "private_dns_enabled$1= false"],
  ["no DNS", /enable_dns_hostnames(\s*)= true/, "enable_dns_hostnames$1= false"],
  ["out to others alone", /(egress \{[^}]*)"0\.0\.0\.0\/0"/, '$1"203.0.113.0/24"'],
  [
    "a route to others",
    /destination_cidr_block(\s*)= "0\.0\.0\.0\/0"/,
    'destination_cidr_block$1= "198.18.0.0/15"',
  ],
  ["trusted by another service", /ecs-tasks\.amazonaws\.com/, "ecs.amazonaws.com"],
  ["another policy", /service-role\/AmazonECSTaskExecutionRolePolicy/, "AmazonS3ReadOnlyAccess"],
  ["another target type", /target_type(\s*)= "ip"/, 'target_type$1= "instance"'],
  ["another container port", /container_port(\s*)= 8080/, "container_port$1= 8081"],
  ["another log group", /"awslogs-group"(\s*)= [^\n]+/, '"awslogs-group"$1= "/elsewhere"'],
  [
    "another health check",
    /(resource "aws_lb_target_group" "\w+" \{)/,
    '$1\n  health_check {\n    port = "9"\n  }\n',
  ],
  ["another key's permission", /kms:Decrypt/, "kms:Encrypt"],
  ["more memory than there is", /memory(\s*)= 512/, "memory$1= 30720"],
];

/** Folders of a stack and of the modules that it uses. */
function foldersOf(folder: string): string[] {
  const text = textOf(folder);
  const used = [...text.matchAll(/source\s*= "([./][^"]*)"/g)].map(([, source = ""]) =>
    join(folder, source),
  );
  return [...new Set([folder, ...used.flatMap(foldersOf)])];
}

const filesOf = (folder: string): string[] =>
  readdirSync(join(stacks, folder)).filter((name) => name.endsWith(".tf"));

const read = (folder: string, file: string): string =>
  readFileSync(join(stacks, folder, file), "utf8");

const textOf = (folder: string): string =>
  filesOf(folder)
    .map((file) => read(folder, file))
    .join("\n");

/** An edit that removes a resource; undefined where another resource refers to it. */
function without(folder: string, file: string, block: string, address: string): Edit | undefined {
  const text = read(folder, file);
  const newText = text
    .replace(block, "")
    .replaceAll(/depends_on = \[([^\]]*)\]/g, (_match, list: string) => {
      const dependencies = list
        .split(",")
        .filter((dependency) => dependency.trim() !== address && dependency.trim() !== "");
      return `depends_on = [${dependencies.join(",")}]`;
    });
  const otherText = textOf(folder).replace(text, newText);
  const isReferenced = new RegExp(`\\b${address.replace(".", "\\.")}\\b`).test(otherText);
  return isReferenced ? undefined : { file: join(folder, file), text, replacement: newText };
}

function mutantsIn(shape: StackExample, name: string): StackMutant[] {
  const [root = ""] = shape.folders;
  return foldersOf(root).flatMap((folder) =>
    filesOf(folder).flatMap((file) => {
      const text = read(folder, file);
      const removed = [...text.matchAll(/^resource "(\w+)" "(\w+)" \{\n[\s\S]*?^\}\n/gm)].flatMap(
        ([block, type = "", label = ""]) => {
          const edit = without(folder, file, block, `${type}.${label}`);
          // Without the service, nothing can be tested.
          return edit && type !== "aws_ecs_service"
            ? [{ name: `${name}: ${folder} ${type}.${label}: removed`, shape, edits: [edit] }]
            : [];
        },
      );
      const weakened = WEAKER.flatMap(([description, line, replacement]) => {
        const weaker = text.replace(line, replacement);
        return weaker === text
          ? []
          : [
              {
                name: `${name}: ${folder}: ${description}`,
                shape,
                edits: [{ file: join(folder, file), text, replacement: weaker }],
              },
            ];
      });
      return [...removed, ...weakened];
    }),
  );
}

/** The mutants of all examples with a single stack. */
export const stackMutants = (): StackMutant[] =>
  Object.entries(stackExamples)
    .filter(([, shape]) => shape.folders.length === 1)
    .flatMap(([name, shape]) => mutantsIn(shape, name));
