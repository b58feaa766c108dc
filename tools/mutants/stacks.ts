import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Edit, type Shape, shapes } from "../../test/e2e/stacks/index.ts";

/** A stack with one resource removed, or one line weakened. */
export interface StackMutant {
  /** Such as "a NAT gateway: modules/network aws_route.nat: removed". */
  readonly name: string;
  readonly shape: Shape;
  readonly edits: readonly Edit[];
}

const stacks = fileURLToPath(new URL("../../test/e2e/stacks/", import.meta.url));

/** Lines that weaken what they are in, where a stack has them. */
const WEAKER: readonly (readonly [what: string, line: RegExp, becomes: string])[] = [
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

/** The file without a resource, unless something else names it. */
function without(folder: string, file: string, block: string, address: string): Edit | undefined {
  const text = read(folder, file);
  const cut = text
    .replace(block, "")
    .replaceAll(/depends_on = \[([^\]]*)\]/g, (_whole, list: string) => {
      const kept = list
        .split(",")
        .filter((value) => value.trim() !== address && value.trim() !== "");
      return `depends_on = [${kept.join(",")}]`;
    });
  const others = textOf(folder).replace(text, cut);
  const isNamed = new RegExp(`\\b${address.replace(".", "\\.")}\\b`).test(others);
  return isNamed ? undefined : { file: join(folder, file), text, becomes: cut };
}

function mutantsIn(shape: Shape, name: string): StackMutant[] {
  const [root = ""] = shape.folders;
  return foldersOf(root).flatMap((folder) =>
    filesOf(folder).flatMap((file) => {
      const text = read(folder, file);
      const removed = [...text.matchAll(/^resource "(\w+)" "(\w+)" \{\n[\s\S]*?^\}\n/gm)].flatMap(
        ([block, type = "", label = ""]) => {
          const edit = without(folder, file, block, `${type}.${label}`);
          // Without its service there is nothing to try.
          return edit && type !== "aws_ecs_service"
            ? [{ name: `${name}: ${folder} ${type}.${label}: removed`, shape, edits: [edit] }]
            : [];
        },
      );
      const weakened = WEAKER.flatMap(([what, line, becomes]) => {
        const weaker = text.replace(line, becomes);
        return weaker === text
          ? []
          : [
              {
                name: `${name}: ${folder}: ${what}`,
                shape,
                edits: [{ file: join(folder, file), text, becomes: weaker }],
              },
            ];
      });
      return [...removed, ...weakened];
    }),
  );
}

/** Mutants of all stacks that stand alone. */
export const stackMutants = (): StackMutant[] =>
  Object.entries(shapes)
    .filter(([, shape]) => shape.folders.length === 1)
    .flatMap(([name, shape]) => mutantsIn(shape, name));
