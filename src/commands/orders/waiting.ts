// SPDX-License-Identifier: Apache-2.0
import { getOffer } from "../../chain/offers";
import { offersOfProvider } from "../../chain/offerDetails";
import { blockTime } from "../../chain/orders";
import { sellingProvider } from "../../chain/providers";
import { type WaitingSuborder, waitingSuborders } from "../../chain/waiting";
import { NO_ARGUMENTS } from "../../core/inputs";
import { offerTypeName } from "../../core/offerType";
import { orderStatusName } from "../../core/orderStatus";
import { type Columns, chooseFields, readColumns } from "../columns";
import type { Context } from "../context";

/** What `orders list --waiting` is asked for. */
export interface WaitingRequest {
  readonly fields: readonly string[];
  /** Of the acting account's orders, instead of for the acting provider's offers. */
  readonly myAccount: boolean;
  /** Only of these offers. */
  readonly offers?: ReadonlySet<bigint>;
  readonly types: ReadonlySet<number>;
}

/** The suborders that somebody has to decide, oldest first, in the fields asked for. */
export async function listWaiting(context: Context, { fields, myAccount, offers, types }: WaitingRequest): Promise<Record<string, unknown>[]> {
  const market = await context.market("account");
  const names = new Map<bigint, Promise<string>>();
  const nameOfOffer = (id: bigint): Promise<string> => {
    if (!names.has(id)) names.set(id, getOffer(market, id).then(({ info }) => info.name ?? ""));
    return names.get(id)!;
  };
  // Deadlines are the chain's, and so is the clock they are compared with.
  const now = await blockTime(market, await market.provider.getBlockNumber());
  const columns: Columns<WaitingSuborder> = {
    id: ({ suborder }) => suborder.id,
    order: ({ order }) => order.id,
    order_status: ({ order }) => orderStatusName(order.status),
    type: ({ suborder }) => offerTypeName(suborder.type),
    offer: ({ suborder }) => suborder.offer,
    offer_name: ({ suborder }) => nameOfOffer(suborder.offer),
    version: ({ suborder }) => suborder.version,
    machine: ({ order }) => order.offer,
    customer: ({ order }) => order.customer,
    solution_hash: ({ order }) => order.solutionHash,
    arguments: ({ argumentsHash }) => (argumentsHash === NO_ARGUMENTS ? "none" : argumentsHash),
    deadline: ({ deadline }) => new Date(deadline * 1000),
    late: ({ deadline }) => now > deadline,
  };
  const chosen = chooseFields(columns, fields);
  const mine = myAccount ? offers : await ownOffers(market, offers);
  const progress = context.progress("Reading events", "blocks");
  const found = await waitingSuborders(market, {
    customer: myAccount ? market.account : undefined,
    offers: mine,
    types,
    onProgress: (done, total) => progress.update(done, total),
    signal: context.signal,
  });
  progress.end();
  return Promise.all(found.map((waiting) => readColumns(columns, waiting, chosen)));
}

/** The acting provider's offers, or those of them that were named. */
async function ownOffers(market: Parameters<typeof sellingProvider>[0], named?: ReadonlySet<bigint>): Promise<ReadonlySet<bigint>> {
  const own = await offersOfProvider(market, await sellingProvider(market));
  return new Set(own.filter((id) => named === undefined || named.has(id)));
}
