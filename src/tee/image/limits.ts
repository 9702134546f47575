// SPDX-License-Identifier: Apache-2.0
import { Transform, type TransformCallback } from "node:stream";
import { CloisterError } from "../../core/errors";

/** How much an image archive may hold before it is refused. */
export interface ImageLimits {
  /** Largest sum of the bytes of all files of the archive once the outer gzip is taken off, and of all layers. */
  readonly bytes: number;
  /** Largest number of entries over all layers. */
  readonly entries: number;
  /** Largest quotient of unpacked and packed bytes; only looked at above {@link ImageLimits.ratioFloor}. */
  readonly ratio: number;
  /** Bytes below which any ratio is accepted: a small image of zeros harms nobody. */
  readonly ratioFloor: number;
}

/** 8 GiB, 400,000 entries, 100 times: well above real images (a full Python one has 3 times), well below a bomb (gzip reaches 1,032). */
export const DEFAULT_IMAGE_LIMITS: ImageLimits = { bytes: 8 * 2 ** 30, entries: 400_000, ratio: 100, ratioFloor: 64 * 2 ** 20 };

/** Counts what one unpacking has produced and throws as soon as it is too much. */
export class ImageBudget {
  private bytes = 0;
  private entries = 0;

  /** @param packedBytes size of the archive file as it lies there. */
  constructor(
    private readonly limits: ImageLimits,
    private readonly packedBytes: number,
  ) {}

  /** @throws CloisterError `ImageTooLarge` when the sum so far is above a limit. */
  takeBytes(count: number): void {
    this.bytes += count;
    if (this.bytes > this.limits.bytes) throw tooLarge("bytes", this.bytes, this.limits.bytes);
    const ratio = this.bytes / Math.max(1, this.packedBytes);
    if (this.bytes > this.limits.ratioFloor && ratio > this.limits.ratio) {
      throw tooLarge("times its packed size", Math.ceil(ratio), this.limits.ratio);
    }
  }

  /** @throws CloisterError `ImageTooLarge` when there are more entries than allowed. */
  takeEntry(): void {
    this.entries += 1;
    if (this.entries > this.limits.entries) throw tooLarge("entries", this.entries, this.limits.entries);
  }

  /** A stream that passes everything through and counts it. */
  meter(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) => {
        try {
          this.takeBytes(chunk.length);
          done(null, chunk);
        } catch (error) {
          done(error as Error);
        }
      },
    });
  }
}

function tooLarge(unit: string, given: number, limit: number): CloisterError {
  return new CloisterError(
    "ImageTooLarge",
    `The image unpacks to at least ${given} ${unit}; the limit is ${limit}.`,
    "Make the image smaller, or run it on a machine with a larger limit.",
    { unit, given, limit },
  );
}
