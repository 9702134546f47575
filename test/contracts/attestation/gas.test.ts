// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { getBytes } from "ethers";
import { artifacts } from "hardhat";
import { signDigest } from "../../../src/crypto/keys";
import { makeSimulatedPlatform } from "../../../src/tee/platform/simulatedPki";
import { makeQuote } from "../../../src/tee/platform/simulatedTdx";
import { days, fixedKey, makeDevice } from "./chains";
import { deployAttestation, OFFER, signedBy } from "./world";

describe("Attestation: what it costs", () => {
  async function withKnownCa() {
    const world = await deployAttestation();
    await world.register(await world.device(), 9, world.dave);
    return world;
  }

  /** A quote as the simulated platform makes it: its zeros and its text decide what its bytes cost. */
  async function realQuote(): Promise<Uint8Array> {
    const platform = await makeSimulatedPlatform({ from: new Date(0), until: new Date("2049-01-01") });
    return makeQuote(platform, { reportData: new Uint8Array(64).fill(0xa5), mrTd: new Uint8Array(48).fill(0x5a) });
  }

  for (const [what, quoteOf, limit] of [["without a quote", async (): Promise<Uint8Array> => new Uint8Array(), 170_000], ["with a TDX quote", realQuote, 235_000]] as const) {
    it(`registers a device ${what}, its CA known, for at most ${limit}`, async () => {
      const { attestation, carol, authority, start } = await loadFixture(withKnownCa);
      const device = await makeDevice(authority, days(start, 30), await quoteOf(), fixedKey(5));
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
