// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "./errors";

/** How a suborder of a value offer is completed; the numbers are those of the contracts. */
export const Approval = { Automatic: 0, Manual: 1, Policy: 2 } as const;
export type Approval = (typeof Approval)[keyof typeof Approval];

/** Lanes of a resource vector, lowest first, as contracts/types/Resources.sol draws them. */
export const RESOURCE_LANES = ["cpu", "ram", "disk", "gpu", "vram", "bandwidth", "traffic", "externalPort"] as const;
export type ResourceName = (typeof RESOURCE_LANES)[number];

/**
 * Resources in the units of the contracts: cpu and gpu in 1/100 core; ram, disk, vram and traffic in MiB; bandwidth in kbit/s;
 * externalPort counted. A missing lane is 0.
 */
export type ResourceVector = Partial<Record<ResourceName, number>>;

const LANE_LIMIT = 0x7fffffff;

/** The word of a resource vector. @throws CloisterError `ResourceOutOfRange` for a lane that is no integer below 2^31. */
export function packResources(vector: ResourceVector): bigint {
  return RESOURCE_LANES.reduce((word, name, index) => {
    const amount = vector[name] ?? 0;
    if (!Number.isInteger(amount) || amount < 0 || amount > LANE_LIMIT) {
      throw new CloisterError("ResourceOutOfRange", `The resource ${name} is ${amount}; it must be a whole number from 0 to ${LANE_LIMIT}.`, "Correct the slot file.");
    }
    return word | (BigInt(amount) << BigInt(32 * index));
  }, 0n);
}

/** The vector of a word; guard bits of a machine's room are ignored. */
export function unpackResources(word: bigint): Required<ResourceVector> {
  const entries = RESOURCE_LANES.map((name, index) => [name, Number((word >> BigInt(32 * index)) & BigInt(LANE_LIMIT))] as const);
  return Object.fromEntries(entries) as Required<ResourceVector>;
}

/** What slot-info.json says: cores (fractions allowed), bytes, bits per second. */
export interface SlotResources {
  readonly info: { readonly cpuCores: number; readonly gpuCores: number; readonly ram: number; readonly vram: number; readonly diskUsage: number };
  readonly option?: { readonly bandwidth: number; readonly traffic: number; readonly externalPort: number };
}

const MIB = 1024 * 1024;

/**
 * A slot file's resources in the units of the contracts. A need is rounded up, what is sold is rounded down, so that rounding never
 * lets an order in that does not fit.
 */
export function resourcesOfSlot(slot: SlotResources, direction: "need" | "sold"): Required<ResourceVector> {
  const round = direction === "need" ? Math.ceil : Math.floor;
  const { info, option = { bandwidth: 0, traffic: 0, externalPort: 0 } } = slot;
  return {
    cpu: round(info.cpuCores * 100),
    ram: round(info.ram / MIB),
    disk: round(info.diskUsage / MIB),
    gpu: round(info.gpuCores * 100),
    vram: round(info.vram / MIB),
    bandwidth: round(option.bandwidth / 1000),
    traffic: round(option.traffic / MIB),
    externalPort: option.externalPort,
  };
}

/** The slot file's units for a vector of the contracts. */
export function slotOfResources(word: bigint): Required<SlotResources> {
  const lanes = unpackResources(word);
  return {
    info: { cpuCores: lanes.cpu / 100, gpuCores: lanes.gpu / 100, ram: lanes.ram * MIB, vram: lanes.vram * MIB, diskUsage: lanes.disk * MIB },
    option: { bandwidth: lanes.bandwidth * 1000, traffic: lanes.traffic * MIB, externalPort: lanes.externalPort },
  };
}
