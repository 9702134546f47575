// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { getBytes, toBigInt } from "ethers";
import { issueSubCa } from "../../../src/crypto/certificate";
import { generateKeyPair, keyId, signDigest } from "../../../src/crypto/keys";
import { days, makeAuthority, makeDevice } from "./chains";
import { deployAttestation, HARDWARE, OFFER, SIMULATED, signedBy } from "./world";

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

describe("Attestation.registerDevice", () => {
  it("remembers the device, its CA and its root, and says so", async () => {
    const { attestation, authority, device, register } = await loadFixture(deployAttestation);
    const item = await device();
    const until = item.certificate.validUntil.getTime() / 1000;
    const rootId = keyId(authority.rootKey.publicKey);
    await expect(register(item)).to.emit(attestation, "DeviceRegistered").withArgs(item.id, OFFER, rootId, until, []);
    const stored = await attestation.getDevice(item.id);
    expect(stored.offer).to.equal(OFFER);
    expect(stored.validUntil).to.equal(until);
    expect(stored.kind).to.equal(SIMULATED);
    expect(stored.issuer).to.equal(keyId(authority.caKey.publicKey));
    expect(stored.root).to.equal(rootId);
    expect(await attestation.devicesOf(OFFER)).to.deep.equal([item.id]);
    expect(await attestation.isDeviceValid(item.id)).to.equal(true);
    const ca = await attestation.getCertificateAuthority(stored.issuer);
    expect([ca.root, ca.revoked]).to.deep.equal([rootId, false]);
  });

  it("refuses a registration by another than the provider's action account", async () => {
    const { attestation, device, register, mallory, carol } = await loadFixture(deployAttestation);
    await expect(register(await device(), OFFER, mallory))
      .to.be.revertedWithCustomError(attestation, "NotOfferOwner")
      .withArgs(OFFER, carol.address, mallory.address);
  });

  it("refuses another's device: its signature names another offer and provider", async () => {
    const { attestation, device, register, dave } = await loadFixture(deployAttestation);
    const item = await device();
    await expect(register(item, 9, dave, OFFER)).to.be.revertedWithCustomError(attestation, "WrongDeviceSignature").withArgs(item.id);
  });

  it("refuses a high s in the device's signature", async () => {
    const { attestation, device, carol } = await loadFixture(deployAttestation);
    const item = await device();
    const { r, s } = signDigest(item.key, getBytes(await attestation.deviceRegistrationDigest(OFFER, item.id)));
    const high = `0x${(P256_ORDER - toBigInt(s)).toString(16).padStart(64, "0")}`;
    await expect(attestation.connect(carol).registerDevice(OFFER, item.chain, r, high)).to.be.revertedWithCustomError(attestation, "WrongDeviceSignature");
  });

  it("refuses a device that serves another offer already", async () => {
    const { attestation, device, register, carol } = await loadFixture(deployAttestation);
    const item = await device();
    await register(item);
    await expect(register(item, 8, carol)).to.be.revertedWithCustomError(attestation, "DeviceNotOfOffer").withArgs(item.id, 8, OFFER);
  });

  it("renews a device in its place", async () => {
    const { attestation, authority, device, register, start } = await loadFixture(deployAttestation);
    const [first, second] = [await device(), await device()];
    await register(first);
    await register(second);
    const renewed = await makeDevice(authority, days(start, 60), undefined, first.key);
    await register(renewed);
    expect(await attestation.devicesOf(OFFER)).to.deep.equal([first.id, second.id]);
    expect((await attestation.getDevice(first.id)).validUntil).to.equal(renewed.certificate.validUntil.getTime() / 1000);
  });

  it("takes four devices, and a fifth only for one that no longer counts", async () => {
    const { attestation, authority, device, register, carol, start } = await loadFixture(deployAttestation);
    const items = [await device(), await device(), await device(authority, 2), await device()];
    for (const item of items) await register(item);
    const fifth = await makeDevice(authority, days(start, 30));
    await expect(register(fifth)).to.be.revertedWithCustomError(attestation, "DeviceLimitReached").withArgs(OFFER, 4);

    await attestation.connect(carol).revokeDevice(items[1]!.id);
    await register(fifth);
    expect(await attestation.devicesOf(OFFER)).to.deep.equal([items[0]!.id, fifth.id, items[2]!.id, items[3]!.id]);
    const revoked = await attestation.getDevice(items[1]!.id);
    expect(revoked.revoked).to.equal(true);
    await expect(register(items[1]!)).to.be.revertedWithCustomError(attestation, "KeyRevoked").withArgs(items[1]!.id);

    await time.increase(3 * 86_400);
    const sixth = await makeDevice(authority, days(start, 30));
    await register(sixth);
    expect((await attestation.devicesOf(OFFER))[2]).to.equal(sixth.id);
    await expect(attestation.getDevice(items[2]!.id)).to.be.revertedWithCustomError(attestation, "DeviceNotFound");
  });

  it("refuses another length of chain", async () => {
    const { attestation, carol, device } = await loadFixture(deployAttestation);
    const item = await device();
    await expect(attestation.connect(carol).registerDevice(OFFER, [item.chain[1]!], DIGITS, DIGITS))
      .to.be.revertedWithCustomError(attestation, "ChainLengthWrong").withArgs(2, 1);
  });

  it("keeps a CA under the root that certified it first", async () => {
    const { attestation, authority, start, register } = await loadFixture(deployAttestation);
    const hardware = await makeAuthority(start, "Hardware");
    await attestation.addRoot(hardware.root.der, HARDWARE);
    await register(await makeDevice(authority, days(start, 30)));
    const cross = await issueSubCa({ key: hardware.rootKey, certificate: hardware.root }, authority.caKey.publicKey, "Test Sub CA", days(start, 300));
    await expect(register(await makeDevice({ ...authority, ca: cross }, days(start, 30))))
      .to.be.revertedWithCustomError(attestation, "CertificateAuthorityOfOtherRoot")
      .withArgs(keyId(authority.caKey.publicKey), keyId(authority.rootKey.publicKey), keyId(hardware.rootKey.publicKey));
  });

  it("does not let an older certificate of a CA shorten a newer one's validity", async () => {
    const { attestation, authority, start, register } = await loadFixture(deployAttestation);
    const again = (count: number) => issueSubCa({ key: authority.rootKey, certificate: authority.root }, authority.caKey.publicKey, "Test Sub CA", days(start, count));
    const [older, newer] = [await again(100), await again(900)];
    await register(await makeDevice({ ...authority, ca: newer }, days(start, 30)));
    await register(await makeDevice({ ...authority, ca: older }, days(start, 30)));
    const ca = await attestation.getCertificateAuthority(keyId(authority.caKey.publicKey));
    expect(ca.validUntil).to.equal(newer.validUntil.getTime() / 1000);
  });
});

describe("Attestation.checkDeviceSignature", () => {
  async function registered() {
    const world = await deployAttestation();
    const item = await world.device();
    await world.register(item);
    return { ...world, item };
  }

  it("gives the kind of the root for the device's own signature", async () => {
    const { attestation, item } = await loadFixture(registered);
    expect(await attestation.checkDeviceSignature(...signedBy(item))).to.deep.equal([SIMULATED, item.id]);
  });

  it("refuses another message, another key's signature, a high s and numbers out of range", async () => {
    const { attestation, item } = await loadFixture(registered);
    const [x, y, offer, digest, r, s] = signedBy(item);
    const other = signDigest(generateKeyPair(), getBytes(digest));
    const high = `0x${(P256_ORDER - toBigInt(s)).toString(16).padStart(64, "0")}`;
    const wrong = `${digest.slice(0, -1)}${digest.endsWith("0") ? "1" : "0"}`;
    for (const given of [[x, y, offer, wrong, r, s], [x, y, offer, digest, other.r, other.s], [x, y, offer, digest, r, high], [x, y, offer, digest, ZERO, s], [x, y, offer, digest, r, ZERO]] as const) {
      await expect(attestation.checkDeviceSignature(...given)).to.be.revertedWithCustomError(attestation, "WrongDeviceSignature").withArgs(item.id);
    }
  });

  it("refuses an unknown device and one of another offer", async () => {
    const { attestation, item, device } = await loadFixture(registered);
    await expect(attestation.checkDeviceSignature(...signedBy(item, 9))).to.be.revertedWithCustomError(attestation, "DeviceNotOfOffer").withArgs(item.id, 9, OFFER);
    const stranger = await device();
    await expect(attestation.checkDeviceSignature(...signedBy(stranger))).to.be.revertedWithCustomError(attestation, "DeviceNotFound").withArgs(stranger.id);
  });

  it("counts a device only while its certificate, its CA and its root are valid", async () => {
    const { attestation, item, authority, register, start } = await loadFixture(registered);
    await time.increaseTo(item.certificate.validUntil.getTime() / 1000);
    await attestation.checkDeviceSignature(...signedBy(item));
    await time.increase(1);
    await expect(attestation.checkDeviceSignature(...signedBy(item))).to.be.revertedWithCustomError(attestation, "CertificateExpired").withArgs(item.id, item.certificate.validUntil.getTime() / 1000);
    expect(await attestation.isDeviceValid(item.id)).to.equal(false);

    // A device certificate that outlives its CA does not help.
    const long = await makeDevice(authority, days(start, 4000));
    await register(long);
    await time.increaseTo(authority.ca.validUntil.getTime() / 1000 + 1);
    await expect(attestation.checkDeviceSignature(...signedBy(long))).to.be.revertedWithCustomError(attestation, "CertificateExpired").withArgs(keyId(authority.caKey.publicKey), authority.ca.validUntil.getTime() / 1000);
    expect(await attestation.isDeviceValid(long.id)).to.equal(false);
  });

  it("counts it no longer when the root's own certificate ended", async () => {
    const { attestation, start, register } = await loadFixture(registered);
    const short = await makeAuthority(start, "Short", 10, 100);
    await attestation.addRoot(short.root.der, HARDWARE);
    const item = await makeDevice(short, days(start, 50));
    await register(item, OFFER);
    await time.increaseTo(short.root.validUntil.getTime() / 1000 + 1);
    await expect(attestation.checkDeviceSignature(...signedBy(item))).to.be.revertedWithCustomError(attestation, "CertificateExpired").withArgs(keyId(short.rootKey.publicKey), short.root.validUntil.getTime() / 1000);
    expect(await attestation.isDeviceValid(item.id)).to.equal(false);
  });
});

const ZERO = `0x${"00".repeat(32)}`;
const DIGITS = `0x${"11".repeat(32)}`;
