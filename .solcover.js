// SPDX-License-Identifier: Apache-2.0
module.exports = {
  // Contracts of the tests, and the administration, which is OpenZeppelin's.
  skipFiles: ["test", "access"],
  // Without it, OpenZeppelin's P256 is "stack too deep": coverage switches the optimizer off.
  configureYulOptimizer: true,
  // Instrumented code costs more: suites called "… what it costs" measure it without. Thousands of flipped bits take the same lines as a few.
  mocha: { grep: "what it costs|one bit changed", invert: true },
  istanbulReporter: ["json", "text"],
};
