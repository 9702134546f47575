// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { formatTokens } from "../../src/commands/amounts";
import { Actor } from "./actor";
import { Ledger } from "./ledger";
import { DATA_OFFER, DATA_SLOT } from "./offerFiles";
import { MACHINE, MACHINE_PORT, MACHINE_SLOT } from "../localnet/machine";
import { ROOT, startLocalNetwork, type LocalNetwork } from "../localnet/network";

/** How the story is told. */
export interface Telling {
  /** Where homes, store and logs are made. */
  readonly directory: string;
  readonly print: (line: string) => void;
}

/** What came out, for tests and benchmarks. */
export interface Outcome {
  readonly order: bigint;
  readonly result: unknown;
  readonly expected: unknown;
  /** Gas of the collaboration itself: placing to the last claim. */
  readonly gas: bigint;
  /** Seconds of each phase. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly balances: Readonly<Record<string, bigint>>;
}

/** Tells the confidential collaboration of the guide, steps 1 to 11, with Alice, Bob and Carol as separate processes, homes and keys. */
export async function tellCollaboration({ directory, print }: Telling): Promise<Outcome> {
  const clock = stopwatch();
  const network = await startLocalNetwork({ directory, chainPort: 0, authorityPort: 0, log: print });
  try {
    clock.lap("network");
    return await tell(network, print, clock);
  } finally {
    await network.stop();
  }
}

async function tell(network: LocalNetwork, print: (line: string) => void, clock: Stopwatch): Promise<Outcome> {
  const [alice, bob, carol] = (["alice", "bob", "carol"] as const).map((name) => new Actor(name, network.homes[name], print)) as [Actor, Actor, Actor];
  const ledger = await Ledger.open(network.market, print);
  const title = (text: string) => print(`\n== ${text}`);

  title("Carol registers as a provider, offers her machine and starts it (SIMULATED TEE)");
  const compute = await offerMachine(network, carol);
  const machine = await network.startMachine("carol", compute, (line) => print(`      machine | ${line}`));
  await ledger.step();
  clock.lap("machine");

  title("1. Alice builds a solution image");
  await alice.types("spctl", ["solutions", "pack", join(ROOT, "examples", "linear-regression"), "--base", "node", "--output", "solution.tar.gz"]);
  clock.lap("pack");
  title("2. Alice uploads the solution");
  await alice.types("spctl", ["files", "upload", "solution.tar.gz", "--output", "solution.resource.json", "--filename", "solution.tar.gz", "--use-addon"]);
  title("3. Alice sends the resource file to Bob");
  await copyFile(join(alice.home, "solution.resource.json"), join(bob.home, "solution.resource.json"));
  print(`    copied ${join("alice", "solution.resource.json")} to ${join("bob", "solution.resource.json")}`);
  title("4. Bob downloads the solution");
  await bob.types("spctl", ["files", "download", "solution.resource.json", ".", "--use-addon"]);
  title("5. Bob verifies the solution");
  await bob.types("spctl", ["files", "calculate-hash", "solution.tar.gz"]);
  const solutionHash = await hashOf(join(bob.home, "solution.resource.json"));
  print(`    Bob has read the code; he will approve ${solutionHash} and nothing else`);
  clock.lap("hand over");

  title("6. Bob uploads his data set, encrypted; only he holds the key");
  await makeDataset(join(bob.home, "dataset"));
  await bob.types("spctl", ["files", "upload", "dataset", "--output", "dataset.resource.json", "--use-addon"]);
  title("7. Bob creates an offer that needs his approval");
  await writeFile(join(bob.home, "offer-info.json"), JSON.stringify(DATA_OFFER, null, 3));
  await writeFile(join(bob.home, "slot-info.json"), JSON.stringify(DATA_SLOT, null, 3));
  const answers = ["Bob", "A hospital with patients", "y", "provider-info.json", "n", "./offer-info.json", "./slot-info.json", "n"];
  const registered = await bob.types("provider-tools", ["register", "data", "--result", "./dataset.resource.json"], { input: `${answers.join("\n")}\n` });
  const [, slot = "", offer = ""] = /Slot (\d+) for offer (\d+) has been created successfully/.exec(registered.stdout + registered.stderr) ?? [];
  print(`    Bob tells Alice: offer ${offer}, slot ${slot}`);
  await ledger.step();
  clock.lap("offer");

  title("8. Alice places the order");
  const placed = await alice.types("spctl", ["workflows", "create", "--solution", "./solution.resource.json", "--data", `${offer},${slot}`, "--tee", String(compute)]);
  clock.lap("place");
  const order = BigInt(/TEE order id: \["(\d+)"\]/.exec(placed.stdout)?.[1] ?? "0");
  await alice.types("spctl", ["orders", "get", String(order), "--suborders", "--suborders_fields", "id,type,status"]);
  let gas = await ledger.step();
  clock.lap("look");

  title("9. Bob completes the data suborder with the hash that he verified");
  await bob.types("spctl", ["orders", "complete", String(order + 1n), "--result", "./dataset.resource.json", "--status", "done", "--solution-hash", solutionHash]);
  clock.lap("approve");
  await machine.ready(new RegExp(`order ${order}: finished as Done`));
  clock.lap("run");
  gas += await ledger.step();

  title("10. Alice downloads the result and opens it with her key");
  await alice.types("spctl", ["orders", "get", String(order), "--fields", "id,status,total_deposit"]);
  await alice.types("spctl", ["orders", "download-result", String(order)]);
  const result = readResult(alice.home);
  clock.lap("result");

  title("11. Alice and Bob get the order report and verify it");
  await alice.types("spctl", ["orders", "get-report", String(order), "--save-to", "report.json", "--resource", "solution.resource.json"]);
  await bob.types("spctl", ["orders", "get-report", String(order), "--save-to", "report.json", "--resource", "dataset.resource.json", "--resource", "solution.resource.json"]);
  clock.lap("reports");

  title("Carol and Bob claim what they earned");
  await carol.types("spctl", ["orders", "claim", String(order)]);
  await bob.types("spctl", ["orders", "claim", String(order + 1n)]);
  gas += await ledger.step();
  clock.lap("claims");

  title("The result");
  const expected = computeInTheOpen(await readFile(join(bob.home, "dataset", "patients.csv"), "utf8"));
  print(JSON.stringify(result, null, 2).replace(/^/gm, "    "));
  const same = JSON.stringify(result) === JSON.stringify(expected);
  print(`    the same computation in the open gives ${same ? "exactly the same" : "SOMETHING ELSE"}`);
  if (!same) throw new Error("The result differs from the computation in the open.");
  title("Balances");
  const balances = await ledger.read();
  for (const [name, units] of Object.entries(balances)) print(`    ${name.padEnd(18)} ${formatTokens(units)} tokens`);
  print(`\nFrom placing to Done: ${(clock.laps.place! + clock.laps.look! + clock.laps.approve! + clock.laps.run!).toFixed(1)} s; gas of the collaboration, placing to last claim: ${gas.toLocaleString("en")}`);
  return { order, result, expected, gas, seconds: clock.laps, balances };
}

/** Carol's part: provider, security deposit, offer, slot, option. */
async function offerMachine(network: LocalNetwork, carol: Actor): Promise<bigint> {
  for (const [name, content] of Object.entries({ "tee-offer-info.json": MACHINE, "tee-slot-info.json": MACHINE_SLOT, "tee-option-info.json": MACHINE_PORT })) {
    await writeFile(join(carol.home, name), JSON.stringify(content, null, 2));
  }
  const flags = ["--provider-name", "Carol", "--provider-description", "Runs a machine", "--save-provider", "provider-info.json", "--offer-info", "./tee-offer-info.json", "--slot-info", "./tee-slot-info.json", "--option-info", "./tee-option-info.json", "--security-deposit", "100"];
  const { stdout, stderr } = await carol.types("provider-tools", ["register", "tee", ...flags]);
  return BigInt(/Offer (\d+) has been created successfully/.exec(stdout + stderr)?.[1] ?? "0");
}

async function makeDataset(directory: string): Promise<void> {
  const { patients } = require("../../examples/patients-dataset/generate.js") as { patients: () => string };
  await mkdir(directory);
  await writeFile(join(directory, "patients.csv"), patients());
}

/** The solution's own computation, without any marketplace: what the result must equal. */
function computeInTheOpen(csv: string): unknown {
  const { parseTable, regress } = require("../../examples/linear-regression/regression.js") as {
    parseTable: (text: string, name: string) => { columns: string[]; rows: number[][] };
    regress: (columns: string[], rows: number[][]) => unknown;
  };
  const { columns, rows } = parseTable(csv, "patients.csv");
  return regress(columns, rows);
}

async function hashOf(resourceFile: string): Promise<string> {
  return (JSON.parse(await readFile(resourceFile, "utf8")) as { hash: { hash: string } }).hash.hash;
}

function readResult(home: string): unknown {
  return JSON.parse(execFileSync("tar", ["-xzOf", join(home, "result.tar.gz"), "output/result.json"], { encoding: "utf8" }));
}

interface Stopwatch {
  readonly laps: Record<string, number>;
  lap(name: string): void;
}

function stopwatch(): Stopwatch {
  let last = performance.now();
  const laps: Record<string, number> = {};
  return {
    laps,
    lap(name) {
      const now = performance.now();
      laps[name] = (now - last) / 1000;
      last = now;
    },
  };
}

async function main(): Promise<void> {
  const keep = process.env.CLOISTER_KEEP;
  const directory = keep ?? (await mkdtemp(join(tmpdir(), "cloister-story-")));
  try {
    await tellCollaboration({ directory, print: (line) => console.log(line) });
  } finally {
    if (keep === undefined) await rm(directory, { recursive: true, force: true });
  }
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
