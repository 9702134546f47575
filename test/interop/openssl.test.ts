// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { createPublicKey } from "node:crypto";
import { writeFileSync } from "node:fs";

import { buildRuntimeInfo, buildStatement, STATEMENT_TYPE, statementBytes } from "../../src/core/report";
import { issueOrder } from "../../src/crypto/certificate";
import { signEnvelope } from "../../src/crypto/dsse";
import { generateKeyPair, toSpki } from "../../src/crypto/keys";
import { toPem } from "../../src/crypto/pem";
import type { Certificate } from "../../src/crypto/x509";
import { AT, FROM, sharedWorld, type SimulatedWorld, UNTIL } from "../unit/evidence/simulatedWorld";
import { ask, needs, scratch } from "./tool";

const BOOK = "0xabcd000000000000000000000000000000000001";
const workloadInfo = { created: 1_781_000_000, runtimeInfo: buildRuntimeInfo([{ type: "Image", size: 10, hash: "aa".repeat(32) }]) };

/** r || s as the DER that OpenSSL reads. */
function toDer(signature: Buffer): Buffer {
  const integer = (half: Buffer) => {
    const digits = half.subarray(half.findIndex((byte) => byte !== 0));
    const body = digits[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
    return Buffer.concat([Buffer.from([2, body.length]), body]);
  };
  const both = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))]);
  return Buffer.concat([Buffer.from([0x30, both.length]), both]);
}

describe("stock openssl", () => {
  const { path } = scratch();
  let world: SimulatedWorld;
  let order: Certificate;

  before(async function () {
    needs(this, "openssl", "version");
    world = await sharedWorld();
    order = await issueOrder({ key: world.deviceKey, certificate: world.chain[2]! }, { publicKey: generateKeyPair().publicKey, chainId: 31337, orderBook: BOOK, order: 7, workloadInfo }, { from: FROM, until: UNTIL });
    const pem = (name: string, certificates: readonly Certificate[]) => writeFileSync(path(name), certificates.map(({ der }) => toPem("CERTIFICATE", der)).join("\n"));
    const [root, ca, device] = world.chain;
    pem("root.pem", [root!]);
    pem("between.pem", [ca!, device!]);
    pem("without-device.pem", [ca!]);
    pem("order.pem", [order]);
    pem("device.pem", [device!]);
    writeFileSync(path("evidence-root.pem"), toPem("CERTIFICATE", world.platform.root.certificate.der));
  });

  const verify = (certificate: string, { root = "root.pem", between = "between.pem", at = AT } = {}) =>
    ask("openssl", ["verify", "-x509_strict", "-attime", String(at.getTime() / 1000), "-CAfile", path(root), "-untrusted", path(between), path(certificate)]).toString().trim();

  it("verifies the order certificate up to the root, strictly", () => {
    expect(verify("order.pem")).to.equal(`${path("order.pem")}: OK`);
  });

  it("verifies the device certificate with its evidence in it", () => {
    expect(verify("device.pem")).to.equal(`${path("device.pem")}: OK`);
  });

  it("refuses the order certificate without its device, under another root, and after its end", () => {
    expect(() => verify("order.pem", { between: "without-device.pem" })).to.throw(/unable to get local issuer/);
    expect(() => verify("order.pem", { root: "evidence-root.pem" })).to.throw(/unable to get|self.signed/);
    expect(() => verify("order.pem", { at: new Date(UNTIL.getTime() + 86_400_000) })).to.throw(/expired/);
  });

  it("verifies the signature of a report with nothing of ours", () => {
    const payload = Buffer.from(statementBytes(buildStatement({ chainId: "31337", orderBook: BOOK, order: "7", workloadInfo, runner: { name: "namespaces", isolation: "namespaces", limits: [] }, argumentsHash: "cc".repeat(32) })));
    const envelope = signEnvelope(world.deviceKey, STATEMENT_TYPE, payload);
    const signed = (body: Buffer) => Buffer.concat([Buffer.from(`DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${body.length} `), body]);
    writeFileSync(path("key.pem"), createPublicKey({ key: Buffer.from(toSpki(world.deviceKey.publicKey)), format: "der", type: "spki" }).export({ format: "pem", type: "spki" }));
    writeFileSync(path("signature"), toDer(Buffer.from(envelope.signatures[0]!.sig, "base64")));
    const check = (body: Buffer) => ask("openssl", ["dgst", "-sha256", "-verify", path("key.pem"), "-signature", path("signature")], signed(body)).toString().trim();
    expect(check(payload)).to.equal("Verified OK");
    const other = Buffer.from(payload);
    other[20]! ^= 1;
    expect(() => check(other)).to.throw(/Command failed/);
  });
});
