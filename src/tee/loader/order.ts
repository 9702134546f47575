// SPDX-License-Identifier: Apache-2.0
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { abortDigest, finishDigest } from "../../chain/digests";
import { CloisterError } from "../../core/errors";
import { toBytes32 } from "../../core/hex";
import { NO_ARGUMENTS } from "../../core/inputs";
import { Fault, OrderStatus } from "../../core/orderStatus";
import type { SealedArguments } from "../../core/sealed";
import { signDigest } from "../../crypto/keys";
import { lstat, RootPath } from "../image/rootPath";
import { unpackImage } from "../image/unpack";
import { composeCommand } from "../runner/root";
import type { Limits, Runner, RunOutcome } from "../runner/runner";
import { decryptWorkload, fileKey, type Workload } from "./decrypt";
import type { Device } from "./device";
import { asFailure, blame, describe, OrderFailure } from "./failure";
import { OrderReport } from "./orderReport";
import type { LoaderMessage, LoaderStep, ResultStore, RunOrder } from "./protocol";
import { sealResult, type SealedResult } from "./result";
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

/** Where a program upon a base image is found inside. */
const PROGRAM = "/sp/run";
const NOTHING = "00".repeat(32);

/** One order from its sealed bytes to its signed end. Every way it can go ends in exactly one `finish` or `abort`. */
export class OrderRun {
  private readonly directory: string;
  private report: OrderReport | undefined;
  private recipient: string | undefined;
  private resultStore: ResultStore | undefined;
  private started: Date | undefined;
  private readonly canceling = new AbortController();
  private readonly answers = { files: deferred<Readonly<Record<string, string>>>(), published: deferred<void>() };

  constructor(
    private readonly order: RunOrder,
    private readonly around: OrderSurroundings,
  ) {
    this.directory = join(around.work, order.id);
    // A cancellation ends both waits; nobody may be waiting yet.
    for (const { promise } of Object.values(this.answers)) promise.catch(() => undefined);
  }

  /** The controller brought the ciphertexts. */
  files(files: Readonly<Record<string, string>>): void {
    this.answers.files.resolve(files);
  }

  /** The report is on the chain. */
  published(): void {
    this.answers.published.resolve();
  }

  /** The customer canceled, or the loader stops. */
  cancel(): void {
    const error = new OrderFailure(Fault.None, new CloisterError("OrderCanceled", "The order was canceled.", "Place it again if you want it to run."));
    this.canceling.abort();
    this.answers.files.reject(error);
    this.answers.published.reject(error);
  }

  /** Re-issues the order certificate after the device's was renewed. */
  async renew(): Promise<void> {
    if (this.report !== undefined) await this.report.writeCertificates(join(this.directory, "certs"), this.around.now());
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
    const limits = around.runner.held(this.limits());
    this.report = new OrderReport(around.device, order, workload.measured, around.runner, limits, around.now());
    const certificate = await this.report.writeCertificates(join(this.directory, "certs"), around.now());
    const message = this.report.message(certificate);
    if (message.record.solutionHash !== toBytes32(order.solutionHash)) {
      throw new OrderFailure(Fault.Workload, new CloisterError("SolutionHashMismatch", `The solution that came is ${message.record.solutionHash}, the order names ${toBytes32(order.solutionHash)}.`, "Place the order again with the true solution."));
    }
    around.send(message);
    await this.answers.published.promise;
    this.started = around.now();
  }

  private async execute(sealed: SealedArguments, workload: Workload): Promise<RunOutcome> {
    const at = (name: string) => join(this.directory, name);
    const rootfs = at("root");
    const image = await blame(workload.imageFault, () => unpackImage({ archive: workload.image, into: rootfs, scratch: at("layers") }));
    await rm(workload.image);
    for (const name of ["output", "scratch", "configurations"]) await mkdir(at(name));
    const given = sealed.argumentsHash === NO_ARGUMENTS ? undefined : sealed.arguments;
    if (given?.configuration !== undefined) await writeFile(join(at("configurations"), "configuration.json"), JSON.stringify(given.configuration));
    if (workload.program !== undefined) await this.placeProgram(workload.program, rootfs);
    const env = { ...image.env, ...given?.environment };
    const command = await blame(workload.imageFault, () => composeCommand(image, given?.command));
    const spec = { rootfs, command, env, workdir: image.workdir, inputs: workload.inputs, output: at("output"), certs: at("certs"), configurations: at("configurations"), scratch: at("scratch"), limits: this.limits(), abort: this.canceling.signal };
    return blame(Fault.Machine, () => this.around.runner.run(spec));
  }

  /** A program that runs upon a base image lies at /sp/run. */
  private async placeProgram(program: string, rootfs: string): Promise<void> {
    const directory = new RootPath(rootfs).directory(["sp"], { make: true, links: false, of: PROGRAM }) as string;
    const target = join(rootfs, directory, "run");
    if (lstat(target) !== undefined) throw new OrderFailure(Fault.Workload, new CloisterError("ImageMountPointTaken", `The image has a ${PROGRAM} of its own.`, `Remove ${PROGRAM} from the base image.`));
    await rename(program, target);
  }

  /** The slot's limits, the time cut at the end of the lease. */
  private limits(): Limits {
    const left = this.order.endsAt - Math.floor(this.around.now().getTime() / 1000);
    return { ...this.order.limits, wallSeconds: Math.max(1, Math.min(this.order.limits.wallSeconds, left)) };
  }

  private async finish(outcome: RunOutcome): Promise<void> {
    const timeUp = this.order.service && outcome.limitHit === "time";
    const canceled = outcome.limitHit === "aborted";
    const done = timeUp || (outcome.exitCode === 0 && outcome.limitHit === undefined);
    const status = canceled ? OrderStatus.Canceled : done ? OrderStatus.Done : OrderStatus.Error;
    const fault = canceled || done ? Fault.None : Fault.Workload;
    const text = summary(outcome, timeUp);
    await this.end(status, fault, text, `${outcome.log}${outcome.log === "" || outcome.log.endsWith("\n") ? "" : "\n"}\n${text}\n`, join(this.directory, "output"));
  }

  private async fail(failure: OrderFailure): Promise<void> {
    const log = `The order ended before its solution did.\n${failure.message}\n`;
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
    const seal = (to: string) => sealResult({ log, output, work: this.directory, recipient: to, target: join(this.order.results, `${this.order.id}.age`) });
    const result = recipient === undefined ? undefined : await this.step("Encrypt the order result", () => seal(recipient));
    this.sign(status, fault, outcome, result);
  }

  private sign(status: OrderStatus, fault: Fault, outcome: string, result: SealedResult | undefined): void {
    const { order, around, started } = this;
    const domain = { chainId: order.chainId, verifyingContract: order.orderBook };
    const resultHash = toBytes32(result?.sha256 ?? NOTHING);
    const common = { id: order.id, fault, resultHash, size: result?.size ?? 0, store: this.resultStore, outcome };
    if (started === undefined) {
      const signature = signDigest(around.device.key, abortDigest(domain, { order: BigInt(order.order), fault, resultHash }));
      around.send({ type: "abort", ...common, signature, result: result?.path });
      return;
    }
    const usedSeconds = Math.max(0, Math.ceil((around.now().getTime() - started.getTime()) / 1000));
    const signature = signDigest(around.device.key, finishDigest(domain, { order: BigInt(order.order), status, fault, resultHash, usedSeconds }));
    around.send({ type: "finish", ...common, status, usedSeconds, signature, result: result?.path ?? "" });
  }

  private async step<T>(name: LoaderStep, work: () => Promise<T>): Promise<T> {
    const { id } = this.order;
    this.around.send({ type: "step", id, name, state: "started" });
    const result = await work();
    this.around.send({ type: "step", id, name, state: "done" });
    return result;
  }
}

/** How a run ended, in one line for the customer. */
function summary(outcome: RunOutcome, timeUp: boolean): string {
  const { used } = outcome;
  const how = timeUp ? "ran to the end of its lease" : outcome.limitHit === "aborted" ? "was canceled" : outcome.limitHit !== undefined ? `was ended by its limit of ${outcome.limitHit}` : `ended with exit code ${outcome.exitCode}`;
  const left = outcome.leftOut.length === 0 ? "" : ` Left out of the output: ${outcome.leftOut.join("; ")}.`;
  return `The solution ${how} after ${used.wallSeconds.toFixed(1)} s (memory ${Math.ceil(used.memoryBytes / 2 ** 20)} MiB, output ${used.outputBytes} bytes).${left}`;
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
