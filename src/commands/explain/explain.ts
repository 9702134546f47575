// SPDX-License-Identifier: Apache-2.0
import { formatTokens } from "../amounts";
import { defineCommand, number } from "../command";
import type { Printer } from "../printer";
import { workflowOptions } from "../workflows/options";
import type { Explanation } from "./explanation";

export const explainCommand = defineCommand({
  noun: "explain",
  verb: "",
  summary: "Say what would happen to an order, without sending or sealing anything",
  role: "customer",
  listed: false,
  example: "explain --solution ./solution.resource.json --data 5,7 --tee 1 --minutes 20",
  notes: "Takes the options of `workflows create`. Without --tee it says of every machine why it is left out, or what it costs and how busy it is, and which would be taken. Exit code 1 where the order would be refused; what only holds it up (approvals, a full machine) is said and is no refusal.",
  options: { ...workflowOptions, minutes: number("price so many minutes of running; by default the lease") },
  async run(context, given) {
    const { parseDeposit } = await import("../amounts");
    const { withToken } = await import("../../chain/paymentTokens");
    const { openTrust } = await import("../connect");
    const { readArguments } = await import("../workflows/arguments");
    const { explain } = await import("./explanation");
    const market = await withToken(await context.market("account"), given.token);
    // Read so that a wrong file is found now; their content plays no part in what is checked.
    await readArguments(given, (path) => context.path(path));
    return explain(market, {
      tee: given.tee,
      slotCount: given.teeSlotCount,
      options: given.teeOptions,
      optionCounts: given.teeOptionsCount,
      solutions: given.solution,
      data: given.data,
      storage: given.storage,
      deposit: given.deposit === undefined ? undefined : parseDeposit(given.deposit),
      leaseMinutes: given.minRentMinutes,
      retentionMinutes: given.retentionMinutes,
      minutes: given.minutes,
      accept: given.accept,
      trust: await openTrust(context),
      path: (path) => context.path(path),
      at: context.now(),
    });
  },
  print(explanation, out) {
    printCandidates(explanation, out);
    if (explanation.compute !== undefined) printSlots(explanation, out);
    if (explanation.findings.length > 0) out.line("Demands");
    for (const { passed, demand, found } of explanation.findings) out.line(`  ${passed ? "passed" : "FAILED"}  ${demand}: ${found}`);
    printMachine(explanation, out);
    printMoney(explanation, out);
    for (const delay of explanation.delays) out.line(`Note: ${delay}`);
    if (explanation.accepted) return out.line("The order would be accepted.");
    out.line("The order would be REFUSED:");
    for (const { code, reason, fix } of explanation.refusals) out.line(`  ${reason} (${code})${fix === undefined ? "" : `\n    ${fix}`}`);
  },
  done: ({ accepted }) => accepted,
});

function printCandidates({ candidates }: Explanation, out: Printer): void {
  if (candidates === undefined) return;
  out.line("Machines, cheapest first");
  for (const { line, taken } of candidates) out.line(`  ${taken ? "TAKEN " : "      "}  ${line}`);
}

function printSlots({ compute, slots }: Explanation, out: Printer): void {
  out.line(`Slots of compute offer ${compute}`);
  for (const { slot, count, fits, chosen, price, resources } of slots) {
    out.line(`  ${fits ? "passed" : "FAILED"}  slot ${slot} x ${count}, ${price}${chosen ? " (chosen)" : ""}`);
    for (const { resource, required, provided, enough } of resources) out.line(`    ${enough ? "enough" : "SHORT "}  ${resource}: ${required} required, ${provided} provided`);
  }
}

function printMachine({ machine, devices }: Explanation, out: Printer): void {
  if (machine === undefined) return;
  const { waiting, compensation, freeSecurity, covered } = machine;
  out.line("Machine");
  out.line(`  queue: ${waiting}`);
  out.line(`  ${covered ? "passed" : "FAILED"}  compensation of ${formatTokens(compensation)} tokens within its free security deposit of ${formatTokens(freeSecurity)}`);
  for (const { device, simulated, checks } of devices) {
    out.line(`  device ${device.slice(0, 18)}…${simulated ? " (SIMULATED)" : ""}`);
    for (const { name, passed, reason } of checks) out.line(`    ${passed ? "passed" : "FAILED"}  ${name}: ${reason}`);
  }
}

function printMoney({ money, lease }: Explanation, out: Printer): void {
  if (!money) return;
  const { least, most, deposit, balance, charge, moneyEndsAfter, worstRefund } = money;
  out.line("Money");
  out.line(`  deposit ${formatTokens(deposit)} tokens (least ${formatTokens(least)}, most ${formatTokens(most)}); the account has ${formatTokens(balance)}`);
  out.line(`  ${charge.minutes} minutes cost ${formatTokens(charge.total)}: ${charge.lines.map(({ part, amount }) => `${part} ${formatTokens(amount)}`).join(", ")}`);
  if (charge.asked !== undefined) out.line(`  of the ${charge.asked} minutes asked about: the lease ends after ${charge.minutes}, and no more is charged`);
  if (moneyEndsAfter === undefined) out.line(`  the deposit lasts for the whole lease of ${lease?.minutes} minutes`);
  else out.line(`  the money ends after ${Math.floor(moneyEndsAfter / 60)} minutes ${moneyEndsAfter % 60} seconds of ${lease?.minutes} minutes`);
  out.line(`  comes back: all before the report, ${formatTokens(worstRefund)} at the worst after it`);
}
