// SPDX-License-Identifier: Apache-2.0
import { type BillLine, billOf, type PartTerms, totalOf, unpackPartTerms } from "../core/charges";
import type { Market } from "./market";
import { type Basket, basketArgument } from "./basket";
import { read } from "./send";

/** What a basket costs, asked from the contract that will sell it. Amounts in units of the token. */
export interface Quote {
  readonly least: bigint;
  readonly most: bigint;
  /** Token units an hour of the compute part. */
  readonly rate: bigint;
  readonly token: bigint;
  readonly provider: bigint;
  /** Units of the security token that the machine answers with. */
  readonly compensation: bigint;
  readonly parts: readonly PartTerms[];
  /** What is charged, line by line: the machine, its fixed options, then the parts. */
  readonly bill: readonly BillLine[];
}

/** Quotes a basket for a customer; refuses what placing would refuse. */
export async function quote(market: Market, customer: string, basket: Basket): Promise<Quote> {
  const { compute, parts: words } = await read(market.catalog.termsOf(market.address.contracts.orderBook, customer, basketArgument(basket)));
  const parts = words.map(unpackPartTerms);
  const bill = billOf({ rate: compute.rate, fixedCharge: compute.fixedCharge, minMinutes: Number(compute.minMinutes) }, parts);
  return {
    least: totalOf(bill, 0),
    most: totalOf(bill, basket.leaseMinutes * 60),
    rate: compute.rate,
    token: compute.token,
    provider: compute.provider,
    compensation: compute.compensation,
    parts,
    bill,
  };
}

/** Which of a basket's machines the contract would take now. @throws CloisterError `NoMachineFits`, and what else placing would refuse. */
export async function chosenMachine(market: Market, customer: string, basket: Basket): Promise<bigint> {
  const { machine } = await read(market.orderBook.quote(customer, basketArgument(basket), 0));
  return machine;
}
