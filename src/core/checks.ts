// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "./errors";

/** One named check of evidence: what was looked at, whether it held, and why (not). */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** True where there was nothing to check against; such a check neither passed nor counts as failed. */
  readonly skipped?: boolean;
  /** One sentence for people. */
  readonly reason: string;
}

/** Whether every check that could be made passed. An empty list shows nothing, so it does not pass. */
export function allPassed(checks: readonly Check[]): boolean {
  const made = checks.filter((check) => !check.skipped);
  return made.length > 0 && made.every((check) => check.passed);
}

/** Collects named checks. A check whose work needs the outcome of a failed one is failed too, never left out. */
export class CheckList {
  readonly checks: Check[] = [];
  /** Why the first failed check failed. */
  failure?: CloisterError;

  /**
   * Runs `work` as the check `name`. It returns what it found and the reason to print; a {@link CloisterError} is a failed
   * check. Anything else is a fault of the program and goes on up.
   */
  run<Found>(name: string, work: () => readonly [found: Found, reason: string]): Found | undefined {
    try {
      const [found, reason] = work();
      this.checks.push({ name, passed: true, reason });
      return found;
    } catch (error) {
      if (!(error instanceof CloisterError)) throw error;
      this.failure ??= error;
      this.checks.push({ name, passed: false, reason: `${error.code}: ${error.message}` });
      return undefined;
    }
  }

  /** Notes that there is nothing to check against. */
  skip(name: string, reason: string): void {
    this.checks.push({ name, passed: false, skipped: true, reason });
  }

  /** Ends with the first failure, for callers that want all or nothing. */
  demand(): void {
    if (this.failure) throw this.failure;
  }

  /** What an earlier check found; fails the running check if there is nothing. */
  static needed<Found>(found: Found | undefined, name: string): Found {
    if (found !== undefined) return found;
    throw new CloisterError("EarlierCheckFailed", `Not checked, because "${name}" failed.`);
  }
}
