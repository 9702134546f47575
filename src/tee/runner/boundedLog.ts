// SPDX-License-Identifier: Apache-2.0

/** Keeps the first and the last half of a text of unknown length, in constant memory. */
export class BoundedLog {
  private readonly head: Buffer[] = [];
  private headBytes = 0;
  private tail: Buffer[] = [];
  private tailBytes = 0;
  private leftOut = 0;

  constructor(private readonly limit: number) {}

  push(chunk: Buffer): void {
    const half = Math.floor(this.limit / 2);
    const first = chunk.subarray(0, Math.max(0, half - this.headBytes));
    if (first.length > 0) {
      this.head.push(first);
      this.headBytes += first.length;
    }
    const rest = chunk.subarray(first.length);
    if (rest.length === 0) return;
    this.tail.push(Buffer.from(rest));
    this.tailBytes += rest.length;
    // Many small pieces are joined now and then, so that cutting stays cheap.
    if (this.tailBytes > 2 * half + 65_536 || this.tail.length > 4096) {
      const whole = Buffer.concat(this.tail);
      const kept = whole.subarray(Math.max(0, whole.length - half));
      this.leftOut += whole.length - kept.length;
      this.tail = [Buffer.from(kept)];
      this.tailBytes = kept.length;
    }
  }

  /** The text; a line in its middle says how much was left out. */
  text(): string {
    const whole = Buffer.concat(this.tail);
    const kept = whole.subarray(Math.max(0, whole.length - Math.floor(this.limit / 2)));
    const missing = this.leftOut + whole.length - kept.length;
    const middle = missing > 0 ? `\n… ${missing} bytes of the log are left out …\n` : "";
    return `${Buffer.concat(this.head).toString("utf8")}${middle}${kept.toString("utf8")}`;
  }
}
