// SPDX-License-Identifier: Apache-2.0
import { eventsOf } from "./events";
import { actingAccount, type Market } from "./market";
import { placingOf, signPermit, type Workflow } from "./orders";
import { read, type Receipt, send } from "./send";

/** Places a workflow in one transaction; where the allowance is short and the token knows permits, the permit rides in the same call. */
export async function placeWorkflow(market: Market, workflow: Workflow): Promise<Receipt & { order: bigint }> {
  const { orders, ...receipt } = await placeWorkflows(market, [workflow]);
  return { ...receipt, order: orders[0]! };
}

/** Places several workflows in one transaction, all of them or none; one permit for all their deposits where the allowance is short. */
export async function placeWorkflows(market: Market, workflows: readonly Workflow[]): Promise<Receipt & { orders: bigint[] }> {
  const account = actingAccount(market);
  const { orderBook } = market;
  const deposits = workflows.reduce((sum, { deposit }) => sum + deposit, 0n);
  const short = (await read(market.token.allowance(account, market.address.contracts.orderBook))) < deposits;
  const permit = short ? await signPermit(market, account, deposits, Math.max(...workflows.map(({ deadline }) => deadline))) : undefined;
  const [first, ...others] = workflows.map(placingOf);
  if (others.length === 0) {
    return ordersIn(await send(permit === undefined ? orderBook.placeWorkflow(first!) : orderBook.placeWorkflowWithPermit(first!, permit)));
  }
  const token = await read(orderBook.tokenIdOf(market.address.contracts.token));
  const calls = [
    ...(permit === undefined ? [] : [orderBook.interface.encodeFunctionData("usePermit", [token, permit])]),
    ...[first!, ...others].map((workflow) => orderBook.interface.encodeFunctionData("placeWorkflow", [workflow])),
  ];
  return ordersIn(await send(orderBook.multicall(calls)));
}

function ordersIn(receipt: Receipt): Receipt & { orders: bigint[] } {
  return { ...receipt, orders: eventsOf(receipt.logs, "OrderPlaced").map(({ args }) => args.order as bigint) };
}
