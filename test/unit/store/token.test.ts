// SPDX-License-Identifier: Apache-2.0
import { createHmac, randomBytes } from "node:crypto";
import { expect } from "chai";
import { assertGranted, mintToken, narrowToken, openToken, readToken } from "../../../src/store/token";
import { refusal } from "../refusal";

const OBJECT = "ab".repeat(32);
const OTHER = "cd".repeat(32);
const NOW = 1_800_000_000;

describe("access tokens", () => {
  const key = randomBytes(32);
  const token = mintToken(key, { prefix: "order-7", rights: ["read", "write"], notAfter: NOW + 100, largest: 1000 });

  it("say what they permit, to the server and to their holder", () => {
    const grant = { prefix: "order-7", rights: ["read", "write"], notAfter: NOW + 100, largest: 1000 };
    expect(openToken(key, token, NOW)).to.deep.equal(grant);
    expect(readToken(token)).to.deep.equal(grant);
  });

  it("are refused of another key, with a changed byte anywhere, and in another form", async () => {
    await refusal(() => openToken(randomBytes(32), token, NOW), "TokenInvalid");
    for (let at = 0; at < token.length; at++) {
      const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
      await refusal(() => openToken(key, changed, NOW), "TokenInvalid");
    }
    for (const other of ["", "cst1", "cst1.", `${token}.`, `${token}=`, "x".repeat(10_000), token.replace("cst1", "cst2")]) {
      const error = await refusal(() => openToken(key, other, NOW), "TokenInvalid");
      if (other !== "") expect(error.message).not.to.contain(other);
    }
  });

  it("end with their time, to the second", async () => {
    openToken(key, token, NOW + 99);
    await refusal(() => openToken(key, token, NOW + 100), "TokenExpired");
  });

  it("are narrowed by who holds them, and verify", () => {
    const narrow = narrowToken(token, { rights: ["read"], objects: [OBJECT], notAfter: NOW + 50 });
    expect(openToken(key, narrow, NOW)).to.deep.equal({ prefix: "order-7", rights: ["read"], objects: [OBJECT], notAfter: NOW + 50, largest: 1000 });
  });

  it("are never widened: by a later narrowing, by leaving one out, or by keeping its mac", async () => {
    const narrow = narrowToken(token, { rights: ["read"], objects: [OBJECT], notAfter: NOW + 50, largest: 10 });
    const wider = openToken(key, narrowToken(narrow, { rights: ["read", "write", "delete"], objects: [OBJECT, OTHER], notAfter: NOW + 9999, largest: 99_999 }), NOW);
    expect(wider).to.deep.equal({ prefix: "order-7", rights: ["read"], objects: [OBJECT], notAfter: NOW + 50, largest: 10 });
    const [version, grant, narrowing, mac] = narrow.split(".");
    await refusal(() => openToken(key, [version, grant, mac].join("."), NOW), "TokenInvalid");
    await refusal(() => openToken(key, [version, narrowing, mac].join("."), NOW), "TokenInvalid");
    const all = Buffer.from(JSON.stringify({ prefix: "order-8", rights: ["delete"], notAfter: NOW + 9999 })).toString("base64url");
    const forged = createHmac("sha256", Buffer.from(mac!, "base64url")).update(all).digest("base64url");
    await refusal(() => openToken(key, [version, grant, narrowing, all, forged].join("."), NOW), "TokenInvalid");
  });

  it("permit their prefix, rights and objects only", async () => {
    const grant = openToken(key, narrowToken(token, { objects: [OBJECT] }), NOW);
    assertGranted(grant, "read", "order-7", OBJECT);
    await refusal(() => assertGranted(grant, "read", "order-8", OBJECT), "TokenDenies");
    await refusal(() => assertGranted(grant, "delete", "order-7", OBJECT), "TokenDenies");
    await refusal(() => assertGranted(grant, "read", "order-7", OTHER), "TokenDenies");
  });

  it("are made for good prefixes only", async () => {
    for (const prefix of ["", "..", "a/b", "A", "-a", ".staging", "a".repeat(64)]) {
      await refusal(() => mintToken(key, { prefix, rights: ["read"], notAfter: NOW }), "GrantInvalid");
    }
  });
});
