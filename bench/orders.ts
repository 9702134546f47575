// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

import { Fleet, trialSlot } from "../scripts/localnet/fleet";
import { startLocalNetwork } from "../scripts/localnet/network";

/** Order latency by phase, and orders a minute with 1, 2 and 4 at a time; prints only. `tsx bench/orders.ts` after `npm run build`. */

const EACH = 8;
/** Lines of the machine that begin a phase. */
const PHASES: readonly (readonly [phase: string, line: string])[] = [
  ["seen", "1. Verify"],
  ["accepted", "accepted,"],
  ["downloaded", "4. Send"],
  ["decrypted and reported", "report verified"],
  ["executed", "7. Encrypt"],
  ["sealed", "8. Store"],
  ["finished", "finished as"],
];

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "cloister-bench-"));
  const network = await startLocalNetwork({ directory, chainPort: 0, authorityPort: 0, log: () => undefined });
  const fleet = await Fleet.open(network);
  const at = new Map<string, number>();
  try {
    const machine = await (
      await fleet.machine([trialSlot()], {}, (line) => {
        const [, order, text] = /^order (\d+): (.*)$/.exec(line) ?? [];
        const phase = PHASES.find(([, begin]) => text?.startsWith(begin));
        if (phase) at.set(`${order} ${phase[0]}`, performance.now());
      })
    ).start();
    const solution = await fleet.solution("nothing", "");
    const run = async (): Promise<{ order: bigint; placed: number }> => {
      const order = await fleet.place(machine, { solutions: [solution], leaseMinutes: 10 });
      const placed = performance.now();
      await fleet.ended(order);
      return { order, placed };
    };
    await run();
    for (const atOnce of [1, 2, 4]) {
      const began = performance.now();
      const cpu = process.cpuUsage();
      const runs: { order: bigint; placed: number }[] = [];
      let left = EACH;
      await Promise.all(Array.from({ length: atOnce }, async () => {
        while (left-- > 0) runs.push(await run());
      }));
      const seconds = (performance.now() - began) / 1000;
      const own = process.cpuUsage(cpu);
      print(`${atOnce} at a time: ${((runs.length / seconds) * 60).toFixed(0)} orders a minute; from placed to finished ${median(runs.map(({ order, placed }) => at.get(`${order} finished`)! - placed)).toFixed(0)} ms (median)`);
      let before: string | undefined;
      for (const [phase] of PHASES) {
        const times = runs.map(({ order, placed }) => at.get(`${order} ${phase}`)! - (before === undefined ? placed : at.get(`${order} ${before}`)!));
        print(`    ${phase.padEnd(24)} ${median(times).toFixed(0).padStart(6)} ms`);
        before = phase;
      }
      print(`    the customer's own process used ${(((own.user + own.system) / 1e6 / seconds) * 100).toFixed(0)} % of one core`);
    }
    print(`Bound by processor time (${availableParallelism()} cores here): the longest phase is the execution, most of it unpacking the image, and it grows with the orders at a time.`);
  } finally {
    fleet.close();
    await network.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
