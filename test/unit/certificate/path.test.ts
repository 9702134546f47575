// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import "reflect-metadata";
import { X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { authorityExtensions, issueCertificate, issueDevice, issueOrder, issueRoot, issueSubCa, type Issuer } from "../../../src/crypto/certificate";
import { chainFromPem, chainToPem } from "../../../src/crypto/certificateContents";
import { generateKeyPair } from "../../../src/crypto/keys";
import { type Certificate, readCertificate } from "../../../src/crypto/x509";
import { verifyPath } from "../../../src/evidence/chain";
import { verifyDevicePath } from "../../../src/evidence/device";
import { refusal } from "../refusal";

const validity = { from: new Date("2026-01-01T00:00:00Z"), until: new Date("2026-12-31T00:00:00Z") };
const at = new Date("2026-06-01T00:00:00Z");

async function makeChain() {
  const [rootKey, caKey, deviceKey, orderKey] = [generateKeyPair(), generateKeyPair(), generateKeyPair(), generateKeyPair()];
  const root = await issueRoot(rootKey, "Root", validity);
  const ca = await issueSubCa({ key: rootKey, certificate: root }, caKey.publicKey, "CA", validity);
  const device = await issueDevice({ key: caKey, certificate: ca }, { publicKey: deviceKey.publicKey, ageRecipient: "age1test", quote: new Uint8Array(60), commonName: "Device" }, validity);
  const order = await issueOrder({ key: deviceKey, certificate: device }, { publicKey: orderKey.publicKey, chainId: 31337, orderBook: "0xAbC0000000000000000000000000000000000001", order: 7, domain: "a.example.test", workloadInfo: { created: 1, runtimeInfo: [] } }, validity);
  return { rootKey, caKey, deviceKey, orderKey, root, ca, device, order, path: [root, ca, device, order] };
}

const pinsOf = (root: Certificate) => new Set([root.fingerprint]);

describe("certification path", () => {
  let world: Awaited<ReturnType<typeof makeChain>>;
  before(async () => {
    world = await makeChain();
  });

  const verify = (path: readonly Certificate[], when = at) => verifyPath(path, { pins: pinsOf(world.root), at: when });
  const leaf = (issuer: Issuer, extensions: x509.Extension[] = [], subject = "Leaf") =>
    issueCertificate({ subject, publicKey: generateKeyPair().publicKey, validity, extensions }, issuer.key, issuer.certificate);

  it("holds from the pinned root to the order certificate, also for node:crypto", () => {
    verify(world.path);
    verifyDevicePath(world.path, world.root, at);
    const node = world.path.map(({ der }) => new X509Certificate(der));
    for (let index = 1; index < node.length; index++) {
      expect(node[index]!.verify(node[index - 1]!.publicKey)).to.equal(true);
      expect(node[index]!.checkIssued(node[index - 1]!)).to.equal(true);
    }
    expect(node[3]!.subjectAltName).to.equal("URI:urn:cloister:order:31337:0xabc0000000000000000000000000000000000001:7, DNS:a.example.test");
  });

  it("survives PEM, with text around the blocks", () => {
    const text = `Chain of a device\n${chainToPem(world.path)}\n`;
    expect(chainFromPem(text).map(({ fingerprint }) => fingerprint)).to.deep.equal(world.path.map(({ fingerprint }) => fingerprint));
  });

  it("accepts none of all single-bit changes of the four certificates", function () {
    this.timeout(60_000);
    let [tried, accepted] = [0, 0];
    world.path.forEach((original, place) => {
      for (let index = 0; index < original.der.length; index++) {
        const changed = original.der.slice();
        changed[index]! ^= 1;
        tried++;
        try {
          verify(world.path.map((certificate, i) => (i === place ? readCertificate(changed) : certificate)));
          accepted++;
        } catch (error) {
          expect(error).to.have.property("code");
        }
      }
    });
    expect(tried).to.be.greaterThan(1_500);
    expect(accepted).to.equal(0);
  });

  it("refuses trailing bytes and truncation", async () => {
    await refusal(() => readCertificate(Uint8Array.from([...world.root.der, 0])), "CertificateMalformed");
    await refusal(() => readCertificate(world.root.der.subarray(0, -1)), "CertificateMalformed");
    await refusal(() => readCertificate(new Uint8Array()), "CertificateMalformed");
  });

  it("refuses moments before and after, to the second", async () => {
    verify(world.path, validity.from);
    verify(world.path, validity.until);
    await refusal(() => verify(world.path, new Date(validity.from.getTime() - 1000)), "CertificateNotYetValid");
    await refusal(() => verify(world.path, new Date(validity.until.getTime() + 1000)), "CertificateExpired");
  });

  it("refuses another root of the same name, and no root at all", async () => {
    const other = await issueRoot(generateKeyPair(), "Root", validity);
    await refusal(() => verify([other, ...world.path.slice(1)]), "RootNotPinned");
    await refusal(() => verifyPath([other, ...world.path.slice(1)], { pins: pinsOf(other), at }), "WrongCertificateSignature");
    await refusal(() => verify([]), "RootNotPinned");
  });

  it("refuses a missing intermediate", async () => {
    await refusal(() => verify([world.root, world.device, world.order]), "WrongCertificateSignature");
  });

  it("refuses a leaf as issuer, and a CA that may not sign certificates", async () => {
    const leafKey = generateKeyPair();
    const noCa = await issueCertificate({ subject: "A leaf", publicKey: leafKey.publicKey, validity, extensions: [] }, world.rootKey, world.root);
    await refusal(async () => verify([world.root, noCa, await leaf({ key: leafKey, certificate: noCa })]), "NotCertificateAuthority");
    await refusal(async () => verify([...world.path, await leaf({ key: world.orderKey, certificate: world.order })]), "PathLengthExceeded");
    const key = generateKeyPair();
    const noSign = await issueCertificate({ subject: "No sign", publicKey: key.publicKey, validity, extensions: [new x509.BasicConstraintsExtension(true, 1, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.cRLSign, true)] }, world.rootKey, world.root);
    await refusal(async () => verify([world.root, noSign, await leaf({ key, certificate: noSign })]), "NotCertificateAuthority");
  });

  it("refuses a device that certifies another CA (path length 0)", async () => {
    const key = generateKeyPair();
    const ca = await issueCertificate({ subject: "Too deep", publicKey: key.publicKey, validity, extensions: authorityExtensions(0) }, world.deviceKey, world.device);
    const below = await leaf({ key, certificate: ca });
    await refusal(() => verify([world.root, world.ca, world.device, ca, below]), "PathLengthExceeded");
  });

  it("wants exactly the path lengths of the contract for a device", async () => {
    const key = generateKeyPair();
    const wide = await issueCertificate({ subject: "Wide", publicKey: key.publicKey, validity, extensions: authorityExtensions(1) }, world.caKey, world.ca);
    verify([world.root, world.ca, wide]);
    await refusal(() => verifyDevicePath([world.root, world.ca, wide], world.root, at), "PathLengthWrong");
  });

  it("refuses unknown critical extensions and repeated ones", async () => {
    const unknown = (critical: boolean) => new x509.Extension("1.3.6.1.4.1.58888.9.9", critical, Uint8Array.from([5, 0]));
    const issuer = { key: world.rootKey, certificate: world.root };
    await refusal(leaf(issuer, [unknown(true)]), "CriticalExtensionUnknown");
    await refusal(leaf(issuer, [unknown(false), unknown(false)]), "ExtensionRepeated");
    await leaf(issuer, [unknown(false)]);
  });

  it("refuses a revoked certificate", async () => {
    const isRevoked = (certificate: Certificate) => certificate.fingerprint === world.ca.fingerprint;
    await refusal(() => verifyPath(world.path, { pins: pinsOf(world.root), at, isRevoked }), "CertificateRevoked");
  });

  it("refuses to issue with a key that is not the issuer's", async () => {
    await refusal(leaf({ key: generateKeyPair(), certificate: world.root }), "IssuerKeyWrong");
  });

  it("issues order certificates that end with the device's", async () => {
    const long = { from: validity.from, until: new Date("2030-01-01T00:00:00Z") };
    const order = await issueOrder({ key: world.deviceKey, certificate: world.device }, { publicKey: generateKeyPair().publicKey, chainId: 1, orderBook: "0x00", order: 1, workloadInfo: null }, long);
    expect(order.validUntil).to.deep.equal(world.device.validUntil);
  });
});
