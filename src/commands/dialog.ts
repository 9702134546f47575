// SPDX-License-Identifier: Apache-2.0
import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import { CloisterError } from "../core/errors";

export interface Question {
  /** Taken when the answer is empty. */
  readonly default?: string;
  /** The answer is not shown while it is typed. */
  readonly secret?: boolean;
  /** Where else the answer may come from, if from no option. */
  readonly elsewhere?: string;
}

/** Questions and answers over one input: a terminal, or a pipe with one answer a line. */
export class Dialog {
  private reader?: Interface;
  private readonly waiting: ((line: string | undefined) => void)[] = [];
  private readonly lines: string[] = [];
  private ended = false;
  private interrupted = false;
  private silent = false;

  constructor(
    private readonly input: NodeJS.ReadableStream & { isTTY?: boolean },
    private readonly output: (text: string) => void,
  ) {}

  /**
   * Asks and waits for one line.
   *
   * @throws CloisterError `NoAnswer` when the input ended, `Interrupted` on Ctrl-C.
   */
  async ask(question: string, { default: fallback, secret = false, elsewhere = "give the value as an option" }: Question = {}): Promise<string> {
    this.open();
    this.output(`${question}${fallback === undefined ? "" : ` (${fallback})`} `);
    this.silent = secret;
    const line = await this.next();
    this.silent = false;
    if (secret || this.input.isTTY !== true) this.output("\n");
    if (line === undefined) {
      if (this.interrupted) throw new CloisterError("Interrupted", `The question "${question}" was interrupted.`, "Start it again.", { question });
      throw new CloisterError("NoAnswer", `There was no answer to "${question}".`, `Answer on the terminal, or ${elsewhere}.`, { question });
    }
    const answer = line.trim();
    return answer === "" && fallback !== undefined ? fallback : answer;
  }

  close(): void {
    this.reader?.close();
  }

  private open(): void {
    if (this.reader !== undefined) return;
    // What is typed is echoed through this stream, which falls silent for secrets.
    const echo = new Writable({
      write: (piece: Buffer, _encoding, done) => {
        if (!this.silent) this.output(piece.toString());
        done();
      },
    });
    this.reader = createInterface({ input: this.input, output: this.input.isTTY === true ? echo : undefined, terminal: this.input.isTTY === true });
    this.reader.on("line", (line) => {
      const taker = this.waiting.shift();
      if (taker === undefined) this.lines.push(line);
      else taker(line);
    });
    // Ctrl-C at a terminal, which answers nothing.
    this.reader.on("SIGINT", () => {
      this.interrupted = true;
      this.reader?.close();
    });
    this.reader.on("close", () => {
      this.ended = true;
      for (const taker of this.waiting.splice(0)) taker(undefined);
    });
  }

  private next(): Promise<string | undefined> {
    const line = this.lines.shift();
    if (line !== undefined || this.ended) return Promise.resolve(line);
    return new Promise((done) => this.waiting.push(done));
  }
}
