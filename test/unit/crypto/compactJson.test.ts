// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { decodeCompactJson, encodeCompactJson } from "../../../src/core/compactJson";
import { CloisterError } from "../../../src/core/errors";
import { keyRelease, readKeyRelease, readSealedArguments, sealedArguments } from "../../../src/core/sealed";
import type { Resource } from "../../../src/core/resource";
import { newIdentity, recipientOf } from "../../../src/crypto/ageKeys";
import { openJson, seal } from "../../../src/crypto/seal";
import { refusal } from "../refusal";

const hex = (digit: string): string => digit.repeat(64);
const again = (value: unknown): unknown => decodeCompactJson(encodeCompactJson(value));

/** Strings that look like what has a short form of its own, and nearly so. */
const special = fc.oneof(
  fc.stringMatching(/^(?:0x)?[0-9a-fA-F]{0,66}$/),
  fc.stringMatching(/^-?[0-9]{1,18}$/),
  fc.constantFrom("age1", "AGE-SECRET-KEY-1", "sha256", "kind", "__proto__", "toString", "", "\ufeffx", "\ud800", "0".repeat(64)),
);
const string = fc.oneof(special, fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    fc.nat(300),
    string,
    fc.array(tie("value"), { maxLength: 6 }),
    fc.dictionary(fc.oneof(string, fc.constantFrom("kind", "hash", "size")), tie("value"), { maxKeys: 6 }),
  ),
})).value;

describe("compact JSON", () => {
  it("gives back any JSON value exactly", () => {
    fc.assert(
      fc.property(json, (value) => {
        const said: unknown = JSON.parse(JSON.stringify(value));
        expect(again(value)).to.deep.equal(said);
        expect(JSON.stringify(again(value))).to.equal(JSON.stringify(said));
      }),
      { numRuns: 2000 },
    );
  });

  it("gives back what any JSON text says, however strange", () => {
    for (const text of ['{"__proto__":1,"constructor":{"a":[]}}', '"\\ud800"', '{"\\udc00x":"\\ud83d\\ude00"}', "-0", "1e400", "0.1", "9007199254740993", '"\\ufeffx"', '["00","0x","0x0","0x00","007","AB","9007199254740992"]']) {
      const value: unknown = JSON.parse(text);
      expect(JSON.stringify(again(value)), text).to.equal(JSON.stringify(value));
    }
  });

  it("is spelled as documented", () => {
    const value = { kind: "any", size: 300, list: [-1, "7", "0xabcd", "0xabcd", null, true, 0.5] };
    expect(Buffer.from(encodeCompactJson(value)).toString("hex")).to.equal("010d03010e05" + "2003ac02" + "0006046c697374" + "0c07" + "0401" + "0f07" + "0902abcd" + "1001" + "00" + "02" + "053fe0000000000000");
  });

  it("keeps keys whose spelling it would change as they are", async () => {
    const identity = await newIdentity();
    const recipient = await recipientOf(identity);
    const wrongSum = `${recipient.slice(0, -1)}${recipient.endsWith("q") ? "p" : "q"}`;
    const given = [identity, identity.toLowerCase(), recipient, recipient.toUpperCase(), wrongSum, recipient];
    expect(again(given)).to.deep.equal(given);
    expect(encodeCompactJson([identity, recipient, recipient])).to.have.length(1 + 2 + 33 + 33 + 2);
  });

  it("refuses bytes that it did not write, by name and in little time", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, versioned) => {
        try {
          JSON.stringify(decodeCompactJson(versioned ? Uint8Array.of(1, ...bytes) : bytes));
        } catch (error) {
          expect(error).to.be.instanceOf(CloisterError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("refuses a wrong end, version, word, key and depth", async () => {
    const good = encodeCompactJson({ kind: "any", a: [1, "x"] });
    for (let length = 0; length < good.length; length++) await refusal(() => decodeCompactJson(good.subarray(0, length)), "CompactJsonInvalid");
    const wrong = [
      [...good, 0], // goes on
      [2, 0], // version
      [1, 0x0e, 127], // word
      [1, 0x0d, 2, 1, 0, 1, 0], // key twice
      [1, 0x0d, 1, 0, 0x03, 5, 0], // key that is a number
      [1, 0x06, 2, 0xc3, 0x28], // not UTF-8
      [1, 0x03, ...Array<number>(9).fill(0xff), 1], // number too long
      [1, 0x05, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], // infinity
      [1, ...Array.from({ length: 300 }, () => [0x0c, 1]).flat(), 0], // depth
    ];
    for (const bytes of wrong) await refusal(() => decodeCompactJson(Uint8Array.from(bytes)), "CompactJsonInvalid");
    let deep: unknown = 0;
    for (let n = 0; n < 300; n++) deep = [deep];
    await refusal(() => encodeCompactJson(deep), "CompactJsonInvalid");
  });
});

describe("a sealed message", () => {
  let identity: string;
  let recipient: string;
  let resource: Resource;

  before(async () => {
    identity = await newIdentity();
    recipient = await recipientOf(identity);
    resource = {
      resource: { type: "STORAGE_PROVIDER", storageType: "DIRECTORY", filepath: hex("a"), credentials: { path: "/home/bob/.cloister/store/objects" } },
      encryption: { algo: "age", encoding: "bech32", key: await newIdentity() },
      hash: { algo: "sha256", hash: hex("d"), encoding: "hex" },
      size: 12_901,
      filename: "dataset.tar",
      kind: "directory",
    };
  });

  const chain = { chainId: 31337, orderBook: `0x${"ab".repeat(20)}` };
  const release = () =>
    keyRelease({ ...chain, order: "7", suborder: "8", offer: "5", offerVersion: 1, solutionHash: hex("1"), inputsHash: hex("2"), argumentsHash: hex("0"), resultRecipient: recipient, notAfter: 1_790_000_000, resource });
  const orderArguments = () =>
    sealedArguments({
      ...chain,
      customer: `0x${"cd".repeat(20)}`,
      nonce: `0x${hex("e")}`,
      inputs: [
        { kind: "solution", offer: "own", version: 0, hash: hex("d"), resource },
        { kind: "data", offer: "5", version: 1, hash: hex("2") },
      ],
      arguments: { command: ["--columns", "age,pressure"], environment: { LOG: "info" }, salt: "5f".repeat(16) },
      resultRecipient: recipient,
      resultStore: { type: "DIRECTORY", path: "/home/alice/.cloister/store/objects" },
    });

  it("is short: a key release within 650 bytes, arguments within 850", async () => {
    expect(await seal(release(), [recipient])).to.have.lengthOf.at.most(650);
    expect(await seal(orderArguments(), [recipient])).to.have.lengthOf.at.most(850);
  });

  it("opens as it was sealed, and so does one that was sealed as JSON text", async () => {
    expect(readKeyRelease(await openJson(await seal(release(), [recipient]), identity))).to.deep.equal(release());
    expect(readSealedArguments(await openJson(await seal(orderArguments(), [recipient]), identity))).to.deep.equal(orderArguments());
    expect(readKeyRelease(await openJson(await seal(JSON.stringify(release()), [recipient]), identity))).to.deep.equal(release());
  });

  it("that holds neither is refused", async () => {
    await refusal(async () => openJson(await seal(Uint8Array.of(1, 0xff), [recipient]), identity), "SealBroken");
    await refusal(async () => openJson(await seal("not JSON", [recipient]), identity), "SealBroken");
  });
});
