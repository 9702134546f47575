// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { expect } from "chai";
import { newPlace, noise, type Place } from "./place";
import { type RunningServer, startServer } from "./server";

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** When a socket is closed, also by an error: `once` of node:events would throw that. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => (socket.closed ? resolve() : socket.once("close", () => resolve())));

/** What any HTTP client sees of a store server: no code of ours on this side. */
describe("store server", () => {
  let place: Place;
  let running: RunningServer;
  beforeEach(async () => {
    place = newPlace();
    running = await startServer(place.path("served"));
  });
  afterEach(async () => {
    await running.stop();
    place.remove();
  });

  const ask = (path: string, init: RequestInit & { token?: string } = {}): Promise<Response> =>
    fetch(`${running.url}${path}`, { ...init, headers: { authorization: `Bearer ${init.token ?? running.token("room")}`, ...init.headers } });
  const code = async (answer: Promise<Response>): Promise<[number, string]> => {
    const response = await answer;
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
  };
  /** Every file, but the key and end dates. */
  const kept = (): string[] => place.files("served/objects");

  it("stores under the hash of the bytes, reads whole and in part, deletes", async () => {
    const bytes = noise(300_000);
    const path = `/room/${sha(bytes)}`;
    const stored = await ask(path, { method: "PUT", body: bytes });
    expect([stored.status, await stored.json()]).to.deep.equal([201, { sha256: sha(bytes), size: bytes.length }]);
    expect(Buffer.from(await (await ask(path)).arrayBuffer()).equals(bytes)).to.equal(true);
    const head = await ask(path, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), head.headers.get("accept-ranges")]).to.deep.equal([200, "300000", "bytes"]);
    for (const [range, start, end] of [["bytes=5-9", 5, 10], ["bytes=299990-", 299_990, 300_000], ["bytes=-7", 299_993, 300_000], ["bytes=299999-400000", 299_999, 300_000]] as const) {
      const part = await ask(path, { headers: { range } });
      expect([part.status, part.headers.get("content-range")], range).to.deep.equal([206, `bytes ${start}-${end - 1}/300000`]);
      expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(start, end)), range).to.equal(true);
    }
    for (const range of ["bytes=300000-", "bytes=9-5", "bytes=-", "bytes=0-1,3-4", "lines=1-2"]) expect(await code(ask(path, { headers: { range } })), range).to.deep.equal([416, "RangeInvalid"]);
    expect(await (await ask(path, { method: "DELETE" })).json()).to.deep.equal({ deleted: true });
    expect(await code(ask(path))).to.deep.equal([404, "ObjectMissing"]);
    expect(await (await ask(path, { method: "DELETE" })).json()).to.deep.equal({ deleted: false });
  });

  it("refuses bytes that do not match their address, in one go and piece by piece, and keeps nothing", async () => {
    const address = sha(noise(1000));
    for (const other of [noise(1000, 2), noise(999), noise(1001), Buffer.alloc(0)]) expect(await code(ask(`/room/${address}`, { method: "PUT", body: other }))).to.deep.equal([422, "ObjectRefused"]);
    await ask("/room/uploads/one", { method: "PATCH", body: noise(1000, 2), headers: { "upload-offset": "0" } });
    expect(await code(ask(`/room/uploads/one?sha256=${address}`, { method: "POST" }))).to.deep.equal([422, "ObjectRefused"]);
    expect(kept()).to.deep.equal([]);
    expect(await code(ask(`/room/${address}`))).to.deep.equal([404, "ObjectMissing"]);
  });

  it("takes an upload piece by piece, in order only, and forgets it when told", async () => {
    const bytes = noise(5000);
    const patch = (at: number, piece: Uint8Array) => ask("/room/uploads/one", { method: "PATCH", body: piece, headers: { "upload-offset": String(at) } });
    expect(await code(ask("/room/uploads/one", { method: "POST" }))).to.deep.equal([400, "RequestInvalid"]);
    expect(await code(ask(`/room/uploads/one?sha256=${sha(bytes)}`, { method: "POST" }))).to.deep.equal([404, "ObjectMissing"]);
    expect((await patch(0, bytes.subarray(0, 2000))).headers.get("upload-offset")).to.equal("2000");
    expect(await code(patch(1999, bytes.subarray(1999)))).to.deep.equal([409, "UploadOffsetWrong"]);
    expect(await code(patch(2001, bytes.subarray(2001)))).to.deep.equal([409, "UploadOffsetWrong"]);
    expect((await ask("/room/uploads/one", { method: "HEAD" })).headers.get("upload-offset")).to.equal("2000");
    expect(Buffer.from(await (await ask("/room/uploads/one", { headers: { range: "bytes=10-19" } })).arrayBuffer()).equals(bytes.subarray(10, 20))).to.equal(true);
    await patch(2000, bytes.subarray(2000));
    expect((await ask(`/room/uploads/one?sha256=${sha(bytes)}`, { method: "POST" })).status).to.equal(201);
    expect(kept()).to.deep.equal([`room/${sha(bytes).slice(0, 2)}/${sha(bytes).slice(2)}`]);
    await ask("/room/uploads/two", { method: "PATCH", body: bytes, headers: { "upload-offset": "0" } });
    expect(kept()).to.have.length(2);
    await ask("/room/uploads/two", { method: "DELETE" });
    expect(kept()).to.have.length(1);
    expect(await code(ask("/room/uploads/two", { method: "DELETE" }))).to.deep.equal([404, "UploadMissing"]);
  });

  it("permits what the token says, and nothing without one", async () => {
    const bytes = noise(100);
    const path = `/room/${sha(bytes)}`;
    await ask(path, { method: "PUT", body: bytes });
    expect(await code(fetch(`${running.url}${path}`))).to.deep.equal([401, "TokenMissing"]);
    expect(await code(ask(path, { token: "cst1.e30.AAAA" }))).to.deep.equal([401, "TokenInvalid"]);
    expect(await code(ask(path, { token: running.token("room", { notAfter: 1000 }) }))).to.deep.equal([401, "TokenExpired"]);
    expect(await code(ask(path, { token: running.token("other") }))).to.deep.equal([403, "TokenDenies"]);
    expect(await code(ask(path, { token: running.token("room", { rights: ["write"] }) }))).to.deep.equal([403, "TokenDenies"]);
    expect(await code(ask(path, { token: running.token("room", { objects: ["00".repeat(32)] }) }))).to.deep.equal([403, "TokenDenies"]);
    const reader = running.token("room", { rights: ["read"], objects: [sha(bytes)] });
    expect((await ask(path, { token: reader })).status).to.equal(200);
    expect(await code(ask(path, { method: "PUT", body: bytes, token: reader }))).to.deep.equal([403, "TokenDenies"]);
    expect(await code(ask("/room/uploads/one", { method: "PATCH", body: bytes, token: reader, headers: { "upload-offset": "0" } }))).to.deep.equal([403, "TokenDenies"]);
    expect(await code(ask("/room/uploads/one", { token: reader }))).to.deep.equal([403, "TokenDenies"]);
    expect(await code(ask(path, { method: "DELETE", token: reader }))).to.deep.equal([403, "TokenDenies"]);
    expect(await code(ask(path, { method: "DELETE", token: running.token("room", { rights: ["read", "write"] }) }))).to.deep.equal([403, "TokenDenies"]);
    const named = running.token("room", { objects: [sha(bytes)] });
    await ask("/room/uploads/one", { method: "PATCH", body: noise(9), token: named, headers: { "upload-offset": "0" } });
    expect(await code(ask(`/room/uploads/one?sha256=${sha(noise(9))}`, { method: "POST", token: named }))).to.deep.equal([403, "TokenDenies"]);
  });

  it("looks at no address but its own: path escapes and other forms are not found, and nothing outside is touched", async () => {
    writeFileSync(place.path("secret"), "secret");
    const token = running.token("room");
    const raw = async (target: string, method = "GET"): Promise<string> => {
      const socket = connect(running.port, "127.0.0.1");
      socket.end(`${method} ${target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      let answer = "";
      for await (const piece of socket) answer += String(piece);
      return answer;
    };
    const object = "ab".repeat(32);
    for (const target of ["/../../secret", "/room/../../../secret", "/room/%2e%2e%2fsecret", `/%2e%2e/${object}`, "/room/uploads/../../../secret", "/room/uploads/..%2f..%2fsecret", `/room//${object}`, `/./${object}`, `/.staging/${object}`, `/room/${object}/`, `/room/${object}?x=1`, "//etc/passwd", "/token.key", "/room/token.key", `/room/uploads/a?sha256=${"g".repeat(64)}`, `/ROOM/${object}`]) {
      for (const method of ["GET", "PUT", "PATCH", "DELETE"]) {
        const answer = await raw(target, method);
        expect(answer, `${method} ${target}`).to.match(/^HTTP\/1.1 (404|400|403)/);
        expect(answer).not.to.match(/secret"|root:/);
      }
    }
    expect(readFileSync(place.path("secret"), "utf8")).to.equal("secret");
    expect(place.files("served").filter((name) => name !== "token.key")).to.deep.equal([]);
  });

  it("holds the limits on the size of an object, of a prefix, of all, and on the count, uploads on their way included", async () => {
    await running.stop();
    running = await startServer(place.path("served"), { limits: { largest: 1000, space: 2500, total: 3000, count: 4 } });
    const put = (bytes: Uint8Array, room = "room", token = running.token(room)) => ask(`/${room}/${sha(bytes)}`, { method: "PUT", body: bytes, token });
    const patch = (name: string, at: number, bytes: Uint8Array) => ask(`/room/uploads/${name}`, { method: "PATCH", body: bytes, headers: { "upload-offset": String(at) } });
    expect(await code(put(noise(1001)))).to.deep.equal([413, "ObjectTooLarge"]);
    expect(await code(put(noise(11), "room", running.token("room", { largest: 10 })))).to.deep.equal([413, "ObjectTooLarge"]);
    expect(await code(put(noise(11), "room", running.token("room", { space: 10 })))).to.deep.equal([507, "StoreSpaceUsed"]);
    expect((await put(noise(1000))).status).to.equal(201);
    expect((await patch("one", 0, noise(600, 3))).status).to.equal(200);
    expect(await code(patch("one", 600, noise(401, 4)))).to.deep.equal([413, "ObjectTooLarge"]);
    expect(await code(put(noise(901, 5)))).to.deep.equal([507, "StoreSpaceUsed"]);
    expect(await code(put(noise(1000, 6), "room2").then(async (first) => (expect(first.status).to.equal(201), put(noise(500, 7), "room2"))))).to.deep.equal([507, "StoreSpaceUsed"]);
    await ask("/room/uploads/one", { method: "DELETE" });
    expect((await put(noise(901, 5))).status).to.equal(201);
    // Stored again, an object is counted once.
    for (let turn = 0; turn < 3; turn++) expect((await put(noise(10, 8))).status).to.equal(201);
    expect((await put(noise(10, 9))).status).to.equal(201);
    expect(await code(put(noise(10, 10)))).to.deep.equal([507, "TooManyObjects"]);
    expect(await code(patch("many", 0, noise(1)))).to.deep.equal([507, "TooManyObjects"]);
    await ask(`/room/${sha(noise(10, 9))}`, { method: "DELETE" });
    expect((await put(noise(10, 10))).status).to.equal(201);
    // A server that starts anew counts what is there.
    await running.stop();
    running = await startServer(place.path("served"), { limits: { count: 4 } });
    expect(await code(put(noise(10, 11)))).to.deep.equal([507, "TooManyObjects"]);
  });

  it("keeps what it stores until its end date, says then that it expired, and sweeps it", async () => {
    await running.stop();
    let now = 1_900_000_000;
    running = await startServer(place.path("served"), { now: () => now });
    const bytes = noise(500);
    const path = `/room/${sha(bytes)}`;
    const keep = { "cloister-keep-until": String(now + 100) };
    await ask(path, { method: "PUT", body: bytes, headers: keep });
    const short = running.token("room", { keepUntil: now + 50 });
    await ask(`/room/${sha(noise(9))}`, { method: "PUT", body: noise(9), token: short });
    await ask(`/room/${sha(noise(8))}`, { method: "PUT", body: noise(8), token: short, headers: keep });
    await ask(`/room/${sha(noise(7))}`, { method: "PUT", body: noise(7) });
    now += 99;
    expect((await ask(path)).status).to.equal(200);
    for (const size of [9, 8]) expect(await code(ask(`/room/${sha(noise(size))}`)), String(size)).to.deep.equal([410, "ContentExpired"]);
    now += 1;
    expect(await code(ask(path))).to.deep.equal([410, "ContentExpired"]);
    expect(await running.server.sweep()).to.deep.equal({ objects: 3, bytes: 517 });
    expect(await running.server.sweep()).to.deep.equal({ objects: 0, bytes: 0 });
    expect(existsSync(running.path("room", sha(bytes)))).to.equal(false);
    expect(await code(ask(path))).to.deep.equal([410, "ContentExpired"]);
    expect((await ask(`/room/${sha(noise(7))}`)).status).to.equal(200);
    // Stored again it is there again.
    await ask(path, { method: "PUT", body: bytes });
    expect((await ask(path)).status).to.equal(200);
  });

  it("is not held up by slow clients: one that sends a byte now and then, one that reads nothing, one that ends in the middle", async () => {
    const bytes = noise(40 << 20);
    const address = sha(bytes);
    expect((await ask(`/room/${address}`, { method: "PUT", body: bytes })).status).to.equal(201);
    await running.stop();
    running = await startServer(place.path("served"), { pace: { windowMs: 200, leastBytes: 1000 } });
    const head = (method: string, object: string, length: number) => `${method} /room/${object} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${running.token("room")}\r\ncontent-length: ${length}\r\n\r\n`;
    // Each of them is cut, or goes: what their sockets then say does not matter.
    const [slow, deaf, broken] = [1, 2, 3].map(() => connect(running.port, "127.0.0.1").on("error", () => undefined)) as [Socket, Socket, Socket];
    slow.write(head("PUT", sha(noise(5000)), 5000));
    const drip = setInterval(() => slow.write("x"), 20);
    try {
      deaf.pause();
      deaf.write(head("GET", address, 0));
      broken.end(`${head("PUT", sha(noise(5000)), 5000)}half`);
      broken.resume();
      // Meanwhile others are served.
      for (let turn = 0; turn < 5; turn++) expect((await ask(`/room/${address}`, { headers: { range: "bytes=0-9" } })).status).to.equal(206);
      await closed(slow);
      await until(() => running.log.filter((line) => line.includes("ClientTooSlow")).length === 2);
    } finally {
      clearInterval(drip);
      for (const socket of [slow, deaf, broken]) socket.destroy();
    }
    await until(() => kept().length === 1);
    expect(running.log.some((line) => line.includes("RequestInvalid"))).to.equal(true);
  });

  it("cuts a client that does not end its head", async () => {
    await running.stop();
    running = await startServer(place.path("served"), { pace: { windowMs: 400, leastBytes: 1000 } });
    const loris = connect(running.port, "127.0.0.1");
    loris.on("error", () => undefined); // it is cut
    loris.resume();
    loris.write("GET / HTTP/1.1\r\n");
    const drip = setInterval(() => loris.write("x-a: b\r\n"), 50);
    await closed(loris);
    clearInterval(drip);
  });

  it("gives concurrent uploads of one object one object, and one upload to one writer", async () => {
    const bytes = noise(3 << 20);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(`/room/${sha(bytes)}`, { method: "PUT", body: bytes })));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array.from({ length: 8 }, () => 201));
    expect(kept()).to.have.length(1);
    expect(readFileSync(running.path("room", sha(bytes))).equals(bytes)).to.equal(true);
    const pieces = await Promise.all([1, 2].map(() => ask("/room/uploads/one", { method: "PATCH", body: bytes, headers: { "upload-offset": "0" } })));
    expect(pieces.map(({ status }) => status).sort()).to.deep.equal([200, 409]);
    expect(statSync(place.path("served/objects/room/.staging/upload-one")).size).to.equal(bytes.length);
  });

  it("logs what happened, and no token", async () => {
    const token = running.token("room");
    await ask(`/room/${sha(noise(5))}`, { method: "PUT", body: noise(5), token });
    await ask(`/room/${sha(noise(5))}`, { token: `${token}x` });
    await ask(`/room/uploads/${token.slice(0, 50).replaceAll(".", "-")}`, { token: running.token("else") });
    expect(running.log).to.have.length(3);
    expect(running.log[0]).to.equal(`PUT room/${sha(noise(5))} 201`);
    for (const line of running.log) for (const part of token.split(".").slice(1)) expect(line).not.to.contain(part);
  });
});

async function until(met: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500; turn++) {
    if (met()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error("it did not come to that");
}
