// SPDX-License-Identifier: Apache-2.0
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CloisterError, isCloisterError } from "../../core/errors";
import { toBytes32 } from "../../core/hex";
import { NO_ARGUMENTS } from "../../core/inputs";
import { Fault, OrderStatus } from "../../core/orderStatus";
import type { SealedArguments } from "../../core/sealed";
import { unpackImage } from "../image/unpack";
import { composeCommand } from "../runner/root";
import type { Limits, LiveRun, Runner, RunOutcome } from "../runner/runner";
import { Checkpoints } from "./checkpoints";
import { decryptWorkload, fileKey, type Workload } from "./decrypt";
import type { Device } from "./device";
import { signEnd, summary, type OrderEnd } from "./ending";
import { asFailure, blame, describe, OrderFailure } from "./failure";
import { type FoundStorage, GrantedStorage } from "./grantedStorage";
import { OrderReport } from "./orderReport";
import { layPrograms } from "./programs";
import type { LoaderMessage, LoaderStep, ResultStore, RunOrder } from "./protocol";
import { sealResult, type SealedResult } from "./result";
import { ServiceClock } from "./serviceClock";
import { openArguments, type PlannedInput, planInputs } from "./workload";

/** What an order needs of the loader around it. */
export interface OrderSurroundings {
  readonly device: Device;
  readonly runner: Runner;
  /** Directory in the loader's tmpfs. */
  readonly work: string;
  readonly now: () => Date;
  readonly send: (message: LoaderMessage) => void;
}

/** Seconds between two checkpoints of a service, where the controller does not say. */
const CHECKPOINT_EVERY = 900;

/** Who ends a run before its time. */
export type Stopper = "customer" | "machine";

/** One order from its sealed bytes to its signed end. Every way it can go ends in exactly one `finish` or `abort`. */
export class OrderRun {
  private readonly directory: string;
  private report: OrderReport | undefined;
  private recipient: string | undefined;
  private resultStore: ResultStore | undefined;
  private started: Date | undefined;
  private clock: ServiceClock | undefined;
  private checkpoints: Checkpoints | undefined;
  private stopper: Stopper | undefined;
  private readonly canceling = new AbortController();
  /** Storage bought for the result, where its store has granted it. */
  readonly storage: GrantedStorage;
  /** Milliseconds that went by with asking for it, which nobody pays for. */
  private asked = 0;
  private readonly answers = { files: deferred<Readonly<Record<string, string>>>(), published: deferred<number | undefined>() };

  constructor(
    private readonly order: RunOrder,
    private readonly around: OrderSurroundings,
  ) {
    this.directory = join(around.work, order.id);
    this.storage = new GrantedStorage({ order, identity: around.device.ageIdentity, now: around.now, send: around.send });
    // A cancellation ends both waits; nobody may be waiting yet.
    for (const { promise } of Object.values(this.answers)) promise.catch(() => undefined);
  }

  /** The controller brought the ciphertexts. */
  files(files: Readonly<Record<string, string>>): void {
    this.answers.files.resolve(files);
  }

  /** The report is on the chain. @param paidSeconds of a service: what its lease and money allow from now on. */
  published(paidSeconds?: number): void {
    this.answers.published.resolve(paidSeconds);
  }

  /** Lease or money of a service changed. @param paidSeconds since the report. */
  async pay(paidSeconds: number): Promise<void> {
    if (this.clock === undefined || this.started === undefined) return;
    this.clock.pay(paidSeconds);
    await this.report?.prolong(join(this.directory, "certs"), new Date(this.started.getTime() + paidSeconds * 1000), this.around.now());
  }

  /** Ends the run: its customer canceled, or the machine stops, whose fault it then is. */
  cancel(by: Stopper): void {
    this.stopper ??= by;
    const error =
      this.stopper === "customer"
        ? new OrderFailure(Fault.None, new CloisterError("OrderCanceled", "The order was canceled.", "Place it again if you want it to run."))
        : new OrderFailure(Fault.Machine, new CloisterError("MachineStopped", "The machine was stopped while the order ran.", "Place it again, on another machine if this one stays away."));
    this.canceling.abort();
    this.answers.files.reject(error);
    this.answers.published.reject(error);
  }

  /** Re-issues the order certificate after the device's was renewed. */
  async renew(): Promise<void> {
    await this.report?.writeCertificates(join(this.directory, "certs"), this.around.now());
  }

  /** Runs the order. Never throws: what goes wrong is signed and told. */
  async run(): Promise<void> {
    try {
      await mkdir(this.directory, { mode: 0o700 });
      const { sealed, planned, files } = await this.plan();
      const workload = await this.step("Decrypt the workload", () => this.decrypt(planned, files));
      await this.publish(workload);
      const outcome = await this.step("Execute the workload", () => this.execute(sealed, workload));
      await this.finish(outcome);
    } catch (error) {
      await this.fail(asFailure(error));
    } finally {
      await this.clock?.stop();
      await rm(this.directory, { recursive: true, force: true });
    }
  }

  /** Opens what was sealed to this device, checks it against the order, and asks for the ciphertexts that it names. */
  private async plan(): Promise<{ sealed: SealedArguments; planned: PlannedInput[]; files: Readonly<Record<string, string>> }> {
    const { order, around } = this;
    const sealed = await openArguments(order, around.device.ageIdentity);
    this.recipient = sealed.resultRecipient;
    this.resultStore = sealed.resultStore;
    const planned = await planInputs(order, sealed, around.device.ageIdentity, around.now());
    const places = new Map(planned.map(({ resource }) => [fileKey(resource.resource), resource.resource]));
    around.send({ type: "need", id: order.id, files: [...places].map(([key, place]) => ({ key, place })) });
    return { sealed, planned, files: await this.answers.files.promise };
  }

  private async decrypt(planned: readonly PlannedInput[], files: Readonly<Record<string, string>>): Promise<Workload> {
    const plain = join(this.directory, "plain");
    await mkdir(plain);
    return decryptWorkload(planned, files, plain);
  }

  private async publish(workload: Workload): Promise<void> {
    const { order, around } = this;
    const left = order.endsAt - Math.floor(around.now().getTime() / 1000);
    const limits = around.runner.held({ ...order.limits, wallSeconds: Math.max(1, Math.min(order.limits.wallSeconds, left)) });
    this.report = new OrderReport(around.device, order, workload.measured, around.runner, limits, around.now());
    const certificate = await this.report.writeCertificates(join(this.directory, "certs"), around.now());
    const message = this.report.message(certificate);
    if (message.record.solutionHash !== toBytes32(order.solutionHash)) {
      throw new OrderFailure(Fault.Workload, new CloisterError("SolutionHashMismatch", `The solution that came is ${message.record.solutionHash}, the order names ${toBytes32(order.solutionHash)}.`, "Place the order again with the true solution."));
    }
    around.send(message);
    const paidSeconds = await this.answers.published.promise;
    this.started = around.now();
    if (order.service && paidSeconds !== undefined) this.startClock(paidSeconds);
  }

  private startClock(paidSeconds: number): void {
    const { order, around } = this;
    this.clock = new ServiceClock({
      now: around.now,
      paidSeconds,
      every: order.checkpointSeconds ?? CHECKPOINT_EVERY,
      onEnd: () => this.canceling.abort("time"),
      onCheckpoint: async () => this.checkpoints?.make(this.clock?.used() ?? 0),
    });
  }

  /** From here on the service's checkpoints hold what it has in /sp/output. */
  private watch(live: LiveRun): void {
    const { order, around, recipient, resultStore: store } = this;
    if (!order.service || recipient === undefined) return;
    this.checkpoints = new Checkpoints({ order, device: around.device, live, recipient, store, storage: this.storage, work: join(this.directory, "checkpoint"), send: around.send });
  }

  private async execute(sealed: SealedArguments, workload: Workload): Promise<RunOutcome> {
    const at = (name: string) => join(this.directory, name);
    const rootfs = at("root");
    const image = await blame(workload.imageFault, () => unpackImage({ archive: workload.image, into: rootfs, scratch: at("layers") }));
    await rm(workload.image);
    for (const name of ["output", "scratch", "configurations"]) await mkdir(at(name));
    const given = sealed.argumentsHash === NO_ARGUMENTS ? undefined : sealed.arguments;
    if (given?.configuration !== undefined) await writeFile(join(at("configurations"), "configuration.json"), JSON.stringify(given.configuration));
    await layPrograms(workload.programs, rootfs);
    const env = { ...image.env, ...given?.environment };
    const command = await blame(workload.imageFault, () => composeCommand(image, given?.command));
    const spec = { rootfs, command, env, workdir: image.workdir, inputs: workload.inputs, output: at("output"), certs: at("certs"), configurations: at("configurations"), scratch: at("scratch"), limits: this.limits(), abort: this.canceling.signal, onStarted: (live: LiveRun) => this.watch(live) };
    return blame(Fault.Machine, () => this.around.runner.run(spec));
  }

  /** The slot's limits; a job's time is cut at the end of the lease, a service's by its clock, because it may be prolonged. */
  private limits(): Limits {
    const left = this.clock === undefined ? this.order.endsAt - Math.floor(this.around.now().getTime() / 1000) : Infinity;
    return { ...this.order.limits, wallSeconds: Math.max(1, Math.min(this.order.limits.wallSeconds, left)) };
  }

  private async finish(outcome: RunOutcome): Promise<void> {
    await this.clock?.stop();
    const timeUp = this.order.service && outcome.limitHit === "time";
    const ended = outcome.limitHit === "aborted";
    const canceled = ended && this.stopper === "customer";
    const done = timeUp || (outcome.exitCode === 0 && outcome.limitHit === undefined);
    const status = canceled ? OrderStatus.Canceled : done ? OrderStatus.Done : OrderStatus.Error;
    const fault = canceled || done ? Fault.None : ended ? Fault.Machine : Fault.Workload;
    const text = summary(outcome, timeUp, this.stopper);
    await this.end(status, fault, text, `${outcome.log}${outcome.log === "" || outcome.log.endsWith("\n") ? "" : "\n"}\n${text}\n`, join(this.directory, "output"));
  }

  private async fail(failure: OrderFailure): Promise<void> {
    const log = `The order ended before its solution did.\n${failure.message}\n`;
    // What was not sealed to this device was not opened: its log holds no secret, and may go to whom the chain names.
    if (isCloisterError(failure.cause, "NotSealedForUs")) this.recipient ??= this.order.resultRecipient;
    try {
      const status = failure.fault === Fault.None ? OrderStatus.Canceled : OrderStatus.Error;
      await this.end(status, failure.fault, failure.message, log);
    } catch (error) {
      // Not even the log could be sealed (a full disk outside): the end itself is still signed.
      this.sign(failure.fault === Fault.None ? OrderStatus.Canceled : OrderStatus.Error, Fault.Machine, `${failure.message} (and the log was lost: ${describe(error)})`, undefined);
    }
  }

  private async end(status: OrderStatus, fault: Fault, outcome: string, log: string, output?: string): Promise<void> {
    const { recipient } = this;
    const before = this.around.now().getTime();
    // Before its report an order has no result that storage is paid for.
    const found: FoundStorage = this.started === undefined || recipient === undefined ? { notes: [] } : await this.storage.find();
    this.asked = this.around.now().getTime() - before;
    const text = `${log}${found.notes.map((note) => `${note}\n`).join("")}`;
    const seal = (to: string) => sealResult({ log: text, output, work: this.directory, recipient: to, target: join(this.order.results, `${this.order.id}.age`) });
    const result = recipient === undefined ? undefined : await this.step("Encrypt the order result", () => seal(recipient));
    this.sign(status, fault, outcome, result, found);
  }

  private sign(status: OrderStatus, fault: Fault, outcome: string, result: SealedResult | undefined, { store: granted }: Partial<FoundStorage> = {}): void {
    const { order, around, started, resultStore: store } = this;
    const end: OrderEnd = { status, fault, outcome, result, store, granted, usedSeconds: started && (this.clock?.used() ?? Math.max(0, Math.ceil((around.now().getTime() - started.getTime() - this.asked) / 1000))) };
    around.send(signEnd(order, around.device.key, end));
  }

  private async step<T>(name: LoaderStep, work: () => Promise<T>): Promise<T> {
    const { id } = this.order;
    this.around.send({ type: "step", id, name, state: "started" });
    const result = await work();
    this.around.send({ type: "step", id, name, state: "done" });
    return result;
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
