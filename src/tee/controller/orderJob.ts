// SPDX-License-Identifier: Apache-2.0
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { abortOrder, finishOrder, getOrder, publishReport } from "../../chain/orders";
import { checkpoint } from "../../chain/prolonging";
import type { Market } from "../../chain/market";
import { lastSigned, paidSeconds } from "../../chain/running";
import { CloisterError, isCloisterError } from "../../core/errors";
import { isFinal, orderStatusName, OrderStatus } from "../../core/orderStatus";
import { chainFromPem } from "../../crypto/certificateContents";
import type { ObjectStore } from "../../store/objectStore";
import type { ControllerMessage, LoaderMessage, RunOrder } from "../loader/protocol";
import { carry, type Patience, reasonOf, steadily } from "./carry";
import type { LoaderProcess } from "./loaderProcess";
import { describeOrder, recipientOfOrder, workOf } from "./orderRequest";
import { grantsOfOrder } from "./grants";
import { collectReceipts } from "./receipts";
import { fetchObject, keepResult, type KeptResult, type SealedFile } from "./transfers";

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
  /** Seconds between two checkpoints of a service. */
  readonly checkpointSeconds: number;
  /** Milliseconds in which a store must move something. */
  readonly stallMilliseconds: number;
  /** Whether it is too late to ask a chain again that does not answer. */
  readonly over: () => boolean;
  readonly log: (line: string) => void;
}

type Of<Type extends LoaderMessage["type"]> = Extract<LoaderMessage, { type: Type }>;
/** What a job may hear of the loader. */
type JobMessage = Exclude<Extract<LoaderMessage, { id: string }>, Of<"storage">> | Of<"error">;

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

/** Longest wait for the chain's clock to reach what a checkpoint says, in seconds. */
const AHEAD = 30;

/** Takes one accepted order of the offer to its end: report, checkpoints, finish, or abort. */
export class OrderJob {
  private readonly messages: JobMessage[] = [];
  private wake: () => void = () => undefined;
  private readonly work: string;
  private readonly patience: Patience;
  private reported = false;
  /** The result of the last checkpoint: its bytes in events, or what could not be stored yet. */
  private kept: Uint8Array = new Uint8Array();
  private unkept: SealedFile | undefined;

  constructor(
    private readonly id: bigint,
    private readonly around: JobSurroundings,
  ) {
    this.work = workOf(around.work, id);
    this.patience = { log: (line) => this.log(line), over: around.over };
  }

  /** Reads all that the chain says of the order, before it is accepted. */
  async verify(): Promise<RunOrder> {
    this.step(STEP.verify);
    const { market, checkpointSeconds } = this.around;
    return steadily(async () => describeOrder(market, await getOrder(market, this.id), { work: this.work, checkpointSeconds }), this.patience);
  }

  /** Runs an order that was just accepted, or was accepted before this loader was started and has no report. */
  async run(request: RunOrder): Promise<void> {
    // The pointers to the content lie inside sealed bytes: the loader opens those first and says what it needs.
    await this.converse({ type: "run", order: request });
  }

  /** Ends an order that an earlier loader of this machine reported, and lost. */
  async endLost(): Promise<void> {
    const { market } = this.around;
    this.reported = true;
    const { order, recipient, usedSeconds } = await steadily(async () => {
      const found = await getOrder(market, this.id);
      return { order: found, recipient: await recipientOfOrder(market, found), ...(await lastSigned(market, this.id)) };
    }, this.patience);
    if (isFinal(order.status)) return;
    const { chainId, contracts } = market.address;
    const canceling = order.status === OrderStatus.Canceling;
    await this.converse({ type: "lost", id: String(this.id), chainId, orderBook: contracts.orderBook.toLowerCase(), order: String(this.id), canceling, usedSeconds, resultRecipient: recipient, results: this.work });
  }

  /** Stops the workload: its customer canceled (or the order has ended on chain), or the machine is being stopped. */
  cancel(by: "customer" | "machine"): void {
    this.around.loader.send({ type: "cancel", id: String(this.id), by });
  }

  /** Deposit or lease changed: a running service learns how long it is paid now. */
  async money(): Promise<void> {
    if (!this.reported) return;
    const seconds = await steadily(() => paidSeconds(this.around.market, this.id), this.patience);
    if (seconds > 0) this.around.loader.send({ type: "paid", id: String(this.id), paidSeconds: seconds });
  }

  /** Says something to the loader and follows what it answers, until it has signed an end. */
  private async converse(opening: ControllerMessage): Promise<void> {
    await mkdir(this.work, { recursive: true, mode: 0o700 });
    const name = String(this.id);
    const stop = this.around.loader.listen((message) => {
      if (!("id" in message) || message.id !== name) return;
      // Answered beside all else: a transaction that takes its time must not keep the result from the storage bought for it.
      if (message.type === "storage") return void this.grants(message);
      this.messages.push(message);
      this.wake();
    });
    try {
      this.around.loader.send(opening);
      await this.follow();
    } finally {
      stop();
      await rm(this.work, { recursive: true, force: true });
    }
  }

  private async follow(): Promise<void> {
    for (;;) {
      const message = await this.next();
      if (message.type === "need") await this.bring(message);
      else if (message.type === "step") {
        if (message.state === "started") this.step(STEP[message.name]);
      } else if (message.type === "note") this.log(message.line);
      else if (message.type === "report") await this.publish(message);
      else if (message.type === "checkpoint") await this.checkpoint(message);
      else if (message.type === "finish") return this.finish(message);
      else if (message.type === "abort") return this.abort(message);
      else if (message.type === "error") throw new CloisterError(message.code, message.message, message.fix);
    }
  }

  /** Fetches ciphertexts, each verified against its address, and hands the loader their paths. */
  private async bring({ id, files }: Of<"need">): Promise<void> {
    this.step(STEP.download);
    const paths: Record<string, string> = {};
    for (const [index, { key, place }] of files.entries()) {
      const path = join(this.work, `input-${index + 1}`);
      try {
        await fetchObject(place, path, this.around.stallMilliseconds);
        paths[key] = path;
      } catch (error) {
        // The loader finds the gap and signs the abort; the order must end either way.
        this.log(`could not fetch ${key}: ${reasonOf(error)}`);
      }
    }
    this.step(`${STEP.start} (it runs since the machine was started)`);
    this.step(STEP.send);
    this.around.loader.send({ type: "files", id, files: paths });
  }

  /** Tells the loader which grants the order's storage has; where the chain cannot say, the result goes to its customer's own store. */
  private async grants({ id }: Of<"storage">): Promise<void> {
    const grants = await steadily(() => grantsOfOrder(this.around.market, this.id), this.patience).catch((error: unknown) => {
      this.log(`grants of storage: ${reasonOf(error)}`);
      return [];
    });
    this.around.loader.send({ type: "grants", id, grants });
  }

  private async publish(message: Of<"report">): Promise<void> {
    const { market, loader } = this.around;
    const [orderCertificate] = chainFromPem(message.certificate).slice(-1);
    const [signature] = message.envelope.signatures;
    const parameters = {
      record: message.record,
      signature: message.signature,
      payload: Buffer.from(message.envelope.payload, "base64"),
      payloadSignature: Buffer.from(signature?.sig ?? "", "base64"),
      orderCertificate: orderCertificate?.der ?? new Uint8Array(),
    };
    const reported = async () => (await getOrder(market, this.id)).reported;
    try {
      const receipt = await carry({ what: "the report", done: async () => (await reported()) || (await this.isOver()), send: () => publishReport(market, this.id, parameters) }, this.patience);
      this.log(receipt ? `report verified on chain (${receipt.transaction}), gas ${receipt.gasUsed}` : "the chain has the report, or the order has ended");
    } catch (error) {
      if (!isCloisterError(error)) throw error;
      this.log(`the report was refused: ${reasonOf(error)}`);
      return this.cancel("machine");
    }
    const order = await steadily(() => getOrder(market, this.id), this.patience);
    if (!order.reported || isFinal(order.status)) return this.cancel("customer");
    this.reported = true;
    const paid = order.service ? { paidSeconds: await steadily(() => paidSeconds(market, this.id), this.patience) } : {};
    loader.send({ type: "published", id: message.id, ...paid });
    if (order.status === OrderStatus.Canceling) this.cancel("customer");
  }

  /** Publishes a checkpoint. One that fails is no harm: the next says more. */
  private async checkpoint(message: Of<"checkpoint">): Promise<void> {
    const { market } = this.around;
    const { usedSeconds, resultHash, signature, result, size, store, granted, note } = message;
    if (result !== "") this.unkept = { path: result, size, store, granted };
    try {
      await this.keepCheckpoint();
      const parameters = { usedSeconds, resultHash, signature, result: this.unkept === undefined ? this.kept : new Uint8Array() };
      const done = async () => (await this.isOver()) || (await lastSigned(market, this.id)).usedSeconds >= usedSeconds;
      const send = () => checkpoint(market, this.id, parameters);
      const receipt = await carry({ what: "a checkpoint", done, send }, this.patience).catch(async (error: unknown) => {
        // The chain's clock may be behind the machine's.
        const ahead = isCloisterError(error, "CheckpointAheadOfTime") ? Number(error.details?.usedSeconds) - Number(error.details?.passedSeconds) : NaN;
        if (!(ahead <= AHEAD)) throw error;
        await sleep(ahead * 1000);
        return carry({ what: "a checkpoint", done, send }, this.patience);
      });
      if (receipt) this.log(`checkpoint after ${usedSeconds} s (${note}), gas ${receipt.gasUsed}`);
    } catch (error) {
      if (isCloisterError(error, "KeyRevoked")) throw error;
      this.log(`the checkpoint after ${usedSeconds} s was not published: ${reasonOf(error)}`);
    }
  }

  private async keepCheckpoint(): Promise<void> {
    const { unkept } = this;
    if (unkept === undefined) return;
    try {
      this.kept = (await keepResult(unkept, this.around)).pointer;
      this.unkept = undefined;
      await rm(unkept.path, { force: true });
    } catch (error) {
      this.log(`the result so far stays here until the next checkpoint: ${reasonOf(error)}`);
    }
  }

  private async finish({ outcome, result, size, store, granted, status, fault, resultHash, usedSeconds, signature }: Of<"finish">): Promise<void> {
    const { market } = this.around;
    this.log(outcome);
    if (await steadily(() => this.isOver(), this.patience)) return this.log("the order has ended on chain before");
    const kept = await this.keep(result === "" ? undefined : { path: result, size, store, granted });
    const parameters = { record: { status, fault, resultHash, usedSeconds }, signature, result: kept.pointer };
    const receipt = await carry({ what: "the finish", done: () => this.isOver(), send: () => finishOrder(market, this.id, parameters) }, this.patience);
    this.log(receipt ? `finished as ${orderStatusName(status)}, gas ${receipt.gasUsed}` : "the order has ended on chain");
    await collectReceipts(this.id, kept.store, resultHash.slice(2), { ...this.around, patience: this.patience, log: (line) => this.log(line) });
  }

  private async abort({ outcome, result, size, store, fault, resultHash, signature }: Of<"abort">): Promise<void> {
    const { market } = this.around;
    this.log(outcome);
    if (await steadily(() => this.isOver(), this.patience)) return this.log("the order has ended on chain before");
    const { pointer } = await this.keep(result === undefined ? undefined : { path: result, size, store });
    const parameters = { fault, resultHash, signature, result: pointer };
    const receipt = await carry({ what: "the abort", done: () => this.isOver(), send: () => abortOrder(market, this.id, parameters) }, this.patience);
    this.log(receipt ? `aborted before the report, gas ${receipt.gasUsed}` : "the order has ended on chain");
  }

  /** Where a result is; an order ends also where nothing takes its result. */
  private async keep(sealed: SealedFile | undefined): Promise<KeptResult> {
    if (sealed === undefined) return { pointer: new Uint8Array() };
    this.step(STEP.store);
    return keepResult(sealed, { ...this.around, log: (line) => this.log(line) }).catch((error: unknown) => {
      this.log(`the result is lost: ${reasonOf(error)}`);
      return { pointer: new Uint8Array() };
    });
  }

  private async isOver(): Promise<boolean> {
    return isFinal((await getOrder(this.around.market, this.id)).status);
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
