// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { readToken } from "../../../src/store/token";
import { type Outcome, spctl } from "../command/stage";
import { newPlace, noise, type Place } from "./place";

const REPOSITORY = join(__dirname, "../../..");

describe("store commands", () => {
  let place: Place;
  const children: ChildProcess[] = [];
  beforeEach(() => void (place = newPlace()));
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    place.remove();
  });

  const run = (...args: string[]): Promise<Outcome> => spctl(["store", ...args], { cwd: place.root, at: new Date() });
  const json = async (...args: string[]) => JSON.parse((await run(...args, "--json")).stdout);

  interface Running {
    readonly child: ChildProcess;
    readonly url: string;
    readonly out: { text: string; messages: string };
  }

  /** `store run` as a process of its own. */
  async function serve(...more: string[]): Promise<Running> {
    const words = ["--import", "tsx", join(REPOSITORY, "bin/spctl.ts"), "store", "run", "--directory", place.path("served"), "--port", "0", ...more];
    const child = spawn(process.execPath, words, { cwd: REPOSITORY, stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    const out = { text: "", messages: "" };
    child.stdout.on("data", (piece) => void (out.text += String(piece)));
    child.stderr.on("data", (piece) => void (out.messages += String(piece)));
    for (;;) {
      const [, url] = /store server ready at (\S+)/.exec(out.messages) ?? [];
      if (url !== undefined) return { child, url, out };
      if (child.exitCode !== null) throw new Error(out.messages);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** An actor with a home of its own: a process for each command, nothing shared but what is copied. */
  function actor(name: string, storage: object, env: Record<string, string> = {}): (...words: string[]) => Promise<Outcome> {
    mkdirSync(place.path(name));
    writeFileSync(place.path(`${name}/config.json`), JSON.stringify({ storage }), { mode: 0o600 });
    return async (...words) => {
      const child = spawn(process.execPath, ["--import", "tsx", join(REPOSITORY, "bin/spctl.ts"), ...words, "--config", place.path(`${name}/config.json`)], {
        cwd: REPOSITORY,
        env: { ...process.env, ...env, HOME: place.path(name), XDG_STATE_HOME: place.path(`${name}/state`) },
      });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (piece) => void (stdout += String(piece)));
      child.stderr.on("data", (piece) => void (stderr += String(piece)));
      const [code] = (await once(child, "close")) as [number];
      return { code, stdout, stderr };
    };
  }

  it("Alice uploads to a store server, Bob downloads with the resource file alone, in processes of their own", async () => {
    mkdirSync(place.path("served"));
    const server = await serve();
    const token = (await run("grant", "--directory", "served", "--prefix", "alice", "--rights", "read,write,delete", "--hours", "1")).stdout.trim();
    const alice = actor("alice", { type: "HTTP", url: server.url, token });
    const bob = actor("bob", { type: "DIRECTORY", path: "none" });
    writeFileSync(place.path("alice/data.bin"), noise(12_000_000));
    const uploaded = await alice("files", "upload", place.path("alice/data.bin"), "--output", place.path("alice/data.resource.json"));
    expect(uploaded.code, uploaded.stderr).to.equal(0);
    const resource = readFileSync(place.path("alice/data.resource.json"), "utf8");
    expect(resource).not.to.contain(token);
    writeFileSync(place.path("bob/data.resource.json"), resource, { mode: 0o600 });
    const downloaded = await bob("files", "download", place.path("bob/data.resource.json"), place.path("bob/out"));
    expect(downloaded.code, downloaded.stderr).to.equal(0);
    expect(readFileSync(place.path("bob/out/data.bin")).equals(noise(12_000_000))).to.equal(true);
    const denied = await bob("files", "delete", place.path("bob/data.resource.json"), "--json");
    expect([denied.code, JSON.parse(denied.stdout).error.code]).to.deep.equal([1, "TokenDenies"]);
    const deleted = await alice("files", "delete", place.path("alice/data.resource.json"));
    expect(deleted.stdout, deleted.stderr).to.equal("File was deleted\n");
    const gone = await bob("files", "download", place.path("bob/data.resource.json"), place.path("bob/out2"), "--json");
    expect(JSON.parse(gone.stdout).error.code).to.equal("ObjectMissing");
    for (const secret of [token, token.split(".").at(-1)!]) expect(server.out.messages).not.to.contain(secret);
    expect(server.out.messages).to.contain(`GET alice/${JSON.parse(resource).resource.filepath} 200`);
    server.child.kill("SIGTERM");
    expect((await once(server.child, "exit"))[0]).to.equal(0);
    expect(server.out.text).to.equal(`The store server at ${server.url} was stopped\n`);
  });

  it("stops in order on SIGINT too, with one JSON value, also while a client holds a connection", async () => {
    mkdirSync(place.path("served"));
    const server = await serve("--json");
    const { connect } = await import("node:net");
    const held = connect(Number(new URL(server.url).port), "127.0.0.1");
    held.on("error", () => undefined); // it is closed
    await once(held, "connect");
    server.child.kill("SIGINT");
    expect((await once(server.child, "exit"))[0]).to.equal(0);
    expect(JSON.parse(server.out.text)).to.deep.equal({ url: server.url, stopped: true });
  });

  it("keeps its key across starts, readable by its owner alone", async () => {
    mkdirSync(place.path("served"));
    expect((await json("grant", "--directory", "served", "--prefix", "a")).error.code).to.equal("StoreKeyMissing");
    const first = await serve();
    const key = readFileSync(place.path("served/token.key"), "utf8");
    expect(statSync(place.path("served/token.key")).mode & 0o777).to.equal(0o600);
    first.child.kill("SIGTERM");
    await once(first.child, "exit");
    await serve();
    expect(readFileSync(place.path("served/token.key"), "utf8")).to.equal(key);
  });

  it("serves https with a certificate, and clients refuse one that they do not know", async () => {
    mkdirSync(place.path("served"));
    await selfSigned(place.path("cert.pem"), place.path("key.pem"));
    const server = await serve("--certificate", place.path("cert.pem"), "--certificate-key", place.path("key.pem"));
    expect(server.url).to.match(/^https:/);
    const token = (await run("grant", "--directory", "served", "--prefix", "alice")).stdout.trim();
    const alice = actor("alice", { type: "HTTP", url: server.url, token }, { NODE_EXTRA_CA_CERTS: place.path("cert.pem") });
    writeFileSync(place.path("alice/data"), noise(1000));
    const uploaded = await alice("files", "upload", place.path("alice/data"), "--output", place.path("alice/resource.json"));
    expect(uploaded.code, uploaded.stderr).to.equal(0);
    const stranger = actor("bob", { type: "HTTP", url: server.url, token });
    const refused = await stranger("files", "download", place.path("alice/resource.json"), place.path("bob/out"), "--json");
    expect(JSON.parse(refused.stdout).error).to.deep.include({ code: "StoreUnreachable" });
    expect(JSON.parse(refused.stdout).error.message).to.contain("self-signed certificate");
  });

  it("refuses half of a certificate, and names a missing directory and a taken port", async () => {
    mkdirSync(place.path("served"));
    const server = await serve();
    expect((await json("run", "--directory", "nowhere")).error.code).to.equal("StoreMissing");
    expect((await json("run", "--directory", "served", "--port", new URL(server.url).port)).error.code).to.equal("PortTaken");
    const half = await run("run", "--directory", "served", "--certificate", "cert.pem");
    expect([half.code, half.stderr]).to.deep.equal([2, "Error: --certificate and --certificate-key go together. (WrongUsage)\nFix: See --help.\n"]);
    expect(existsSync(place.path("nowhere"))).to.equal(false);
  });

  it("grant: says what it permits, writes a secret file, and refuses what makes no sense", async () => {
    mkdirSync(place.path("served/objects"), { recursive: true });
    writeFileSync(place.path("served/token.key"), `${"ab".repeat(32)}\n`, { mode: 0o600 });
    const now = Math.floor(Date.now() / 1000);
    const shown = await json("grant", "--directory", "served", "--prefix", "order-7", "--hours", "2", "--largest-mib", "3", "--space-mib", "4", "--count", "5", "--keep-hours", "6", "--objects", "ab".repeat(32));
    const grant = readToken(shown.token);
    expect(grant).to.deep.include({ prefix: "order-7", rights: ["read", "write"], largest: 3 << 20, space: 4 << 20, count: 5, objects: ["ab".repeat(32)] });
    expect(grant.notAfter - now).to.be.within(7195, 7205);
    expect(grant.keepUntil! - now).to.be.within(21_595, 21_605);
    const written = await run("grant", "--directory", "served", "--prefix", "a", "--output", "a.token");
    const token = readFileSync(place.path("a.token"), "utf8").trim();
    expect(readToken(token).prefix).to.equal("a");
    expect(statSync(place.path("a.token")).mode & 0o777).to.equal(0o600);
    expect(written.stdout).not.to.contain(token);
    expect((await json("grant", "--directory", "served", "--prefix", "a", "--output", "a.token")).error.code).to.equal("TargetExists");
    expect((await run("grant", "--directory", "served", "--prefix", "../a")).code).to.equal(2);
    expect((await run("grant", "--directory", "served", "--prefix", "a", "--rights", "all")).code).to.equal(2);
    expect((await json("grant", "--directory", "served", "--prefix", "a", "--objects", "xyz")).error.code).to.equal("GrantInvalid");
    writeFileSync(place.path("served/token.key"), "short");
    expect((await json("grant", "--directory", "served", "--prefix", "a")).error.code).to.equal("StoreKeyInvalid");
  });
});

/** A certificate for the loopback address and its key, as PEM files. */
async function selfSigned(certificate: string, key: string): Promise<void> {
  await import("reflect-metadata");
  const { SubjectAlternativeNameExtension, X509CertificateGenerator } = await import("@peculiar/x509");
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const made = await X509CertificateGenerator.createSelfSigned({
    name: "CN=store",
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [new SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  writeFileSync(certificate, made.toString("pem"));
  writeFileSync(key, `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`, { mode: 0o600 });
}
