// SPDX-License-Identifier: Apache-2.0

/** Questions that a node is asked at the same time: enough to hide its latency, few enough not to be turned away. */
const AT_ONCE = 16;

/** Does the same with every item, a few at a time; results in the items' order. The first failure ends it. */
export async function inParallel<Item, Found>(items: readonly Item[], work: (item: Item) => Promise<Found>, atOnce = AT_ONCE): Promise<Found[]> {
  const results = new Array<Found>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
