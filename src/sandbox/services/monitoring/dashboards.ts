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

interface BodyError {
  readonly dataPath: string;
  readonly message: string;
}

const required = (dataPath: string, name: string): BodyError => ({
  dataPath,
  message: `Should have required property '${name}'`,
});

/** Errors of a widget. Sources: as for checkBody. */
function widgetErrors(widget: unknown, path: string): readonly BodyError[] {
  if (!isObject(widget)) return [{ dataPath: path, message: "Should be object" }];
  const { type, properties } = widget;
  const missing = ["type", "properties"].filter((name) => widget[name] === undefined);
  if (missing.length > 0) return missing.map((name) => required(path, name));
  if (type !== "metric" || !isObject(properties)) return [];
  const { metrics, annotations } = properties;
  const propertiesPath = `${path}/properties`;
  if (metrics === undefined && annotations === undefined)
    return [
      required(propertiesPath, "metrics"),
      {
        dataPath: propertiesPath,
        message:
          "The metric widget should have specified a region and a data source or an alarm annotation",
      },
      required(propertiesPath, "annotations"),
    ];
  return (Array.isArray(metrics) ? metrics : []).flatMap((metric, index) =>
    Array.isArray(metric)
      ? []
      : [
          { dataPath: `${propertiesPath}/metrics/${index}`, message: "Should be array" },
          {
            dataPath: `${propertiesPath}/metrics/${index}`,
            message:
              'Field "metrics" has to be an array of array of strings, with an optional metricRenderer object as last element',
          },
        ],
  );
}

function bodyErrors({ widgets }: Readonly<Record<string, unknown>>): readonly BodyError[] {
  if (widgets === undefined) return [required("", "widgets")];
  if (!Array.isArray(widgets)) return [{ dataPath: "/widgets", message: "Should be array" }];
  return widgets.flatMap((widget, index) => widgetErrors(widget, `/widgets/${index}`));
}

/**
 * Checks the structure of the widgets.
 *
 * Sources: Amazon CloudWatch API Reference, "Dashboard Body Structure and Syntax"; of the texts, aws-samples/aws-eda-slurm-cluster#116
 * (no metrics), pulumi/pulumi#13059 (metrics).
 */
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
  const errors = bodyErrors(body);
  if (errors.length > 0)
    throw new AwsError(
      "InvalidParameterInput",
      `The dashboard body is invalid, there are ${errors.length} validation errors:\n${JSON.stringify(errors, undefined, 2)}`,
    );
}

function requireDashboard(context: Context, name: string): Dashboard {
  const dashboard = context.in(dashboards).get(name);
  if (!dashboard) throw new AwsError("ResourceNotFound", `Dashboard ${name} does not exist`, 404);
  return dashboard;
}

/** Dashboards are stored. Of their widgets, the structure is checked. */
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
