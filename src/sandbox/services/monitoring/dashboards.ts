import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import { isObject } from "../../../shared/index.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { AwsError } from "../../protocol/errors.ts";

interface Dashboard {
  readonly name: string;
  readonly body: string;
  readonly changed: Date;
}

/** Dashboards by name. They are the same in all regions of an account. */
const dashboards: TableKey<Dashboard> = table("cloudwatch/dashboard", { scope: "account" });

const PAGE_SIZE = 1000;

export const dashboardArn = (context: Context, name: string): string =>
  `arn:${context.partition}:cloudwatch::${context.account}:dashboard/${name}`;

/** Source: Amazon CloudWatch API Reference, PutDashboard: InvalidParameterInput. */
function checkBody(text: string): void {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined; // reported below
  }
  if (!isObject(body))
    throw new AwsError(
      "InvalidParameterInput",
      "The field DashboardBody must be a valid JSON object",
    );
}

function requireDashboard(context: Context, name: string): Dashboard {
  const dashboard = context.in(dashboards).get(name);
  if (!dashboard) throw new AwsError("ResourceNotFound", `Dashboard ${name} does not exist`, 404);
  return dashboard;
}

/** Dashboards are stored. Their widgets are not checked. */
export const dashboardOperations: Operations = {
  PutDashboard: operation<cloudwatch.PutDashboardInput, cloudwatch.PutDashboardOutput>()(
    ["DashboardName", "DashboardBody"],
    (context, { DashboardName: name, DashboardBody: body }) => {
      if (!/^[\w-]{1,255}$/.test(name))
        throw new AwsError(
          "InvalidParameterInput",
          `The value ${name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).`,
        );
      checkBody(body);
      context.in(dashboards).put(name, { name, body, changed: context.now });
      return { DashboardValidationMessages: [] };
    },
  ),

  GetDashboard: operation<cloudwatch.GetDashboardInput, cloudwatch.GetDashboardOutput>()(
    ["DashboardName"],
    (context, input) => {
      const { name, body } = requireDashboard(context, input.DashboardName);
      return {
        DashboardArn: dashboardArn(context, name),
        DashboardName: name,
        DashboardBody: body,
      };
    },
  ),

  ListDashboards: operation<cloudwatch.ListDashboardsInput, cloudwatch.ListDashboardsOutput>()(
    ["DashboardNamePrefix", "NextToken"],
    (context, { DashboardNamePrefix: prefix = "", NextToken }) => {
      const { items, next } = page(
        context.in(dashboards).filter(({ name }) => name.startsWith(prefix)),
        PAGE_SIZE,
        NextToken,
      );
      return {
        DashboardEntries: items.map(({ name, body, changed }) => ({
          DashboardName: name,
          DashboardArn: dashboardArn(context, name),
          LastModified: changed,
          Size: Buffer.byteLength(body),
        })),
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
  ),

  DeleteDashboards: operation<cloudwatch.DeleteDashboardsInput, object>()(
    ["DashboardNames"],
    (context, input) => {
      for (const name of input.DashboardNames) requireDashboard(context, name);
      for (const name of input.DashboardNames) context.in(dashboards).delete(name);
      return {};
    },
  ),
};
