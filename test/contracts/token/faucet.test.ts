// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, tokens } from "../../world/market";

describe("MarketToken.request", () => {
  it("gives a thousand tokens, once a day, to the second", async () => {
    const { token, stranger } = await loadFixture(deployMarket);
    await expect(token.connect(stranger).request()).to.changeTokenBalance(token, stranger, tokens(1000));
    const notBefore = await token.nextRequest(stranger.address);
    await time.setNextBlockTimestamp(notBefore - 1n);
    await expect(token.connect(stranger).request()).to.be.revertedWithCustomError(token, "FaucetPause").withArgs(stranger.address, notBefore);
    await time.setNextBlockTimestamp(notBefore);
    await token.connect(stranger).request();
  });
});
