// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Shows that every invariant can fail: breaks one line of the contracts in a copy and expects the invariant of that line to notice.
 * Run with `npx tsx test/invariant/mutants.ts`, or with the names of some invariants; part of the deep run.
 */
interface Mutant {
  /** The invariant that must fail; others may fail with it. */
  readonly invariant: string;
  readonly what: string;
  readonly file: string;
  readonly line: string;
  readonly broken: string;
}

const MUTANTS: readonly Mutant[] = [
  {
    invariant: "invariant_escrowCoversWhatIsOwed",
    what: "half of the commission is forgotten",
    file: "contracts/orders/Claiming.sol",
    line: "commission + SafeCast.toUint96(sum.commission)",
    broken: "commission + SafeCast.toUint96(sum.commission / 2)",
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
    what: "a paid suborder is not marked",
    file: "contracts/orders/Claiming.sol",
    line: "part.withFlag(earned.last ? CLAIMED : DRAWN)",
    broken: "part.withFlag(earned.last ? 0 : DRAWN)",
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
    what: "replenishing counts a unit too much",
    file: "contracts/orders/Prolonging.sol",
    line: "uint88 deposit = order.deposit + amount;",
    broken: "uint88 deposit = order.deposit + amount + 1;",
  },
  {
    invariant: "invariant_nothingIsEarnedBeforeItsTime",
    what: "parts of an order without a report can be claimed",
    file: "contracts/orders/Earning.sol",
    line: "if (!order.has(REPORTED)) return (order, earned);",
    broken: "",
  },
  {
    invariant: "invariant_servicesDrawWhatTheyHaveEarned",
    what: "a service draws twice what its checkpoint says",
    file: "contracts/orders/Earning.sol",
    line: "accrued = _progress[id].checkpointSeconds;",
    broken: "accrued = uint256(_progress[id].checkpointSeconds) * 2;",
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
    line: "return share < commission ? uint128(share) : commission;",
    broken: "return uint128(share);",
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
    what: "transitions are not checked",
    file: "contracts/orders/BookStorage.sol",
    line: "OrderStatusTable.check(id, from, next);",
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

/** Whether the mutant's invariant fails in a copy with its line broken: its name, tried long enough for what is rare. */
function failing(mutant: Mutant): string[] {
  const copy = mkdtempSync(join(tmpdir(), "cloister-mutant-"));
  try {
    for (const name of ["contracts", "foundry.toml", join("test", "invariant")]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    const path = join(copy, mutant.file);
    const source = readFileSync(path, "utf8");
    if (source.split(mutant.line).length !== 2) throw new Error(`${mutant.file} does not have the line once: ${mutant.line}`);
    writeFileSync(path, source.replace(mutant.line, mutant.broken));
    const run = spawnSync(join(ROOT, "node_modules", ".bin", "forge"), ["test", "--match-test", mutant.invariant], { cwd: copy, encoding: "utf8", env: { FOUNDRY_INVARIANT_RUNS: "120", ...process.env } });
    if (!run.stdout.includes("Suite result")) throw new Error(`forge did not run:\n${run.stdout}${run.stderr}`);
    // A failed invariant has its name after "[FAIL…]", on the line itself or, after a printed sequence, on a later one.
    const names = run.stdout.split("Failing tests:")[0]?.matchAll(/(\[PASS\] )?(invariant_\w+)\(\) \(runs/g) ?? [];
    return [...names].filter(([, passed]) => passed === undefined).map(([, , name]) => name ?? "");
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

let survived = 0;
const asked = process.argv.slice(2);
for (const mutant of MUTANTS.filter(({ invariant }) => asked.length === 0 || asked.includes(invariant))) {
  const failed = failing(mutant);
  const noticed = failed.includes(mutant.invariant);
  if (!noticed) survived++;
  console.log(`${noticed ? "noticed" : "SURVIVED"}: ${mutant.what} (${failed.join(", ")})`);
}
process.exitCode = survived === 0 ? 0 : 1;
