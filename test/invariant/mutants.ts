// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Shows that every invariant can fail and is needed: breaks one line of the contracts in a copy and expects exactly the invariant of that
 * line to notice.
 * Run with `npx tsx test/invariant/mutants.ts`, or with the names of some invariants; part of the deep run.
 */
interface Mutant {
  /** The invariant that must fail, and no other. */
  readonly invariant: string;
  readonly what: string;
  readonly file: string;
  readonly line: string;
  readonly broken: string;
}

const MUTANTS: readonly Mutant[] = [
  {
    invariant: "invariant_escrowCoversWhatIsOwed",
    what: "a refund that a token refuses is owed a unit too much",
    file: "contracts/orders/BookStorage.sol",
    line: "owedTo[account][token] += amount;",
    broken: "owedTo[account][token] += amount + 1;",
  },
  {
    invariant: "invariant_moneyInIsMoneyOutAndWhatIsLeft",
    what: "a refund is a unit short",
    file: "contracts/orders/Settling.sol",
    line: "_payOut(token, customer, deposit - charged);",
    broken: "_payOut(token, customer, deposit == charged ? 0 : deposit - charged - 1);",
  },
  {
    invariant: "invariant_nobodyIsPaidTwice",
    what: "a second that a suborder has drawn is paid again",
    file: "contracts/orders/Claiming.sol",
    line: "_drawnSeconds[id] = uint32(earned.drawnSeconds);",
    broken: "_drawnSeconds[id] = uint32(earned.drawnSeconds) - (isOrder ? 0 : 1);",
  },
  {
    invariant: "invariant_noChargeIsAboveTheDeposit",
    what: "a charge is not bounded by the lease",
    file: "contracts/orders/Settling.sol",
    line: "if (usedSeconds > lease) usedSeconds = lease;",
    broken: "if (usedSeconds > lease) usedSeconds = lease + 1;",
  },
  {
    invariant: "invariant_depositsAreWhatWasPaidIn",
    what: "replenishing forgets a unit",
    file: "contracts/orders/Prolonging.sol",
    line: "uint88 deposit = order.deposit + amount;",
    broken: "uint88 deposit = order.deposit + (amount == 0 ? 0 : amount - 1);",
  },
  {
    invariant: "invariant_nothingIsEarnedBeforeItsTime",
    what: "an order that ended without a report can be claimed",
    file: "contracts/orders/Earning.sol",
    line: "if (!order.has(REPORTED)) return (order, earned);",
    broken: "if (!order.has(REPORTED) && !_isFinal(order.status)) return (order, earned);",
  },
  {
    invariant: "invariant_servicesDrawWhatTheyHaveEarned",
    what: "a checkpoint counts a second more than it says",
    file: "contracts/orders/Interrupting.sol",
    line: "progress.checkpointSeconds = usedSeconds;",
    broken: "progress.checkpointSeconds = usedSeconds + 1;",
  },
  {
    invariant: "invariant_revenuesAddUp",
    what: "an epoch's total is carried into the next",
    file: "contracts/orders/Claiming.sol",
    line: "            revenue = 0;\n",
    broken: "",
  },
  {
    invariant: "invariant_rewardsStayBelowBudgetAndCommission",
    what: "a reward is not bounded by the commission",
    file: "contracts/libraries/Rewards.sol",
    line: "return share < commission ? share : commission;",
    broken: "return share;",
  },
  {
    invariant: "invariant_machinesAreNeverOversold",
    what: "an ended order keeps its share of the machine",
    file: "contracts/catalog/Machines.sol",
    line: "machine.room = _share(slot, slotCount, options).returnedTo(machine.room);",
    broken: "machine.room = _share(slot, 0, options).returnedTo(machine.room);",
  },
  {
    invariant: "invariant_queuesAreWhoWaits",
    what: "an order that leaves stays in the queue",
    file: "contracts/catalog/Machines.sol",
    line: "machine.waiting -= 1;",
    broken: "machine.waiting -= 0;",
  },
  {
    invariant: "invariant_usersQueuesAreCounted",
    what: "an order that leaves stays counted for its user",
    file: "contracts/catalog/Machines.sol",
    line: "_waiting[id][user] -= 1;",
    broken: "_waiting[id][user] -= 0;",
  },
  {
    invariant: "invariant_standingClosesAMachine",
    what: "a machine that failed three times goes on selling",
    file: "contracts/catalog/Machines.sol",
    line: "_offers[id].enabled = false;",
    broken: "_offers[id].enabled = true;",
  },
  {
    invariant: "invariant_securityCoversWhatIsReserved",
    what: "a reservation outlives its order",
    file: "contracts/orders/Settling.sol",
    line: "else registry.release(provider, compensation);",
    broken: "else registry.release(provider, 0);",
  },
  {
    invariant: "invariant_statusMovesAlongTheTable",
    what: "an ended order takes money",
    file: "contracts/orders/Prolonging.sol",
    line: "if (!live) revert OrderNotLive(id, status);",
    broken: "",
  },
  {
    invariant: "invariant_whatWasAgreedStays",
    what: "the commission of an order is the token's present one",
    file: "contracts/orders/Prolonging.sol",
    line: "        order.deposit = deposit;\n",
    broken: "        order.deposit = deposit;\n        order.commission = _tokens[order.token].commission;\n",
  },
  {
    invariant: "invariant_ordersWaitForTheirOwnersOnly",
    what: "the first approval unblocks an order",
    file: "contracts/orders/Unblocking.sol",
    line: "if (order.blocking == 0) _moveTo",
    broken: "if (order.blocking <= 1) _moveTo",
  },
  {
    invariant: "invariant_approvalsAreUsedAsOftenAsTheySay",
    what: "a signed approval is not counted",
    file: "contracts/orders/SignedApproving.sol",
    line: "_approvalUses[digest] = used + 1;",
    broken: "",
  },
  {
    invariant: "invariant_everybodyCanGetOut",
    what: "an order that nobody accepted cannot be expired",
    file: "contracts/catalog/Machines.sol",
    line: "if (outcome == Outcome.Unserved && _share(slot, slotCount, options).fitsIn(machine.room)) outcome = Outcome.LetDown;",
    broken: "if (outcome == Outcome.Unserved) revert QueueFull(id, 0);",
  },
];

const ROOT = join(__dirname, "..", "..");

/** How often every invariant walks with a mutant, and how often its own does where that was not enough for what is rare. */
const WALKS = { all: "12", own: "120" };

/** The mutant's file with its line broken. */
function broken({ file, line, broken: other }: Mutant): string {
  const source = readFileSync(join(ROOT, file), "utf8");
  if (source.split(line).length !== 2) throw new Error(`${file} does not have the line once: ${line}`);
  return source.replace(line, other);
}

/** The invariants that fail in a copy with the mutant's line broken. */
function failing(mutant: Mutant): string[] {
  const copy = mkdtempSync(join(tmpdir(), "cloister-mutant-"));
  try {
    for (const name of ["contracts", "foundry.toml", join("test", "invariant")]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    writeFileSync(join(copy, mutant.file), broken(mutant));
    const failed = walk(copy, WALKS.all);
    return failed.includes(mutant.invariant) ? failed : [...failed, ...walk(copy, WALKS.own, "--match-test", mutant.invariant)];
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Runs forge and gives the names of the invariants that failed. */
function walk(directory: string, runs: string, ...chosen: string[]): string[] {
  const run = spawnSync(join(ROOT, "node_modules", ".bin", "forge"), ["test", ...chosen], { cwd: directory, encoding: "utf8", maxBuffer: 1 << 28, env: { ...process.env, FOUNDRY_INVARIANT_RUNS: runs } });
  if (!run.stdout.includes("Suite result")) throw new Error(`forge did not run:\n${run.stdout}${run.stderr}`);
  // A failed invariant has its name after "[FAIL…]", on the line itself or, after a printed sequence, on a later one.
  const names = run.stdout.split("Failing tests:")[0]?.matchAll(/(\[PASS\] )?(invariant_\w+)\(\) \(runs/g) ?? [];
  return [...names].filter(([, passed]) => passed === undefined).map(([, , name]) => name ?? "");
}

let amiss = 0;
const asked = process.argv.slice(2);
const chosen = MUTANTS.filter(({ invariant }) => asked.length === 0 || asked.includes(invariant));
chosen.forEach(broken);
for (const mutant of chosen) {
  const failed = failing(mutant);
  const others = failed.filter((name) => name !== mutant.invariant);
  const verdict = !failed.includes(mutant.invariant) ? "SURVIVED" : others.length > 0 ? "NOT ALONE" : "noticed";
  if (verdict !== "noticed") amiss++;
  console.log(`${verdict}: ${mutant.what} (${[mutant.invariant, ...others].join(", ")})`);
}
process.exitCode = amiss === 0 ? 0 : 1;
