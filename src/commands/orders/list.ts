// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, list, number } from "../command";

export const ordersList = defineCommand({
  noun: "orders",
  verb: "list",
  summary: "List orders, newest first",
  role: "customer",
  example: "orders list --my-account --status blocked,new",
  options: {
    fields: list("fields to show"),
    myAccount: flag("only the orders of this configuration's account"),
    status: list("only these statuses, e.g. new,processing"),
    limit: number("how many at most", { default: 10 }),
    cursor: number("how many to skip", { default: 0 }),
  },
  async run(context, { fields, myAccount, status, limit, cursor }) {
    const { listOrders } = await import("../../chain/orders");
    const { pick, showOrder } = await import("./view");
    const market = await context.market(myAccount ? "account" : undefined);
    const wanted = new Set(status.map((name) => name.toLowerCase()));
    const found = [];
    let next = cursor;
    for (const id of (await listOrders(market, market.account)).slice(cursor)) {
      if (found.length === limit) break;
      next += 1;
      const order = await showOrder(market, id);
      if (wanted.size === 0 || wanted.has(order.status.toLowerCase())) found.push(pick(order, fields.length > 0 ? fields : ["id", "offer_name", "status"]));
    }
    return { orders: found, cursor: next };
  },
  print({ orders, cursor }, out) {
    if (orders.length === 0) out.line("No orders");
    else out.table(orders);
    out.line(`Last pagination cursor: ${cursor}`);
  },
});
