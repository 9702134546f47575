// SPDX-License-Identifier: Apache-2.0
import { MAX_PAGE } from "./lens";
import { inParallel } from "./parallel";

/** Pages that are asked for at the same time: each is a heavy question. */
const PAGES_AT_ONCE = 4;

/** All rows of a table whose ids run from 1 to `last`, in their order. */
export async function lensPages<Row>(last: bigint, page: (first: bigint, count: number) => Promise<Row[]>): Promise<Row[]> {
  const firsts: bigint[] = [];
  for (let first = 1n; first <= last; first += BigInt(MAX_PAGE)) firsts.push(first);
  return (await inParallel(firsts, (first) => page(first, MAX_PAGE), PAGES_AT_ONCE)).flat();
}
