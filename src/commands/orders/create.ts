// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, text } from "../command";

export const ordersCreate = defineCommand({
  noun: "orders",
  verb: "create",
  summary: "Buy storage by itself, without a workflow",
  role: "customer",
  listed: false,
  example: "orders create --offer 9 --slot 12 --min-rent-minutes 43200",
  notes: `Exactly the price of the retention is paid. The store answers with access, sealed to your key of results (\`storage access\`); its retention runs from its receipt on.
Solutions and data are bought in a workflow: \`workflows create\`.`,
  options: {
    offer: text("storage offer", { required: true, placeholder: "id" }),
    slot: text("its slot; by default the cheapest that sells the retention", { placeholder: "id" }),
    deposit: text("tokens that it may cost at the most; by default its price now", { placeholder: "tokens" }),
    minRentMinutes: number("retention; by default the slot's minimum, else a day"),
    token: text("token, by symbol or address; by default the configuration's", { placeholder: "symbol" }),
    hash: text("sha-256 of what will be stored, where it is known", { placeholder: "hash" }),
  },
  async run(context, { offer: given, slot, deposit, minRentMinutes, token, hash }) {
    const { placeStorage, storagePrice } = await import("../../chain/storing");
    const { withToken } = await import("../../chain/paymentTokens");
    const { balanceOf } = await import("../../chain/tokens");
    const { actingAccount } = await import("../../chain/market");
    const { CloisterError } = await import("../../core/errors");
    const { recipientOf, recipientToBytes } = await import("../../crypto/ageKeys");
    const { formatTokens, parseDeposit } = await import("../amounts");
    const { parseId } = await import("../connect");
    const { chooseStorage } = await import("./storageSlot");
    const offer = parseId(given, "a storage offer");
    if (hash !== undefined && !/^[0-9a-fA-F]{64}$/.test(hash)) throw new CloisterError("HashMalformed", `${hash} is no sha-256.`, "Give the 64 hex digits of the object's address.", { hash });
    const most = deposit === undefined ? undefined : parseDeposit(deposit);
    const recipient = recipientToBytes(await recipientOf(await context.resultIdentity()));

    context.message("Connecting to the blockchain");
    const market = await withToken(await context.market("account"), token);
    const { symbol } = await balanceOf(market, actingAccount(market));
    const { slot: chosen, retentionMinutes } = await chooseStorage(market, offer, slot, minRentMinutes);
    const price = storagePrice(chosen, retentionMinutes);
    context.message(`Slot ${chosen.id} of storage offer ${offer} costs ${formatTokens(price)} ${symbol} for ${retentionMinutes} minutes`);
    const { order, transaction, gasUsed } = await placeStorage(market, { offer, slot: chosen, retentionMinutes, priceCeiling: most ?? price, contentHash: hash?.toLowerCase(), grantRecipient: recipient });
    return { order, suborder: order + 1n, offer, slot: chosen.id, retentionMinutes, price: formatTokens(price), transaction, gasUsed };
  },
  print({ order, suborder }, out) {
    out.line(`Order was created, order id: ${order}`);
    out.line(`Its storage is suborder ${suborder}: \`storage access ${suborder}\` once the store has granted it`);
  },
});
