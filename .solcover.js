// SPDX-License-Identifier: Apache-2.0
// Contracts of tests and imported ones are not counted. Without the optimizer OpenZeppelin's P256 runs out of stack. Left out: what
// measures gas, thousands of certificates with one bit changed, and the chain without the P-256 precompile: traced step by step they
// take longer than all others, and they take no line that the others leave.
module.exports = {
  skipFiles: ["test", "access", "interfaces"],
  configureYulOptimizer: true,
  istanbulReporter: ["text", "json-summary", "html"],
  mocha: { timeout: 600_000, grep: "what it costs|costs the same|costs a customer|no certificate with one bit changed|without the P-256 precompile|dearer, to the unit", invert: true },
};
