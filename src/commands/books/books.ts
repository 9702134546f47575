// SPDX-License-Identifier: Apache-2.0
import { formatTokens } from "../amounts";
import { defineCommand, flag, number, wrongUsage } from "../command";

export const booksCommand = defineCommand({
  noun: "books",
  verb: "",
  summary: "Rebuild the market's money from its events and compare with what the contracts hold",
  role: "operator",
  example: "books --from 21000000",
  notes: "Everything paid in, charged, returned, claimed and reserved, to the unit; anybody can check it. Exit code 1 where anything differs. Reservations of a provider's other order books are not in these books.",
  options: {
    from: number("first block to read; at or before the one of the deployment", { default: 0, placeholder: "block" }),
    range: number("blocks to ask a node for at once; what it refuses is halved", { default: 10_000, placeholder: "blocks" }),
    all: flag("print orders without a difference too"),
  },
  async run(context, { from, range, all }) {
    if (range === 0) throw wrongUsage("--range must be 1 or more.");
    const { rebuildBooks } = await import("./rebuild");
    const market = await context.market();
    const events = context.progress("Reading events", "blocks");
    const orders = context.progress("Comparing orders", "orders");
    const report = await rebuildBooks(market, {
      from,
      step: range,
      onEvents: (done, total) => {
        events.update(done, total);
        if (done === total) events.end();
      },
      onOrders: (done, total) => orders.update(done, total),
      signal: context.signal,
    });
    orders.end();
    return { ...report, all };
  },
  print({ from, to, events, lines, orders, faults, balanced, all }, out) {
    out.table(lines.map(({ holder, token, what, rebuilt, stored, difference }) => ({ holder, token, what, rebuilt: formatTokens(rebuilt), stored: formatTokens(stored), difference: `${difference}` })));
    out.line();
    const shown = orders.filter(({ differences }) => all || differences.length > 0);
    if (shown.length > 0) {
      const amounts = (line: (typeof orders)[number]) => ({ deposit: formatTokens(line.deposit), seconds: line.seconds, charged: formatTokens(line.charged), refunded: formatTokens(line.refunded), claimed: formatTokens(line.claimed), unclaimed: formatTokens(line.unclaimed) });
      out.table(shown.map((line) => ({ order: line.order, status: line.status, token: line.token, ...amounts(line), differences: line.differences.join("; ") || "none" })));
      out.line();
    }
    for (const fault of faults) out.line(`FAULT  ${fault}`);
    out.line(`${events} events of blocks ${from} to ${to}, ${orders.length} orders: ${balanced ? "the books balance to the unit." : "THE BOOKS DO NOT BALANCE."}`);
  },
  done: ({ balanced }) => balanced,
});
