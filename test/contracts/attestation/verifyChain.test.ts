// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import type * as x509 from "@peculiar/x509";
import { expect } from "chai";
import { getBytes, hexlify } from "ethers";
import { ethers } from "hardhat";
import { issueSubCa } from "../../../src/crypto/certificate";
import { generateKeyPair, keyId, signDigest } from "../../../src/crypto/keys";
import { ca, customCertificate, digitalSignature, keyUsage, notCa, unknownExtension } from "./customCertificate";
import { days, makeAuthority, makeDevice } from "./chains";
import { deployAttestation, OFFER, SIMULATED } from "./world";

const NONE = (1n << 256n) - 1n;

async function world() {
  const base = await deployAttestation();
  const { attestation, authority, carol, start } = base;
  const key = generateKeyPair();
  const id = keyId(key.publicKey);

  /** Tries to register the chain; the device's own signature is right. */
  const register = async (chain: Uint8Array[]) => {
    const { r, s } = signDigest(key, getBytes(await attestation.deviceRegistrationDigest(OFFER, id)));
    return attestation.connect(carol).registerDevice.staticCall(OFFER, chain, r, s);
  };
  const device = { subject: "Device", issuer: "Test Sub CA", publicKey: key.publicKey, signer: authority.caKey, validity: days(start, 30), extensions: [ca(0), keyUsage()] as x509.Extension[] };
  const withDevice = async (change: Partial<typeof device>) => register([authority.ca.der, await customCertificate({ ...device, ...change })]);
  const subCa = { subject: "Test Sub CA", issuer: "Test Root CA", publicKey: authority.caKey.publicKey, signer: authority.rootKey, validity: days(start, 300), extensions: [ca(1), keyUsage()] as x509.Extension[] };
  const withCa = async (change: Partial<typeof subCa>) => register([await customCertificate({ ...subCa, ...change }), await customCertificate(device)]);
  const caId = keyId(authority.caKey.publicKey);
  return { ...base, key, id, caId, rootId: keyId(authority.rootKey.publicKey), register, withDevice, withCa };
}

describe("Attestation: rules of the chain", () => {
  it("takes the chain that keeps them all, with unknown extensions that are not critical", async () => {
    const { withDevice, withCa, id } = await loadFixture(world);
    expect(await withDevice({})).to.equal(id);
    expect(await withCa({})).to.equal(id);
    expect(await withDevice({ extensions: [unknownExtension(false), ca(0), keyUsage()] })).to.equal(id);
  });

  it("device: issuer's name, issuer's key, dates", async () => {
    const { attestation, withDevice, id, caId, start } = await loadFixture(world);
    await expect(withDevice({ issuer: "Another CA" })).to.be.revertedWithCustomError(attestation, "IssuerMismatch");
    await expect(withDevice({ signer: generateKeyPair() })).to.be.revertedWithCustomError(attestation, "WrongCertificateSignature").withArgs(id, caId);
    await expect(withDevice({ validity: days(start - 30 * 86_400, 29) })).to.be.revertedWithCustomError(attestation, "CertificateExpired").withArgs(id, start - 86_400);
    await expect(withDevice({ validity: days(start + 9_000, 29) })).to.be.revertedWithCustomError(attestation, "CertificateNotYetValid").withArgs(id, start + 9_000);
  });

  it("device: a CA of path length 0 that may sign certificates", async () => {
    const { attestation, withDevice, id } = await loadFixture(world);
    for (const extensions of [[], [keyUsage()], [notCa(), keyUsage()], [ca(0)], [ca(0), keyUsage(digitalSignature)]]) {
      await expect(withDevice({ extensions: [...extensions, unknownExtension(false)] })).to.be.revertedWithCustomError(attestation, "NotCertificateAuthority").withArgs(id);
    }
    await expect(withDevice({ extensions: [ca(1), keyUsage()] })).to.be.revertedWithCustomError(attestation, "PathLengthWrong").withArgs(id, 0, 1);
    await expect(withDevice({ extensions: [ca(), keyUsage()] })).to.be.revertedWithCustomError(attestation, "PathLengthWrong").withArgs(id, 0, NONE);
  });

  it("device: no unknown critical extension, none twice, none malformed", async () => {
    const { attestation, withDevice } = await loadFixture(world);
    await expect(withDevice({ extensions: [ca(0), keyUsage(), unknownExtension(true)] })).to.be.revertedWithCustomError(attestation, "CriticalExtensionUnknown");
    await expect(withDevice({ extensions: [ca(0), ca(0), keyUsage()] })).to.be.revertedWithCustomError(attestation, "ExtensionRepeated").withArgs(0x551d13);
    await expect(withDevice({ extensions: [ca(0), keyUsage(), unknownExtension(false), unknownExtension(false)] })).to.be.revertedWithCustomError(attestation, "ExtensionRepeated");
  });

  it("sub CA: a listed root, its key, dates, CA bit, key usage, path length, extensions", async () => {
    const { attestation, withCa, caId, rootId, start } = await loadFixture(world);
    await expect(withCa({ issuer: "Another Root" })).to.be.revertedWithCustomError(attestation, "RootNotListed");
    await expect(withCa({ signer: generateKeyPair() })).to.be.revertedWithCustomError(attestation, "WrongCertificateSignature").withArgs(caId, rootId);
    await expect(withCa({ validity: days(start - 30 * 86_400, 29) })).to.be.revertedWithCustomError(attestation, "CertificateExpired").withArgs(caId, start - 86_400);
    await expect(withCa({ validity: days(start + 9_000, 29) })).to.be.revertedWithCustomError(attestation, "CertificateNotYetValid");
    await expect(withCa({ extensions: [notCa(), keyUsage()] })).to.be.revertedWithCustomError(attestation, "NotCertificateAuthority").withArgs(caId);
    await expect(withCa({ extensions: [ca(1), keyUsage(digitalSignature)] })).to.be.revertedWithCustomError(attestation, "NotCertificateAuthority");
    await expect(withCa({ extensions: [ca(0), keyUsage()] })).to.be.revertedWithCustomError(attestation, "PathLengthWrong").withArgs(caId, 1, 0);
    await expect(withCa({ extensions: [ca(1), keyUsage(), unknownExtension(true)] })).to.be.revertedWithCustomError(attestation, "CriticalExtensionUnknown");
  });

  it("refuses a root of the same name with another key, and a device in the sub CA's place", async () => {
    const { attestation, register, authority, start, key } = await loadFixture(world);
    const impostor = await makeAuthority(start, "Test");
    const fake = await makeDevice(impostor, days(start, 30), undefined, key);
    await expect(register(fake.chain)).to.be.revertedWithCustomError(attestation, "WrongCertificateSignature");

    const middle = await makeDevice(authority, days(start, 30));
    const below = await makeDevice({ ...authority, caKey: middle.key, ca: middle.certificate }, days(start, 30), undefined, key);
    await expect(register(below.chain)).to.be.revertedWithCustomError(attestation, "RootNotListed");
  });

  it("refuses what is not a certificate", async () => {
    const { attestation, register, authority, start, key } = await loadFixture(world);
    const { certificate } = await makeDevice(authority, days(start, 30), undefined, key);
    const trailing = Uint8Array.from([...certificate.der, 0]);
    for (const bytes of [new Uint8Array(), Uint8Array.from([0x30]), Uint8Array.from([0x30, 0x80, 0, 0]), certificate.der.subarray(0, -1), trailing, new Uint8Array(300).fill(0x30)]) {
      await expect(register([authority.ca.der, bytes])).to.be.revertedWithCustomError(attestation, "DerMalformed");
      await expect(register([bytes, certificate.der])).to.be.revertedWithCustomError(attestation, "DerMalformed");
    }
  });

  it("accepts no certificate with one bit changed", async function () {
    this.timeout(120_000);
    const { register, authority, start, key } = await loadFixture(world);
    const { certificate } = await makeDevice(authority, days(start, 30), new Uint8Array(40).fill(7), key);
    await register([authority.ca.der, certificate.der]);
    let accepted = 0;
    for (const [place, original] of [authority.ca.der, certificate.der].entries()) {
      for (let index = 0; index < original.length; index++) {
        const changed = original.slice();
        changed[index] = (changed[index] ?? 0) ^ (1 << ((index * 5) % 8));
        const chain = place === 0 ? [changed, certificate.der] : [authority.ca.der, changed];
        accepted += await register(chain).then(() => 1, () => 0);
      }
    }
    expect(accepted).to.equal(0);
  });

  it("accepts both s in certificates, because issuing tools write either", async () => {
    const { withDevice, id } = await loadFixture(world);
    // Each certificate has a fresh random signature: of 24, both halves occur but for one time in eight million.
    for (let count = 0; count < 24; count++) expect(await withDevice({})).to.equal(id);
  });

  it("puts the chain into the event where a contract registers", async () => {
    const { attestation, catalog, authority, start } = await loadFixture(world);
    const registrar = await ethers.deployContract("DeviceRegistrar");
    await catalog.setOwner(20, 5, await registrar.getAddress());
    const item = await makeDevice(authority, days(start, 30));
    const { r, s } = signDigest(item.key, getBytes(await attestation.deviceRegistrationDigest(20, item.id)));
    await expect(registrar.getFunction("register")(await attestation.getAddress(), 20, item.chain, r, s))
      .to.emit(attestation, "DeviceRegistered")
      .withArgs(item.id, 20, keyId(authority.rootKey.publicKey), item.certificate.validUntil.getTime() / 1000, item.chain.map((der) => hexlify(der)));
  });

  it("lets a CA with another certificate of the same key certify on", async () => {
    const { attestation, authority, start, register, key, id } = await loadFixture(world);
    const again = await issueSubCa({ key: authority.rootKey, certificate: authority.root }, authority.caKey.publicKey, "Test Sub CA", days(start, 500));
    expect(await register((await makeDevice({ ...authority, ca: again }, days(start, 30), undefined, key)).chain)).to.equal(id);
    expect((await attestation.rootAt(1)).kind).to.equal(SIMULATED);
  });
});
