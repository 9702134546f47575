// SPDX-License-Identifier: Apache-2.0
import { openMarket } from "../../src/chain/market";
import { addOption, addSlot, createComputeOffer } from "../../src/chain/offers";
import { depositSecurity, providerOf, registerProvider } from "../../src/chain/providers";
import { parseOptionFile, parseSlotFile, parseTeeOfferInfo } from "../../src/core/offerInfo";
import { ACTORS, type ActorName } from "./actors";
import type { LocalNetwork } from "./network";

const MIB = 2 ** 20;
const TOKEN = 10n ** 18n;

/** A machine's offer of the local network: four cores, 4 GiB, three tokens an hour for a core. */
export const MACHINE = {
  name: "Carol's machine (SIMULATED TEE)",
  description: "A machine of the local network. Its evidence is simulated: it protects nothing.",
  hardwareInfo: {
    slotInfo: { cpuCores: 4, gpuCores: 0, ram: 4096 * MIB, vram: 0, diskUsage: 8192 * MIB },
    optionInfo: { bandwidth: 1_000_000_000, traffic: 0, externalPort: 2 },
  },
  compensation: (2n * TOKEN).toString(),
} as const;

/** What is sold of it. */
export const MACHINE_SLOT = {
  info: { cpuCores: 1, gpuCores: 0, ram: 1024 * MIB, vram: 0, diskUsage: 1024 * MIB },
  usage: { price: (3n * TOKEN).toString(), priceType: "0", minTimeMinutes: 10, maxTimeMinutes: 0 },
  option: { bandwidth: 0, externalPort: 0, traffic: 0 },
} as const;

/** Twice as much at once. */
export const LARGE_SLOT = {
  ...MACHINE_SLOT,
  info: { ...MACHINE_SLOT.info, cpuCores: 2, ram: 2048 * MIB, diskUsage: 2048 * MIB },
  usage: { ...MACHINE_SLOT.usage, price: (6n * TOKEN).toString() },
} as const;

/** An external port of it. */
export const MACHINE_PORT = {
  info: { bandwidth: 100_000_000, externalPort: 1, traffic: 0 },
  usage: { price: TOKEN.toString(), priceType: "0", minTimeMinutes: 0, maxTimeMinutes: 0 },
} as const;

/** Registers an actor as a provider with a security deposit, and its machine's offer with a slot and an option. */
export async function registerMachine(network: LocalNetwork, actor: ActorName): Promise<{ offer: bigint; slot: bigint }> {
  const market = await openMarket(network.address, { privateKey: ACTORS[actor].privateKey });
  try {
    const account = ACTORS[actor].address;
    const provider = (await providerOf(market, account)) ?? (await registerProvider(market, { name: actor, description: "A provider of the local network" })).provider;
    await depositSecurity(market, provider, 100n * TOKEN);
    const { offer } = await createComputeOffer(market, provider, parseTeeOfferInfo(JSON.stringify(MACHINE)));
    const { slot } = await addSlot(market, offer, parseSlotFile(JSON.stringify(MACHINE_SLOT)));
    await addSlot(market, offer, parseSlotFile(JSON.stringify(LARGE_SLOT)));
    await addOption(market, offer, parseOptionFile(JSON.stringify(MACHINE_PORT)));
    return { offer, slot };
  } finally {
    market.close();
  }
}
