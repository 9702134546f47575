// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import type { ResourcePlace } from "../../core/resource";
import type { Swept } from "../directory";
import type { ByteRange, ObjectStore, PutOptions, StoredObject, Staging } from "../objectStore";
import { putStaged } from "../putStaged";
import { resumed } from "../resumed";
import { contentExpired, objectMissing } from "../storeErrors";
import { verified } from "../verified";
import { Bucket, type S3Settings } from "./bucket";
import { openStaging } from "./s3Staging";

/** Seconds for which a presigned URL can open an object: the format permits no more. */
export const A_WEEK = 7 * 24 * 3600;

/** How many places are kept for who asks after storing. */
const MOST_PLACES = 1000;

/**
 * A store in an S3 bucket (path style), objects under `[<prefix>/]<sha256>`. An object's end date is the text of `until/<sha256>` beside it;
 * an upload on its way is `staging/<name>`. Requests are signed by s3mini.
 */
export class S3Store implements ObjectStore {
  readonly name: string;
  private readonly bucket: Bucket;
  private readonly prefix: string;
  private readonly places = new Map<string, ResourcePlace>();

  /** @param now Unix seconds; what an end date is compared with. */
  constructor(
    settings: S3Settings,
    private readonly now: () => number = () => Math.floor(Date.now() / 1000),
  ) {
    this.bucket = new Bucket(settings);
    this.prefix = settings.prefix === undefined ? "" : `${settings.prefix}/`;
    this.name = s3Name(`${this.bucket.name}/${this.prefix}`);
  }

  /** Only of an object that was put, committed or shared here: signing takes a moment that this cannot wait for. */
  place(sha256: string): ResourcePlace {
    const place = this.places.get(sha256);
    if (place === undefined) throw new Error(`the object ${sha256} was not stored by this process`);
    return place;
  }

  async share(sha256: string, notAfter: number): Promise<ResourcePlace> {
    const seconds = Math.max(1, Math.min(A_WEEK, notAfter - Math.floor(Date.now() / 1000)));
    const url = await this.bucket.presign("GET", this.keyOf(sha256), seconds);
    const place: ResourcePlace = { type: "STORAGE_PROVIDER", storageType: "S3", filepath: sha256, credentials: { url } };
    const [oldest] = this.places.size >= MOST_PLACES ? this.places.keys() : [];
    if (oldest !== undefined) this.places.delete(oldest);
    this.places.set(sha256, place);
    return place;
  }

  /** Presigned URLs to write and to read one new object, whose name says nothing, within a week. */
  async dropbox(): Promise<{ put: string; get: string }> {
    const key = `${this.prefix}results/${randomBytes(16).toString("hex")}`;
    return { put: await this.bucket.presign("PUT", key, A_WEEK), get: await this.bucket.presign("GET", key, A_WEEK) };
  }

  put(bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredObject> {
    return putStaged(this, bytes, options);
  }

  get(sha256: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    const bytes = this.read(sha256, range);
    return range === undefined ? verified(bytes, sha256) : bytes;
  }

  async has(sha256: string): Promise<StoredObject | undefined> {
    const size = await this.bucket.size(this.keyOf(sha256));
    return size === undefined || (await this.expiredSince(sha256)) !== undefined ? undefined : { sha256, size };
  }

  async delete(sha256: string): Promise<boolean> {
    if ((await this.has(sha256)) === undefined) return false;
    await this.bucket.delete(this.keyOf(sha256));
    await this.bucket.delete(this.dateKey(sha256));
    return true;
  }

  async stage(name: string): Promise<Staging> {
    if (!/^[\w-]{1,100}$/.test(name)) throw new Error(`"${name}" cannot name a staging object`);
    return openStaging(this.bucket, `${this.prefix}staging/${name}`, name, {
      keyOf: (sha256) => this.keyOf(sha256),
      stored: async (sha256, until, there) => {
        await this.noteDate(sha256, until, there);
        await this.share(sha256, Infinity);
      },
      there: async (sha256) => (await this.has(sha256)) !== undefined,
    });
  }

  /** Removes the objects whose end date has passed. */
  async sweep(): Promise<Swept> {
    let [objects, bytes] = [0, 0];
    for await (const key of this.bucket.keys(this.dateKey(""))) {
      const sha256 = key.slice(-64);
      if (!/^[0-9a-f]{64}$/.test(sha256) || (await this.expiredSince(sha256)) === undefined) continue;
      const size = await this.bucket.size(this.keyOf(sha256));
      if (size === undefined) continue;
      await this.bucket.delete(this.keyOf(sha256));
      objects++;
      bytes += size;
    }
    return { objects, bytes };
  }

  private async *read(sha256: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const key = this.keyOf(sha256);
    const until = await this.expiredSince(sha256);
    if (until !== undefined) throw contentExpired(sha256, until);
    if ((await this.bucket.size(key)) === undefined) throw objectMissing(sha256, this.name);
    yield* resumed(this.bucket, (start, end) => this.bucket.open(key, start, end), range);
  }

  /** As in a directory store: of an object that is there the later date counts, and none is the latest. */
  private async noteDate(sha256: string, until: number | undefined, there: boolean): Promise<void> {
    const known = await this.endDate(sha256);
    if (there && known === undefined) return;
    if (until !== undefined) await this.bucket.put(this.dateKey(sha256), Buffer.from(String(there ? Math.max(known ?? 0, until) : until)));
    else if (known !== undefined) await this.bucket.delete(this.dateKey(sha256));
  }

  private async endDate(sha256: string): Promise<number | undefined> {
    const text = await this.bucket.text(this.dateKey(sha256));
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  private async expiredSince(sha256: string): Promise<number | undefined> {
    const until = await this.endDate(sha256);
    return until !== undefined && until <= this.now() ? until : undefined;
  }

  private keyOf(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw objectMissing(String(sha256).slice(0, 80), this.name);
    return `${this.prefix}${sha256}`;
  }

  private dateKey(sha256: string): string {
    return `${this.prefix}until/${sha256}`;
  }
}

/** Name of the store that holds an object, from the URL of its bucket and prefix: with `/` at its end, without the object. */
export function s3Name(url: string): string {
  const { origin, pathname } = new URL(url);
  return `S3:${origin}${pathname.replace(/[^/]*$/, "")}`;
}
