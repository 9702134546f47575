// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign as nodeSign, verify as nodeVerify } from "node:crypto";
import { fromPrivatePem, fromSpki, generateKeyPair, keyId, sign, signDigest, toLowS, toPrivatePem, toSpki, verify } from "../../../src/crypto/keys";
import { fromHex } from "../../../src/core/hex";
import { refusal } from "../refusal";

const message = new TextEncoder().encode("what a device signs");
const HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

describe("P-256 keys", () => {
  it("are node:crypto's, in both directions", () => {
    const key = generateKeyPair();
    const node = createPrivateKey(toPrivatePem(key));
    expect(new Uint8Array(createPublicKey(node).export({ type: "spki", format: "der" }))).to.deep.equal(toSpki(key.publicKey));
    const made = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const read = fromPrivatePem(made.export({ type: "pkcs8", format: "pem" }) as string);
    expect(toSpki(read.publicKey)).to.deep.equal(new Uint8Array(createPublicKey(made).export({ type: "spki", format: "der" })));
    expect(fromSpki(toSpki(read.publicKey))).to.deep.equal(read.publicKey);
  });

  it("sign what node:crypto verifies, always with a low s", () => {
    const key = generateKeyPair();
    const publicKey = createPublicKey(createPrivateKey(toPrivatePem(key)));
    for (let count = 0; count < 20; count++) {
      const text = Uint8Array.from([...message, count]);
      const signature = sign(key, text);
      expect(nodeVerify("sha256", text, { key: publicKey, dsaEncoding: "ieee-p1363" }, signature)).to.equal(true);
      expect(BigInt(`0x${Buffer.from(signature.subarray(32)).toString("hex")}`) <= HALF_ORDER).to.equal(true);
      expect(verify(key.publicKey, text, signature)).to.equal(true);
    }
  });

  it("take node's signatures once their s is low, and a high s only where it is allowed", () => {
    const key = generateKeyPair();
    const node = createPrivateKey(toPrivatePem(key));
    let high: Uint8Array | undefined;
    while (!high) {
      const signature = new Uint8Array(nodeSign("sha256", message, { key: node, dsaEncoding: "ieee-p1363" }));
      if (!verify(key.publicKey, message, signature)) high = signature;
    }
    expect(verify(key.publicKey, message, high, { highS: true })).to.equal(true);
    expect(verify(key.publicKey, message, toLowS(high))).to.equal(true);
    expect(toLowS(toLowS(high))).to.deep.equal(toLowS(high));
  });

  it("refuse changed messages, signatures and keys", () => {
    const key = generateKeyPair();
    const signature = sign(key, message);
    expect(verify(key.publicKey, message.slice(1), signature)).to.equal(false);
    expect(verify(generateKeyPair().publicKey, message, signature)).to.equal(false);
    expect(verify(key.publicKey, message, signature.subarray(1))).to.equal(false);
    expect(verify(key.publicKey, message, new Uint8Array(64))).to.equal(false);
    expect(verify(new Uint8Array(65).fill(4), message, signature)).to.equal(false);
  });

  it("sign EIP-712 digests as two 32-byte numbers over the digest's sha-256", async () => {
    const key = generateKeyPair();
    const digest = new Uint8Array(32).fill(7);
    const { r, s } = signDigest(key, digest);
    expect([r.length, s.length]).to.deep.equal([66, 66]);
    expect(verify(key.publicKey, digest, fromHex(r + s.slice(2)))).to.equal(true);
    await refusal(() => signDigest(key, new Uint8Array(31)), "DigestLengthWrong");
  });

  it("have the contract's id: keccak256 of x and y", () => {
    const publicKey = new Uint8Array(65);
    publicKey[0] = 4;
    // keccak256 of 64 zero bytes.
    expect(keyId(publicKey)).to.equal("0xad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5");
  });

  it("refuse other curves and compressed points", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    await refusal(() => fromPrivatePem(privateKey.export({ type: "pkcs8", format: "pem" }) as string), "KeyUnsupported");
    await refusal(() => fromSpki(new Uint8Array(publicKey.export({ type: "spki", format: "der" }))), "KeyUnsupported");
    await refusal(() => fromPrivatePem("no key here"), "PemInvalid");
  });
});
