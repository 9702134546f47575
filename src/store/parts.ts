// SPDX-License-Identifier: Apache-2.0

/** Sends one part: `bytes` that belong at `offset`. The buffer is the sender's until the promise resolves. */
export type SendPart = (bytes: Buffer, offset: number) => Promise<void>;

/**
 * Cuts a sequence of writes into parts of one size; while one part is sent the next is filled. Two parts of memory, whatever the size.
 */
export class PartWriter {
  private readonly buffers: Buffer[] = [];
  private turn = 0;
  private filled = 0;
  private sending: Promise<void> = Promise.resolve();

  /** @param offset where the sequence begins. */
  constructor(
    private readonly partSize: number,
    private readonly send: SendPart,
    private offset: number,
  ) {}

  /** Copies bytes, which must follow those before; waits where both parts are full. */
  async write(bytes: Uint8Array, offset: number): Promise<void> {
    if (offset !== this.offset + this.filled) throw new Error(`bytes for ${offset} were written at ${this.offset + this.filled}`);
    for (let taken = 0; taken < bytes.length; ) {
      const buffer = this.current();
      const piece = bytes.subarray(taken, taken + this.partSize - this.filled);
      buffer.set(piece, this.filled);
      this.filled += piece.length;
      taken += piece.length;
      if (this.filled === this.partSize) await this.flush();
    }
  }

  /** Sends what is left and waits until all is there; returns how many bytes the whole sequence has. */
  async finish(): Promise<number> {
    if (this.filled > 0) await this.flush();
    await this.sending;
    return this.offset;
  }

  /** Waits for what is being sent, and gives up the rest. */
  async stop(): Promise<void> {
    await this.sending.catch(() => undefined); // whoever stops knows why
  }

  private async flush(): Promise<void> {
    const part = this.current().subarray(0, this.filled);
    const { offset } = this;
    await this.sending;
    this.sending = this.send(part, offset);
    // Awaited before the next part; without this a failure in between would count as unhandled.
    this.sending.catch(() => undefined);
    this.turn = 1 - this.turn;
    this.offset += this.filled;
    this.filled = 0;
  }

  private current(): Buffer {
    return (this.buffers[this.turn] ??= Buffer.allocUnsafe(this.partSize));
  }
}
