// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { CloisterError } from "../../core/errors";
import type { StoredObject, Staging } from "../objectStore";
import { PartWriter } from "../parts";
import { stagedBytesDiffer } from "../storeErrors";
import type { Bucket, StoredPart } from "./bucket";

/** Bytes of a part; a bucket takes 10,000 of them, so objects of up to 156 GiB. */
export const PART = 16 << 20;
const MOST_PARTS = 10_000;
/** The largest object that a bucket copies in one request, and how much is copied at a time of a larger one. */
const COPY = { most: 5 * 2 ** 30, piece: 2 ** 30 };

/** What a staging needs of its store. */
export interface Destination {
  keyOf(sha256: string): string;
  /** Whether the object is there, and not expired. */
  there(sha256: string): Promise<boolean>;
  /** Called once the object is there under its key. */
  stored(sha256: string, keepUntil: number | undefined, there: boolean): Promise<void>;
}

/**
 * A multipart upload under `key`, whose id is kept in an object beside it, so that the next process finds it. Parts cannot be read back:
 * they are compared by their MD5, which is their ETag in an unencrypted bucket (elsewhere an interrupted upload starts anew).
 * Content that fits into one part is put under its own key at once.
 */
export async function openStaging(bucket: Bucket, key: string, name: string, destination: Destination, copy = COPY): Promise<Staging> {
  const uploadId = await bucket.text(`${key}.id`);
  const parts = uploadId === undefined ? undefined : await bucket.parts(key, uploadId);
  return new S3Staging(bucket, key, name, destination, copy, parts === undefined ? undefined : uploadId, parts ?? []);
}

class S3Staging implements Staging {
  readonly compares = true;
  readonly size: number;
  private readonly earlier: ReadonlyMap<number, StoredPart>;
  private readonly sent: StoredPart[] = [];
  private readonly writer: PartWriter;
  private only: Buffer | undefined;

  constructor(
    private readonly bucket: Bucket,
    private readonly key: string,
    private readonly name: string,
    private readonly destination: Destination,
    private readonly copyLimits: typeof COPY,
    private uploadId: string | undefined,
    parts: readonly StoredPart[],
  ) {
    this.earlier = new Map(parts.map((part) => [part.partNumber, part]));
    this.size = parts.reduce((sum, { size }) => sum + size, 0);
    this.writer = new PartWriter(PART, (bytes, offset) => this.send(bytes, offset), 0);
  }

  async read(): Promise<number> {
    throw new Error("the parts of a multipart upload cannot be read");
  }

  write(bytes: Uint8Array, offset: number): Promise<void> {
    return this.writer.write(bytes, offset);
  }

  async commit(sha256: string, keepUntil?: number): Promise<StoredObject> {
    const size = await this.writer.finish();
    if (this.earlier.size > this.sent.length) throw stagedBytesDiffer(this.name);
    const there = await this.destination.there(sha256);
    const target = this.destination.keyOf(sha256);
    if (this.uploadId === undefined) await this.bucket.put(target, this.only ?? Buffer.alloc(0));
    else {
      await this.bucket.complete(this.key, this.uploadId, this.sent);
      await this.assertSize(this.key, size);
      await this.copy(target, size);
      await this.assertSize(target, size);
      await this.bucket.delete(this.key);
      await this.bucket.delete(`${this.key}.id`);
    }
    await this.destination.stored(sha256, keepUntil, there);
    return { sha256, size };
  }

  async close(): Promise<void> {
    await this.writer.stop();
  }

  async discard(): Promise<void> {
    await this.writer.stop();
    if (this.uploadId === undefined) return;
    await this.bucket.abort(this.key, this.uploadId);
    await this.bucket.delete(`${this.key}.id`);
  }

  private async send(bytes: Buffer, offset: number): Promise<void> {
    // A first part that is not full is all there is; the writer's buffer stays as it is from now on.
    if (offset === 0 && bytes.length < PART && this.uploadId === undefined) return void (this.only = bytes);
    const partNumber = offset / PART + 1;
    if (partNumber > MOST_PARTS) throw new CloisterError("ObjectTooLarge", `The object has more than ${MOST_PARTS * PART} bytes, the most that an S3 bucket takes.`, "Split it, or use a store server.", { largest: MOST_PARTS * PART });
    const known = this.earlier.get(partNumber);
    if (known !== undefined) {
      if (known.size !== bytes.length || known.etag !== createHash("md5").update(bytes).digest("hex")) throw stagedBytesDiffer(this.name);
      this.sent.push(known);
      return;
    }
    this.uploadId ??= await this.begin();
    this.sent.push(await this.bucket.part(this.key, this.uploadId, partNumber, bytes));
  }

  private async begin(): Promise<string> {
    const uploadId = await this.bucket.beginMultipart(this.key);
    await this.bucket.put(`${this.key}.id`, Buffer.from(uploadId));
    return uploadId;
  }

  /** Gives the object its own key, within the service. */
  private async copy(target: string, size: number): Promise<void> {
    const { most, piece } = this.copyLimits;
    if (size <= most) return this.bucket.copy(this.key, target);
    const uploadId = await this.bucket.beginMultipart(target);
    try {
      const parts: StoredPart[] = [];
      for (let start = 0; start < size; start += piece) parts.push(await this.bucket.copyPart(this.key, target, uploadId, parts.length + 1, start, Math.min(size, start + piece)));
      await this.bucket.complete(target, uploadId, parts);
    } catch (error) {
      await this.bucket.abort(target, uploadId);
      throw error;
    }
  }

  /** Some services answer a failed step with 200; what is there tells. */
  private async assertSize(key: string, size: number): Promise<void> {
    const found = await this.bucket.size(key);
    if (found !== size) throw new CloisterError("StoreFailed", `The S3 bucket ${this.bucket.name} has ${found ?? "no"} bytes of ${key} instead of ${size}.`, "Start again.", { size, found });
  }
}
