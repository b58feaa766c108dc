// A lint rule: the name of a variable or parameter is the noun for its value (docs/adr/0018-plain-names.md).

const FORBIDDEN = new Set(["all", "face", "odd", "one", "says", "way"]);

/** The identifiers that a pattern declares: a name, or the names in a destructuring. */
function declaredIn(pattern) {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) => declaredIn(property.value ?? property));
    case "ArrayPattern":
      return pattern.elements.flatMap(declaredIn);
    case "AssignmentPattern":
      return declaredIn(pattern.left);
    case "RestElement":
      return declaredIn(pattern.argument);
    default:
      return [];
  }
}

const rule = {
  create(context) {
    const check = (pattern) => {
      for (const node of declaredIn(pattern))
        if (FORBIDDEN.has(node.name))
          context.report({
            node,
            message: `\`${node.name}\` is not the noun for its value`,
            help: "use the noun: subnet, rule, task, trace, networkInterface",
          });
    };
    const checkParameters = (node) => node.params.forEach(check);
    return {
      VariableDeclarator: (node) => check(node.id),
      ArrowFunctionExpression: checkParameters,
      FunctionDeclaration: checkParameters,
      FunctionExpression: checkParameters,
    };
  },
};

export default { meta: { name: "names" }, rules: { "plain-names": rule } };
