import { describe, expect, it } from "vitest";
import { recordValueProblem } from "../../src/aws/index.ts";

describe("values of Route 53 records", () => {
  it.each([
    ["CNAME", "128/25.2.0.192.in-addr.arpa"],
    ["CNAME", String.raw`\052.example.com.`],
    ["CAA", '0 issuewild ";"'],
    ["MX", "0 ."],
    ["MX", "10  mail.example.com."],
    ["SRV", "1 10 5269 xmpp.example.com."],
    ["TXT", String.raw`"a \"quoted\" text" "and more"`],
    ["TXT", `"${String.raw`\040`.repeat(255)}"`],
    ["NAPTR", "anything"],
  ])("include, of type %s: %s", (type, value) => {
    expect(recordValueProblem(type, value)).toBeUndefined();
  });

  it.each([
    ["AAAA", "10.0.0.1", "form"],
    ["CAA", "0 issue letsencrypt.org", "form"],
    ["CNAME", "a..example.com", "form"],
    ["CNAME", `${"x".repeat(64)}.example.com`, "form"],
    ["MX", "65536 mail.example.com", "form"],
    ["NS", "", "form"],
    ["SRV", "1 10 xmpp.example.com", "form"],
    ["TXT", '"not closed', "form"],
    ["TXT", `"short" "${"x".repeat(256)}"`, "length"],
  ])("do not include, of type %s: %s", (type, value, kind) => {
    expect(recordValueProblem(type, value)?.kind).toBe(kind);
  });
});
