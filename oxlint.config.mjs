const prebuiltTypes = {
  regex: "^@cdktn/provider-aws(/|$)",
  message: "import src/constructs/provider: the prebuilt bindings have 476 MB (ADR 20)",
};

const constructs = {
  regex: "^constructs$",
  message:
    "import src/constructs/construct.ts: the copy of constructs that cdktn uses can be another one",
};

export default {
  jsPlugins: [
    "./tools/lint/folder-imports.mjs",
    "./tools/lint/plain-names.mjs",
    "./tools/lint/text-decisions.mjs",
  ],
  plugins: ["typescript", "import", "unicorn", "oxc", "vitest", "node"],
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  ignorePatterns: ["dist", "coverage", "src/service-models/models", "test/lint/fixtures"],
  rules: {
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "no-console": "error",
    "folders/folder-imports": "error",
    "names/plain-names": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/only-throw-error": "error",
    "typescript/switch-exhaustiveness-check": [
      "error",
      { considerDefaultExhaustiveForUnions: true },
    ],
    // An assertion carries a comment that says why it holds; the compiler sees to returns.
    "typescript/no-unsafe-type-assertion": "off",
    "typescript/consistent-return": "off",
    "typescript/no-unnecessary-boolean-literal-compare": "off",
    "unicorn/consistent-function-scoping": "off",
    "oxc/no-map-spread": "off",
    "import/no-named-as-default-member": "off",
    "no-restricted-imports": ["error", { patterns: [prebuiltTypes, constructs] }],
    "no-await-in-loop": "off",
    "no-new": "off",
    "no-shadow": "off",
    "no-underscore-dangle": "off",
    "unicorn/no-array-sort": "off",
    "unicorn/no-array-reverse": "off",
    "vitest/require-mock-type-parameters": "off",
    // The second says what was going on.
    "vitest/valid-expect": ["error", { maxArgs: 2 }],
  },
  overrides: [
    {
      files: ["src/**"],
      excludeFiles: ["src/failures/match-aws-error.ts", "src/terraform/**"],
      rules: { "berth/text-decisions": "error" },
    },
    {
      files: ["src/cli/**", "start/**", "tools/**", "bench/**", "examples/**"],
      rules: { "no-console": "off" },
    },
    {
      files: ["*.config.*", "**/*.config.*", "tools/lint/*.mjs"],
      rules: { "import/no-default-export": "off" },
    },
  ],
};
