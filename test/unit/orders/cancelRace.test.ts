// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { network } from "hardhat";

import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";

/** A fee that is mined first, and gas that is not estimated: both transactions fit into one block. */
const FIRST = { maxFeePerGas: 100n * 10n ** 9n, maxPriorityFeePerGas: 100n * 10n ** 9n, gasLimit: 1_000_000n };

describe("taking back while the machine moves", function () {
  let world: World;
  let market: TestMarket;
  let alice: Person;

  before(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    alice = await market.person(1);
  });
  after(() => market.close());
  afterEach(() => network.provider.send("evm_setAutomine", [true]));

  interface Outcome {
    readonly done?: boolean;
    readonly reason?: string;
    readonly transaction?: string;
  }

  /** Mines what is done after the customer's command has sent, and before that itself, in one block. */
  async function overtaken(command: string, overtaking: () => Promise<unknown>) {
    await network.provider.send("evm_setAutomine", [false]);
    const canceling = alice.json<Outcome | Outcome[]>(command);
    for (let waiting = 0; waiting === 0; ) waiting = ((await network.provider.send("eth_pendingTransactions", [])) as unknown[]).length;
    const overtaker = overtaking();
    for (let waiting = 0; waiting < 2; ) waiting = ((await network.provider.send("eth_pendingTransactions", [])) as unknown[]).length;
    await network.provider.send("evm_mine", []);
    await network.provider.send("evm_setAutomine", [true]);
    await overtaker;
    const [outcome = {}] = [await canceling].flat();
    const receipt = outcome.transaction === undefined ? null : await market.operator.provider.getTransactionReceipt(outcome.transaction);
    return { ...outcome, place: receipt?.index };
  }
  const statusOf = async (order: bigint) => Number((await world.orderBook.getOrder(order)).status);

  it("is canceled also where the machine accepts between the estimate and the transaction", async () => {
    const order = await world.place();
    await world.approve(order);
    const orders = world.orderBook.connect(world.carol);
    const outcome = await overtaken(`orders cancel ${order}`, () => orders.acceptOrder(order, FIRST));
    expect(outcome, outcome.reason).to.include({ done: true, place: 1 });
    expect(await statusOf(order)).to.equal(3);
  });

  it("is Canceling where the machine reports in between", async () => {
    const order = await world.place();
    await world.approve(order);
    await world.accept(order);
    const outcome = await overtaken(`orders cancel ${order}`, () => world.report(order, world.device, FIRST));
    expect(outcome, outcome.reason).to.include({ done: true, place: 1 });
    expect(await statusOf(order)).to.equal(2);
  });

  it("brings a storage part's money back at once where the order finishes in between", async () => {
    const order = await world.run(world.fullWorkflow());
    const stored = order + 3n;
    await network.provider.send("evm_increaseTime", [600]);
    const outcome = await overtaken(`storage cancel ${stored}`, () => world.finish(order, { usedSeconds: 60 }, world.device, FIRST));
    expect(outcome).to.include({ place: 1 });
    expect((await world.orderBook.getSuborder(stored)).status).to.equal(3n);
    expect(await statusOf(order)).to.equal(4);
  });
});
