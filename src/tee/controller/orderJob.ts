// SPDX-License-Identifier: Apache-2.0
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { abortOrder, acceptOrder, finishOrder, getOrder, type OrderText, orderTexts, type OrderView, publishReport, suborders, type SuborderView } from "../../chain/orders";
import type { Market } from "../../chain/market";
import { getOffer, getSlot, versionHash } from "../../chain/offers";
import { CloisterError } from "../../core/errors";
import { fromHex } from "../../core/hex";
import { OfferType } from "../../core/offerType";
import { orderStatusName, OrderStatus } from "../../core/orderStatus";
import { unpackResources } from "../../core/resources";
import { parseResource, type ResourcePlace } from "../../core/resource";
import { encodeResultPointer, MAX_INLINE_RESULT } from "../../core/result";
import { recipientFromBytes } from "../../crypto/ageKeys";
import { chainFromPem } from "../../crypto/certificateContents";
import type { ObjectStore } from "../../store/objectStore";
import { openStore, storeOf } from "../../store/openStore";
import type { LoaderMessage, OrderPart, ResultStore, RunOrder } from "../loader/protocol";
import type { LoaderProcess } from "./loaderProcess";

/** What a job needs of the machine around it. */
export interface JobSurroundings {
  readonly market: Market;
  readonly loader: LoaderProcess;
  /** Id of the device, 0x-hex. */
  readonly device: string;
  /** Where sealed results go that name no other store. */
  readonly store: ObjectStore;
  /** Directory for ciphertexts and sealed results. */
  readonly work: string;
  readonly log: (line: string) => void;
}

type Of<Type extends LoaderMessage["type"]> = Extract<LoaderMessage, { type: Type }>;
/** What a job may hear of the loader. */
type JobMessage = Extract<LoaderMessage, { id: string }> | Of<"error">;

/** Steps of the controller, by the names of the architecture; the loader's three carry 5, 6 and 7. */
const STEP = {
  verify: "1. Verify the order",
  download: "2. Download the encrypted order content",
  start: "3. Start the trusted loader",
  send: "4. Send the workload to the trusted loader",
  "Decrypt the workload": "5. Decrypt the workload",
  "Execute the workload": "6. Execute the workload",
  "Encrypt the order result": "7. Encrypt the order result",
  store: "8. Store the encrypted result",
} as const;

/** Takes one New order of the offer to its end: accept, report, finish, or abort. */
export class OrderJob {
  private readonly messages: JobMessage[] = [];
  private wake: () => void = () => undefined;
  private readonly work: string;

  constructor(
    private readonly id: bigint,
    private readonly around: JobSurroundings,
  ) {
    this.work = join(around.work, `order-${id}`);
  }

  async run(): Promise<void> {
    const { market, loader } = this.around;
    this.step(STEP.verify);
    const order = await getOrder(market, this.id);
    if (order.status !== OrderStatus.New && order.status !== OrderStatus.Processing) return;
    const request = await this.describe(order);
    if (order.status === OrderStatus.New) {
      const { gasUsed } = await acceptOrder(market, this.id);
      this.log(`accepted, gas ${gasUsed}`);
    }
    await mkdir(this.work, { recursive: true, mode: 0o700 });
    const name = String(this.id);
    const stop = loader.listen((message) => {
      if (!("id" in message) || message.id !== name) return;
      this.messages.push(message);
      this.wake();
    });
    try {
      // The pointers to the content lie inside sealed bytes: the loader opens those first and says what it needs.
      loader.send({ type: "run", order: request });
      await this.follow(order);
    } finally {
      stop();
      await rm(this.work, { recursive: true, force: true });
    }
  }

  /** Answers the loader until it has signed an end. */
  private async follow(order: OrderView): Promise<void> {
    for (;;) {
      const message = await this.next();
      if (message.type === "need") {
        this.step(STEP.download);
        const files = await this.download(message.files);
        this.step(`${STEP.start} (it runs since the machine was started)`);
        this.step(STEP.send);
        this.around.loader.send({ type: "files", id: message.id, files });
      } else if (message.type === "step") {
        if (message.state === "started") this.step(STEP[message.name]);
      } else if (message.type === "report") {
        await this.publish(message);
        this.around.loader.send({ type: "published", id: message.id });
      } else if (message.type === "finish") {
        return this.finish(order, message);
      } else if (message.type === "abort") {
        return this.abort(message);
      } else if (message.type === "error") {
        throw new CloisterError(message.code, message.message, message.fix);
      }
    }
  }

  /** Everything the chain says of the order; the loader compares it with what was sealed. */
  private async describe(order: OrderView): Promise<RunOrder> {
    const { market, work } = this.around;
    const texts = await orderTexts(market, order);
    const placed = texts.find(({ name }) => name === "OrderPlaced");
    if (!placed) throw new CloisterError("OrderNotFound", `The chain has lost the placing of order ${this.id}.`, "Connect to a node that keeps all events.", { order: this.id });
    const parts = await Promise.all(
      (await suborders(market, order)).filter(({ type }) => type === OfferType.Data || type === OfferType.Solution).map((part) => this.part(part, texts)),
    );
    const hash = (name: string) => String(placed.args[name]).slice(2);
    return {
      id: String(this.id),
      chainId: market.address.chainId,
      orderBook: market.address.contracts.orderBook.toLowerCase(),
      order: String(this.id),
      offer: String(order.offer),
      customer: order.customer.toLowerCase(),
      resultRecipient: recipientFromBytes(String(placed.args.resultRecipient)),
      solutionHash: order.solutionHash,
      inputsHash: hash("inputsHash"),
      argumentsHash: hash("argumentsHash"),
      ownSolutions: Number(placed.args.ownSolutions),
      ownData: Number(placed.args.ownData),
      service: order.service,
      sealed: base64(placed.args.sealedArguments),
      parts,
      limits: await this.limits(order),
      endsAt: Math.floor(Date.now() / 1000) + order.leaseMinutes * 60,
      results: join(work, `order-${this.id}`),
    };
  }

  private async part(suborder: SuborderView, texts: readonly OrderText[]): Promise<OrderPart> {
    const { market } = this.around;
    const release = texts.find(({ name, args }) => name === "SuborderCompleted" && args.suborder === suborder.id);
    const common = {
      suborder: String(suborder.id),
      offer: String(suborder.offer),
      version: suborder.version,
      kind: suborder.type === OfferType.Data ? ("data" as const) : ("solution" as const),
      contentHash: await versionHash(market, suborder.offer, suborder.version),
    };
    if (release) return { ...common, release: base64(release.args.keyRelease) };
    // Completed within the placing: public content, its resource is in the offer's text.
    const { info } = await getOffer(market, suborder.offer);
    const resource = typeof info.resultResource === "string" && info.resultResource !== "" ? parseResource(info.resultResource, `resultResource of offer ${suborder.offer}`) : undefined;
    return { ...common, resource };
  }

  private async limits(order: OrderView): Promise<RunOrder["limits"]> {
    const slot = await getSlot(this.around.market, order.offer, order.slot);
    const { cpu, ram, disk } = unpackResources(slot.resources);
    const bytes = (mebibytes: number) => mebibytes * order.slotCount * 2 ** 20;
    return {
      wallSeconds: order.leaseMinutes * 60,
      memoryBytes: bytes(ram),
      outputBytes: bytes(disk),
      scratchBytes: bytes(disk),
      processes: 256 * order.slotCount,
      cpuCores: (cpu * order.slotCount) / 100,
      logBytes: 2 ** 20,
    };
  }

  /** Fetches ciphertexts, each verified against its address, into the job's directory. */
  private async download(files: Of<"need">["files"]): Promise<Record<string, string>> {
    const paths: Record<string, string> = {};
    for (const [index, { key, place }] of files.entries()) {
      const path = join(this.work, `input-${index + 1}`);
      await this.fetch(place, path).catch((error: unknown) => {
        // The loader finds the gap and signs the abort; the order must end either way.
        this.log(`could not fetch ${key}: ${error instanceof Error ? error.message : String(error)}`);
      });
      paths[key] = path;
    }
    return paths;
  }

  private async fetch(place: ResourcePlace, path: string): Promise<void> {
    const { store, sha256 } = storeOf(place);
    await pipeline(Readable.from(store.get(sha256)), createWriteStream(path, { mode: 0o600 }));
  }

  private async publish(message: Of<"report">): Promise<void> {
    const [orderCertificate] = chainFromPem(message.certificate).slice(-1);
    const [signature] = message.envelope.signatures;
    const { gasUsed, transaction } = await publishReport(this.around.market, this.id, {
      record: message.record,
      signature: { device: this.around.device, ...message.signature },
      payload: Buffer.from(message.envelope.payload, "base64"),
      payloadSignature: Buffer.from(signature?.sig ?? "", "base64"),
      orderCertificate: orderCertificate?.der ?? new Uint8Array(),
    });
    this.log(`report verified on chain (${transaction}), gas ${gasUsed}`);
  }

  private async finish(order: OrderView, message: Of<"finish">): Promise<void> {
    this.log(message.outcome);
    const result = await this.keep(message.result === "" ? undefined : message.result, message.size, message.store);
    const { status, fault, resultHash, usedSeconds, signature } = message;
    const { gasUsed } = await finishOrder(this.around.market, order.id, { record: { status, fault, resultHash, usedSeconds }, signature: { device: this.around.device, ...signature }, result });
    this.log(`finished as ${orderStatusName(status)}, gas ${gasUsed}`);
  }

  private async abort(message: Of<"abort">): Promise<void> {
    this.log(message.outcome);
    const result = await this.keep(message.result, message.size, message.store);
    const { fault, resultHash, signature } = message;
    const { gasUsed } = await abortOrder(this.around.market, this.id, { fault, resultHash, signature: { device: this.around.device, ...signature }, result });
    this.log(`aborted before the report, gas ${gasUsed}`);
  }

  /** Puts a sealed result where its customer wants it: into a store (the event's bytes then say where), or into the event itself. */
  private async keep(path: string | undefined, size: number, wanted?: ResultStore): Promise<Uint8Array> {
    if (path === undefined) return new Uint8Array();
    this.step(STEP.store);
    if (wanted?.type === "EVENT" && size <= MAX_INLINE_RESULT) return readFile(path);
    const store = wanted?.type === "DIRECTORY" ? openStore(wanted) : this.around.store;
    try {
      const stored = await store.put(createReadStream(path));
      return encodeResultPointer(store.place(stored.sha256), stored.sha256, stored.size);
    } catch (error) {
      if (size > MAX_INLINE_RESULT) throw error;
      this.log(`the store failed (${error instanceof Error ? error.message : String(error)}); the result goes into the event`);
      return readFile(path);
    }
  }

  private async next(): Promise<JobMessage> {
    for (;;) {
      const message = this.messages.shift();
      if (message) return message;
      await Promise.race([new Promise<void>((resolve) => (this.wake = resolve)), this.around.loader.died]);
    }
  }

  private step(name: string): void {
    this.log(name);
  }

  private log(line: string): void {
    this.around.log(`order ${this.id}: ${line}`);
  }
}

function base64(hex: unknown): string {
  const text = String(hex).replace(/^0x/, "");
  return Buffer.from(fromHex(text)).toString("base64");
}

