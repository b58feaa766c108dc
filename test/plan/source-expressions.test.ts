import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readSourceExpressions } from "../../src/plan/source-expressions.ts";
import { testFolder } from "../support/folder.ts";

it("finds the JSON keys of secrets, and no part of another ARN", async () => {
  const folder = testFolder();
  writeFileSync(
    join(folder, "main.tf"),
    `locals {
  secrets = [
    { name = "A", valueFrom = "\${aws_secretsmanager_secret.db["x"].arn}:password::" },
    { name = "B", valueFrom = format("%s:user:AWSCURRENT:", aws_secretsmanager_secret.db.arn) },
    { name = "C", valueFrom = aws_secretsmanager_secret.db.arn },
  ]
  root = "arn:\${data.aws_partition.current.partition}:iam::\${local.account}:root"
  role = "arn:aws:sts:\${local.region}:\${local.account}:assumed-role/x:"
}
`,
  );
  const { secretKeys } = await readSourceExpressions(folder);
  expect(secretKeys).toEqual({ "": ["password", "user"] });
});
