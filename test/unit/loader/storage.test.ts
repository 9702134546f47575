// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Resource } from "../../../src/core/resource";
import { sealedArguments } from "../../../src/core/sealed";
import { storageGrant, type StorageGrant } from "../../../src/core/storageGrant";
import { newIdentity, recipientOf } from "../../../src/crypto/ageKeys";
import { open, seal } from "../../../src/crypto/seal";
import { DirectoryStore } from "../../../src/store/directory";
import { mintToken } from "../../../src/store/token";
import { upload } from "../../../src/store/upload";
import { packImage } from "../../../src/tee/image/pack";
import type { LoaderMessage, RunOrder } from "../../../src/tee/loader/protocol";
import { SMALL_LIMITS } from "../../../src/tee/runner/probing";
import { fresh, TestMachine } from "./machine";

const DOMAIN = { chainId: 31337, orderBook: `0x${"ab".repeat(20)}` };
const CUSTOMER = `0x${"cd".repeat(20)}`;

describe("the loader, with storage bought for its results", function () {
  this.timeout(120_000);
  let machine: TestMachine;
  let store: string;
  let solution: Resource;
  let identity: string;
  let runs = 0;

  before(async () => {
    [store, identity] = [fresh("store"), await newIdentity()];
    const program = join(fresh("solution"), "says");
    mkdirSync(program);
    writeFileSync(join(program, "main.js"), `require("fs").writeFileSync("/sp/output/said","kept");if(process.env.MODE==="service")setInterval(()=>{},1000);`);
    const image = await packImage({ directory: program, base: "node", output: join(fresh("image"), "says.tar.gz") });
    solution = (await upload({ source: image.output, store: new DirectoryStore(store), stateDirectory: fresh("state") })).resource;
    machine = await TestMachine.start();
    await machine.certify();
  });
  after(() => machine?.stop());

  async function orderOf(service: boolean): Promise<RunOrder> {
    const { ageRecipient } = await machine.next("hello");
    const recipient = await recipientOf(identity);
    const sealed = sealedArguments({
      ...DOMAIN,
      customer: CUSTOMER,
      nonce: `0x${randomBytes(32).toString("hex")}`,
      inputs: [{ kind: "solution", offer: "own", version: 0, hash: solution.hash.hash, resource: solution }],
      arguments: { environment: { MODE: service ? "service" : "job" }, salt: "x" },
      resultRecipient: recipient,
      resultStore: { type: "DIRECTORY", path: "/nowhere" },
    });
    const { solutionHash, inputsHash, argumentsHash } = sealed;
    return {
      ...DOMAIN, solutionHash, inputsHash, argumentsHash, service,
      id: `run-${++runs}`, order: "12", offer: "3", customer: CUSTOMER, resultRecipient: recipient, ownSolutions: 1, ownData: 0,
      ...(service && { checkpointSeconds: 1 }),
      sealed: Buffer.from(await seal(sealed, [ageRecipient])).toString("base64"),
      parts: [],
      storage: [{ suborder: "14", offer: "9" }],
      limits: { ...SMALL_LIMITS, wallSeconds: 30 },
      endsAt: Math.floor(Date.now() / 1000) + 3600,
      results: fresh("results"),
    };
  }

  async function grantOf(changes: Partial<StorageGrant> = {}): Promise<string> {
    const { ageRecipient } = await machine.next("hello");
    const token = mintToken(randomBytes(32), { prefix: "order-14", rights: ["read", "write"], notAfter: 2 ** 32 });
    const grant = storageGrant({ ...DOMAIN, order: "12", suborder: "14", offer: "9", notAfter: Math.floor(Date.now() / 1000) + 600, store: { type: "HTTP", url: "http://store.test", token }, ...changes });
    return Buffer.from(await seal(grant, [ageRecipient])).toString("base64");
  }

  /** Plays a controller that finds these grants on the chain; returns all that the loader said of the run, the end last. */
  async function play(order: RunOrder, grants: readonly string[]): Promise<LoaderMessage[]> {
    const mine = () => machine.seen.filter((message) => (message as { id?: string }).id === order.id);
    let answers = 0;
    const answering = setInterval(() => {
      for (const asked = mine().filter(({ type }) => type === "storage").length; answers < asked; answers++) {
        machine.send({ type: "grants", id: order.id, grants: grants.map((grant) => ({ suborder: "14", grant })) });
      }
    }, 20);
    try {
      expect(await machine.play(order, store, order.service ? 4 : undefined)).to.include({ type: "finish", status: 4 });
      return mine();
    } finally {
      clearInterval(answering);
    }
  }

  it("asks for its grants whenever there is a result to keep, a service's checkpoint too, and uses the one that counts", async () => {
    const said = await play(await orderOf(true), [await grantOf()]);
    const kept = said.filter((message) => (message.type === "checkpoint" && message.result !== "") || message.type === "finish");
    expect(kept.map(({ type }) => type)).to.deep.equal(["checkpoint", "finish"]);
    for (const message of kept) expect(message).to.have.property("granted").which.includes({ suborder: "14", url: "http://store.test" });
    // A checkpoint with nothing new asks nothing.
    expect(said.filter(({ type }) => type === "checkpoint").length).to.be.above(1);
    expect(said.filter(({ type }) => type === "storage")).to.have.length(2);
  });

  it("goes on with the customer's own store where none counts, and says why in the log of both", async () => {
    const said = await play(await orderOf(false), [await grantOf({ order: "99" })]);
    const end = said.at(-1) as Extract<LoaderMessage, { type: "finish" }>;
    expect(end).not.to.have.property("granted");
    expect(end.store).to.deep.equal({ type: "DIRECTORY", path: "/nowhere" });
    const reason = "A grant of storage suborder 14 is not used: StorageGrantMismatch";
    expect(said.flatMap((message) => (message.type === "note" ? [message.line] : [])).join()).to.include(reason);
    const archive = join(fresh("opened"), "result.tar.gz");
    writeFileSync(archive, await open(Uint8Array.from(readFileSync(end.result)), identity));
    expect(execFileSync("tar", ["-xzOf", archive, "log.txt"], { encoding: "utf8" })).to.include(reason);
  });

  it("ends its order in time where the controller is gone and nobody answers", async () => {
    const order = await orderOf(false);
    const playing = machine.play(order, store);
    await machine.next("storage", order.id);
    const began = Date.now();
    await machine.stop();
    await playing;
    expect(Date.now() - began).to.be.below(10_000);
  });
});
