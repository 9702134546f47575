// SPDX-License-Identifier: Apache-2.0
import type { ReportVerdict } from "../../evidence/report";
import type { Printer } from "../printer";

/** Prints the named checks of a report and the verdict in the original's words. */
export function printChecks({ checks, passed, simulated }: ReportVerdict, out: Printer): void {
  for (const { name, passed: held, skipped, reason } of checks) out.line(`${held ? "passed" : skipped ? "skipped" : "FAILED"}  ${name}: ${reason}`);
  if (simulated) out.line("SIMULATED: no hardware vouches for this report.");
  if (passed) return out.line("Order report validation successful!");
  out.line("!!!ORDER REPORT IS NOT VALID!!!");
  out.line(`Reason: ${checks.filter((check) => !check.passed && !check.skipped).map(({ name, reason }) => `${name}: ${reason}`).join("; ")}`);
}
