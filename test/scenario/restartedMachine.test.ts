// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { addSlot, createValueOffer } from "../../src/chain/offers";
import { getOrder, orderTexts, suborders } from "../../src/chain/orders";
import { parseSlotFile, parseValueOfferInfo } from "../../src/core/offerInfo";
import { OfferType } from "../../src/core/offerType";
import { DIST } from "../../scripts/localnet/network";
import { Service } from "../../scripts/localnet/service";
import { DATA_OFFER, DATA_SLOT } from "../../scripts/story/offerFiles";
import { Stage } from "./stage";

const RETENTION = 120;

describe("a machine that is started anew between the grant of an order's storage and its accepting", function () {
  this.timeout(120_000);
  let stage: Stage;
  let granting: Service;
  let solution: string;
  let data: Awaited<ReturnType<Stage["offerData"]>>;
  let storage: string;

  const startGranting = async () => {
    const args = [join(DIST, "spctl.js"), "store", "run", "--directory", "granting", "--port", "0", "--grants", "--receipts", "--interval", "200"];
    granting = Service.start("granting store", args, { cwd: stage.bob.home, logFile: join(stage.directory, "logs", "granting.log") });
    await granting.ready(/ready at/);
  };
  before(async () => {
    stage = await Stage.open();
    data = await stage.offerData("data", { "a.txt": "waits for Bob" });
    const bob = await stage.as("bob");
    const { offer } = await createValueOffer(bob, await bob.registry.providerOf(bob.account!), parseValueOfferInfo(JSON.stringify({ ...DATA_OFFER, offerType: "1", name: "Storage" })));
    const { slot } = await addSlot(bob, offer, parseSlotFile(JSON.stringify({ ...DATA_SLOT, usage: { ...DATA_SLOT.usage, priceType: "0", minTimeMinutes: 60 } })));
    bob.close();
    storage = `${offer},${slot}`;
    solution = await stage.solution("says", `require("node:fs").writeFileSync("/sp/output/said", "kept");`);
    await mkdir(join(stage.bob.home, "granting"));
    await startGranting();
  });
  after(async () => {
    await granting?.stop();
    await stage?.close();
  });

  /** Alice's order with storage, once it is granted; it waits for Bob. */
  async function granted(): Promise<{ order: bigint; stored: bigint; approve: () => Promise<void> }> {
    const order = await stage.place(solution, [data], ["--storage", storage, "--retention-minutes", String(RETENTION)]);
    const parts = await suborders(stage.network.market, await getOrder(stage.network.market, order));
    const idOf = (wanted: number) => parts.find(({ type }) => type === wanted)!.id;
    const stored = idOf(OfferType.Storage);
    await granting.ready(new RegExp(`storage suborder ${stored} of order ${order}: granted to`));
    const approve = async () => {
      const { code, stderr } = await stage.approve(idOf(OfferType.Data), data.resource, (await stage.resource(stage.alice, solution)).hash.hash);
      expect(code, stderr).to.equal(0);
    };
    return { order, stored, approve };
  }

  it("ends the order for nothing, whatever is granted: its arguments are for the former device. The store says so and pays for no other grant", async () => {
    const { market } = stage.network;
    const before = await stage.balance("alice");
    const { order, stored, approve } = await granted();
    process.kill(stage.machine.pid!, "SIGKILL");
    await stage.machine.over();
    await stage.network.startMachine("carol", stage.compute);
    const said = new RegExp(`storage suborder ${stored} of order ${order}: not granted again: its machine was started anew`);
    await granting.ready(said);
    // The same after the store was killed as well.
    process.kill(granting.pid!, "SIGKILL");
    await granting.over();
    await startGranting();
    await granting.ready(said);

    await approve();
    expect(await stage.ended(order)).to.equal("Error");
    const ended = await getOrder(market, order);
    expect(ended.reported).to.equal(false);
    expect((await orderTexts(market, ended)).map(({ name }) => name)).to.deep.equal(["OrderPlaced", "StorageGranted", "SuborderCompleted", "OrderAborted"]);
    expect(await stage.balance("alice")).to.equal(before);
    expect((await stage.resultOf(order)).log).to.include("Place the order again, nothing was charged");
  });

  it("and placed again, it is granted to the new device and kept", async () => {
    const { order, approve } = await granted();
    await approve();
    expect(await stage.ended(order)).to.equal("Done");
    expect(await (await stage.resultOf(order)).file("said")).to.equal("kept");
    const ending = (await orderTexts(stage.network.market, await getOrder(stage.network.market, order))).find(({ name }) => name === "OrderFinished");
    expect(Buffer.from(String(ending?.args.result).slice(2), "hex").toString()).to.match(/^\{"storage":"\d+",/);
  });
});
