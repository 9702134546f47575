// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { soak } from "./soak";

/**
 * `npm run soak`: many orders on a local network while processes are killed and contents are tampered with, from a fixed seed. All must
 * end, the books must balance, and nothing may be left. `-- --orders 200 --seconds 60 --seed 1 --out bench/soak.json`.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { orders: { type: "string", default: "200" }, seconds: { type: "string" }, seed: { type: "string", default: "1" }, out: { type: "string" } } });
  const number = (name: "orders" | "seconds" | "seed", text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new Error(`--${name} must be a whole number, not "${text}".`);
  };
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const seed = number("seed", values.seed)!;
  const { checks, ran } = await soak({ orders: number("orders", values.orders)!, seconds: number("seconds", values.seconds), seed, print });
  for (const { name, passed, found } of checks) print(`${passed ? "passed" : "FAILED"}  ${name}: ${found}`);
  const failed = checks.filter(({ passed }) => !passed).length;
  print(`${checks.length - failed} passed, ${failed} failed`);
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify({ seed, ...ran, checks }, null, 2)}\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
