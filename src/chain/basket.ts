// SPDX-License-Identifier: Apache-2.0

/** A machine that may run an order; ids as bigint. */
export interface MachineChoice {
  readonly compute: bigint;
  readonly slot: bigint;
  readonly slotCount: number;
  readonly options: readonly { readonly option: bigint; readonly count: number }[];
}

/** What is bought together; ids as bigint. Version 0 = the latest. */
export interface Basket extends MachineChoice {
  /** Other machines that may run it: the contract takes the cheapest that fits. With the first at most 16. */
  readonly alternatives?: readonly MachineChoice[];
  readonly parts: readonly { readonly offer: bigint; readonly version: number; readonly slot: bigint }[];
  readonly ownSolutions: number;
  readonly ownData: number;
  readonly leaseMinutes: number;
  readonly retentionMinutes: number;
}

/** A basket as the contracts take it. */
export function basketArgument({ parts, ownSolutions, ownData, leaseMinutes, retentionMinutes, alternatives = [], ...first }: Basket) {
  return {
    machines: [first, ...alternatives].map(({ compute, slot, slotCount, options }) => ({ offer: compute, slot, slotCount, options: [...options] })),
    parts: [...parts],
    ownSolutions,
    ownData,
    leaseMinutes,
    retentionMinutes,
  };
}
