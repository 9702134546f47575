// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { getOrder } from "../../src/chain/orders";
import { fetchResult } from "../../src/commands/orders/result";
import { identityFromKey } from "../../src/crypto/mnemonic";
import { Actor } from "../../scripts/story/actor";
import { refusal } from "../unit/refusal";
import { Fleet, type TrialMachine, trialSlot } from "../../scripts/localnet/fleet";
import { type LocalNetwork, startLocalNetwork } from "../../scripts/localnet/network";

describe("an order without a machine, end to end", function () {
  this.timeout(120_000);
  let network: LocalNetwork;
  let fleet: Fleet;
  let cheap: TrialMachine;
  let dear: TrialMachine;
  let answer: string;

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "cloister-choosing-"));
    network = await startLocalNetwork({ directory, chainPort: 0, authorityPort: 0, log: () => undefined });
    fleet = await Fleet.open(network);
    [cheap, dear] = [await fleet.machine([trialSlot(2n)], { name: "Cheap" }), await fleet.machine([trialSlot(5n)], { name: "Dear" })];
    for (const machine of [cheap, dear]) await machine.start();
    answer = await fleet.solution("answer", `require("node:fs").writeFileSync("/sp/output/answer", "42");`);
  });
  after(async () => {
    fleet?.close();
    await network?.stop();
    if (network) await rm(network.directory, { recursive: true, force: true });
  });

  const place = () => fleet.place(cheap, { solutions: [answer], tee: undefined });
  const answerOf = async (order: bigint): Promise<string> => {
    await fleet.done(order);
    return (await fleet.result(order)).file("answer");
  };

  it("runs at the cheapest of two machines that it was sealed to, and its result opens", async () => {
    const order = await place();
    expect((await getOrder(network.market, order)).offer).to.equal(cheap.offer);
    expect(await answerOf(order)).to.equal("42");
  });

  it("seals the result of an order that another makes to a key of its own, which opens nothing else", async () => {
    const alice = new Actor("alice", network.homes.alice, () => undefined);
    const workflow = ["workflows", "create", "--solution", answer, "--tee", `${cheap.offer},${cheap.slots[0]}`, "--json"];
    const placed = async (...more: string[]) => BigInt((JSON.parse((await alice.types("spctl", [...workflow, ...more])).stdout) as { orders: string[] }).orders[0]!);
    const parent = await placed();
    const child = await placed("--created-by", String(parent));
    for (const order of [parent, child]) await fleet.done(order);
    // The customer opens both; by the child's key alone, as a program has it, the parent's result stays closed.
    for (const order of [parent, child]) await alice.types("spctl", ["orders", "download-result", String(order), "--save-to", join(network.directory, `${order}.tar.gz`)]);
    const { stdout: key } = await alice.types("spctl", ["workflows", "generate-key", "--child-of", String(parent)]);
    const identity = identityFromKey(key.trim());
    await fetchResult(network.market, child, identity, join(network.directory, "by-key.tar.gz"), false);
    await refusal(() => fetchResult(network.market, parent, identity, join(network.directory, "never.tar.gz"), false), "NotSealedForUs");
    const refused = await alice.tries("spctl", ["workflows", "create", "--solution", answer, "--created-by", "999"]);
    expect([refused.code, refused.stderr.includes("OrderNotFound")]).to.deep.equal([1, true]);
  });

  it("runs at the other when the cheapest has gone", async () => {
    await fleet.machine([trialSlot(1n)], { name: "Without a device" });
    const before = await place();
    await fleet.setEnabled(cheap.offer, false);
    const order = await fleet.place(dear, { solutions: [answer], tee: undefined });
    expect((await getOrder(network.market, order)).offer).to.equal(dear.offer);
    expect(await answerOf(order)).to.equal("42");
    expect(await answerOf(before)).to.equal("42");
  });
});
