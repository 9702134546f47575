// SPDX-License-Identifier: Apache-2.0

/** The files that compute or move money, the most important first, each with the contract tests of its verbs (beside the walks). */
const ORDERS = "test/contracts/orders";

export const TARGETS: Readonly<Record<string, readonly string[]>> = {
  "contracts/libraries/Charges.sol": [`${ORDERS}/claim.test.ts`, `${ORDERS}/finishOrder.test.ts`, `${ORDERS}/chooseMachine.test.ts`, `${ORDERS}/stopOrder.test.ts`],
  "contracts/libraries/SettlementTable.sol": [`${ORDERS}/finishOrder.test.ts`, `${ORDERS}/cancelRunning.test.ts`, `${ORDERS}/expireOrder.test.ts`, `${ORDERS}/stopOrder.test.ts`],
  "contracts/libraries/Rewards.sol": ["test/contracts/rewards"],
  "contracts/libraries/Bills.sol": [`${ORDERS}/finishOrder.test.ts`, `${ORDERS}/stopOrder.test.ts`, "test/contracts/storage"],
  "contracts/libraries/Quotes.sol": [`${ORDERS}/placeWorkflow.test.ts`],
  "contracts/orders/Settling.sol": [`${ORDERS}/finishOrder.test.ts`, `${ORDERS}/cancelRunning.test.ts`, `${ORDERS}/expireOrder.test.ts`, `${ORDERS}/hostileTokens.test.ts`, "test/contracts/storage", "test/contracts/offers/standing.test.ts"],
  "contracts/orders/Earning.sol": [`${ORDERS}/claim.test.ts`, `${ORDERS}/checkpoint.test.ts`, "test/contracts/storage"],
  "contracts/orders/Claiming.sol": [`${ORDERS}/claim.test.ts`, "test/contracts/storage", "test/contracts/rewards"],
  "contracts/orders/Sharing.sol": [`${ORDERS}/administration.test.ts`, `${ORDERS}/claim.test.ts`, `${ORDERS}/hostileTokens.test.ts`],
  "contracts/orders/Ending.sol": [`${ORDERS}/cancelOrder.test.ts`, `${ORDERS}/expireOrder.test.ts`, `${ORDERS}/overdueJob.test.ts`, `${ORDERS}/distrusted.test.ts`, `${ORDERS}/cancelRunning.test.ts`, `${ORDERS}/stopOrder.test.ts`, "test/contracts/offers/standing.test.ts"],
  "contracts/orders/Keeping.sol": ["test/contracts/storage"],
  "contracts/orders/Prolonging.sol": [`${ORDERS}/replenishOrder.test.ts`, `${ORDERS}/extendOrder.test.ts`],
  "contracts/orders/Timing.sol": [`${ORDERS}/expireOrder.test.ts`, `${ORDERS}/stopOrder.test.ts`, `${ORDERS}/cancelRunning.test.ts`],
  "contracts/orders/Escrow.sol": [`${ORDERS}/placeWorkflow.test.ts`, `${ORDERS}/hostileTokens.test.ts`],
  "contracts/orders/Running.sol": [`${ORDERS}/acceptOrder.test.ts`, `${ORDERS}/publishReport.test.ts`, `${ORDERS}/finishOrder.test.ts`, `${ORDERS}/checkpoint.test.ts`],
  "contracts/orders/Interrupting.sol": [`${ORDERS}/checkpoint.test.ts`, `${ORDERS}/abortOrder.test.ts`],
  "contracts/orders/Placing.sol": [`${ORDERS}/placeWorkflow.test.ts`, `${ORDERS}/placeWithPermit.test.ts`],
  "contracts/RewardPool.sol": ["test/contracts/rewards"],
  "contracts/ProviderRegistry.sol": ["test/contracts/providers"],
  "contracts/catalog/Machines.sol": ["test/contracts/offers"],
  "contracts/catalog/Choosing.sol": [`${ORDERS}/chooseMachine.test.ts`, `${ORDERS}/placeWorkflow.test.ts`, "test/contracts/offers"],
};
