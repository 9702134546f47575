// SPDX-License-Identifier: Apache-2.0
import { type EventFragment, type Interface, type Log, zeroPadValue } from "ethers";

import type { BookEvent } from "../core/books";
import { type LogQuery, type LogRange, readLogs } from "./logRanges";
import type { Market } from "./market";

/** The events that move money or say why, by contract. Texts and evidence are not asked for, as far as they have events of their own. */
const WANTED = {
  orderBook: ["DeadlinesSet", "TokenListed", "OrderPlaced", "OrderReplenished", "OrderStatusChanged", "ReportPublished", "OrderFinished", "OrderSettled", "RefundOwed", "EarningsClaimed", "EarningsDrawn", "CommissionClaimed", "RetentionChanged", "StorageEnded", "StorageRefunded"],
  registry: ["SecurityDeposited", "SecurityWithdrawn", "CompensationPaid", "CompensationOwed"],
  catalog: ["OfferCreated", "MachineSet"],
} as const;

/** All events that the books of a market are made of, batch by batch, in the chain's order. */
export async function* bookEvents(market: Market, range: LogRange): AsyncGenerator<BookEvent[]> {
  const { contracts } = market.address;
  const sources = (["orderBook", "registry", "catalog"] as const).map((source) => {
    const contract: { interface: Interface } = market[source];
    return { source, address: contracts[source].toLowerCase(), abi: contract.interface, topics: WANTED[source].map((name) => topicOf(contract.interface, name)) };
  });
  const transfer = topicOf(market.token.interface, "Transfer");
  const holders = [contracts.orderBook, contracts.registry].map((address) => zeroPadValue(address, 32));
  const queries: LogQuery[] = [
    ...sources.map(({ address, topics }) => ({ address, topics: [topics] })),
    // Of whatever token: which count, the events say.
    { topics: [transfer, holders] },
    { topics: [transfer, null, holders] },
  ];
  for await (const logs of readLogs(market, queries, range)) {
    yield logs.flatMap((log) => {
      const address = log.address.toLowerCase();
      const known = sources.find((source) => source.address === address);
      // A token of another shape (its transfers have four topics) is none that can be paid with.
      if (!known && log.topics.length !== 3) return [];
      return [parsed(log, known?.source ?? "token", address, known?.abi ?? market.token.interface)];
    });
  }
}

function parsed(log: Log, source: BookEvent["source"], address: string, abi: Interface): BookEvent {
  const event = abi.parseLog(log);
  if (event === null) throw new Error(`The log ${log.index} of ${log.transactionHash} is no event of ${address}.`);
  const args = Object.fromEntries(event.fragment.inputs.map(({ name }, index) => [name, event.args[index] as unknown]));
  return { source, address, name: event.name, args: source === "token" ? { from: event.args[0], to: event.args[1], value: event.args[2] } : args, transaction: log.transactionHash };
}

function topicOf(abi: Interface, name: string): string {
  const event: EventFragment | null = abi.getEvent(name);
  if (event === null) throw new Error(`There is no event ${name}.`);
  return event.topicHash;
}
