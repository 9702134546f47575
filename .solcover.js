// SPDX-License-Identifier: Apache-2.0
// Contracts of tests and imported ones are not counted. Without the optimizer OpenZeppelin's P256 runs out of stack.
module.exports = {
  skipFiles: ["test", "access", "interfaces"],
  configureYulOptimizer: true,
  istanbulReporter: ["text", "json-summary", "html"],
  mocha: { timeout: 600_000, grep: "costs|gas", invert: true },
};
