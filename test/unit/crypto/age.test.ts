// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { Decrypter, Encrypter } from "age-encryption";
import { CHUNK, newPrologue, PayloadOpener, readPrologue, sealChunks, sealedSize, sealStream } from "../../../src/crypto/age";
import { newIdentity, recipientOf } from "../../../src/crypto/ageKeys";
import { nodeCipher } from "../../../src/store/nodeCipher";
import { refusal } from "../refusal";

const SIZES = [0, 1, 17, 65535, 65536, 65537, 131072, 131073, 1e6];

function content(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 255);
}

async function sealWhole(plain: Uint8Array, recipients: string[]): Promise<Uint8Array> {
  const { bytes, payloadKey } = await newPrologue(recipients);
  const payload = new Uint8Array(sealedSize(0, plain.length));
  expect(sealChunks(nodeCipher, payloadKey, 0, true, plain, payload)).to.equal(payload.length);
  return Buffer.concat([bytes, payload]);
}

async function openWhole(sealed: Uint8Array, identity: string, step = sealed.length): Promise<Uint8Array> {
  const prologue = await readPrologue(sealed, identity);
  if (prologue === undefined) throw new Error("the prologue is cut");
  const opener = new PayloadOpener(nodeCipher, prologue.payloadKey);
  const parts: Uint8Array[] = [];
  for (let at = prologue.bytes.length; at < sealed.length; at += step) {
    for (const plain of opener.push(sealed.subarray(at, Math.min(at + step, sealed.length)))) parts.push(Uint8Array.from(plain));
  }
  parts.push(opener.end());
  return Buffer.concat(parts);
}

async function* pieces(bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

function same(left: Uint8Array, right: Uint8Array): void {
  expect(Buffer.compare(left, right), `${left.length} and ${right.length} bytes differ`).to.equal(0);
}

describe("age: the payload by a fast cipher", () => {
  let identity: string;
  let recipient: string;

  before(async () => {
    identity = await newIdentity();
    recipient = await recipientOf(identity);
  });

  for (const size of SIZES) {
    describe(`given ${size} bytes`, () => {
      it("a file of ours opens in the reference library and has the foretold size", async () => {
        const sealed = await sealWhole(content(size), [recipient]);
        const reference = new Decrypter();
        reference.addIdentity(identity);
        same(await reference.decrypt(sealed), content(size));
        const { bytes } = (await readPrologue(sealed, identity))!;
        expect(sealedSize(bytes.length, size)).to.equal(sealed.length);
      });

      it("a stream in pieces of any length is sealed as the whole is", async () => {
        for (const step of [1013, 65536, 65537, 200_000]) {
          const reference = new Decrypter();
          reference.addIdentity(identity);
          const sealed: Uint8Array[] = [];
          for await (const part of sealStream(pieces(content(size), step), [recipient], nodeCipher)) sealed.push(part);
          same(await reference.decrypt(Buffer.concat(sealed)), content(size));
        }
      });

      it("a file of the reference library opens here, whatever the pieces it arrives in", async () => {
        const reference = new Encrypter();
        reference.addRecipient(recipient);
        const sealed = await reference.encrypt(content(size));
        for (const step of [sealed.length, 65536, 65552, 70001]) same(await openWhole(sealed, identity, step), content(size));
      });
    });
  }

  it("every one of several recipients opens the file, nobody else", async () => {
    const second = await newIdentity();
    const sealed = await sealWhole(content(100), [recipient, await recipientOf(second)]);
    same(await openWhole(sealed, identity), content(100));
    same(await openWhole(sealed, second), content(100));
    await refusal(openWhole(sealed, await newIdentity()), "NotSealedForUs");
  });

  it("any flipped bit is refused", async () => {
    const sealed = await sealWhole(content(70000), [recipient]);
    for (let n = 0; n < 200; n++) {
      const changed = Uint8Array.from(sealed);
      const at = Math.floor((n * sealed.length) / 200);
      changed[at]! ^= 1 << (n % 8);
      await refusal(openWhole(changed, identity), "SealBroken", "NotSealedForUs");
    }
  });

  it("a cut file is refused, wherever it is cut", async () => {
    const sealed = await sealWhole(content(2 * CHUNK + 5), [recipient]);
    const start = (await readPrologue(sealed, identity))!.bytes.length;
    for (const end of [start, start + 1, start + 16, start + CHUNK, start + CHUNK + 16, start + 2 * (CHUNK + 16), sealed.length - 1]) {
      await refusal(openWhole(sealed.subarray(0, end), identity), "SealBroken");
    }
    expect(await readPrologue(sealed.subarray(0, start - 1), identity)).to.equal(undefined);
  });

  it("appended bytes and exchanged chunks are refused", async () => {
    const sealed = await sealWhole(content(3 * CHUNK), [recipient]);
    await refusal(openWhole(Buffer.concat([sealed, Buffer.of(0)]), identity), "SealBroken");
    await refusal(openWhole(Buffer.concat([sealed, Buffer.alloc(65552)]), identity), "SealBroken");
    const start = (await readPrologue(sealed, identity))!.bytes.length;
    const swapped = Buffer.concat([sealed.subarray(0, start), sealed.subarray(start + 65552, start + 2 * 65552), sealed.subarray(start, start + 65552), sealed.subarray(start + 2 * 65552)]);
    await refusal(openWhole(swapped, identity), "SealBroken");
  });

  it("what is not an age file is refused at once", async () => {
    await refusal(openWhole(Buffer.from("hello\nworld\n"), identity), "SealBroken");
    await refusal(openWhole(Buffer.alloc(100_000, 65), identity), "SealBroken");
  });
});
