// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import { shareOf } from "../../../src/core/rewards";

const SEED = 0x636c6f69;
const RUNS = 300;
const U128 = 2n ** 128n - 1n;

/** Amounts of all sizes: small ones, where rounding shows, and up to the largest. */
const amount = fc.oneof(fc.bigInt(0n, 20n), fc.bigInt(0n, 10n ** 27n), fc.bigInt(0n, U128), fc.constantFrom(0n, 1n, U128));
const providers = fc.array(fc.record({ revenue: amount, commission: amount }), { minLength: 1, maxLength: 12 });

const deploy = () => ethers.deployContract("FixedRevenue");

describe("Rewards: the shares of a budget", () => {
  it("are those of the tools' formula, to the unit", async () => {
    const revenue = await loadFixture(deploy);
    await fc.assert(
      fc.asyncProperty(amount, providers, async (budget, earned) => {
        const total = earned.reduce((sum, each) => sum + each.revenue, 0n);
        const expected = earned.map((each) => shareOf(budget, each.revenue, total, each.commission));
        expect([...(await revenue.sharesOf(budget, earned))]).to.deep.equal(expected);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it("never pass the budget together, nor the commission of each", async () => {
    const revenue = await loadFixture(deploy);
    await fc.assert(
      fc.asyncProperty(amount, providers, async (budget, earned) => {
        const shares = await revenue.sharesOf(budget, earned);
        expect(shares.reduce((sum, share) => sum + share, 0n) <= budget).to.equal(true);
        for (const [index, share] of shares.entries()) expect(share <= earned[index]!.commission).to.equal(true);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it("never fall when a provider earns more, pays more commission, or the budget grows", async () => {
    const revenue = await loadFixture(deploy);
    await fc.assert(
      fc.asyncProperty(amount, providers, amount, async (budget, earned, more) => {
        const first = async (money: bigint, list: typeof earned) => (await revenue.sharesOf(money, list))[0]!;
        const before = await first(budget, earned);
        const [head, ...rest] = earned as [(typeof earned)[number], ...typeof earned];
        const upTo = (value: bigint) => (value + more > U128 ? U128 : value + more);
        expect((await first(budget, [{ ...head, revenue: upTo(head.revenue) }, ...rest])) >= before, "revenue").to.equal(true);
        expect((await first(budget, [{ ...head, commission: upTo(head.commission) }, ...rest])) >= before, "commission").to.equal(true);
        expect((await first(upTo(budget), earned)) >= before, "budget").to.equal(true);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it("are nothing where nobody earned", async () => {
    const revenue = await loadFixture(deploy);
    expect([...(await revenue.sharesOf(100, [{ revenue: 0, commission: 7 }]))]).to.deep.equal([0n]);
  });
});
