// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { issueRoot } from "../../../src/crypto/certificate";
import { generateKeyPair, keyId } from "../../../src/crypto/keys";
import { ca, customCertificate, digitalSignature, keyUsage } from "./customCertificate";
import { days, makeAuthority } from "./chains";
import { deployAttestation, HARDWARE, OFFER, SIMULATED, signedBy } from "./world";

async function registered() {
  const world = await deployAttestation();
  const item = await world.device();
  await world.register(item);
  const [rootId, caId] = [keyId(world.authority.rootKey.publicKey), keyId(world.authority.caKey.publicKey)];
  return { ...world, item, rootId, caId };
}

describe("Attestation: revoking", () => {
  it("lets the offer's provider revoke a device, for good", async () => {
    const { attestation, item, carol, dave, register } = await loadFixture(registered);
    await expect(attestation.connect(dave).revokeDevice(item.id)).to.be.revertedWithCustomError(attestation, "NotOfferOwner").withArgs(OFFER, carol.address, dave.address);
    await expect(attestation.connect(carol).revokeDevice(item.id)).to.emit(attestation, "DeviceRevoked").withArgs(item.id, OFFER);
    await expect(attestation.checkDeviceSignature(...signedBy(item))).to.be.revertedWithCustomError(attestation, "KeyRevoked").withArgs(item.id);
    await expect(attestation.connect(carol).revokeDevice(item.id)).to.be.revertedWithCustomError(attestation, "KeyRevoked");
    await expect(register(item)).to.be.revertedWithCustomError(attestation, "KeyRevoked").withArgs(item.id);
  });

  it("refuses to revoke what was never registered", async () => {
    const { attestation, carol, device } = await loadFixture(registered);
    const stranger = await device();
    await expect(attestation.connect(carol).revokeDevice(stranger.id)).to.be.revertedWithCustomError(attestation, "DeviceNotFound").withArgs(stranger.id);
  });

  it("lets the administration ban a device's key, registered or not", async () => {
    const { attestation, item, device, register, mallory } = await loadFixture(registered);
    await expect(attestation.connect(mallory).banDevice(item.id)).to.be.revertedWithCustomError(attestation, "AccessManagedUnauthorized");
    await attestation.banDevice(item.id);
    await expect(attestation.checkDeviceSignature(...signedBy(item))).to.be.revertedWithCustomError(attestation, "KeyRevoked");
    const stranger = await device();
    await attestation.banDevice(stranger.id);
    await expect(register(stranger)).to.be.revertedWithCustomError(attestation, "KeyRevoked").withArgs(stranger.id);
    expect((await attestation.getDevice(stranger.id)).revoked).to.equal(true);
  });

  it("ends everything under a revoked CA, and refuses its certificates", async () => {
    const { attestation, item, caId, device, register, mallory } = await loadFixture(registered);
    await expect(attestation.connect(mallory).revokeAuthority(caId)).to.be.revertedWithCustomError(attestation, "AccessManagedUnauthorized");
    await expect(attestation.revokeAuthority(caId)).to.emit(attestation, "CertificateAuthorityRevoked").withArgs(caId);
    await expect(attestation.revokeAuthority(caId)).to.be.revertedWithCustomError(attestation, "KeyRevoked");
    await expect(attestation.checkDeviceSignature(...signedBy(item))).to.be.revertedWithCustomError(attestation, "KeyRevoked").withArgs(caId);
    expect(await attestation.isDeviceValid(item.id)).to.equal(false);
    const next = await device();
    await expect(register(next)).to.be.revertedWithCustomError(attestation, "KeyRevoked").withArgs(caId);
  });

  it("revokes a CA that was not seen yet", async () => {
    const { attestation, authority, device, register } = await loadFixture(deployAttestation);
    const caId = keyId(authority.caKey.publicKey);
    await expect(attestation.getCertificateAuthority(caId)).to.be.revertedWithCustomError(attestation, "CertificateAuthorityNotFound").withArgs(caId);
    await attestation.revokeAuthority(caId);
    const item = await device();
    await expect(register(item)).to.be.revertedWithCustomError(attestation, "KeyRevoked").withArgs(caId);
    expect((await attestation.getCertificateAuthority(caId)).revoked).to.equal(true);
  });

  it("ends everything under a removed root at once; listing it again with its kind brings it back", async () => {
    const { attestation, item, rootId, register, device, authority } = await loadFixture(registered);
    await expect(attestation.removeRoot(rootId)).to.emit(attestation, "RootRemoved").withArgs(rootId);
    await expect(attestation.removeRoot(rootId)).to.be.revertedWithCustomError(attestation, "RootNotListed").withArgs(rootId);
    await expect(attestation.checkDeviceSignature(...signedBy(item))).to.be.revertedWithCustomError(attestation, "KeyRevoked").withArgs(rootId);
    expect(await attestation.isDeviceValid(item.id)).to.equal(false);
    const next = await device();
    await expect(register(next)).to.be.revertedWithCustomError(attestation, "KeyRevoked").withArgs(rootId);
    await expect(attestation.addRoot(authority.root.der, HARDWARE)).to.be.revertedWithCustomError(attestation, "RootKindFixed").withArgs(rootId, SIMULATED, HARDWARE);
    await attestation.addRoot(authority.root.der, SIMULATED);
    await attestation.checkDeviceSignature(...signedBy(item));
  });
});

describe("Attestation.addRoot", () => {
  it("lists a root with its kind", async () => {
    const { attestation, start } = await loadFixture(deployAttestation);
    const other = await makeAuthority(start, "Other");
    const id = keyId(other.rootKey.publicKey);
    await expect(attestation.addRoot(other.root.der, HARDWARE)).to.emit(attestation, "RootAdded");
    expect(await attestation.rootCount()).to.equal(2);
    const root = await attestation.getRoot(id);
    expect([root.key, root.kind, root.listed, root.validUntil]).to.deep.equal([id, BigInt(HARDWARE), true, BigInt(other.root.validUntil.getTime() / 1000)]);
    expect((await attestation.rootAt(2)).key).to.equal(id);
    await expect(attestation.rootAt(3)).to.be.revertedWithCustomError(attestation, "RootNotListed");
    await expect(attestation.rootAt(0)).to.be.revertedWithCustomError(attestation, "RootNotListed");
    await expect(attestation.getRoot(`0x${"12".repeat(32)}`)).to.be.revertedWithCustomError(attestation, "RootNotListed");
  });

  it("is the administration's alone", async () => {
    const { attestation, mallory, authority } = await loadFixture(deployAttestation);
    await expect(attestation.connect(mallory).addRoot(authority.root.der, HARDWARE)).to.be.revertedWithCustomError(attestation, "AccessManagedUnauthorized").withArgs(mallory.address);
    await expect(attestation.connect(mallory).removeRoot(keyId(authority.rootKey.publicKey))).to.be.revertedWithCustomError(attestation, "AccessManagedUnauthorized");
  });

  it("refuses a root twice, and a second root of the same name", async () => {
    const { attestation, authority, start } = await loadFixture(deployAttestation);
    const id = keyId(authority.rootKey.publicKey);
    await expect(attestation.addRoot(authority.root.der, SIMULATED)).to.be.revertedWithCustomError(attestation, "RootAlreadyListed").withArgs(id);
    const key = generateKeyPair();
    const twin = await issueRoot(key, "Test Root CA", days(start, 100));
    await expect(attestation.addRoot(twin.der, SIMULATED)).to.be.revertedWithCustomError(attestation, "RootNameTaken").withArgs(keyId(key.publicKey), id);
    await attestation.removeRoot(id);
    await attestation.addRoot(twin.der, SIMULATED);
    await expect(attestation.addRoot(authority.root.der, SIMULATED)).to.be.revertedWithCustomError(attestation, "RootNameTaken").withArgs(id, keyId(key.publicKey));
  });

  it("takes a root back under a new name, and lets the old name go", async () => {
    const { attestation, authority, start, device, register } = await loadFixture(deployAttestation);
    await attestation.removeRoot(keyId(authority.rootKey.publicKey));
    const renamed = await issueRoot(authority.rootKey, "Renamed Root CA", days(start, 100));
    await attestation.addRoot(renamed.der, SIMULATED);
    await expect(register(await device())).to.be.revertedWithCustomError(attestation, "RootNotListed");
  });

  it("refuses one that is not self-signed, not a CA, not for certificates, of another path length, or not valid now", async () => {
    const { attestation, authority, start } = await loadFixture(deployAttestation);
    const key = generateKeyPair();
    const id = keyId(key.publicKey);
    const validity = days(start, 10);
    const base = { subject: "R", issuer: "R", publicKey: key.publicKey, signer: key, validity, extensions: [ca(2), keyUsage()] };
    const add = async (change: Partial<typeof base>) => attestation.addRoot(await customCertificate({ ...base, ...change }), SIMULATED);
    await expect(attestation.addRoot(authority.ca.der, SIMULATED)).to.be.revertedWithCustomError(attestation, "IssuerMismatch");
    await expect(add({ signer: authority.rootKey })).to.be.revertedWithCustomError(attestation, "WrongCertificateSignature").withArgs(id, id);
    await expect(add({ extensions: [keyUsage()] })).to.be.revertedWithCustomError(attestation, "NotCertificateAuthority").withArgs(id);
    await expect(add({ extensions: [ca(2), keyUsage(digitalSignature)] })).to.be.revertedWithCustomError(attestation, "NotCertificateAuthority");
    await expect(add({ extensions: [ca(1), keyUsage()] })).to.be.revertedWithCustomError(attestation, "PathLengthWrong").withArgs(id, 2, 1);
    await expect(add({ extensions: [ca(), keyUsage()] })).to.be.revertedWithCustomError(attestation, "PathLengthWrong").withArgs(id, 2, (1n << 256n) - 1n);
    await expect(add({ validity: days(start - 100 * 86_400, 50) })).to.be.revertedWithCustomError(attestation, "CertificateExpired");
    await expect(add({ validity: days((await time.latest()) + 86_400, 50) })).to.be.revertedWithCustomError(attestation, "CertificateNotYetValid");
    await add({});
  });

  it("reads times on both sides of 2050", async () => {
    const { attestation, start } = await loadFixture(deployAttestation);
    for (const [name, until] of [["A", "2049-12-31T23:59:59Z"], ["B", "2050-01-01T00:00:00Z"], ["C", "2096-02-29T12:34:56Z"], ["D", "9999-12-31T23:59:59Z"]] as const) {
      const key = generateKeyPair();
      const root = await issueRoot(key, name, { from: new Date(start * 1000), until: new Date(until) });
      await attestation.addRoot(root.der, SIMULATED);
      expect((await attestation.getRoot(keyId(key.publicKey))).validUntil).to.equal(Date.parse(until) / 1000);
    }
  });
});
