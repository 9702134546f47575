// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, number, repeated, text, wrongUsage } from "../command";

export const workflowsCreate = defineCommand({
  noun: "workflows",
  verb: "create",
  summary: "Place an order: solution, data and machine in one transaction",
  role: "customer",
  example: "workflows create --solution ./solution.resource.json --data 5,7 --tee 1",
  options: {
    tee: text("compute offer, or offer and slot: <offer>[,<slot>]", { required: true, placeholder: "offer" }),
    teeSlotCount: number("how many slots of it; by default the least that fits"),
    teeOptions: list("ids of options to buy"),
    teeOptionsCount: list("how often each of them"),
    solution: repeated("resource file, or <offer>[,<slot>]; may be repeated"),
    data: repeated("resource file, or <offer>[,<slot>]; may be repeated"),
    storage: text("storage offer for the result: <offer>[,<slot>]", { placeholder: "offer" }),
    solutionConfiguration: text("JSON file that the solution finds as /sp/configurations/configuration.json", { placeholder: "path" }),
    command: list("arguments for the solution's entry point"),
    environment: repeated("NAME=value for the solution; may be repeated"),
    deposit: text("tokens to pay in, e.g. 12.5; by default the most it can cost, the rest comes back", { placeholder: "tokens" }),
    minRentMinutes: number("lease; by default the largest minimum of the parts, else 60"),
    retentionMinutes: number("how long a storage offer keeps the result; by default the lease"),
    accept: list("measurements of loaders that you accept beyond your trust file", { placeholder: "hash" }),
  },
  async run(context, given) {
    const { openTrust } = await import("../connect");
    const { verifyMachine } = await import("../machine");
    const { formatTokens, parseTokens } = await import("../amounts");
    const { placeOrder } = await import("./place");
    const { readArguments } = await import("./arguments");
    const { section } = await import("../../core/config");
    if (given.solution.length === 0) throw wrongUsage("--solution is missing.");

    context.message("Connecting to the blockchain");
    const market = await context.market("account");
    const trust = await openTrust(context);
    const storage = section(await context.config(), "storage");
    const placed = await placeOrder(
      {
        market,
        resultIdentity: await context.resultIdentity(),
        resultStore: { type: "DIRECTORY", path: storage.path },
        recipients: async (offer) => (await verifyMachine(market, trust, offer, { at: context.now(), accept: given.accept, say: (line) => context.message(line) })).recipients,
        simulatedAllowed: trust.allowSimulated,
        path: (path) => context.path(path),
        now: () => context.now(),
        onStep: (line) => context.message(line),
      },
      {
        tee: given.tee,
        slotCount: given.teeSlotCount,
        options: given.teeOptions,
        optionCounts: given.teeOptionsCount,
        solutions: given.solution,
        data: given.data,
        storage: given.storage,
        deposit: given.deposit === undefined ? undefined : parseTokens(given.deposit),
        leaseMinutes: given.minRentMinutes,
        retentionMinutes: given.retentionMinutes,
        workloadArguments: await readArguments(given, (path) => context.path(path)),
      },
    );
    context.message(`Total deposit is ${formatTokens(placed.deposit)} tokens for ${placed.leaseMinutes} minutes (least ${formatTokens(placed.least)}, most ${formatTokens(placed.most)})`);
    const { order, deposit, leaseMinutes, least, most, transaction, gasUsed } = placed;
    return { orders: [order], deposit, leaseMinutes, least, most, transaction, gasUsed };
  },
  print({ orders, transaction, gasUsed }, out) {
    out.line(`Workflow was created, TEE order id: ${JSON.stringify(orders.map(String))}`);
    out.line(`Transaction ${transaction}, gas ${gasUsed}`);
  },
});
