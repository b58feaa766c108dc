import * as iam from "@aws-sdk/client-iam";
import { describe, expect, it } from "vitest";
import { awsManagedPolicies } from "../../../src/aws/index.ts";
import { parsePolicy } from "../../../src/iam/index.ts";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("AWS managed policies", () => {
  it.each([...awsManagedPolicies])("%s has a document that can be evaluated", (_name, policy) => {
    expect(parsePolicy(policy.document).statements.length).toBeGreaterThan(0);
    expect(policy.version).toMatch(/^v\d+$/);
  });

  it("of ECS stacks can be attached and read", async () => {
    const client = new iam.IAMClient(fixture.clientOptions);
    await client.send(
      new iam.CreateRoleCommand({
        RoleName: "instance",
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "ec2.amazonaws.com" },
              Action: "sts:AssumeRole",
            },
          ],
        }),
      }),
    );
    for (const name of [
      "service-role/AmazonEC2ContainerServiceforEC2Role",
      "service-role/AmazonECSTaskExecutionRolePolicy",
      "AmazonSSMManagedInstanceCore",
      "AmazonSSMReadOnlyAccess",
      "CloudWatchAgentServerPolicy",
      "AmazonDynamoDBFullAccess",
    ])
      await client.send(
        new iam.AttachRolePolicyCommand({
          RoleName: "instance",
          PolicyArn: `arn:aws:iam::aws:policy/${name}`,
        }),
      );
    const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role";
    const { Policy } = await client.send(new iam.GetPolicyCommand({ PolicyArn }));
    const { PolicyVersion } = await client.send(
      new iam.GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }),
    );
    expect(decodeURIComponent(PolicyVersion?.Document ?? "")).toContain(
      "ecs:RegisterContainerInstance",
    );
    expect(
      await fixture.errorOf(() =>
        client.send(
          new iam.AttachRolePolicyCommand({
            RoleName: "instance",
            PolicyArn: "arn:aws:iam::aws:policy/NoSuchPolicy",
          }),
        ),
      ),
    ).toContain("NotImplemented");
  });
});
