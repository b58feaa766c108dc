import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FailureId } from "../../../src/failures/catalogue/index.ts";
import type { RehearseOptions } from "../../../src/rehearsal/options.ts";
import { testFolder } from "../../support/folder.ts";

const directory = fileURLToPath(new URL(".", import.meta.url));

/** A text in a file, and the text that replaces it in the broken version. */
export interface Edit {
  readonly file: string;
  readonly text: string;
  readonly replacement: string;
}

/** A working Terraform configuration, and edits that break it. */
export interface StackExample {
  /** Folders of the stacks, in order. */
  readonly folders: readonly string[];
  readonly options?: RehearseOptions;
  readonly broken: {
    readonly id: FailureId;
    /** What fails: Terraform, the start of a task, or a request. */
    readonly at: "apply" | "service" | "request";
    readonly edits: readonly Edit[];
    readonly options?: RehearseOptions;
  };
}

const entry = (
  folder: string,
  broken: StackExample["broken"],
  options: RehearseOptions = {},
): StackExample => ({
  folders: [folder],
  broken,
  options,
});

const edit = (file: string, text: string, replacement: string): Edit => ({
  file,
  text,
  replacement,
});

/** Stacks with the structure of public repositories. The recorded plans in test/checks/fixtures have the same names. */
export const stackExamples: Readonly<Record<string, StackExample>> = {
  "a NAT gateway": entry("nat", {
    id: "NET-04",
    at: "service",
    edits: [
      edit(
        "modules/network/main.tf",
        "subnet_id     = aws_subnet.public[local.zones[0]].id",
        "subnet_id     = aws_subnet.private[local.zones[0]].id",
      ),
    ],
  }),
  "endpoints alone": entry("endpoints", {
    id: "NET-12",
    at: "service",
    edits: [
      edit(
        "modules/network/main.tf",
        "route_table_ids = [aws_route_table.private.id]",
        "route_table_ids = [aws_route_table.public.id]",
      ),
    ],
  }),
  "public subnets and public addresses": entry("public", {
    id: "NET-02",
    at: "service",
    edits: [edit("public/main.tf", "public_ip          = true", "public_ip          = false")],
  }),
  "one security group for all": entry("one-group", {
    id: "ALB-11",
    at: "service",
    edits: [
      edit(
        "one-group/main.tf",
        "  self              = true",
        '  cidr_blocks       = ["192.0.2.0/24"]',
      ),
    ],
  }),
  "count, a heredoc, a profile and an S3 state": entry("counted", {
    id: "NET-05",
    at: "service",
    edits: [
      edit("counted/main.tf", "default = 1", "default = 2"),
      edit(
        "counted/main.tf",
        'resource "aws_route_table_association" "private" {\n  count          = var.zones',
        'resource "aws_route_table_association" "private" {\n  count          = 1',
      ),
      // The second subnet uses the main route table, which has no route to the internet.
      edit(
        "counted/main.tf",
        "route_table_id         = aws_vpc.main.main_route_table_id",
        "route_table_id         = aws_route_table.public.id",
      ),
      edit(
        "counted/main.tf",
        'resource "aws_eip" "nat" {',
        `resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table_association" "public" {
  count          = var.zones
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_eip" "nat" {`,
      ),
    ],
  }),
  "modules with for_each and dynamic blocks, HTTPS with ACM and Route 53": entry("https", {
    id: "ALB-15",
    at: "apply",
    edits: [
      edit(
        "https/main.tf",
        "certificate_arn   = aws_acm_certificate_validation.this.certificate_arn",
        "certificate_arn   = aws_acm_certificate.this.arn",
      ),
      edit(
        "https/main.tf",
        'resource "aws_acm_certificate_validation" "this" {',
        'resource "aws_acm_certificate_validation" "this" {\n  count = 0',
      ),
      edit(
        "https/main.tf",
        "for option in aws_acm_certificate.this.domain_validation_options : option.domain_name => option",
        "for option in aws_acm_certificate.this.domain_validation_options : option.domain_name => option if false",
      ),
    ],
  }),
  "blue/green by CodeDeploy": entry("codedeploy", {
    id: "ALB-03",
    at: "apply",
    edits: [edit("codedeploy/main.tf", "container_port   = 8080", "container_port   = 80")],
  }),
  "blue/green by task sets": entry("task-sets", {
    id: "LOG-01",
    at: "service",
    edits: [
      edit(
        "modules/task/main.tf",
        '"awslogs-group"         = aws_cloudwatch_log_group.this.name',
        '"awslogs-group"         = "/ecs/elsewhere"',
      ),
    ],
  }),
  "capacity providers with Spot": entry("spot", {
    id: "SVC-02",
    at: "apply",
    edits: [
      edit(
        "spot/main.tf",
        'capacity_providers = ["FARGATE", "FARGATE_SPOT"]',
        'capacity_providers = ["FARGATE"]',
      ),
    ],
  }),
  "Service Connect": entry("service-connect", {
    id: "SVC-13",
    at: "apply",
    edits: [edit("service-connect/main.tf", 'port_name      = "http"', 'port_name      = "web"')],
  }),
  "two stacks joined by parameters": {
    folders: ["joined-by-ssm/network", "joined-by-ssm/service"],
    broken: {
      id: "TF-05",
      at: "apply",
      edits: [
        edit(
          "joined-by-ssm/network/main.tf",
          'name  = "/network/${each.key}"',
          'name  = "/net/${each.key}"',
        ),
      ],
    },
  },
  "two stacks joined by remote state": {
    folders: ["joined-by-state/network", "joined-by-state/service"],
    broken: {
      id: "NET-24",
      at: "service",
      edits: [edit("joined-by-state/service/main.tf", "= 443", "= 80")],
    },
  },
  "ECR in another account, two providers": entry("two-accounts", {
    id: "ECR-04",
    at: "service",
    edits: [
      edit(
        "two-accounts/main.tf",
        'identifiers = ["arn:aws:iam::333344445555:root"]',
        'identifiers = ["arn:aws:iam::999999999999:root"]',
      ),
    ],
  }),
  "scheduled tasks": entry("scheduled", {
    id: "IAM-11",
    at: "service",
    edits: [
      edit(
        "scheduled/main.tf",
        "resources = [module.task.execution_role_arn]",
        "resources = [aws_iam_role.events.arn]",
      ),
    ],
  }),
  "an internal load balancer": entry("internal", {
    id: "ALB-09",
    at: "request",
    edits: [
      edit("internal/main.tf", "admit_cidrs = { 80 = [module.network.cidr] }", "admit_cidrs = {}"),
    ],
  }),
  "secrets under a key of their own": entry("secrets", {
    id: "IAM-10",
    at: "service",
    edits: [edit("secrets/main.tf", 'actions   = ["kms:Decrypt"]', 'actions   = ["kms:Encrypt"]')],
  }),
  "tasks on ARM": entry(
    "arm",
    {
      id: "ECR-05",
      at: "service",
      edits: [edit("arm/main.tf", 'architecture = "ARM64"', 'architecture = "X86_64"')],
    },
    { images: { "*/pi": "arm64" } },
  ),
};

/**
 * Copies all stacks into a temporary folder and applies edits.
 *
 * @throws Error where a file does not contain the text of an edit
 */
export function copyStacks(edits: readonly Edit[]): string {
  const folder = testFolder();
  cpSync(directory, folder, { recursive: true, filter: (path) => !path.endsWith(".ts") });
  for (const { file, text, replacement } of edits) {
    const path = join(folder, file);
    const before = readFileSync(path, "utf8");
    if (!before.includes(text)) throw new Error(`${file} does not contain ${text}`);
    writeFileSync(path, before.replaceAll(text, replacement));
  }
  return folder;
}
