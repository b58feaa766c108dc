import { withResource } from "../../../support/plan-edits.ts";
import type { DerivedCase, DerivedCases } from "../case-types.ts";

const withRecord = (type: string, value: string): DerivedCase["change"] =>
  withResource("aws_route53_record.app", {
    values: {
      name: "app.example.com",
      type,
      ttl: 60,
      zone_id: "Z0123456789ABCDEFGHIJ",
      records: [value],
    },
    unknown: {},
    expressions: {},
  });

const fails = (type: string, value: string): DerivedCase => ({
  base: "as it is",
  change: withRecord(type, value),
  failedChecks: ["record-values"],
});

const passes = (type: string, value: string): DerivedCase => ({
  base: "as it is",
  change: withRecord(type, value),
  passedChecks: ["record-values"],
});

export const recordValuesDerivedCases: DerivedCases = {
  "a record of the type A with a host name": fails("A", "host.example.com"),
  "a record of the type A with an address": passes("A", "10.0.0.1"),
  "a record of the type MX without a priority": fails("MX", "mail.example.com"),
  "a record of the type CNAME with a space": fails("CNAME", "a.example.com b.example.com"),
  "a text of 256 characters": fails("TXT", "x".repeat(256)),
  "a text of two parts": passes("TXT", `${"x".repeat(255)}""${"x".repeat(255)}`),
  "a text in quotation marks": passes("TXT", '"v=spf1 -all"'),
  "records that are known after apply": {
    base: "as it is",
    change: withResource("aws_route53_record.app", {
      values: { name: "app.example.com", type: "CNAME", ttl: 60, zone_id: "Z0123456789ABCDEFGHIJ" },
      unknown: { records: true },
      expressions: { records: { references: ["aws_lb.main.dns_name", "aws_lb.main"] } },
    }),
    unknownChecks: ["record-values"],
  },
};
