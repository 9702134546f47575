// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";

import { CloisterError } from "../../core/errors";
import { readLines, writeLine } from "../loader/lines";
import type { ControllerMessage, LoaderMessage } from "../loader/protocol";

/** How the platform and its loader are started. */
export interface LoaderProcessOptions {
  /** The platform's executable bundle; it starts exactly the loader that it measures. */
  readonly platform: string;
  readonly loader: string;
  /** State directory of the (simulated) platform. */
  readonly state: string;
  readonly runner: string;
  readonly allowUnisolated: boolean;
  /** Bytes of the loader's memory for plaintext. */
  readonly memoryBytes?: number;
  /** Where evidence comes from: simulated unless told otherwise, never by what the machine has. */
  readonly evidence?: "simulated" | "tsm";
  /** File with the platform's collateral, for evidence of a real machine. */
  readonly collateral?: string;
  readonly onLog: (line: string) => void;
}

export type Hello = Extract<LoaderMessage, { type: "hello" }>;

/** The trusted loader as the controller sees it: a process behind two pipes. The controller believes nothing of it that is not signed. */
export class LoaderProcess {
  private readonly listeners = new Set<(message: LoaderMessage) => void>();
  private ended = false;

  private constructor(
    private readonly child: ChildProcess,
    private readonly input: Writable,
  ) {}

  /** Starts platform and loader and waits for the loader's hello. @throws CloisterError `LoaderDied`. */
  static async start(options: LoaderProcessOptions): Promise<{ loader: LoaderProcess; hello: Hello }> {
    const memory = options.memoryBytes === undefined ? [] : ["--memory", String(options.memoryBytes)];
    const unisolated = options.allowUnisolated ? ["--allow-unisolated"] : [];
    const evidence = ["--evidence", options.evidence ?? "simulated", ...(options.collateral === undefined ? [] : ["--collateral", options.collateral])];
    const child = spawn(process.execPath, [options.platform, "--loader", options.loader, "--state", options.state, "--runner", options.runner, ...evidence, ...memory, ...unisolated], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const loader = new LoaderProcess(child, child.stdin);
    child.stdin.on("error", () => undefined); // Its end is reported by the exit.
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-2000);
      for (const line of text.split("\n")) if (line.trim() !== "") options.onLog(line);
    });
    const died = new Promise<never>((_, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        loader.ended = true;
        reject(new CloisterError("LoaderDied", `The loader ended (${signal ?? `exit code ${code}`}): ${said.trim().split("\n").at(-1) ?? ""}`, "See what it said above; `tee run` starts it again."));
      });
    });
    died.catch(() => undefined);
    void loader.pump(child.stdout);
    const hello = await Promise.race([loader.next((message): message is Hello => message.type === "hello"), died]);
    loader.died = died;
    return { loader, hello };
  }

  /** Rejects when the process ends. */
  died: Promise<never> = new Promise(() => undefined);

  send(message: ControllerMessage): void {
    writeLine(this.input, message);
  }

  /** Calls back for every message until the returned function is called. */
  listen(listener: (message: LoaderMessage) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The next message of a kind. */
  next<Kind extends LoaderMessage>(is: (message: LoaderMessage) => message is Kind): Promise<Kind> {
    return new Promise((resolve, reject) => {
      const stop = this.listen((message) => {
        if (is(message)) {
          stop();
          resolve(message);
        } else if (message.type === "error" && message.id === undefined) {
          stop();
          reject(new CloisterError(message.code, message.message, message.fix));
        }
      });
    });
  }

  /** Asks and waits for the answer of a kind. @throws CloisterError as the loader says, or `LoaderDied`. */
  async ask<Kind extends LoaderMessage>(message: ControllerMessage, is: (message: LoaderMessage) => message is Kind): Promise<Kind> {
    const answer = this.next(is);
    this.send(message);
    return Promise.race([answer, this.died]);
  }

  /** Ends loader and platform; plaintext goes with their memory. */
  async stop(): Promise<void> {
    if (this.ended) return;
    const exited = new Promise<void>((resolve) => this.child.once("exit", () => resolve()));
    this.send({ type: "stop" });
    this.input.end();
    const timer = setTimeout(() => this.child.kill("SIGTERM"), 3000);
    await exited;
    clearTimeout(timer);
  }

  private async pump(output: Readable): Promise<void> {
    for await (const line of readLines(output)) {
      const message = JSON.parse(line) as LoaderMessage;
      for (const listener of [...this.listeners]) listener(message);
    }
  }
}
