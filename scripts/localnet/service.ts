// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";

/** A process of the local network that serves until it is stopped. */
export class Service {
  private output = "";
  private ended: string | undefined;
  private wake: () => void = () => undefined;

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {}

  /** Starts a Node process; everything it says goes to `logFile`. */
  static start(name: string, args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv; logFile: string; onLine?: (line: string) => void }): Service {
    const child = spawn(process.execPath, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ["pipe", "pipe", "pipe"] });
    const service = new Service(name, child);
    const log = createWriteStream(options.logFile, { flags: "a", mode: 0o600 });
    let rest = "";
    const take = (chunk: Buffer) => {
      log.write(chunk);
      service.output = `${service.output}${chunk.toString("utf8")}`.slice(-65_536);
      const lines = `${rest}${chunk.toString("utf8")}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) options.onLine?.(line);
      service.wake();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.stdin.on("error", () => undefined); // Its end is reported by the exit.
    child.once("close", () => log.end());
    child.once("error", (error) => service.end(error.message));
    child.once("exit", (code, signal) => service.end(signal ?? `exit code ${code}`));
    return service;
  }

  /** Waits until it has printed what the pattern finds. */
  async ready(pattern: RegExp, milliseconds = 60_000): Promise<RegExpExecArray> {
    const until = Date.now() + milliseconds;
    for (;;) {
      const found = pattern.exec(this.output);
      if (found) return found;
      if (this.ended !== undefined) throw new Error(`${this.name} ended (${this.ended}):\n${this.output.trim().split("\n").slice(-12).join("\n")}`);
      if (Date.now() > until) throw new Error(`${this.name} is not ready after ${milliseconds / 1000} s:\n${this.output.trim().split("\n").slice(-12).join("\n")}`);
      await Promise.race([new Promise<void>((resolve) => (this.wake = resolve)), new Promise((resolve) => setTimeout(resolve, 200))]);
    }
  }

  /** Waits until it has ended by itself; returns how. */
  async over(milliseconds = 30_000): Promise<string> {
    for (const until = Date.now() + milliseconds; this.ended === undefined; ) {
      if (Date.now() > until) throw new Error(`${this.name} has not ended after ${milliseconds / 1000} s`);
      await Promise.race([new Promise<void>((resolve) => (this.wake = resolve)), new Promise((resolve) => setTimeout(resolve, 200))]);
    }
    return this.ended;
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.ended !== undefined;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Asks it to end and waits; after five seconds it is killed. */
  async stop(): Promise<void> {
    if (this.ended !== undefined) return;
    const exited = new Promise<void>((resolve) => this.child.once("exit", () => resolve()));
    this.child.stdin!.end();
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 5000);
    await exited;
    clearTimeout(timer);
  }

  private end(how: string): void {
    this.ended = how;
    this.wake();
  }
}
