import { describe, expect, it } from "vitest";
import type { Expression } from "../../src/plan/expression.ts";
import { parseExpression } from "../../src/plan/expression-parser.ts";

/** A short form of an expression: the kinds of its nodes, with references and constants. */
function format(expression: Expression): unknown {
  switch (expression.kind) {
    case "constant":
      return expression.value;
    case "reference":
      return `<${expression.text}>`;
    case "references":
      return { references: expression.references.map(({ text }) => text) };
    case "step":
      return [format(expression.of), ".", expression.name];
    case "index":
      return [format(expression.of), "[", format(expression.key)];
    case "splat":
      return [format(expression.of), "*", ...expression.steps];
    case "list":
      return { list: expression.elements.map(format) };
    case "object":
      return {
        object: expression.entries.map(([key, value]) => [format(key), format(value)]),
      };
    case "template":
      return { template: expression.parts.map(format) };
    case "for":
      return {
        for: [expression.keyName, expression.valueName, format(expression.collection)],
        result: format(expression.result),
        ...(expression.keyResult ? { key: format(expression.keyResult) } : {}),
        ...(expression.condition ? { if: format(expression.condition) } : {}),
        ...(expression.isGrouped ? { isGrouped: true } : {}),
      };
    case "conditional":
      return {
        if: format(expression.condition),
        whenTrue: format(expression.whenTrue),
        whenFalse: format(expression.whenFalse),
      };
    case "call":
      return {
        [expression.name]: [
          ...expression.args.map(format),
          ...(expression.expandsLast === true ? ["..."] : []),
        ],
      };
    case "operation":
      return [expression.operator, ...expression.operands.map(format)];
  }
}

describe("the parser of expressions", () => {
  it.each([
    ["text", "text"],
    [443, 443],
    ["$${not a reference}", "${not a reference}"],
    ["${aws_subnet.a.id}", "<aws_subnet.a.id>"],
    ['${module.a["x"].ids[0]}', '<module.a["x"].ids[0]>'],
    ["${aws_subnet.a.0.id}", "<aws_subnet.a[0].id>"],
    ["${aws_s3_bucket.b.arn}/*", { template: ["<aws_s3_bucket.b.arn>", "/*"] }],
    ["${var.ids[count.index]}", ["<var.ids>", "[", "<count.index>"]],
    ["${aws_subnet.a[each.key].id}", [["<aws_subnet.a>", "[", "<each.key>"], ".", "id"]],
    ["${aws_subnet.a[*].id}", ["<aws_subnet.a>", "*", "id"]],
    ["${aws_subnet.a.*.id}", ["<aws_subnet.a>", "*", "id"]],
    [
      '${{ for k, s in aws_subnet.a : k => s.id if k != "x" }}',
      {
        for: ["k", "s", "<aws_subnet.a>"],
        key: "<k>",
        result: "<s.id>",
        if: ["!=", "<k>", "x"],
      },
    ],
    ["${[for s in var.list : s]}", { for: [undefined, "s", "<var.list>"], result: "<s>" }],
    [
      "${{for s in var.list : s.zone => s.id...}}",
      {
        for: [undefined, "s", "<var.list>"],
        key: "<s.zone>",
        result: "<s.id>",
        isGrouped: true,
      },
    ],
    [
      "${var.nat ? [1] : []}",
      { if: "<var.nat>", whenTrue: { list: [1] }, whenFalse: { list: [] } },
    ],
    ["${1 + 2 * 3 == 7 && !false}", ["&&", ["==", ["+", 1, ["*", 2, 3]], 7], ["!", false]]],
    [
      '${jsonencode({\n  # a comment\n  Version = "2012-10-17"\n  "Resource" : [\n    aws_a.b.arn,\n  ], (var.key) = "${var.x}-\\"y"\n})}',
      {
        jsonencode: [
          {
            object: [
              ["Version", "2012-10-17"],
              ["Resource", { list: ["<aws_a.b.arn>"] }],
              ["<var.key>", { template: ["<var.x>", '-"y'] }],
            ],
          },
        ],
      },
    ],
    [["${aws_a.b.id}", 1], { list: ["<aws_a.b.id>", 1] }],
    [{ port: "${var.port}" }, { object: [["port", "<var.port>"]] }],
    ["${true}", true],
    ["${null}", null],
    [
      "%{ if var.x }${aws_a.b.id}%{ endif }",
      { if: "<var.x>", whenTrue: "<aws_a.b.id>", whenFalse: "" },
    ],
    [
      "a\n  %{~ for s in var.list ~}\n  b${s}\n%{ endfor ~}\n c",
      {
        template: [
          "a",
          {
            join: [
              "",
              {
                for: [undefined, "s", "<var.list>"],
                result: { template: ["b", "<s>", "\n"] },
              },
            ],
          },
          "c",
        ],
      },
    ],
    ["${join(aws_a.b.list...)}", { join: ["<aws_a.b.list>", "..."] }],
  ])("parses %j", (json, expected) => {
    expect(format(parseExpression(json))).toEqual(expected);
  });

  it.each([
    ["%{ if var.x }${aws_a.b.id}", { references: ["aws_a.b.id"] }],
    ["${aws_a.b.id}%{ endif }", { references: ["aws_a.b.id"] }],
    ["${aws_a.b.id", { references: ["aws_a.b.id"] }],
  ])("has the references of syntax that it does not support: %j", (json, expected) => {
    expect(format(parseExpression(json))).toEqual(expected);
  });
});
