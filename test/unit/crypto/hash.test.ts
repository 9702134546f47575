// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { fromBytes32, fromHex, sha256Hex, toBytes32, toHex } from "../../../src/crypto/hash";
import { refusal } from "../refusal";

describe("hash", () => {
  it("sha256 of text and of bytes is the standard's", () => {
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(sha256Hex("abc")).to.equal(abc);
    expect(sha256Hex(Uint8Array.of(97, 98, 99))).to.equal(abc);
    expect(fromBytes32(toBytes32(abc))).to.equal(abc);
  });

  it("hex is read in either case, with or without 0x, and refused when it is none", async () => {
    expect(toHex(fromHex("0xAbCd"))).to.equal("abcd");
    await refusal(() => fromHex("abc"), "NotHex");
    await refusal(() => fromHex("zz"), "NotHex");
    await refusal(() => toBytes32("abcd"), "NotBytes32");
  });
});
