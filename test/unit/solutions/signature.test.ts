// SPDX-License-Identifier: Apache-2.0
import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { preAuthEncoding } from "../../../src/core/dsse";
import { parseResource } from "../../../src/core/resource";
import { parseSolutionSignature, signatureOfResource, type SolutionSignature } from "../../../src/core/solutionSignature";
import { signEnvelope } from "../../../src/crypto/dsse";
import { generateKeyPair, keyFingerprint } from "../../../src/crypto/keys";
import { assertSolutionSigned, signSolution } from "../../../src/crypto/solutionSignature";
import { type Outcome, spctl } from "../command/stage";
import { refusal } from "../refusal";
import { newPlace, noise, type Place } from "../store/place";

const HASH = "ab".repeat(32);
const OTHER = "cd".repeat(32);

describe("signatures of solutions", () => {
  const key = generateKeyPair();
  const keyHash = keyFingerprint(key.publicKey);
  const signature = signSolution(key, "solution.tar.gz", HASH);

  it("hold for the archive and the key that the offer names", () => {
    expect(assertSolutionSigned(signature, HASH, keyHash)).to.deep.equal({ name: "solution.tar.gz", keyHash });
    expect(assertSolutionSigned(signature, HASH, keyHash.toUpperCase()).keyHash).to.equal(keyHash);
    expect(assertSolutionSigned(signature, HASH).keyHash).to.equal(keyHash);
  });

  it("are verified by node:crypto as well, and the key's hash is the sha256 of its SubjectPublicKeyInfo", () => {
    const spki = Buffer.from(signature.publicKey, "base64");
    const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
    const { payload, payloadType, signatures } = signature.envelope;
    const signed = preAuthEncoding(payloadType, Buffer.from(payload, "base64"));
    expect(verify("sha256", signed, { key: publicKey, dsaEncoding: "ieee-p1363" }, Buffer.from(signatures[0]!.sig, "base64"))).to.equal(true);
    expect(createHash("sha256").update(spki).digest("hex")).to.equal(keyHash);
  });

  it("are missed, are another's, are of another archive: each by its name", async () => {
    await refusal(() => assertSolutionSigned(undefined, HASH, keyHash), "SolutionNotSigned");
    await refusal(() => assertSolutionSigned(signature, OTHER, keyHash), "SolutionSignatureMismatch");
    const another = signSolution(generateKeyPair(), "solution.tar.gz", HASH);
    await refusal(() => assertSolutionSigned(another, HASH, keyHash), "SolutionSignedByAnother");
    // The named key, but another's signature.
    await refusal(() => assertSolutionSigned({ ...another, publicKey: signature.publicKey }, HASH, keyHash), "WrongEnvelopeSignature");
  });

  it("do not survive a changed byte, another type or another statement of the same key", async () => {
    const payload = Buffer.from(signature.envelope.payload, "base64");
    for (let at = 0; at < payload.length; at += 7) {
      const changed = Buffer.from(payload);
      changed[at]! ^= 1;
      const forged: SolutionSignature = { ...signature, envelope: { ...signature.envelope, payload: changed.toString("base64") } };
      await refusal(() => assertSolutionSigned(forged, HASH, keyHash), "WrongEnvelopeSignature");
    }
    const text = new TextEncoder();
    await refusal(() => assertSolutionSigned({ ...signature, envelope: signEnvelope(key, "text/plain", payload) }, HASH, keyHash), "EnvelopeTypeWrong");
    // An order report is signed in the same form: its statement must not pass for a solution's.
    const report = JSON.stringify({ _type: "https://in-toto.io/Statement/v1", subject: [{ name: "a", digest: { sha256: HASH } }], predicateType: "https://cloister.dev/order-report/v1", predicate: {} });
    await refusal(() => assertSolutionSigned({ ...signature, envelope: signEnvelope(key, signature.envelope.payloadType, text.encode(report)) }, HASH, keyHash), "SolutionSignatureInvalid");
    const two = JSON.stringify({ ...JSON.parse(payload.toString()), subject: [{ name: "b", digest: { sha256: OTHER } }, { name: "a", digest: { sha256: HASH } }] });
    await refusal(() => assertSolutionSigned({ ...signature, envelope: signEnvelope(key, signature.envelope.payloadType, text.encode(two)) }, HASH, keyHash), "SolutionSignatureInvalid");
    await refusal(() => assertSolutionSigned({ ...signature, publicKey: Buffer.alloc(91, 4).toString("base64") }, HASH, keyHash), "KeyUnsupported");
  });
});

describe("solutions generate-key, sign and verify", () => {
  let place: Place;
  beforeEach(() => {
    place = newPlace();
    writeFileSync(place.path("config.json"), JSON.stringify({ storage: { type: "DIRECTORY", path: "store" } }));
    writeFileSync(place.path("app.tar.gz"), noise(5000));
  });
  afterEach(() => place.remove());

  const run = (...args: string[]): Promise<Outcome> => spctl(args, { cwd: place.root, env: { XDG_STATE_HOME: place.path("state") } });
  const json = async (...args: string[]) => JSON.parse((await run(...args, "--json")).stdout);

  it("sign an archive and a directory, and the signature travels in the resource file to who runs it", async () => {
    const made = await json("solutions", "generate-key");
    expect(statSync(place.path("solutions.key.pem")).mode & 0o777).to.equal(0o600);
    const signed = await json("solutions", "sign", "app.tar.gz");
    expect(signed).to.deep.include({ output: place.path("app.tar.gz.sig.json"), keyHash: made.keyHash });
    expect((await run("solutions", "verify", "app.tar.gz", "--key-hash", made.keyHash)).stdout).to.contain(`Key hash: ${made.keyHash}, as expected`);
    await run("files", "upload", "app.tar.gz", "--metadata", "app.tar.gz.sig.json");
    const resource = parseResource(readFileSync(place.path("resource.json"), "utf8"));
    expect(assertSolutionSigned(signatureOfResource(resource), resource.hash.hash, made.keyHash).name).to.equal("app.tar.gz");
    expect(signatureOfResource({})).to.equal(undefined);
    mkdirSync(place.path("program"));
    writeFileSync(place.path("program/main.js"), "1");
    await run("solutions", "sign", "program/");
    expect((await run("solutions", "verify", "program")).code).to.equal(0);
    writeFileSync(place.path("program/main.js"), "2");
    expect((await json("solutions", "verify", "program")).error.code).to.equal("SolutionSignatureMismatch");
  });

  it("refuse a changed archive, another key, a missing or broken signature, and never replace a key", async () => {
    const { keyHash } = await json("solutions", "generate-key");
    await run("solutions", "sign", "app.tar.gz");
    expect((await json("solutions", "generate-key")).error.code).to.equal("TargetExists");
    expect((await json("solutions", "verify", "app.tar.gz", "--key-hash", "ab".repeat(32))).error.code).to.equal("SolutionSignedByAnother");
    expect((await run("solutions", "verify", "app.tar.gz", "--key-hash", "short")).code).to.equal(2);
    writeFileSync(place.path("app.tar.gz"), noise(5000, 2));
    const changed = await run("solutions", "verify", "app.tar.gz", "--key-hash", keyHash);
    expect([changed.code, changed.stderr]).to.satisfy(([code, text]: [number, string]) => code === 1 && text.includes("SolutionSignatureMismatch"));
    expect((await json("solutions", "verify", "app.tar.gz", "--signature", "none")).error.code).to.equal("FileMissing");
    writeFileSync(place.path("bad"), "{}");
    expect((await json("solutions", "verify", "app.tar.gz", "--signature", "bad")).error.code).to.equal("SolutionSignatureInvalid");
    await refusal(() => parseSolutionSignature("[", "it"), "SolutionSignatureInvalid");
    expect((await json("solutions", "sign", "none.tar.gz")).error.code).to.equal("SourceMissing");
    expect((await json("solutions", "sign", "app.tar.gz", "--key", "none.pem")).error.code).to.equal("FileMissing");
    expect((await json("solutions", "sign", "app.tar.gz", "--key", "bad")).error.code).to.match(/^Pem|Key|Base64/);
    expect((await json("solutions", "generate-key", "--output", "nowhere/key")).error.code).to.equal("TargetDenied");
    expect(existsSync(place.path("nowhere"))).to.equal(false);
  });

  it("print no private key", async () => {
    const { stdout, stderr } = await run("solutions", "generate-key");
    const secret = readFileSync(place.path("solutions.key.pem"), "utf8").split("\n")[1]!;
    expect(stdout + stderr).not.to.contain(secret);
  });
});
