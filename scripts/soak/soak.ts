// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { cancelOrder, getOrder } from "../../src/chain/orders";
import { bookEventsIn } from "../../src/chain/running";
import { isCloisterError } from "../../src/core/errors";
import { isFinal, orderStatusName } from "../../src/core/orderStatus";
import { Fleet, type TrialMachine, trialSlot } from "../localnet/fleet";
import { startLocalNetwork } from "../localnet/network";
import { Actor } from "../story/actor";
import { Chance } from "./chance";
import { descriptorsOf, leftovers } from "./leftovers";

export interface SoakOptions {
  readonly orders: number;
  /** Places no more orders after so many seconds. */
  readonly seconds?: number;
  readonly seed: number;
  readonly print: (line: string) => void;
}

export interface SoakCheck {
  readonly name: string;
  readonly passed: boolean;
  readonly found: string;
}

/** What was run. */
export interface SoakRun {
  readonly orders: number;
  readonly seconds: number;
  readonly services: number;
  readonly tampered: number;
  readonly canceled: number;
  readonly killed: number;
}

/** How often what happens. */
const ODDS = { tamper: 0.1, cancel: 0.1, service: 0.2, kill: 0.08 } as const;
/** Orders that wait or run at a time, over all machines. */
const AT_ONCE = 6;
const SECOND = (3n * 10n ** 18n) / 3600n + 1n;
/** An order that hangs longer than this has failed, in milliseconds. */
const LONGEST = 60_000;

/** Runs many orders among kills and tampering, and says what was found at the end. */
export async function soak({ orders, seconds, seed, print }: SoakOptions): Promise<{ checks: SoakCheck[]; ran: SoakRun }> {
  const directory = await mkdtemp(join(tmpdir(), "cloister-soak-"));
  // A place of its own for temporary files, of all processes started here: what is left there was left by them.
  process.env.TMPDIR = join(directory, "tmp");
  await mkdir(process.env.TMPDIR);
  const before = leftovers(directory);
  const network = await startLocalNetwork({ directory, chainPort: 0, authorityPort: 0, log: print });
  const fleet = await Fleet.open(network);
  const checks: SoakCheck[] = [];
  const check = (name: string, passed: boolean, found: string) => void checks.push({ name, passed, found });
  let ran: SoakRun;
  try {
    const { placed, ...run } = await runOrders(fleet, new Chance(seed), { orders, seconds, print }, check);
    ran = run;
    await checkEnds(fleet, placed, check);
    const { code, stdout, stderr } = await new Actor("operator", network.homes.operator, () => undefined).tries("spctl", ["books"]);
    check("books balance to the unit", code === 0, (code === 0 ? stdout : `${stderr}${stdout}`).trim().split("\n").at(-1) ?? "");
    for (const { offer } of fleet.machines) {
      const left = await readdir(join(network.homes.carol, "machine", `offer-${offer}`, "work"));
      check(`nothing of an order is left with the machine of offer ${offer}`, left.length === 0, left.join(", ") || "nothing");
    }
  } finally {
    fleet.close();
    await network.stop();
  }
  const after = leftovers(directory);
  check("no process is left", after.processes.length === 0, after.processes.join("; ") || "none");
  const temporary = after.temporary.filter((path) => !before.temporary.includes(path));
  check("no temporary file is left", temporary.length === 0, temporary.join(", ") || "none");
  await rm(directory, { recursive: true, force: true });
  check("no descriptor leaks here", after.descriptors <= before.descriptors + 8, `${before.descriptors} before, ${after.descriptors} after`);
  return { checks, ran };
}

type Check = (name: string, passed: boolean, found: string) => void;

async function runOrders(fleet: Fleet, chance: Chance, { orders, seconds, print }: Omit<SoakOptions, "seed">, check: Check): Promise<SoakRun & { placed: bigint[] }> {
  const machines = [await fleet.machine([trialSlot()]), await fleet.machine([trialSlot()])];
  const options = ["--drain-seconds", "1", "--checkpoint-seconds", "1", "--stall-seconds", "5"];
  for (const machine of machines) await machine.start(...options);
  const quick = await fleet.solution("quick", `require("node:fs").writeFileSync("/sp/output/a", "done")`);
  const slow = await fleet.solution("slow", `let n = 0; setInterval(() => require("node:fs").writeFileSync("/sp/output/a", String(++n)), 200)`);
  const placed: bigint[] = [];
  const open = new Set<bigint>();
  const counts = { tampered: 0, canceled: 0, services: 0, killed: 0 };
  const began = Date.now();
  let told = 0;
  const descriptors = new Map<number, number>();

  const place = async (): Promise<void> => {
    const machine = chance.pick(machines);
    const service = chance.happens(ODDS.service);
    const tampered = chance.happens(ODDS.tamper);
    const data = tampered ? [await spoiled(fleet, placed.length, chance)] : [];
    const request = service ? { solutions: [slow], service: true, leaseMinutes: 60, deposit: BigInt(2 + Math.floor(chance.next() * 3)) * SECOND } : { solutions: [quick], data, leaseMinutes: 10 };
    const order = await fleet.place(machine, request).catch((error: unknown) => {
      // Its machine is being started anew, or failed so often since its owner looked that the market closed the offer: the next placing opens it.
      if (isCloisterError(error, "MachineWithoutDevice") || isCloisterError(error, "OfferDisabled")) return undefined;
      throw error;
    });
    if (order === undefined) return;
    placed.push(order);
    open.add(order);
    if (service) counts.services += 1;
    else if (tampered) counts.tampered += 1;
    if (chance.happens(ODDS.cancel)) counts.canceled += (await canceled(fleet, order)) ? 1 : 0;
  };
  const kill = async (machine: TrialMachine): Promise<void> => {
    await machine.kill(chance.pick(["controller", "loader"] as const));
    counts.killed += 1;
    await machine.start(...options);
  };

  while (placed.length < orders && (seconds === undefined || Date.now() - began < seconds * 1000)) {
    if (open.size < AT_ONCE) await place();
    else await new Promise((later) => setTimeout(later, 50));
    if (chance.happens(open.size < AT_ONCE ? ODDS.kill : ODDS.kill / 20)) await kill(chance.pick(machines));
    for (const order of open) if (isFinal((await getOrder(fleet.network.market, order)).status)) open.delete(order);
    for (const { process: { pid } } of machines) if (pid !== undefined && !descriptors.has(pid)) descriptors.set(pid, descriptorsOf(pid));
    if (placed.length >= told + 25) {
      told = placed.length;
      print(`${placed.length} placed, ${placed.length - open.size} ended, ${counts.killed} kills`);
    }
  }
  for (const order of placed) await fleet.ended(order, LONGEST).catch((error: Error) => print(error.message));
  const minutes = (Date.now() - began) / 60_000;
  print(`${placed.length} orders in ${(minutes * 60).toFixed(0)} s (${(placed.length / minutes).toFixed(0)} a minute): ${counts.services} services, ${counts.tampered} tampered, ${counts.canceled} canceled, ${counts.killed} machines killed`);
  for (const { offer, process: { pid } } of machines) {
    const now = pid === undefined ? 0 : descriptorsOf(pid);
    const first = pid === undefined ? 0 : (descriptors.get(pid) ?? now);
    check(`the controller of offer ${offer} leaks no descriptor`, now <= first + 12, `${first} at first, ${now} at the end`);
  }
  return { placed, orders: placed.length, seconds: Math.round(minutes * 60), ...counts };
}

/** Cancels an order, wherever it is by then. */
async function canceled(fleet: Fleet, order: bigint): Promise<boolean> {
  try {
    await cancelOrder(fleet.alice, order);
    return true;
  } catch (error) {
    // It was faster.
    if (isCloisterError(error, "IllegalTransition")) return false;
    // It got its report while this was sent, for which the gas of a waiting order does not do.
    if (isCloisterError(error, "TransactionFailed")) return canceled(fleet, order);
    throw error;
  }
}

/** A data set of Alice's whose stored bytes were changed. */
async function spoiled(fleet: Fleet, index: number, chance: Chance): Promise<string> {
  const source = join(fleet.network.directory, "fleet", `data-${index}`);
  await mkdir(source, { recursive: true });
  await writeFile(join(source, "a"), `data set ${index}`);
  const path = await fleet.upload(`data-${index}-${Math.floor(chance.next() * 1e6)}`, source);
  const { resource } = await fleet.resource(path);
  if (resource.type !== "STORAGE_PROVIDER") throw new Error("not in a store");
  const object = join(fleet.network.store, resource.filepath.slice(0, 2), resource.filepath.slice(2));
  const bytes = await readFile(object);
  const at = Math.floor(chance.next() * bytes.length);
  await writeFile(object, chance.happens(0.5) ? bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)) : bytes.subarray(0, at));
  return path;
}

/** Every order has ended, and once. */
async function checkEnds(fleet: Fleet, placed: readonly bigint[], check: Check): Promise<void> {
  const { market } = fleet.network;
  const views = await Promise.all(placed.map((order) => getOrder(market, order)));
  const open = views.filter(({ status }) => !isFinal(status));
  const by = new Map<string, number>();
  for (const { status } of views) by.set(orderStatusName(status), (by.get(orderStatusName(status)) ?? 0) + 1);
  check("all orders have ended", open.length === 0 && placed.length > 0, open.map(({ id, status }) => `${id} is ${orderStatusName(status)}`).join(", ") || [...by].map(([name, count]) => `${count} ${name}`).join(", "));
  const ends = new Map<bigint, number>();
  for (const { name, args } of await bookEventsIn(market, 0, await market.provider.getBlockNumber())) {
    if (name === "OrderStatusChanged" && isFinal(Number(args.to))) ends.set(args.order as bigint, (ends.get(args.order as bigint) ?? 0) + 1);
  }
  const twice = placed.filter((order) => ends.get(order) !== 1);
  check("each ended once", twice.length === 0, twice.join(", ") || `${placed.length} ends`);
}
