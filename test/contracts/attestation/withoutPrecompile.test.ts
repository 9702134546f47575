// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { BrowserProvider, ContractFactory, getBytes, type InterfaceAbi } from "ethers";
import { artifacts, config } from "hardhat";
import { createProvider } from "hardhat/internal/core/providers/construction";
import { keyId, signDigest } from "../../../src/crypto/keys";
import { days, makeAuthority, makeDevice } from "./chains";
import { DIGEST, SIMULATED } from "./world";

describe("Attestation on a chain without the P-256 precompile", () => {
  it("registers a device and checks its signatures, only dearer", async () => {
    const network = { ...config.networks.hardhat, hardfork: "cancun" };
    const chain = await createProvider({ ...config, networks: { ...config.networks, hardhat: network } }, "hardhat", artifacts);
    const provider = new BrowserProvider(chain, undefined, { cacheTimeout: -1 });
    const admin = await provider.getSigner(0);
    const deploy = async (name: string, ...args: unknown[]) => {
      const { abi, bytecode } = await artifacts.readArtifact(name);
      const contract = await new ContractFactory(abi as InterfaceAbi, bytecode, admin).deploy(...args);
      await contract.waitForDeployment();
      return contract as typeof contract & Record<string, (...given: unknown[]) => Promise<unknown>>;
    };
    const manager = await deploy("@openzeppelin/contracts/access/manager/AccessManager.sol:AccessManager", admin.address);
    const catalog = await deploy("FixedOfferOwners");
    const attestation = await deploy("Attestation", await manager.getAddress(), await catalog.getAddress());
    const sent = async (transaction: unknown) => (transaction as { wait(): Promise<{ gasUsed: bigint }> }).wait();
    await sent(await catalog["setOwner"]!(7, 3, admin.address));
    const start = (await provider.getBlock("latest"))!.timestamp - 60;
    const authority = await makeAuthority(start);
    await sent(await attestation["addRoot"]!(authority.root.der, SIMULATED));
    const device = await makeDevice(authority, days(start, 30));
    const agreed = signDigest(device.key, getBytes((await attestation["deviceRegistrationDigest"]!(7, device.id)) as string));
    const receipt = await sent(await attestation["registerDevice"]!(7, device.chain, agreed.r, agreed.s));
    expect(receipt.gasUsed).to.be.greaterThan(500_000n);
    const { x, y, r, s } = signDigest(device.key, getBytes(DIGEST));
    const check = attestation.getFunction("checkDeviceSignature");
    expect(await check(x, y, 7, DIGEST, r, s)).to.deep.equal([SIMULATED, device.id]);
    const failed = await check(x, y, 7, DIGEST, s, r).then(() => "", (error: Error) => error.message);
    expect(failed).to.contain("WrongDeviceSignature");
    expect(keyId(device.key.publicKey)).to.equal(device.id);
  });
});
