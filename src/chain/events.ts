// SPDX-License-Identifier: Apache-2.0
import { Interface, type LogDescription } from "ethers";

import { Attestation__factory, OfferCatalog__factory, ProviderRegistry__factory } from "../../typechain-types";
import { orderBookAbi } from "./orderBook";

const MARKET_EVENTS = new Interface(
  [orderBookAbi, OfferCatalog__factory.abi, ProviderRegistry__factory.abi, Attestation__factory.abi].flatMap((abi) =>
    (abi as readonly { type: string }[]).filter(({ type }) => type === "event"),
  ),
);

/** A log as any provider gives it. */
export interface RawLog {
  readonly topics: readonly string[];
  readonly data: string;
}

/** The market's events among some logs, in their order; of one name if one is given. */
export function eventsOf(logs: readonly RawLog[], name?: string): LogDescription[] {
  return logs
    .map((log) => MARKET_EVENTS.parseLog(log))
    .filter((event): event is LogDescription => event !== null && (name === undefined || event.name === name));
}

/** One argument of the first event of a name. Its absence is a broken contract, so it throws. */
export function eventArgument<Value>(logs: readonly RawLog[], name: string, argument: string): Value {
  const event = eventsOf(logs, name)[0];
  if (!event) throw new Error(`The transaction emitted no ${name}.`);
  return event.args[argument] as Value;
}
