// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

import { Fleet, trialSlot } from "../scripts/localnet/fleet";
import { startLocalNetwork } from "../scripts/localnet/network";

/**
 * Order latency by phase, and orders a minute with 1, 2 and 4 at a time, and what bounds them; writes bench/orders.json. `npx tsx bench/orders.ts`
 * after `npm run build`.
 */

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

/** What was measured with so many orders at a time; the milliseconds are medians. */
interface Row {
  readonly ordersPerMinute: number;
  readonly placedToFinishedMilliseconds: number;
  /** From the end of the phase before. */
  readonly phasesMilliseconds: Readonly<Record<string, number>>;
  /** Of all processors, chain, controller, loader and customer together; 1 is all they have. */
  readonly processorsBusy: number;
}

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
    const rows: Record<string, Row> = {};
    for (const atOnce of [1, 2, 4]) {
      const began = performance.now();
      const busy = busyMilliseconds();
      const runs: { order: bigint; placed: number }[] = [];
      let left = EACH;
      await Promise.all(Array.from({ length: atOnce }, async () => {
        while (left-- > 0) runs.push(await run());
      }));
      const milliseconds = performance.now() - began;
      const phases = PHASES.map(([phase], index): [string, number] => {
        const before = PHASES[index - 1]?.[0];
        return [phase, median(runs.map(({ order, placed }) => at.get(`${order} ${phase}`)! - (before === undefined ? placed : at.get(`${order} ${before}`)!)))];
      });
      rows[atOnce] = {
        ordersPerMinute: Math.round((runs.length / milliseconds) * 60_000),
        placedToFinishedMilliseconds: median(runs.map(({ order, placed }) => at.get(`${order} finished`)! - placed)),
        phasesMilliseconds: Object.fromEntries(phases),
        processorsBusy: Number(((busyMilliseconds() - busy) / milliseconds / cpus().length).toFixed(2)),
      };
      print(`${atOnce} at a time: ${JSON.stringify(rows[atOnce], null, 2)}`);
    }
    const report = {
      machine: { processor: cpus()[0]?.model, cores: cpus().length, node: process.version },
      atOnce: rows,
      bound: "Processor time, where processorsBusy comes near to 1. One order alone waits for blocks and polls in turn; the longest phase is the execution, most of it the unpacking of the image.",
    };
    await writeFile(join(__dirname, "orders.json"), `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    fleet.close();
    await network.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? NaN);
}

/** What the processors of this machine were not idle since it started, ms, all together. */
function busyMilliseconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
