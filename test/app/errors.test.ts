import { expect, it } from "vitest";
import { terraformErrors } from "../../src/app/errors.ts";

const context = {
  configFile: "berth.config.ts",
  stepOf: () => ({ configPaths: ["repository"] }),
  scope: { config: "berth.config.ts", environment: "prod" },
  unlock: () => "run berth recover",
};

const errorOf = (summary: string, detail = "", address?: string) =>
  terraformErrors(
    {
      diagnostics: [
        { severity: "error", summary, detail, ...(address === undefined ? {} : { address }) },
      ],
    },
    context,
  )[0];

it("suggests berth bootstrap if the state bucket does not exist", () => {
  expect(
    errorOf("Error refreshing state", "NoSuchBucket: The specified bucket does not exist"),
  ).toMatchObject({
    code: "BERTH-E9009",
    fix: "run npx berth bootstrap --env prod, which creates the state bucket",
  });
});

it("keeps the address and the config path of a resource", () => {
  expect(errorOf("RepositoryNotEmptyException", "", "aws_ecr_repository.app")).toMatchObject({
    code: "BERTH-E9005",
    where: "aws_ecr_repository.app",
    from: "repository in berth.config.ts",
  });
});

it("has a code for other problems of Terraform, and for a locked state", () => {
  expect(errorOf("Invalid value")).toMatchObject({ code: "BERTH-E3003", message: "Invalid value" });
  const lock =
    "Lock Info:\n  ID:        1111-2222\n  Operation: OperationTypeApply\n  Who:       me@host\n  Created:   2026-11-27 10:00:10.5 +0000 UTC\n";
  expect(errorOf("Error acquiring the state lock", lock)).toMatchObject({
    code: "BERTH-E3014",
    fix: "run berth recover",
  });
});

it.each([
  [
    "InvalidParameterException: The specified capacity provider strategy contains a capacity provider that is not associated with the cluster.",
    "BERTH-E3003",
    "SVC-02",
  ],
  [
    "AccessDeniedException: User: … is not authorized to perform: iam:PassRole on resource: …",
    "BERTH-E9004",
    "IAM-11",
  ],
])("names the failure of %s", (summary, code, id) => {
  const error = errorOf(summary);
  expect(error?.code).toBe(code);
  expect(error?.fix).toMatch(new RegExp(`.; npx berth explain ${id} describes the failure$`));
});
