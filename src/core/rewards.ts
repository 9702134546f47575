// SPDX-License-Identifier: Apache-2.0

/** A provider's share of a budget, in units, exactly as the contract rounds it. The twin of contracts/libraries/Rewards.sol. */
export function shareOf(budget: bigint, revenue: bigint, total: bigint, commission: bigint): bigint {
  if (total === 0n) return 0n;
  const share = (budget * revenue) / total;
  return share < commission ? share : commission;
}
