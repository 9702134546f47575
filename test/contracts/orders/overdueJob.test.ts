// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket } from "../../world/market";

const [PROCESSING, ERROR] = [1n, 5n];

describe("OrderBook.expireOrder of a job without finish", () => {
  it("ends it in Error, not in Canceled: its customer wanted it to the end", async () => {
    const { orderBook, run } = await loadFixture(deployMarket);
    const order = await run();
    await time.increaseTo((await orderBook.deadlineOf(order)) + 1n);
    await expect(orderBook.expireOrder(order)).to.emit(orderBook, "OrderStatusChanged").withArgs(order, PROCESSING, ERROR);
    expect((await orderBook.getOrder(order)).status).to.equal(ERROR);
  });
});
