// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, number, text, wrongUsage } from "../command";
import { workflowOptions } from "./options";

/** As many as a user may have waiting at one machine. */
const MOST_AT_ONCE = 32;

export const workflowsCreate = defineCommand({
  noun: "workflows",
  verb: "create",
  summary: "Place an order: solution, data and machine in one transaction",
  role: "customer",
  example: "workflows create --solution ./solution.resource.json --data 5,7 --tee 1",
  notes: `Without --tee the machines that fit and verify are found, up to 16, and the contract takes the cheapest that has room in the moment of placing.
The arguments are sealed to the devices of all of them. \`explain\` shows the choice before anything is sent.`,
  options: {
    ...workflowOptions,
    service: flag("runs until its lease or money ends, or you cancel it, and shows its result meanwhile"),
    createdBy: text("order of yours that makes this one: its result is sealed to a key of its own", { placeholder: "order" }),
    workflowNumber: number("how many such workflows, all in one transaction", { default: 1 }),
  },
  async run(context, given) {
    const { withToken } = await import("../../chain/paymentTokens");
    const { openTrust, parseId } = await import("../connect");
    const { verifyMachine } = await import("../machine");
    const { formatTokens, parseDeposit } = await import("../amounts");
    const { placeOrder } = await import("./place");
    const { readArguments } = await import("./arguments");
    const { section } = await import("../../core/config");
    const { resultStoreOf } = await import("../../store/resultStore");
    if (given.solution.length === 0) throw wrongUsage("--solution is missing.");
    if (given.workflowNumber < 1 || given.workflowNumber > MOST_AT_ONCE) throw wrongUsage(`--workflow-number must be from 1 to ${MOST_AT_ONCE}, not ${given.workflowNumber}.`);

    const createdBy = given.createdBy === undefined ? 0n : parseId(given.createdBy, "an order");
    context.message("Connecting to the blockchain");
    const market = await withToken(await context.market("account"), given.token);
    const trust = await openTrust(context);
    const storage = section(await context.config(), "storage");
    const placed = await placeOrder(
      {
        market,
        resultIdentity: await context.resultIdentity(createdBy),
        resultStore: await resultStoreOf(storage),
        recipients: async (offer) => (await verifyMachine(market, trust, offer, { at: context.now(), accept: given.accept, say: (line) => context.message(line) })).recipients,
        simulatedAllowed: trust.allowSimulated,
        path: (path) => context.path(path),
        now: () => context.now(),
        onStep: (line) => context.message(line),
        signal: context.signal,
      },
      {
        tee: given.tee,
        slotCount: given.teeSlotCount,
        options: given.teeOptions,
        optionCounts: given.teeOptionsCount,
        solutions: given.solution,
        data: given.data,
        storage: given.storage,
        deposit: given.deposit === undefined ? undefined : parseDeposit(given.deposit),
        service: given.service,
        createdBy,
        count: given.workflowNumber,
        leaseMinutes: given.minRentMinutes,
        retentionMinutes: given.retentionMinutes,
        workloadArguments: await readArguments(given, (path) => context.path(path)),
      },
    );
    context.message(`Total deposit is ${formatTokens(placed.deposit)} tokens${placed.orders.length === 1 ? "" : " each"} for ${placed.leaseMinutes} minutes (least ${formatTokens(placed.least)}, most ${formatTokens(placed.most)})`);
    const { orders, machines, deposit, leaseMinutes, least, most, transaction, gasUsed } = placed;
    return { orders, machines, deposit, leaseMinutes, least, most, transaction, gasUsed };
  },
  print({ orders, transaction, gasUsed }, out) {
    out.line(`Workflow was created, TEE order id: ${JSON.stringify(orders.map(String))}`);
    out.line(`Transaction ${transaction}, gas ${gasUsed}`);
  },
});
