// SPDX-License-Identifier: Apache-2.0
import { check, type Verdict } from "./checker";
import { readProperties } from "./properties";

/**
 * `npm run prove`: properties of the money arithmetic and of the tables of the contracts, proved for all arguments by the compiler's
 * model checker, and false ones that it must refute. Exit code 1 where a property is refuted, says nothing, or a false one is not refuted.
 */

/** Two at once: each takes one core. */
const AT_ONCE = 2;

/** What is known not to be decided, and why. Should the checker decide it one day, it counts like the others. */
const UNDECIDED: Readonly<Record<string, string>> = {
  PartGrowsWithTime: "a word cut into fields by shifts, beside a product: too much for the solver at once. Its two halves are decided: the product above, the fields by tests",
};

function line({ property, answer, seconds }: Verdict): string {
  return `${answer.padEnd(11)} ${`${seconds.toFixed(1)} s`.padStart(7)}  ${property.contract}: ${property.says}`;
}

/** Why a verdict fails the run; undefined where it does not. */
function failureOf({ property, answer }: Verdict): string | undefined {
  if (property.isFalse) return answer === "refuted" ? undefined : "is false, and the checker did not refute it";
  if (answer === "refuted") return "does not hold";
  if (answer === "vacuous") return "says nothing: no arguments get to its end";
  if (answer === "not decided" && UNDECIDED[property.contract] === undefined) return "was not decided, and no reason is known";
  return undefined;
}

async function main(): Promise<void> {
  const properties = readProperties();
  const waiting = [...properties];
  const verdicts: Verdict[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const verdict = await check(next);
      verdicts.push(verdict);
      process.stdout.write(`${line(verdict)}\n`);
      const why = failureOf(verdict) ?? (verdict.answer === "not decided" ? UNDECIDED[next.contract] : undefined);
      if (why !== undefined) process.stdout.write(`${" ".repeat(21)}${why}\n`);
      if (failureOf(verdict) !== undefined) for (const reason of verdict.reasons) process.stdout.write(`${" ".repeat(21)}${reason}\n`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));

  const count = (keep: (verdict: Verdict) => boolean) => verdicts.filter(keep).length;
  const failed = count((verdict) => failureOf(verdict) !== undefined);
  const proved = count(({ property, answer }) => !property.isFalse && answer === "proved");
  const undecided = count(({ property, answer }) => !property.isFalse && answer === "not decided");
  const refuted = count(({ property, answer }) => property.isFalse && answer === "refuted");
  process.stdout.write(`${proved} proved, ${undecided} not decided, ${refuted} false ones refuted\n${proved + refuted} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && proved > 0 && refuted > 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
