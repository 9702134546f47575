// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { readOrderRecord } from "../../chain/orderRecords";
import { getOrder } from "../../chain/orders";
import { replenishOrder } from "../../chain/prolonging";
import { costOfMinutes, totalOf } from "../../core/charges";
import { CloisterError } from "../../core/errors";
import { billAhead } from "../../core/orderRecord";
import { checkDeposit, formatTokens, parseDeposit } from "../amounts";
import { wrongUsage } from "../command";
import { parseId } from "../connect";
import type { Context } from "../context";

/** The most minutes that an order lasts (24 bits). */
const MOST_MINUTES = 0xffffff;

/** How much is added: an amount of tokens, or what so many more minutes cost. `amountName` is how the command calls the amount. */
export interface Replenishing {
  readonly id: string;
  readonly amount?: string;
  readonly minutes?: number;
  readonly amountName: string;
  /** Whether a person at a terminal is asked first. */
  readonly ask: boolean;
}

/** What was added, in tokens, and the deposit that it made. */
export interface Replenished {
  readonly order: bigint;
  readonly added: string;
  readonly minutes?: number;
  readonly deposit: string;
  readonly transaction: string;
  readonly gasUsed: bigint;
}

/**
 * Adds to the deposit of an order.
 *
 * @throws CloisterError `AmountTooLarge`, `NothingChargedByTime`, `NotConfirmed`, what the contract refuses; wrong usage unless exactly
 *         one of amount and minutes is given.
 */
export async function replenish(context: Context, { id, amount, minutes, amountName, ask }: Replenishing): Promise<Replenished> {
  if ((amount === undefined) === (minutes === undefined)) throw wrongUsage(`Give either ${amountName} or --minutes${amount === undefined ? "" : ", not both"}.`);
  if (minutes !== undefined && (minutes < 1 || minutes > MOST_MINUTES)) throw wrongUsage(`--minutes must be 1 to ${MOST_MINUTES}.`);
  const order = parseId(id, "an order");
  const given = amount === undefined ? undefined : parseDeposit(amount);
  if (given === 0n) throw wrongUsage("0 tokens add nothing to a deposit.", "Give an amount above 0.");
  const market = await context.market("account");
  const units = given ?? checkDeposit(await costOf(context, market, order, minutes ?? 0));
  const added = formatTokens(units);
  if (ask && context.surroundings.stdin.isTTY === true && !(await context.confirm(`${added} tokens will be added to the deposit of order ${order}. Go on?`))) {
    throw new CloisterError("NotConfirmed", `Order ${order} was not replenished: ${added} tokens were not agreed to.`, "Answer yes, or give --yes.", { order });
  }
  const { transaction, gasUsed } = await replenishOrder(market, order, units);
  return { order, added, ...(minutes !== undefined && { minutes }), deposit: formatTokens((await getOrder(market, order)).deposit), transaction, gasUsed };
}

/** Units that make the money last so many minutes longer, by the prices that the order was placed at. */
async function costOf(context: Context, market: Market, id: bigint, minutes: number): Promise<bigint> {
  const order = await readOrderRecord(market, id);
  const bill = billAhead(order);
  const cost = costOfMinutes(bill, order.deposit, minutes);
  if (cost === 0n) throw new CloisterError("NothingChargedByTime", `Order ${id} is charged nothing by time: no money makes it last longer.`, "Leave it; a service runs to the end of its lease, which `orders extend` lengthens.", { order: id });
  context.message(`${minutes} minutes of order ${id} cost ${formatTokens(cost)} tokens`);
  if (totalOf(bill, order.leaseMinutes * 60) <= order.deposit) {
    context.message(`The deposit already pays for the whole lease of ${order.leaseMinutes} minutes: what is added comes back at the end, unless a service's lease is lengthened (\`orders extend\`)`);
  }
  return cost;
}
