import {
  CloudWatchClient,
  DeleteDashboardsCommand,
  GetDashboardCommand,
  ListDashboardsCommand,
  PutDashboardCommand,
} from "@aws-sdk/client-cloudwatch";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const client = (): CloudWatchClient => new CloudWatchClient(fixture.clientOptions);
const body = '{"widgets":[]}';
const put = (DashboardBody = body, DashboardName = "shop") =>
  client().send(new PutDashboardCommand({ DashboardName, DashboardBody }));
const get = () => client().send(new GetDashboardCommand({ DashboardName: "shop" }));

describe("CloudWatch dashboards", () => {
  it("are created, changed, listed and deleted", async () => {
    await put();
    await put('{"widgets":[],"start":"-P1D"}');
    expect(await get()).toMatchObject({
      DashboardArn: "arn:aws:cloudwatch::111122223333:dashboard/shop",
      DashboardBody: '{"widgets":[],"start":"-P1D"}',
    });
    expect((await client().send(new ListDashboardsCommand({}))).DashboardEntries).toMatchObject([
      { DashboardName: "shop", Size: 29 },
    ]);
    const remove = () => client().send(new DeleteDashboardsCommand({ DashboardNames: ["shop"] }));
    await remove();
    expect(await fixture.errorOf(get)).toContain("Dashboard shop does not exist");
    expect(await fixture.errorOf(remove)).toContain("Dashboard shop does not exist");
  });

  it("have a JSON body and a plain name", async () => {
    expect(await fixture.errorOf(() => put("widgets"))).toContain(
      "The field DashboardBody must be a valid JSON object",
    );
    const error = (path: string, message: string): object => ({
      dataPath: `/widgets/0/properties${path}`,
      message,
    });
    expect(
      await fixture.errorOf(() => put('{"widgets":[{"type":"metric","properties":{}}]}')),
    ).toBe(
      `DashboardInvalidInputError: The dashboard body is invalid, there are 3 validation errors:\n${JSON.stringify(
        [
          error("", "Should have required property 'metrics'"),
          error(
            "",
            "The metric widget should have specified a region and a data source or an alarm annotation",
          ),
          error("", "Should have required property 'annotations'"),
        ],
        undefined,
        2,
      )}`,
    );
    expect(
      await fixture.errorOf(() =>
        put('{"widgets":[{"type":"metric","properties":{"metrics":["AWS/ECS"]}}]}'),
      ),
    ).toContain("there are 2 validation errors");
    expect(await fixture.errorOf(() => put("{}"))).toContain(
      "Should have required property 'widgets'",
    );
    expect(await fixture.errorOf(() => put('{"widgets":[{"type":"text"}]}'))).toContain(
      "Should have required property 'properties'",
    );
    expect(await fixture.errorOf(() => put(body, "my shop"))).toContain(
      "contains invalid characters",
    );
  });
});
