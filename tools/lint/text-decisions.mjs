// A lint rule: code decides by typed values, never by a message for people. Messages can then be changed freely.
// Only src/failures/match-aws-error.ts (errors of AWS and Terraform) and src/terraform (output of Terraform) match texts.

/** Names of fields and variables for sentences. */
const SENTENCES = new Set([
  "because",
  "description",
  "detail",
  "fact",
  "message",
  "otherwise",
  "says",
  "stoppedReason",
  "summary",
  "why",
  "words",
]);

/** Names for a sentence in one type, and for a code or union value in another. Codes and union values may be compared. */
const SENTENCES_OR_VALUES = new Set(["error", "event", "reason", "rule", "title", "what"]);

const ON_TEXT = new Set([
  "endsWith",
  "includes",
  "indexOf",
  "lastIndexOf",
  "match",
  "matchAll",
  "search",
  "startsWith",
]);
const ON_PATTERN = new Set(["exec", "test"]);

/** The last name in an expression: message for finding.message, hop?.message, message ?? "" and String(message). */
function nameOf(node) {
  switch (node?.type) {
    case "Identifier":
      return node.name;
    case "MemberExpression":
      return node.computed ? node.property.value : node.property.name;
    case "ChainExpression":
    case "TSAsExpression":
    case "TSNonNullExpression":
      return nameOf(node.expression);
    case "LogicalExpression":
      return nameOf(node.left);
    case "CallExpression":
      return node.callee.name === "String" ? nameOf(node.arguments[0]) : undefined;
    case "TemplateLiteral":
      return node.expressions.map(nameOf).find(isText);
    default:
      return undefined;
  }
}

const isText = (name) => SENTENCES.has(name) || SENTENCES_OR_VALUES.has(name);

const isSentence = (node) =>
  node.type === "TemplateLiteral" ||
  (node.type === "Literal" && !/^[\w.-]*$/.test(String(node.value)));

const isAbsent = (node) =>
  (node.type === "Identifier" && node.name === "undefined") ||
  (node.type === "Literal" && (node.value === null || node.value === ""));

function isComparison(text, other) {
  const name = nameOf(text);
  if (!isText(name) || isAbsent(other)) return false;
  // A comparison of two messages may suppress a repeated one.
  if (name === nameOf(other)) return false;
  return SENTENCES.has(name) || isSentence(other);
}

const rule = {
  create(context) {
    const report = (node) =>
      context.report({
        node,
        message: "code must not decide by a sentence",
        help: "use a typed value; texts of AWS and Terraform are matched in src/failures/match-aws-error.ts",
      });
    return {
      BinaryExpression(node) {
        if (!["===", "!=="].includes(node.operator)) return;
        if (isComparison(node.left, node.right) || isComparison(node.right, node.left))
          report(node);
      },
      CallExpression(node) {
        const { callee } = node;
        if (callee.type !== "MemberExpression") return;
        const method = nameOf(callee);
        const [first] = node.arguments;
        if (ON_TEXT.has(method) && isText(nameOf(callee.object))) report(node);
        else if (ON_PATTERN.has(method) && isText(nameOf(first))) report(node);
        // A list of IDs that is kept as one string.
        else if (method === "split" && first?.value === ", ") report(node);
      },
      SwitchStatement(node) {
        if (SENTENCES.has(nameOf(node.discriminant))) report(node);
      },
    };
  },
};

export default { meta: { name: "berth" }, rules: { "text-decisions": rule } };
