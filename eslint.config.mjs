// SPDX-License-Identifier: Apache-2.0
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/", "typechain-types/", "artifacts/", "cache/", "dist/", "coverage/", "out/", ".cloister/", "app/", "examples/**/*.js", "**/*.cjs"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A promise that nobody waits for fails where nobody looks.
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { arguments: false } }],
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports", disallowTypeAnnotations: false }],
      "@typescript-eslint/no-unnecessary-type-assertion": "error",
      // What was caught is unknown, and may be thrown on.
      "no-throw-literal": "error",
      "@typescript-eslint/prefer-promise-reject-errors": ["error", { allowThrowingUnknown: true, allowThrowingAny: false }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-for-in-array": "error",
      "@typescript-eslint/no-implied-eval": "error",
      "no-empty": ["error", { allowEmptyCatch: false }],
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: "error",
      "no-fallthrough": "error",
      "no-unsafe-finally": "error",
      "no-self-compare": "error",
      "no-template-curly-in-string": "error",
      "no-constant-condition": ["error", { checkLoops: false }],
      "no-debugger": "error",
      "max-lines": ["error", { max: 350 }],
    },
  },
  { files: ["src/chain/errorTexts.ts"], rules: { "max-lines": "off" } },
  {
    // chai's assertions are expressions, and mocha reads `function` for its context.
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-unused-expressions": "off", "no-template-curly-in-string": "off" },
  },
);
