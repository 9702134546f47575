// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, list, number, text, wrongUsage } from "../command";

/** Offer types as they are written on the command line. */
const TYPES = ["tee", "storage", "solution", "data"];

export const ordersList = defineCommand({
  noun: "orders",
  verb: "list",
  summary: "List orders, newest first, or what waits for your approval",
  role: "customer",
  example: "orders list --my-account --status blocked,new",
  notes:
    "With --waiting: the suborders that wait for the approval of your offers, with all that the decision needs. With --my-account too: the suborders of your own orders, whoever has to approve them.",
  options: {
    fields: list("fields to show"),
    myAccount: flag("only the orders of this configuration's account, and of wallets linked to it"),
    waiting: flag("suborders that wait for the approval of your offers"),
    offers: list("only orders and suborders of these offers", { placeholder: "ids" }),
    type: list("only these types; of suborders too where one is named", { choices: TYPES }),
    status: list("only these statuses, e.g. new,processing"),
    limit: number("how many at most; suborders of one order stay together", { default: 10 }),
    cursor: number("how many to skip", { default: 0 }),
    saveTo: text("file to write the result to, as JSON", { placeholder: "path" }),
  },
  async run(context, { fields, myAccount, waiting, offers, type, status, limit, cursor, saveTo }) {
    const save = async (orders: readonly object[]): Promise<void> => {
      if (saveTo === undefined) return;
      const { writeJsonFile } = await import("../files/textFile");
      await writeJsonFile(context.path(saveTo), orders);
      context.message(`Saved the orders to ${saveTo}`);
    };
    const { parseId } = await import("../connect");
    const ids = offers.length === 0 ? undefined : new Set(offers.map((given) => parseId(given, "an offer")));
    const types = new Set((type.length > 0 ? type : TYPES).map((name) => TYPES.indexOf(name)));
    const { OrderStatus, orderStatusName } = await import("../../core/orderStatus");
    const statuses = Object.keys(OrderStatus).map((name) => name.toLowerCase());
    const wanted = new Set(status.map((name) => name.toLowerCase()));
    for (const name of wanted) if (!statuses.includes(name)) throw wrongUsage(`--status must be one of ${statuses.join(", ")}, not "${name}".`);
    if (limit === 0) throw wrongUsage("--limit must be 1 or more.");
    if (waiting) {
      const { listWaiting } = await import("./waiting");
      const found = await listWaiting(context, { fields, myAccount, offers: ids, types });
      const shown = found.slice(cursor, cursor + limit);
      await save(shown);
      return { waiting: true, orders: shown, cursor: cursor + shown.length };
    }
    const { listedOrders, orderIds } = await import("../../chain/lists");
    const { getOrder } = await import("../../chain/orders");
    const { fieldsOfOrder, fieldsOfParts, offerReader, pick } = await import("./view");
    const market = await context.market(myAccount ? "account" : undefined);
    // Whoever names nothing sees orders; who names an offer or a type sees what is of it.
    const withOrders = type.length === 0 || type.includes("tee");
    const withParts = type.some((name) => name !== "tee") || (type.length === 0 && ids !== undefined);
    const found = [];
    let next = cursor;
    const offerOf = offerReader(market);
    const all = (await listedOrders(market, market.account)) ?? (await orderIds(market, market.account));
    for (const entry of all.slice(cursor)) {
      if (found.length >= limit) break;
      next += 1;
      const order = typeof entry === "bigint" ? await getOrder(market, entry) : entry;
      // What an order alone says decides before its offer's texts are read.
      const other = (wanted.size > 0 && !wanted.has(orderStatusName(order.status).toLowerCase())) || (ids !== undefined && !ids.has(order.offer));
      const rows = [...(withOrders && !other ? [await fieldsOfOrder(market, order, offerOf)] : []), ...(withParts ? await fieldsOfParts(market, order, offerOf) : [])];
      for (const row of rows) {
        if (wanted.size > 0 && !wanted.has(row.status.toLowerCase())) continue;
        if (ids !== undefined && !ids.has(row.offer_id)) continue;
        if (type.length > 0 && !type.includes(typeName(row.type))) continue;
        found.push(pick(row, fields.length > 0 ? fields : ["id", ...(withParts ? ["type"] : []), "offer_name", "status"]));
      }
    }
    await save(found);
    return { waiting: false, orders: found, cursor: next };
  },
  print({ waiting, orders, cursor }, out) {
    if (orders.length === 0) out.line(waiting ? "Nothing waits for approval" : "No orders");
    else if (waiting) for (const order of orders) out.fields(order);
    else out.table(orders);
    out.line(`Last pagination cursor: ${cursor}`);
  },
});

function typeName(shown: string): string {
  return shown === "TeeOffer" ? "tee" : shown.toLowerCase();
}
