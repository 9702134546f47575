// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { Money } from "./money";
import type { Counts } from "./steps";
import type { Books, Line, Order, Part } from "./terms";
import { Difference, walk } from "./walks";
import { deployModelWorld } from "./world";

/** The first seed: always the same, so that a failure can be walked again. The number of walks grows with the depth of the tests. */
const SEED = Number(process.env.CLOISTER_WALK_SEED ?? 7);
const WALKS = Number(process.env.CLOISTER_WALKS ?? 4);
const STEPS = 120;

async function walks(count: number, make?: new (books: Books) => Money): Promise<Counts> {
  const counts: Counts = new Map();
  for (let seed = SEED; seed < SEED + count; seed++) {
    // A walk chooses by what it did before: each starts anew, so that its seed decides it.
    for (const [name, { taken, refused }] of await walk(await loadFixture(deployModelWorld), seed, STEPS, make)) {
      const before = counts.get(name) ?? { taken: 0, refused: 0 };
      counts.set(name, { taken: before.taken + taken, refused: before.refused + refused });
    }
  }
  return counts;
}

/** Models that are wrong in one place. */
const WRONG: Readonly<Record<string, new (books: Books) => Money>> = {
  "a charge that is rounded up": class extends Money {
    override perHour(price: bigint, seconds: bigint): bigint {
      return (price * seconds + 3599n) / 3600n;
    }
  },
  "a commission that is rounded up": class extends Money {
    override shareOf(amount: bigint, basisPoints: bigint): bigint {
      return (amount * basisPoints + 9_999n) / 10_000n;
    }
  },
  "a minimum that is not charged": class extends Money {
    override charge(line: Line, seconds: bigint): bigint {
      return super.charge(line.storage ? line : { ...line, minutes: 0n }, seconds);
    }
  },
  "a minimum that a cancel does not waive": class extends Money {
    protected override waive(_: Part): void {}
  },
  "a compensation that is released": class extends Money {
    override leaveMachine(order: Order, _: boolean, outcome: Parameters<Money["leaveMachine"]>[2]): void {
      super.leaveMachine(order, false, outcome);
    }
  },
  "a deadline that has passed a second too early": class extends Money {
    override deadline(order: Order): bigint {
      const deadline = super.deadline(order);
      return deadline === 0n ? 0n : deadline - 1n;
    }
  },
};

describe("The money of the contracts and its reference model", () => {
  it(`agree to the unit after every step of ${WALKS} random walks that reach every verb and every row of the settlement`, async function () {
    this.timeout(0);
    const counts = await walks(WALKS);
    const lines = [...counts].map(([verb, { taken, refused }]) => `${verb} ${taken}/${refused}`);
    process.stdout.write(`      from seed ${SEED}, ${STEPS} steps each, verbs and rows taken/refused by both: ${lines.join(", ")}\n`);
    expect([...counts].filter(([, { taken }]) => taken === 0).map(([verb]) => verb)).to.deep.equal([]);
  });

  for (const [what, model] of Object.entries(WRONG)) {
    it(`differ within the fixed walks where the model has ${what}`, async function () {
      this.timeout(0);
      const noticed = await walks(4, model).then(() => undefined, (error: unknown) => error);
      if (!(noticed instanceof Difference)) throw noticed ?? new Error("Nothing was noticed.");
      expect(noticed.message).to.match(/model \d+, contracts \d+|the model (takes|refuses)/);
    });
  }
});
