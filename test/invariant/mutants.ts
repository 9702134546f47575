// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Shows that every invariant can fail: breaks one line of the contracts in a copy and expects the invariant of that line to notice.
 * Run with `npx tsx test/invariant/mutants.ts`; part of the deep run.
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
    line: "commissionOf[token] += commission;",
    broken: "commissionOf[token] += commission / 2;",
  },
  {
    invariant: "invariant_moneyInIsMoneyOutAndWhatIsLeft",
    what: "a refund is a unit short",
    file: "contracts/orders/Ending.sol",
    line: "_refund(token, customer, deposit - charged);",
    broken: "_refund(token, customer, deposit == charged ? 0 : deposit - charged - 1);",
  },
  {
    invariant: "invariant_nobodyIsPaidTwice",
    what: "a paid suborder is not marked",
    file: "contracts/orders/Claiming.sol",
    line: "PartTerms.unwrap(part) | CLAIMED);",
    broken: "PartTerms.unwrap(part));",
  },
  {
    invariant: "invariant_machinesAreNeverOversold",
    what: "an ended order keeps its share of the machine",
    file: "contracts/catalog/Selling.sol",
    line: "machine.room = _share(slot, slotCount, options).returnedTo(machine.room);",
    broken: "machine.room = _share(slot, 0, options).returnedTo(machine.room);",
  },
  {
    invariant: "invariant_machinesAreNeverOversold",
    what: "a canceled order stays in the queue",
    file: "contracts/catalog/Selling.sol",
    line: "_machineOfCaller(id).waiting -= 1;",
    broken: "_machineOfCaller(id).waiting -= 0;",
  },
  {
    invariant: "invariant_securityCoversWhatIsReserved",
    what: "a reservation outlives its order",
    file: "contracts/orders/Ending.sol",
    line: "else registry.release(provider, compensation);",
    broken: "else registry.release(provider, 0);",
  },
  {
    invariant: "invariant_everybodyCanGetOut",
    what: "an order that was not accepted cannot be expired",
    file: "contracts/orders/Ending.sol",
    line: "else catalog.leaveQueue(order.offer);",
    broken: "else if (status != OrderStatus.Error) catalog.leaveQueue(order.offer); else revert OrderNotFound(id);",
  },
  {
    invariant: "invariant_statusMovesAlongTheTable",
    what: "transitions are not checked",
    file: "contracts/orders/BookStorage.sol",
    line: "OrderStatusTable.check(id, from, next);",
    broken: "",
  },
];

const ROOT = join(__dirname, "..", "..");

/** Names of the invariants that fail in a copy with the mutant's line broken. */
function failing(mutant: Mutant): string[] {
  const copy = mkdtempSync(join(tmpdir(), "cloister-mutant-"));
  try {
    for (const name of ["contracts", "foundry.toml", join("test", "invariant")]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    const path = join(copy, mutant.file);
    const source = readFileSync(path, "utf8");
    if (source.split(mutant.line).length !== 2) throw new Error(`${mutant.file} does not have the line once: ${mutant.line}`);
    writeFileSync(path, source.replace(mutant.line, mutant.broken));
    const run = spawnSync(join(ROOT, "node_modules", ".bin", "forge"), ["test"], { cwd: copy, encoding: "utf8" });
    if (!run.stdout.includes("Suite result")) throw new Error(`forge did not run:\n${run.stdout}${run.stderr}`);
    // A failed invariant has its name after "[FAIL…]", on the line itself or, after a printed sequence, on a later one.
    const names = run.stdout.split("Failing tests:")[0]?.matchAll(/(\[PASS\] )?(invariant_\w+)\(\) \(runs/g) ?? [];
    return [...names].filter(([, passed]) => passed === undefined).map(([, , name]) => name ?? "");
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

let survived = 0;
for (const mutant of MUTANTS) {
  const failed = failing(mutant);
  const noticed = failed.includes(mutant.invariant);
  if (!noticed) survived++;
  console.log(`${noticed ? "noticed" : "SURVIVED"}: ${mutant.what} (${failed.join(", ")})`);
}
process.exitCode = survived === 0 ? 0 : 1;
