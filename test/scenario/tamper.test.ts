// SPDX-License-Identifier: Apache-2.0
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { deviceChainAt } from "../../src/chain/devices";
import { eventArgument, eventsOf } from "../../src/chain/events";
import { abortOrder, acceptOrder, finishOrder, getOrder, publishReport, type PublishReportParameters } from "../../src/chain/orders";
import { revokeDevice } from "../../src/chain/running";
import { read } from "../../src/chain/send";
import { fetchReport } from "../../src/commands/orders/report";
import { isCloisterError } from "../../src/core/errors";
import { encodeResultPointer } from "../../src/core/result";
import { parseTrustFile } from "../../src/core/trust";
import { chainFromPem, chainToPem } from "../../src/crypto/certificateContents";
import { toPem } from "../../src/crypto/pem";
import { verifyReport } from "../../src/evidence/report";
import { openTrust, type Trust } from "../../src/evidence/trust";
import { openStore } from "../../src/store/openStore";
import { requestDeviceCertificate } from "../../src/tee/certificationClient";
import { certifyDevice } from "../../src/tee/controller/certifying";
import { LoaderProcess } from "../../src/tee/controller/loaderProcess";
import { describeOrder } from "../../src/tee/controller/orderRequest";
import { fetchObject } from "../../src/tee/controller/transfers";
import type { LoaderMessage, RunOrder } from "../../src/tee/loader/protocol";
import { Fleet } from "../../scripts/localnet/fleet";
import { DIST, type LocalNetwork, startLocalNetwork } from "../../scripts/localnet/network";

const CHANGES = ["flip", "truncate", "another order's", "an old one"] as const;
type Change = (typeof CHANGES)[number];
type Files = Record<string, string>;
type Of<Type extends LoaderMessage["type"]> = Extract<LoaderMessage, { type: Type }>;

/** What this test, as the machine's dishonest controller, does with an order on its way. */
interface Dishonesty {
  readonly request?: (honest: RunOrder) => RunOrder;
  readonly files?: (honest: Files) => Promise<Files>;
  /** Bytes of the finish's event. */
  readonly result?: (honest: Uint8Array) => Uint8Array;
}

const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => (index === bytes.length - 20 ? byte ^ 1 : byte));
const cut = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - 21);
const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;

describe("tampering: every artefact, every change, a named refusal", function () {
  this.timeout(150_000);
  let network: LocalNetwork;
  let fleet: Fleet;
  let trust: Trust;
  let loader: LoaderProcess;
  let device: string;
  let machine: { offer: bigint; slots: readonly bigint[] };
  let solution: string;
  let otherSolution: string;
  const data: { offer: bigint; slot: bigint; resource: string }[] = [];
  /** Sealed to a loader that is gone. */
  let old: RunOrder;
  let oldDevice: string;
  const table: [artefact: string, change: Change, refusal: string][] = [];

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "cloister-tamper-"));
    network = await startLocalNetwork({ directory, chainPort: 0, authorityPort: 0, log: () => undefined });
    fleet = await Fleet.open(network);
    trust = openTrust(parseTrustFile(await readFile(join(network.homes.alice, "trust.json"), "utf8"), "trust.json"));
    machine = await fleet.machine();
    solution = await fleet.solution("one", `require("node:fs").writeFileSync("/sp/output/a","result")`);
    otherSolution = await fleet.solution("two", `console.log("another")`);
    for (const name of ["first", "second"]) {
      const source = join(directory, "fleet", name);
      await mkdir(source);
      await writeFile(join(source, "table.csv"), name.repeat(40));
      data.push(await fleet.offer(await fleet.upload(name, source), { offerType: "3" }));
    }
    await startLoader();
    old = await request(await order());
    oldDevice = device;
    await loader.stop();
    await startLoader();
    await revokeDevice(fleet.carol, oldDevice);
  });
  after(async () => {
    console.log(`\n${table.map(([artefact, change, refusal]) => `      ${artefact.padEnd(20)} ${change.padEnd(16)} ${refusal}`).join("\n")}\n`);
    await loader?.stop();
    fleet?.close();
    await network?.stop();
    if (network) await rm(network.directory, { recursive: true, force: true });
  });

  async function startLoader(): Promise<void> {
    const state = join(network.homes.carol, "machine", "platform");
    const started = await LoaderProcess.start({ platform: join(DIST, "tee-platform.js"), loader: join(DIST, "tee-loader.js"), state, runner: "auto", allowUnisolated: process.env.CLOISTER_ALLOW_UNISOLATED === "1", onLog: () => undefined });
    loader = started.loader;
    ({ device } = started.hello);
    const { provider } = await fleet.carol.catalog.getOffer(machine.offer);
    await certifyDevice({ market: fleet.carol, offer: machine.offer, loader, provider, certify: (asked) => requestDeviceCertificate(network.authorityUrl, asked), patience: { log: () => undefined, over: () => false } });
  }

  /** An order that waits for the machine: own solution, a data set of Bob's, approved. */
  async function order(which = 0, program = solution): Promise<bigint> {
    const { offer, slot, resource } = data[which]!;
    const id = await fleet.place(machine, { solutions: [program], data: [`${offer},${slot}`], leaseMinutes: 10 });
    await fleet.approve(id + 1n, resource, program);
    return id;
  }
  async function request(id: bigint): Promise<RunOrder> {
    const work = join(network.directory, `work-${id}`);
    await mkdir(work, { recursive: true });
    return describeOrder(fleet.carol, await getOrder(fleet.carol, id), { work, checkpointSeconds: 900 });
  }
  const storedFile = async (path: string) => {
    const { resource } = await fleet.resource(path);
    if (resource.type !== "STORAGE_PROVIDER") throw new Error("not in a store");
    return { key: resource.filepath, path: join(network.store, resource.filepath.slice(0, 2), resource.filepath.slice(2)) };
  };

  /** Takes an order to its end on chain; returns how the loader ended it. */
  async function run(id: bigint, dishonest: Dishonesty = {}): Promise<{ outcome: string; published?: PublishReportParameters }> {
    await acceptOrder(fleet.carol, id);
    const honest = await request(id);
    const next = <Type extends LoaderMessage["type"]>(...types: Type[]) => loader.next((message): message is Of<Type> => "id" in message && message.id === String(id) && (types as string[]).includes(message.type));
    let message: LoaderMessage;
    const first = next("need", "finish", "abort");
    loader.send({ type: "run", order: dishonest.request?.(honest) ?? honest });
    message = await first;
    if (message.type === "need") {
      const files: Files = {};
      for (const [index, { key, place }] of message.files.entries()) {
        files[key] = join(honest.results, `input-${index}`);
        await fetchObject(place, files[key], 10_000);
      }
      const second = next("report", "finish", "abort");
      loader.send({ type: "files", id: String(id), files: (await dishonest.files?.(files)) ?? files });
      message = await second;
    }
    let published: PublishReportParameters | undefined;
    if (message.type === "report") {
      const certificate = chainFromPem(message.certificate).at(-1)!;
      published = { record: message.record, signature: message.signature, payload: Buffer.from(message.envelope.payload, "base64"), payloadSignature: Buffer.from(message.envelope.signatures[0]!.sig, "base64"), orderCertificate: certificate.der };
      await publishReport(fleet.carol, id, published);
      const third = next("finish");
      loader.send({ type: "published", id: String(id) });
      message = await third;
    }
    if (message.type === "abort") {
      const { fault, resultHash, signature } = message;
      await abortOrder(fleet.carol, id, { fault, resultHash, signature, result: new Uint8Array() });
    } else if (message.type === "finish") {
      const { status, fault, resultHash, usedSeconds, signature } = message;
      const store = openStore({ type: "DIRECTORY", path: network.store });
      const stored = await store.put(chunks(await readFile(message.result)));
      const bytes = encodeResultPointer(store.place(stored.sha256), stored.sha256, stored.size);
      await finishOrder(fleet.carol, id, { record: { status, fault, resultHash, usedSeconds }, signature, result: dishonest.result?.(bytes) ?? bytes });
    } else throw new Error("the loader said neither report, finish nor abort");
    return { outcome: message.outcome, published };
  }

  async function refused(action: () => Promise<unknown>): Promise<string> {
    try {
      await action();
    } catch (error) {
      if (isCloisterError(error)) return error.code;
      throw error;
    }
    return "TAKEN";
  }
  /** Runs all four changes of an artefact; each must end in the refusal it names. */
  async function row(artefact: string, expected: Record<Change, string>, refusalOf: (change: Change) => Promise<string>): Promise<void> {
    for (const change of CHANGES) {
      const refusal = await refusalOf(change);
      table.push([artefact, change, refusal]);
      expect(refusal, `${artefact}, ${change}`).to.equal(expected[change]);
    }
  }
  const code = (outcome: string) => /^(\w+): /.exec(outcome)?.[1] ?? outcome;

  it("ciphertexts of solution and data that the controller brings", async () => {
    const damaged = { flip: "ObjectDamaged", truncate: "ObjectDamaged", "another order's": "ObjectDamaged", "an old one": "ObjectDamaged" };
    const others = { solution: [otherSolution, data[1]!.resource], data: [data[1]!.resource, otherSolution] };
    for (const kind of ["solution", "data"] as const) {
      const mine = await storedFile(kind === "solution" ? solution : data[0]!.resource);
      await row(`${kind} ciphertext`, damaged, async (change) => {
        const files = async (honest: Files): Promise<Files> => {
          const path = `${honest[mine.key]}-${kind}`;
          const bytes = await readFile(mine.path);
          if (change === "flip" || change === "truncate") await writeFile(path, change === "flip" ? flip(bytes) : cut(bytes));
          else await copyFile((await storedFile(others[kind][change === "another order's" ? 0 : 1]!)).path, path);
          return { ...honest, [mine.key]: path };
        };
        return code((await run(await order(), { files })).outcome);
      });
    }
  });

  it("sealed arguments and key releases that the controller passes on", async () => {
    const another = await request(await order(1));
    const spoil = (text: string, change: Change, others: { another: string; old: string }) => {
      const bytes = Buffer.from(text, "base64");
      if (change === "flip" || change === "truncate") return Buffer.from(change === "flip" ? flip(bytes) : cut(bytes)).toString("base64");
      return change === "another order's" ? others.another : others.old;
    };
    const broken = { flip: "SealBroken", truncate: "SealBroken", "an old one": "NotSealedForUs" };
    await row("sealed arguments", { ...broken, "another order's": "SealedArgumentsMismatch" }, async (change) =>
      code((await run(await order(), { request: (honest) => ({ ...honest, sealed: spoil(honest.sealed, change, { another: another.sealed, old: old.sealed }) }) })).outcome),
    );
    await row("key release", { ...broken, "another order's": "KeyReleaseMismatch" }, async (change) => {
      const changed = (honest: RunOrder) => ({ ...honest, parts: honest.parts.map((part) => ({ ...part, release: spoil(part.release!, change, { another: another.parts[0]!.release!, old: old.parts[0]!.release! }) })) });
      return code((await run(await order(), { request: changed })).outcome);
    });
  });

  it("report payload, order certificate and device certificate", async () => {
    const [one, two] = [await order(), await order(1)];
    const { published } = await run(one);
    await run(two);
    const waiting = await order();
    await acceptOrder(fleet.carol, waiting);
    const publish = (id: bigint, payload: Uint8Array) => {
      const { record, signature, payloadSignature, orderCertificate } = published!;
      return refused(() => read(fleet.carol.orderBook.publishReport.staticCall(id, record, signature, hex(payload), payloadSignature as Uint8Array, orderCertificate as Uint8Array)));
    };
    const payload = published!.payload as Uint8Array;
    await row("report payload", { flip: "PayloadMismatch", truncate: "PayloadMismatch", "another order's": "WrongDeviceSignature", "an old one": "IllegalTransition" }, (change) =>
      change === "flip" ? publish(waiting, flip(payload)) : change === "truncate" ? publish(waiting, cut(payload)) : publish(change === "another order's" ? waiting : one, payload),
    );

    const { report, at } = await fetchReport(fleet.alice, trust, one);
    expect(verifyReport({ report, trust, at }).passed).to.equal(true);
    const chain = chainFromPem(report.certificate);
    const foreign = chainFromPem((await fetchReport(fleet.alice, trust, two)).report.certificate).at(-1)!;
    const withLeaf = (der: Uint8Array, when = at) => {
      const verdict = verifyReport({ report: { ...report, certificate: `${chainToPem(chain.slice(0, 3))}${toPem("CERTIFICATE", der)}` }, trust, at: when });
      const failed = verdict.checks.find(({ passed }) => passed === false);
      return failed === undefined ? "TAKEN" : code(failed.reason);
    };
    const leaf = chain[3]!.der;
    const later = new Date(at.getTime() + 3600_000);
    await row("order certificate", { flip: "WrongCertificateSignature", truncate: "CertificateMalformed", "another order's": "ReportOfOtherOrder", "an old one": "CertificateExpired" }, async (change) => {
      let found = "";
      const refusal = await refused(async () => {
        found = change === "flip" ? withLeaf(flip(leaf)) : change === "truncate" ? withLeaf(cut(leaf)) : change === "another order's" ? withLeaf(foreign.der) : withLeaf(leaf, later);
      });
      return refusal === "TAKEN" ? found : refusal;
    });

    const registration = async (id: string) => {
      const [event] = await network.market.attestation.queryFilter(network.market.attestation.filters.DeviceRegistered(id));
      const transaction = (await network.market.provider.getTransaction(event!.transactionHash))!;
      const { r, s } = fleet.carol.attestation.interface.parseTransaction({ data: transaction.data })!.args as unknown as { r: string; s: string };
      return { chain: (await deviceChainAt(fleet.carol, id)).chain, r, s };
    };
    const mine = await registration(device);
    const other = await fleet.machine();
    const register = (offer: bigint, { chain: [ca, der], r, s }: typeof mine, change: (der: Uint8Array) => Uint8Array = (same) => same) => refused(() => read(fleet.carol.attestation.registerDevice.staticCall(offer, [ca!, change(der!)], r, s)));
    await row("device certificate", { flip: "WrongCertificateSignature", truncate: "DerMalformed", "another order's": "WrongDeviceSignature", "an old one": "KeyRevoked" }, async (change) => {
      if (change === "an old one") return register(machine.offer, await registration(oldDevice));
      if (change === "another order's") return register(other.offer, mine);
      return register(machine.offer, mine, change === "flip" ? flip : cut);
    });
  });

  it("results in a store that lies, and a controller that points to another", async () => {
    const first = await order();
    await run(first);
    const earlier = (await fleet.carol.provider.getTransactionReceipt(await lastTransaction(first)))!;
    const earlierResult = eventArgument<string>(earlier.logs, "OrderFinished", "result");
    const { sha256: foreign } = JSON.parse(Buffer.from(earlierResult.slice(2), "hex").toString("utf8")) as { sha256: string };
    const pathOf = (sha256: string) => join(network.store, sha256.slice(0, 2), sha256.slice(2));
    await row("result", { flip: "ObjectDamaged", truncate: "ObjectDamaged", "another order's": "ObjectDamaged", "an old one": "ResultDamaged" }, async (change) => {
      const id = await order();
      await run(id, change === "an old one" ? { result: () => Buffer.from(earlierResult.slice(2), "hex") } : {});
      const finished = eventsOf((await fleet.carol.provider.getTransactionReceipt(await lastTransaction(id)))!.logs, "OrderFinished")[0]!;
      const { sha256 } = JSON.parse(Buffer.from(String(finished.args.result).slice(2), "hex").toString("utf8")) as { sha256: string };
      const bytes = await readFile(pathOf(sha256));
      if (change === "flip") await writeFile(pathOf(sha256), flip(bytes));
      if (change === "truncate") await writeFile(pathOf(sha256), cut(bytes));
      if (change === "another order's") await copyFile(pathOf(foreign), pathOf(sha256));
      return refused(() => fleet.result(id));
    });
    expect((await fleet.result(first)).log).to.include("exit code 0");
  });

  async function lastTransaction(id: bigint): Promise<string> {
    const events = await network.market.orderBook.queryFilter(network.market.orderBook.filters.OrderFinished(id));
    return events.at(-1)!.transactionHash;
  }
});

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
