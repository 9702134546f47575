// SPDX-License-Identifier: Apache-2.0
import { loadFixture, setCode } from "@nomicfoundation/hardhat-network-helpers";
import { AbiCoder, concat } from "ethers";
import { artifacts, ethers, network } from "hardhat";

import { Difference, walk } from "./walks";
import { deployModelWorld, type ModelWorld } from "./world";

/** Puts other code in the place of the contracts of a market: their state stays, as if they had been deployed so. */
export class Replacing {
  private constructor(private readonly places: ReadonlyMap<string, { readonly address: string; readonly args: readonly unknown[] }>) {}

  static async in(world: ModelWorld): Promise<Replacing> {
    const { book = "", registry = "", pool = "", admin = "" } = world.addresses;
    const [access, catalog, attestation, token] = await Promise.all([world.access, world.catalog, world.attestation, world.token].map((contract) => contract.getAddress()));
    const next = async (address: string) => (await ethers.getContractAt(["function continuation() view returns (address)"], address)).getFunction("continuation")() as Promise<string>;
    const annex = await next(book);
    const reader = await next(annex);
    const common = [access, catalog, registry, attestation];
    const deadlines = await world.orderBook.getDeadlines(1);
    return new Replacing(new Map<string, { address: string; args: readonly unknown[] }>([
      ["ProviderRegistry", { address: registry, args: [access, token] }],
      ["OfferCatalog", { address: catalog!, args: [access, registry] }],
      ["OrderReader", { address: reader, args: common }],
      ["OrderAnnex", { address: annex, args: [...common, reader] }],
      ["OrderBook", { address: book, args: [...common, annex, admin, [...deadlines]] }],
      ["RewardPool", { address: pool, args: [book, registry] }],
    ]));
  }

  /** @param codes By contract, the code that makes it, as 0x-hex. */
  async replace(codes: ReadonlyMap<string, { readonly creation: string }>): Promise<void> {
    for (const [name, { creation }] of codes) {
      const { address, args } = this.places.get(name)!;
      const { abi } = await artifacts.readArtifact(name);
      const inputs = new ethers.Interface(abi).deploy.inputs;
      const data = concat([creation, AbiCoder.defaultAbiCoder().encode(inputs, args)]);
      // A creation that is only called answers with the code that it would leave, its immutable values in place.
      await setCode(address, (await network.provider.send("eth_call", [{ data, gas: "0xffffff" }, "latest"])) as string);
    }
  }
}

/**
 * Walks with other code in the place of some contracts.
 *
 * @returns how the difference to the model was noticed; undefined if it was not.
 */
export async function noticed(codes: ReadonlyMap<string, { readonly creation: string }>, seeds: readonly number[], steps: number): Promise<string | undefined> {
  try {
    for (const seed of seeds) {
      const world = await loadFixture(deployModelWorld);
      await (await Replacing.in(world)).replace(codes);
      await walk(world, seed, steps);
    }
    return undefined;
  } catch (error) {
    // Code that breaks the steps themselves (the chain's answers make no sense) is noticed as well.
    const [first = ""] = (error as Error).message.split("\n");
    return error instanceof Difference ? first : `${(error as Error).name}: ${first}`;
  }
}
