import { describe, expect, it } from "vitest";
import { imageParameterOf, serviceTarget } from "../../src/app/service-target.ts";
import type { Settings } from "../../src/config/index.ts";
import { synthJobJson, synthServiceJson } from "../../src/constructs/synth/index.ts";

const settings: Settings = {
  name: "shop",
  environment: "default",
  region: "eu-west-1",
  loadBalancer: false,
  services: { web: { image: { tag: "1" } } },
  jobs: { nightly: { image: { tag: "1" } } },
};

/** The arguments of the only resource of a type in a root module. */
function argumentsOf(rootModule: string, kind: "resource" | "data", type: string): object {
  const module = JSON.parse(rootModule) as Record<string, Record<string, Record<string, object>>>; // of Terraform's JSON syntax
  const [resource = {}] = Object.values(module[kind]?.[type] ?? {});
  return resource;
}

describe("serviceTarget()", () => {
  it.each([
    ["web", synthServiceJson(settings, "web")],
    ["nightly", synthJobJson(settings, "nightly")],
  ])("has the names of the root module of %s", (name, rootModule) => {
    const target = serviceTarget(settings, name);
    const definition = argumentsOf(rootModule, "resource", "aws_ecs_task_definition");
    expect(definition).toMatchObject({ family: target.family });
    expect(JSON.stringify(definition)).toContain(name);
    expect(argumentsOf(rootModule, "resource", "aws_cloudwatch_log_group")).toMatchObject({
      name: target.logGroup,
    });
    expect(argumentsOf(rootModule, "resource", "aws_ssm_parameter")).toMatchObject({
      name: imageParameterOf(settings, name),
    });
    // "berth destroy" removes only revisions with these roles.
    for (const role of ["execution", "task"])
      expect(rootModule).toContain(JSON.stringify(`${target.family}-${role}`));
    expect(argumentsOf(rootModule, "data", "aws_ssm_parameter")).toMatchObject({
      name: target.foundationParameter,
    });
  });

  it("has the name of the ECS service", () => {
    const rootModule = synthServiceJson(settings, "web");
    expect(argumentsOf(rootModule, "resource", "aws_ecs_service")).toMatchObject({
      name: serviceTarget(settings, "web").name,
    });
  });

  it("has the parameter of the config", () => {
    const target = serviceTarget({ ...settings, publish: "/teams/shop" }, "web");
    expect(target.foundationParameter).toBe("/teams/shop");
  });

  it("suggests the closest name", () => {
    expect(() => serviceTarget(settings, "wbe")).toThrow(
      expect.objectContaining({ code: "BERTH-E6011", fix: 'did you mean "web"?' }) as Error,
    );
  });
});
