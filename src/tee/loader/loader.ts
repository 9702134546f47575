// SPDX-License-Identifier: Apache-2.0
import type { Readable, Writable } from "node:stream";
import { CloisterError, isCloisterError } from "../../core/errors";
import type { Runner } from "../runner/runner";
import { Device } from "./device";
import { describe } from "./failure";
import { readLines, writeLine } from "./lines";
import { endLost } from "./lost";
import { OrderRun } from "./order";
import { PROTOCOL, readControllerMessage, type ControllerMessage, type LoaderMessage, type QuoteAnswer } from "./protocol";

/** What the process around gives the loader. */
export interface LoaderSurroundings {
  readonly input: Readable;
  readonly output: Writable;
  /** Asks the platform for evidence over these 64 bytes. */
  readonly quote: (reportData: Uint8Array) => Promise<QuoteAnswer>;
  readonly runner: Runner;
  /** What the runner's probe said. */
  readonly found: string;
  /** Directory in a tmpfs that nobody else sees. */
  readonly work: string;
  readonly now: () => Date;
}

/** The trusted loader: answers the controller until it says stop or its line ends. */
export async function serve(around: LoaderSurroundings): Promise<void> {
  const device = await Device.create();
  const runs = new Map<string, OrderRun>();
  const ending = new Set<Promise<void>>();
  const send = (message: LoaderMessage) => writeLine(around.output, message);
  const publicKey = Buffer.from(device.spki).toString("base64");
  const { name, isolation } = around.runner;
  send({ type: "hello", protocol: PROTOCOL, publicKey, ageRecipient: device.ageRecipient, device: device.id, runner: { name, isolation, found: around.found } });

  const find = (id: string): OrderRun => {
    const run = runs.get(id);
    if (run === undefined) throw new CloisterError("RunUnknown", `There is no run ${id}.`, "Send the order again.", { id });
    return run;
  };
  const start = (message: Extract<ControllerMessage, { type: "run" }>) => {
    const { id } = message.order;
    if (runs.has(id)) throw new CloisterError("RunRepeated", `The run ${id} is going on already.`, "Wait for its end.", { id });
    void device.chain; // Without a certificate nothing that ran here could be proven.
    const run = new OrderRun(message.order, { device, send, runner: around.runner, work: around.work, now: around.now });
    runs.set(id, run);
    const end = run.run().finally(() => {
      runs.delete(id);
      ending.delete(end);
    });
    ending.add(end);
  };
  const handle = async (message: ControllerMessage): Promise<void> => {
    if (message.type === "quote") {
      const answer = await around.quote(device.reportData());
      if ("error" in answer) throw new CloisterError("QuoteRefused", `The platform gives no evidence: ${answer.error}`, "Start the loader through its platform.");
      send({ type: "deviceRequest", publicKey, ageRecipient: device.ageRecipient, quote: answer.quote, collateral: answer.collateral, proofOfPossession: Buffer.from(device.provePossession()).toString("base64") });
    } else if (message.type === "install") {
      const { validUntil } = device.install(message.chain);
      for (const run of runs.values()) await run.renew();
      send({ type: "installed", device: device.id, validUntil: Math.floor(validUntil.getTime() / 1000) });
    } else if (message.type === "register") {
      const { chainId, attestation, offer, provider } = message;
      send({ type: "registration", chainId, attestation, offer, provider, device: device.id, signature: device.registration(message) });
    } else if (message.type === "run") start(message);
    else if (message.type === "files") find(message.id).files(message.files);
    else if (message.type === "grants") runs.get(message.id)?.storage.bring(message.grants); // A late answer finds no run, or no question.
    else if (message.type === "published") find(message.id).published(message.paidSeconds);
    else if (message.type === "paid") await find(message.id).pay(message.paidSeconds);
    else if (message.type === "cancel") find(message.id).cancel(message.by);
    else if (message.type === "lost") {
      if (runs.has(message.id)) throw new CloisterError("RunRepeated", `The run ${message.id} is going on: it is not lost.`, "Wait for its end.", { id: message.id });
      send(await endLost(message, device, around.work));
    }
  };

  for await (const line of readLines(around.input)) {
    if (line.trim() === "") continue;
    let id: string | undefined;
    try {
      const message = readControllerMessage(line);
      if (message.type === "stop") break;
      id = "id" in message ? message.id : message.type === "run" ? message.order.id : undefined;
      await handle(message);
    } catch (error) {
      const { code, message, fix } = isCloisterError(error) ? error : { code: "LoaderFailed", message: describe(error), fix: undefined };
      send({ type: "error", id, code, message, fix });
    }
  }
  for (const run of runs.values()) {
    run.storage.close();
    run.cancel("machine");
  }
  await Promise.all(ending);
}
