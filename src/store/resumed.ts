// SPDX-License-Identifier: Apache-2.0
import { setTimeout as pause } from "node:timers/promises";
import type { ByteRange } from "./objectStore";

/** Milliseconds before the next attempt, where a connection failed without progress. */
export const PAUSES = [50, 200, 500, 1000, 2000, 3000];

/** How a store far away is read and asked: what opens, which errors may pass, and what to say when they do not. */
export interface Far {
  /** Whether another attempt may help. */
  isPassing(error: unknown): boolean;
  /** The error after the last attempt. */
  unreachable(error: unknown): Error;
}

/** Repeats an action where the connection fails; `progress` tells whether the last attempt came further. */
export async function persist<Result>(far: Far, action: () => Promise<Result>, progress: () => boolean = () => false): Promise<Result> {
  for (let failures = 0; ; ) {
    try {
      return await action();
    } catch (error) {
      if (!far.isPassing(error)) throw error;
      if (progress()) failures = 0;
      const wait = PAUSES[failures++];
      if (wait === undefined) throw far.unreachable(error);
      await pause(wait);
    }
  }
}

/** A part of an object that begins to arrive. */
export interface Arriving {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Bytes of this part. */
  readonly length: number;
}

/**
 * Reads an object or a range of it; where the connection breaks, the rest is asked for again.
 *
 * @param open the bytes from `start` up to `end` (to the last one where it is undefined); the whole object where both are.
 */
export async function* resumed(far: Far, open: (start: number | undefined, end: number | undefined) => Promise<Arriving>, range?: ByteRange): AsyncGenerator<Uint8Array> {
  let at = range?.start ?? 0;
  let end = range && range.start + range.length;
  for (let failures = 0; end === undefined || at < end; ) {
    const part = await persist(far, () => (end === undefined ? open(undefined, undefined) : open(at, end)));
    end = Math.min(end ?? Infinity, at + part.length);
    try {
      for await (const piece of part.bytes) {
        failures = 0;
        at += piece.length;
        yield piece;
      }
      if (at >= end) return;
      throw new CutShort(`${end - at} bytes are missing`);
    } catch (error) {
      if (!(error instanceof CutShort) && !far.isPassing(error)) throw error;
      const wait = PAUSES[failures++];
      if (wait === undefined) throw far.unreachable(error);
      await pause(wait);
    }
  }
}

class CutShort extends Error {}
