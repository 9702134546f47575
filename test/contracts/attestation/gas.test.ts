// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { getBytes } from "ethers";
import { artifacts } from "hardhat";
import { signDigest } from "../../../src/crypto/keys";
import { days, fixedKey, makeDevice } from "./chains";
import { deployAttestation, OFFER, signedBy } from "./world";

describe("Attestation: what it costs", () => {
  async function withKnownCa() {
    const world = await deployAttestation();
    await world.register(await world.device(), 9, world.dave);
    return world;
  }

  for (const [what, quoteSize, limit] of [["without a quote", 0, 170_000], ["with a quote of 3.7 kB", 3733, 235_000]] as const) {
    it(`registers a device ${what}, its CA known, for at most ${limit}`, async () => {
      const { attestation, carol, authority, start } = await loadFixture(withKnownCa);
      const device = await makeDevice(authority, days(start, 30), quoteSize, fixedKey(5));
      const { r, s } = signDigest(device.key, getBytes(await attestation.deviceRegistrationDigest(OFFER, device.id)));
      const receipt = await (await attestation.connect(carol).registerDevice(OFFER, device.chain, r, s)).wait();
      console.log(`      ${receipt?.gasUsed} gas, certificate of ${device.certificate.der.length} bytes`);
      expect(receipt?.gasUsed).to.be.at.most(limit);
    });
  }

  it("checks a device's signature for about 21,000, calldata and base apart", async () => {
    const { attestation, device, register } = await loadFixture(withKnownCa);
    const item = await device();
    await register(item);
    const gas = (await attestation.checkDeviceSignature.estimateGas(...signedBy(item))) - 21_000n - 2_600n;
    console.log(`      ${gas} gas`);
    expect(gas).to.be.at.most(24_000n);
  });

  it("fits a contract, with room", async () => {
    const { deployedBytecode } = await artifacts.readArtifact("Attestation");
    console.log(`      ${deployedBytecode.length / 2 - 1} bytes`);
    expect(deployedBytecode.length / 2 - 1).to.be.at.most(24_000);
  });
});
