// SPDX-License-Identifier: Apache-2.0

const ORDERS = "test/contracts/orders";

/** What looks at more than one verb, after the tests of each file's own. */
const WIDER = [`${ORDERS}/severalVerbs.test.ts`, `${ORDERS}/edges.test.ts`, `${ORDERS}/transitions.test.ts`, `${ORDERS}/abortOrder.test.ts`, `${ORDERS}/cancelOrder.test.ts`, "test/contracts/abuse"];

/** The files that compute or move money, the most important first, each with the contract tests of its verbs (beside the walks). */
export const TARGETS: Readonly<Record<string, readonly string[]>> = {
  "contracts/libraries/Charges.sol": [`${ORDERS}/claim.test.ts`, `${ORDERS}/finishOrder.test.ts`, `${ORDERS}/chooseMachine.test.ts`, `${ORDERS}/stopOrder.test.ts`, ...WIDER],
  "contracts/libraries/SettlementTable.sol": [`${ORDERS}/finishOrder.test.ts`, `${ORDERS}/cancelRunning.test.ts`, `${ORDERS}/expireOrder.test.ts`, `${ORDERS}/stopOrder.test.ts`, ...WIDER],
  "contracts/libraries/Rewards.sol": ["test/contracts/rewards"],
  "contracts/libraries/Bills.sol": [`${ORDERS}/finishOrder.test.ts`, `${ORDERS}/stopOrder.test.ts`, "test/contracts/storage", ...WIDER],
  "contracts/libraries/Quotes.sol": [`${ORDERS}/placeWorkflow.test.ts`, ...WIDER],
  "contracts/orders/Settling.sol": [`${ORDERS}/finishOrder.test.ts`, `${ORDERS}/cancelRunning.test.ts`, `${ORDERS}/expireOrder.test.ts`, `${ORDERS}/hostileTokens.test.ts`, "test/contracts/storage", "test/contracts/offers/standing.test.ts", ...WIDER],
  "contracts/orders/Earning.sol": [`${ORDERS}/claim.test.ts`, `${ORDERS}/checkpoint.test.ts`, "test/contracts/storage", ...WIDER],
  "contracts/orders/Claiming.sol": [`${ORDERS}/claim.test.ts`, "test/contracts/storage", "test/contracts/rewards", ...WIDER],
  "contracts/orders/Sharing.sol": [`${ORDERS}/administration.test.ts`, `${ORDERS}/claim.test.ts`, `${ORDERS}/hostileTokens.test.ts`, ...WIDER],
  "contracts/orders/Ending.sol": [`${ORDERS}/cancelOrder.test.ts`, `${ORDERS}/expireOrder.test.ts`, `${ORDERS}/overdueJob.test.ts`, `${ORDERS}/distrusted.test.ts`, `${ORDERS}/cancelRunning.test.ts`, `${ORDERS}/stopOrder.test.ts`, "test/contracts/offers/standing.test.ts", ...WIDER],
  "contracts/orders/Keeping.sol": ["test/contracts/storage", `${ORDERS}/users.test.ts`, ...WIDER],
  "contracts/orders/Prolonging.sol": [`${ORDERS}/replenishOrder.test.ts`, `${ORDERS}/extendOrder.test.ts`, ...WIDER],
  "contracts/orders/Timing.sol": [`${ORDERS}/expireOrder.test.ts`, `${ORDERS}/stopOrder.test.ts`, `${ORDERS}/cancelRunning.test.ts`, ...WIDER],
  "contracts/orders/Escrow.sol": [`${ORDERS}/placeWorkflow.test.ts`, `${ORDERS}/hostileTokens.test.ts`, ...WIDER],
  "contracts/orders/Running.sol": [`${ORDERS}/acceptOrder.test.ts`, `${ORDERS}/publishReport.test.ts`, `${ORDERS}/finishOrder.test.ts`, `${ORDERS}/checkpoint.test.ts`, `${ORDERS}/cancelRunning.test.ts`, ...WIDER],
  "contracts/orders/Interrupting.sol": [`${ORDERS}/checkpoint.test.ts`, `${ORDERS}/abortOrder.test.ts`, "test/contracts/offers/standing.test.ts", ...WIDER],
  "contracts/orders/Placing.sol": [`${ORDERS}/placeWorkflow.test.ts`, `${ORDERS}/placeWithPermit.test.ts`, ...WIDER],
  "contracts/RewardPool.sol": ["test/contracts/rewards"],
  "contracts/ProviderRegistry.sol": ["test/contracts/providers", "test/contracts/users", `${ORDERS}/users.test.ts`, "test/contracts/offers/standing.test.ts", "test/contracts/abuse"],
  "contracts/catalog/Machines.sol": ["test/contracts/offers", `${ORDERS}/severalVerbs.test.ts`, `${ORDERS}/overdueJob.test.ts`, `${ORDERS}/users.test.ts`],
  "contracts/catalog/Choosing.sol": [`${ORDERS}/chooseMachine.test.ts`, `${ORDERS}/placeWorkflow.test.ts`, "test/contracts/offers"],
};
