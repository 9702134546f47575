// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { OrderStatus, orderStatusName } from "../../../src/core/orderStatus";

/** Every transition of the table; what is not here is illegal. Who may make it is tested with its verb. */
const LEGAL: Readonly<Record<number, readonly number[]>> = {
  [OrderStatus.New]: [OrderStatus.Processing, OrderStatus.Canceled, OrderStatus.Error],
  [OrderStatus.Processing]: [OrderStatus.Canceling, OrderStatus.Canceled, OrderStatus.Done, OrderStatus.Error],
  [OrderStatus.Canceling]: [OrderStatus.Canceled, OrderStatus.Done, OrderStatus.Error],
  [OrderStatus.Blocked]: [OrderStatus.New, OrderStatus.Canceled, OrderStatus.Error],
};

describe("OrderStatusTable", () => {
  const deployTable = () => ethers.deployContract("StatusTable");

  for (let from = 0; from < 8; from++) {
    for (let to = 0; to < 8; to++) {
      const legal = LEGAL[from]?.includes(to) ?? false;
      it(`${legal ? "lets" : "never lets"} ${orderStatusName(from)} become ${orderStatusName(to)}`, async () => {
        const table = await loadFixture(deployTable);
        expect(await table.mayBecome(from, to)).to.equal(legal);
      });
    }
  }
});
