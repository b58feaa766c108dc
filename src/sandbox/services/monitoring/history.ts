import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import { operation, type Operations, page } from "../../core/operation.ts";
import { alarmHistory } from "./tables.ts";

export const historyOperations: Operations = {
  DescribeAlarmHistory: operation<
    cloudwatch.DescribeAlarmHistoryInput,
    cloudwatch.DescribeAlarmHistoryOutput
  >()(
    [
      "AlarmName",
      "AlarmTypes",
      "HistoryItemType",
      "StartDate",
      "EndDate",
      "MaxRecords",
      "NextToken",
      "ScanBy",
    ],
    (context, input) => {
      const rows = context.in(alarmHistory).filter(
        (row) =>
          (input.AlarmName ?? row.alarm) === row.alarm &&
          // Without types, metric alarms are returned. Source: Amazon CloudWatch API Reference, DescribeAlarmHistory.
          (input.AlarmTypes?.includes("MetricAlarm") ?? true) &&
          (input.HistoryItemType ?? row.type) === row.type &&
          row.at >= (input.StartDate ?? row.at) &&
          row.at <= (input.EndDate ?? row.at),
      );
      const sorted = input.ScanBy === "TimestampAscending" ? rows : rows.toReversed();
      const { items, next } = page(sorted, input.MaxRecords ?? 100, input.NextToken);
      return {
        AlarmHistoryItems: items.map((row) => ({
          AlarmName: row.alarm,
          AlarmType: "MetricAlarm" as const,
          Timestamp: row.at,
          HistoryItemType: row.type,
          HistorySummary: row.summary,
          HistoryData: row.data,
        })),
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
  ),
};
