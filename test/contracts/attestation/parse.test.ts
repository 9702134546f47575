// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { concat, getBytes, hexlify, keccak256, sha256, toBeHex, toUtf8Bytes } from "ethers";
import { ethers } from "hardhat";

/** A DER element: tag, length in the shortest form, content. */
function der(tag: number, ...content: (string | Uint8Array)[]): string {
  const inside = concat(content);
  const size = (inside.length - 2) / 2;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return concat([Uint8Array.from([tag, ...length]), inside]);
}
const SEQUENCE = 0x30;
const sequence = (...content: string[]) => der(SEQUENCE, ...content);
const algorithm = "0x300a06082a8648ce3d040302";
const name = (text: string) => sequence(der(0x31, sequence("0x0603550403", der(0x0c, toUtf8Bytes(text)))));
const utc = (text: string) => der(0x17, toUtf8Bytes(text));
const general = (text: string) => der(0x18, toUtf8Bytes(text));
const extension = (oid: string, value: string, critical = false) => sequence(der(0x06, oid), ...(critical ? ["0x0101ff"] : []), der(0x04, value));
const X = toBeHex(7, 32);
const Y = toBeHex(9, 32);
const KEY = concat(["0x3059301306072a8648ce3d020106082a8648ce3d03010703420004", X, Y]);
const CA = extension("0x551d13", sequence("0x0101ff", "0x020101"), true);
const USAGE = extension("0x551d0f", "0x03020106", true);
const OTHER = (number: number) => extension(concat(["0x2b06010401", toBeHex(number, 1)]), "0x0500");

/** A certificate whose every part a test may replace. Nobody signed it: the reader does not ask. */
function certificate(change: Partial<Record<"version" | "serial" | "inner" | "validity" | "key" | "extensions" | "outer" | "signature" | "end", string>> = {}): string {
  const part = {
    version: "0xa003020102",
    serial: "0x02021234",
    inner: algorithm,
    validity: sequence(utc("250101000000Z"), utc("491231235959Z")),
    key: KEY,
    extensions: der(0xa3, sequence(CA, USAGE, OTHER(1))),
    outer: algorithm,
    signature: der(0x03, "0x00", sequence("0x020105", "0x020106")),
    end: "0x",
    ...change,
  };
  const tbs = sequence(part.version, part.serial, part.inner, name("Issuer"), part.validity, name("Subject"), part.key, part.extensions);
  return concat([sequence(tbs, part.outer, part.signature), part.end]);
}

describe("X509: what a certificate may look like", () => {
  async function reader() {
    const contract = await ethers.deployContract("CertificateReader");
    const read = (text: string) => contract.getFunction("parse").staticCall(text);
    const refused = async (cases: Record<string, string>, error = "DerMalformed") => {
      for (const [what, text] of Object.entries(cases)) await expect(read(text), what).to.be.revertedWithCustomError(contract, error);
    };
    return { contract, read, refused };
  }

  it("reads names, dates, key, constraints and signature", async () => {
    const { read } = await loadFixture(reader);
    const found = await read(certificate());
    expect([found.x, found.y, found.key]).to.deep.equal([X, Y, keccak256(concat([X, Y]))]);
    expect([found.issuerHash, found.subjectHash]).to.deep.equal([keccak256(name("Issuer")), keccak256(name("Subject"))]);
    expect([Number(found.validFrom) * 1000, Number(found.validUntil) * 1000]).to.deep.equal([Date.UTC(2025, 0, 1), Date.UTC(2049, 11, 31, 23, 59, 59)]);
    expect([found.authority, found.pathLength, found.signsCertificates, BigInt(found.r), BigInt(found.s)]).to.deep.equal([true, 1n, true, 5n, 6n]);
    // What was signed is the first element of the outer sequence.
    const header = (bytes: Uint8Array) => (bytes[1]! < 0x80 ? 2 : 2 + (bytes[1]! & 0x7f));
    const whole = getBytes(certificate());
    const tbs = whole.slice(header(whole), whole.length - getBytes(algorithm).length - getBytes(der(0x03, "0x00", sequence("0x020105", "0x020106"))).length);
    expect(found.digest).to.equal(sha256(tbs));
  });

  it("refuses bytes after the end and elements that reach beyond the one around them", async () => {
    const { refused } = await loadFixture(reader);
    const whole = certificate();
    await refused({
      "a byte after the certificate": certificate({ end: "0x00" }),
      "cut short": hexlify(getBytes(whole).slice(0, -1)),
      "no sequence": concat(["0x31", hexlify(getBytes(whole).slice(1))]),
      "a length of no known size": concat(["0x3083", hexlify(getBytes(whole).slice(2))]),
      "a byte after the signature": certificate({ signature: concat([der(0x03, "0x00", sequence("0x020105", "0x020106")), "0x0500"]) }),
      "a byte after the two numbers": certificate({ signature: der(0x03, "0x00", sequence("0x020105", "0x020106"), "0x00") }),
      "a third number": certificate({ signature: der(0x03, "0x00", sequence("0x020105", "0x020106", "0x020107")) }),
      "unused bits in the signature": certificate({ signature: der(0x03, "0x01", sequence("0x020105", "0x020106")) }),
      "a byte after the extensions": certificate({ extensions: concat([der(0xa3, sequence(CA)), "0x0500"]) }),
      "a byte after the list of extensions": certificate({ extensions: der(0xa3, sequence(CA), "0x0500") }),
      "nothing after what was signed": certificate({ outer: "0x", signature: "0x" }),
      "a key cut short": certificate({ key: concat(["0x3059301306072a8648ce3d020106082a8648ce3d03010703420004", X]), extensions: "0x" }),
    });
  });

  it("refuses other algorithms, keys and versions than the one it knows, inside and outside", async () => {
    const { refused } = await loadFixture(reader);
    const rsa = "0x300a06082a8648ce3d040303";
    await refused({
      "another algorithm inside": certificate({ inner: rsa }),
      "another algorithm outside": certificate({ outer: rsa }),
      "version 1": certificate({ version: "0xa003020100" }),
      "a compressed key": certificate({ key: concat(["0x3059301306072a8648ce3d020106082a8648ce3d03010703420003", X, Y]) }),
    });
  });

  it("takes lengths and numbers in their one form only", async () => {
    const { contract, refused } = await loadFixture(reader);
    const number = (text: string) => contract.getFunction("unsigned").staticCall(text);
    expect(await number("0x02017f")).to.deep.equal([0x7fn, 3n]);
    expect(await number("0x02020080")).to.deep.equal([0x80n, 4n]);
    expect(await number(der(2, "0x00", `0x${"ff".repeat(32)}`))).to.deep.equal([2n ** 256n - 1n, 35n]);
    const malformed = { "no byte": "0x0200", "negative": "0x020180", "a superfluous zero": "0x0202007f", "33 bytes of value": der(2, "0x7f", `0x${"ff".repeat(32)}`), "34 bytes": der(2, "0x00", `0x${"ff".repeat(33)}`), "a length of one byte written in two": "0x0281017f", "a length of one byte written in three": `0x02820080${"7f".repeat(128)}`, "beyond the end": "0x02027f" };
    for (const [what, text] of Object.entries(malformed)) await expect(number(text), what).to.be.revertedWithCustomError(contract, "DerMalformed");
    await refused({ "a negative serial number": certificate({ serial: "0x0201ff" }) });
  });

  it("reads UTCTime to 2049 and GeneralizedTime from 2050 on, with every digit in its range", async () => {
    const { read, refused } = await loadFixture(reader);
    const until = async (time: string) => Number((await read(certificate({ validity: sequence(utc("700101000000Z"), time) }))).validUntil) * 1000;
    expect(await until(utc("240229235959Z"))).to.equal(Date.UTC(2024, 1, 29, 23, 59, 59));
    expect(await until(general("20500101000000Z"))).to.equal(Date.UTC(2050, 0, 1));
    const wrong = ["241301000000Z", "240001000000Z", "240132000000Z", "240100000000Z", "240101240000Z", "240101006000Z", "240101000060Z", "2401010000000", "24010100000xZ", "24010100000:Z", "690101000000Z"];
    await refused(Object.fromEntries(wrong.map((time) => [time, certificate({ validity: sequence(utc("250101000000Z"), utc(time)) })])));
    await refused({
      "a general time before 2050": certificate({ validity: sequence(utc("250101000000Z"), general("20491231235959Z")) }),
      "twelve digits": certificate({ validity: sequence(utc("250101000000Z"), utc("2501010000Z")) }),
      "a third time": certificate({ validity: sequence(utc("250101000000Z"), utc("260101000000Z"), utc("270101000000Z")) }),
      "one time": certificate({ validity: sequence(utc("250101000000Z")) }),
      "no time": certificate({ validity: sequence("0x0500", "0x0500") }),
    });
  });

  it("knows two extensions, refuses critical ones that it does not know, and none may stand twice", async () => {
    const { read, refused } = await loadFixture(reader);
    const withExtensions = (...list: string[]) => certificate({ extensions: der(0xa3, sequence(...list)) });
    const leaf = await read(withExtensions(extension("0x551d13", sequence(), true)));
    expect([leaf.authority, leaf.signsCertificates, leaf.pathLength]).to.deep.equal([false, false, 2n ** 256n - 1n]);
    const endless = await read(withExtensions(extension("0x551d13", sequence("0x0101ff"), true), extension("0x551d0f", "0x0303000580")));
    expect([endless.authority, endless.pathLength, endless.signsCertificates]).to.deep.equal([true, 2n ** 256n - 1n, true]);
    await read(withExtensions(...Array.from({ length: 8 }, (_, index) => OTHER(index + 1))));
    await refused({ "a ninth": withExtensions(...Array.from({ length: 9 }, (_, index) => OTHER(index + 1))) });
    await refused({ standard: withExtensions(CA, USAGE, CA), "one's own": withExtensions(OTHER(1), OTHER(2), OTHER(1)) }, "ExtensionRepeated");
    await refused({ critical: withExtensions(extension("0x2b0601040101", "0x0500", true)), "critical of the standard": withExtensions(extension("0x551d1e", "0x0500", true)) }, "CriticalExtensionUnknown");
    await refused({
      "no OID": withExtensions(sequence("0x0600", der(0x04, "0x0500"))),
      "an OID of 32 bytes": withExtensions(extension(`0x2b${"01".repeat(31)}`, "0x0500")),
      "an OID that begins with 0": withExtensions(extension("0x0001", "0x0500")),
      "critical neither true nor absent": withExtensions(sequence(der(0x06, "0x551d13"), "0x010101", der(0x04, sequence()))),
      "a byte after the value": withExtensions(sequence(der(0x06, "0x551d13"), der(0x04, sequence()), "0x0500")),
      "constraints with a byte after": withExtensions(extension("0x551d13", concat([sequence("0x0101ff"), "0x00"]))),
      "constraints with a third field": withExtensions(extension("0x551d13", sequence("0x0101ff", "0x020101", "0x020101"))),
      "an authority that is written false": withExtensions(extension("0x551d13", sequence("0x010100"))),
      "usage of no byte": withExtensions(extension("0x551d0f", "0x030100")),
      "usage of three bytes": withExtensions(extension("0x551d0f", "0x030400060606")),
      "usage with a byte after": withExtensions(extension("0x551d0f", "0x0302010600")),
      "usage with eight unused bits": withExtensions(extension("0x551d0f", "0x03020806")),
      "usage with an unused bit set": withExtensions(extension("0x551d0f", "0x03020107")),
    });
  });

  it("brings the higher of two valid s to the lower, and leaves others alone", async () => {
    const { read } = await loadFixture(reader);
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const integer = (value: bigint) => der(2, toBeHex(value, 32).startsWith("0x8") || toBeHex(value, 32) >= "0x8" ? concat(["0x00", toBeHex(value, 32)]) : toBeHex(value));
    const signed = async (s: bigint) => BigInt((await read(certificate({ signature: der(0x03, "0x00", sequence("0x020105", integer(s))) }))).s);
    expect(await signed(order - 1n)).to.equal(1n);
    expect(await signed(order)).to.equal(order);
    expect(await signed(6n)).to.equal(6n);
  });
});
