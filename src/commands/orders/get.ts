// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, list, positional, text } from "../command";

export const ordersGet = defineCommand({
  noun: "orders",
  verb: "get",
  summary: "Show an order or a suborder",
  role: "customer",
  example: "orders get 7 --suborders --suborders_fields id,type,status",
  positionals: { id: positional("order id") },
  options: {
    fields: list("fields to show"),
    suborders: flag("show the suborders too"),
    subordersFields: list("fields to show of the suborders", { spelling: "suborders_fields" }),
    saveTo: text("file to write the result to, as JSON", { placeholder: "path" }),
  },
  async run(context, { id, fields, suborders, subordersFields, saveTo }) {
    const { parseId } = await import("../connect");
    const { pick, showOrder, showSuborders } = await import("./view");
    const market = await context.market();
    const orderId = parseId(id, "an order");
    const found = await showOrder(market, orderId);
    const parts = suborders && found.parent_order_id === undefined ? await showSuborders(market, orderId) : [];
    const result = {
      ...pick(found, fields),
      ...(suborders && { suborders: parts.map((part) => pick(part, subordersFields.length > 0 ? subordersFields : ["id", "type", "status", "offer_name", "price"])) }),
    };
    if (saveTo !== undefined) {
      const { writeJsonFile } = await import("../files/textFile");
      await writeJsonFile(context.path(saveTo), result);
    }
    return result;
  },
  print(result, out) {
    const { suborders, ...order } = result as Record<string, unknown> & { suborders?: object[] };
    out.fields(order);
    if (suborders === undefined) return;
    if (suborders.length === 0) out.line(`There are no sub-orders for order ${String(order.id ?? "")}`.trim());
    else out.table(suborders);
  },
});
