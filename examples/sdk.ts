// SPDX-License-Identifier: Apache-2.0
import * as cloister from "cloister";

/** Where the market is, who acts, and what is computed on what. */
export interface Example {
  readonly address: cloister.MarketAddress;
  readonly aliceKey: string;
  readonly bobKey: string;
  readonly computeOffer: bigint;
  readonly store: string;
  /** Text of trust.json: whom Alice and Bob believe. */
  readonly trust: string;
  /** A solution image archive and a data set on this disk. */
  readonly solution: string;
  readonly dataset: string;
  readonly stateDirectory: string;
}

/** Bob offers a data set; Alice orders a computation on it; Bob approves; Alice opens the result. Returns the order. */
export async function collaborate(example: Example, resultFile: string): Promise<bigint> {
  const trust = cloister.openTrust(cloister.parseTrustFile(example.trust));
  const store = cloister.openStore({ type: "DIRECTORY", path: example.store });
  const put = async (source: string) => (await cloister.upload({ source, store, stateDirectory: example.stateDirectory })).resource;
  const recipients = async (market: cloister.Market, offer: bigint) => (await cloister.verifyMachine(market, trust, offer, { at: new Date() })).recipients;

  const bob = await cloister.openMarket(example.address, { privateKey: example.bobKey });
  const dataset = await put(example.dataset);
  const { provider } = await cloister.registerProvider(bob, { name: "Bob", description: "A data owner" });
  const info = cloister.parseValueOfferInfo(JSON.stringify({ name: "Data", offerType: "3" }));
  const { offer } = await cloister.createValueOffer(bob, provider, info, dataset.hash.hash);
  const need = { info: { cpuCores: 0, gpuCores: 0, ram: 0, vram: 0, diskUsage: 1 << 20 }, usage: { price: "0", priceType: "1", minTimeMinutes: 0, maxTimeMinutes: 0 } };
  const { slot } = await cloister.addSlot(bob, offer, cloister.parseSlotFile(JSON.stringify(need)));

  const alice = await cloister.openMarket(example.address, { privateKey: example.aliceKey });
  const solution = await put(example.solution);
  const solutionFile = `${resultFile}.solution.json`;
  await import("node:fs/promises").then(({ writeFile }) => writeFile(solutionFile, cloister.formatResource(solution), { mode: 0o600 }));
  const resultIdentity = cloister.identityFromKey(cloister.phraseToKey(cloister.newPhrase()));
  const { order } = await cloister.placeOrder(
    { market: alice, resultIdentity, resultStore: { type: "DIRECTORY", path: example.store }, recipients: (tee) => recipients(alice, tee), simulatedAllowed: trust.allowSimulated, path: (path) => path, now: () => new Date() },
    { tee: String(example.computeOffer), options: [], optionCounts: [], solutions: [solutionFile], data: [`${offer},${slot}`] },
  );

  const request = await cloister.readRequest(bob, order + 1n);
  const release = await cloister.makeRelease(bob, request, dataset, solution.hash.hash, { acceptArguments: false, notAfter: Math.floor(Date.now() / 1000) + 3600 });
  await cloister.completeSuborder(bob, order + 1n, cloister.OrderStatus.Done, solution.hash.hash, await cloister.seal(release, await recipients(bob, example.computeOffer)));

  await cloister.waitForEnd(alice, order);
  await cloister.fetchResult(alice, order, resultIdentity, resultFile, false);
  bob.close();
  alice.close();
  return order;
}
