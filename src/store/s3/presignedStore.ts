// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../../core/errors";
import type { ResourcePlace } from "../../core/resource";
import type { ByteRange, ObjectStore, StoredObject, Staging } from "../objectStore";
import { type Arriving, type Far, persist, resumed } from "../resumed";
import { objectMissing } from "../storeErrors";
import { verified } from "../verified";
import { arriving } from "./bucket";
import { isPassing, unreachable } from "./s3Errors";
import { s3Name } from "./s3Store";

/** What a resource file opens of an S3 bucket: one object, for reading, by a presigned URL. */
export class PresignedStore implements ObjectStore, Far {
  readonly name: string;

  constructor(
    private readonly sha256: string,
    private readonly url: string,
  ) {
    this.name = s3Name(url);
  }

  place(): ResourcePlace {
    return { type: "STORAGE_PROVIDER", storageType: "S3", filepath: this.sha256, credentials: { url: this.url } };
  }

  get(sha256: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    const bytes = resumed(this, (start, end) => this.open(sha256, start, end), range);
    return range === undefined ? verified(bytes, sha256) : bytes;
  }

  async has(sha256: string): Promise<StoredObject | undefined> {
    try {
      // The URL is signed for GET alone; the answer's head says how much there is.
      const { length, bytes } = await persist(this, () => this.open(sha256, undefined, undefined));
      for await (const piece of bytes) if (piece.length > 0) break;
      return { sha256, size: length };
    } catch (error) {
      if (error instanceof CloisterError && error.code === "ObjectMissing") return undefined;
      throw error;
    }
  }

  async put(): Promise<StoredObject> {
    throw this.readOnly();
  }

  async delete(): Promise<boolean> {
    throw this.readOnly();
  }

  async stage(): Promise<Staging> {
    throw this.readOnly();
  }

  isPassing(error: unknown): boolean {
    return isPassing(error);
  }

  unreachable(error: unknown): Error {
    return unreachable(this.name, error);
  }

  private async open(sha256: string, start: number | undefined, end: number | undefined): Promise<Arriving> {
    if (sha256 !== this.sha256) throw objectMissing(sha256, this.name);
    const response = await fetch(this.url, end === undefined ? {} : { headers: { range: `bytes=${start}-${end - 1}` } });
    if (response.ok) return arriving(response, end !== undefined, this.name);
    await response.body?.cancel();
    if (response.status === 404) throw objectMissing(sha256, this.name);
    if (response.status >= 500) throw Object.assign(new Error(`the service answered ${response.status}`), { status: response.status });
    throw accessEnded(this.name, this.url, response.status);
  }

  private readOnly(): CloisterError {
    return new CloisterError("StoreReadOnly", `The resource file only reads its object in ${this.name}.`, "Name the bucket as `storage` in the configuration: its keys have the other rights.", { store: this.name });
  }
}

/** A presigned URL that the service refuses: because its time is over, as far as the URL says. */
export function accessEnded(name: string, url: string, status: number): CloisterError {
  const query = new URL(url).searchParams;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get("X-Amz-Date") ?? "") ?? [];
  const until = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) + Number(query.get("X-Amz-Expires")) * 1000;
  const when = Number.isFinite(until) && until < Date.now() ? ` since ${new Date(until).toISOString()}` : "";
  return new CloisterError("AccessEnded", `The access to one object of ${name} is refused${when} (status ${status}).`, "Ask the content's owner for a fresh resource file: `files share` makes one.", { store: name, status });
}
