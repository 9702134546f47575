// SPDX-License-Identifier: Apache-2.0
import { CloisterError, isCloisterError } from "../../core/errors";
import type { ResourcePlace } from "../../core/resource";
import type { ByteRange, ObjectStore, PutOptions, StoredObject, Staging } from "../objectStore";
import { PartWriter } from "../parts";
import { putStaged } from "../putStaged";
import { persist, resumed } from "../resumed";
import { objectMissing } from "../storeErrors";
import { narrowToken, readToken } from "../token";
import { verified } from "../verified";
import { piecesOf, StoreConnection } from "./connection";

/** Bytes that are sent in one request. */
const PART = 8 << 20;
/** Seconds for which a resource file opens its object, where the token lives that long. */
const SHARED_FOR = 90 * 24 * 3600;
/** Where an answer must not be cached or cut: the headers of the server that this client needs. */
const OFFSET = "upload-offset";

/** A store server that was reached with a token: the objects of the prefix that the token names. */
export class HttpStore implements ObjectStore {
  readonly name: string;
  readonly prefix: string;
  private readonly connection: StoreConnection;

  /**
   * @param url of the server; a path is not used.
   * @throws CloisterError `TokenInvalid`.
   */
  constructor(
    url: string,
    private readonly token: string,
  ) {
    this.connection = new StoreConnection(new URL(url), token);
    this.prefix = readToken(token).prefix;
    this.name = `HTTP:${this.connection.endpoint.origin}/${this.prefix}`;
  }

  /** The place carries a narrower token: it reads this one object, for 90 days or as long as our own token. */
  place(sha256: string): ResourcePlace {
    return this.placeUntil(sha256, Math.floor(Date.now() / 1000) + SHARED_FOR);
  }

  async share(sha256: string, notAfter: number): Promise<ResourcePlace> {
    return this.placeUntil(sha256, notAfter);
  }

  private placeUntil(sha256: string, notAfter: number): ResourcePlace {
    const token = narrowToken(this.token, { rights: ["read"], objects: [sha256], notAfter: Math.min(notAfter, readToken(this.token).notAfter) });
    return { type: "STORAGE_PROVIDER", storageType: "HTTP", filepath: sha256, credentials: { endpoint: this.connection.endpoint.origin, prefix: this.prefix, token } };
  }

  put(bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredObject> {
    return putStaged(this, bytes, options);
  }

  get(sha256: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    const bytes = this.read(this.pathOf(sha256), range);
    return range === undefined ? verified(bytes, sha256) : bytes;
  }

  async has(sha256: string): Promise<StoredObject | undefined> {
    const path = this.pathOf(sha256);
    try {
      const { headers } = await this.connection.ask({ method: "HEAD", path });
      return { sha256, size: Number(headers["content-length"]) };
    } catch (error) {
      if (isCloisterError(error, "ObjectMissing") || isCloisterError(error, "ContentExpired")) return undefined;
      throw error;
    }
  }

  async delete(sha256: string): Promise<boolean> {
    const path = this.pathOf(sha256);
    try {
      const { body } = await this.connection.ask({ method: "DELETE", path });
      return (body as { deleted?: unknown } | undefined)?.deleted === true;
    } catch (error) {
      if (isCloisterError(error, "ObjectMissing")) return false;
      throw error;
    }
  }

  /** The store's receipt for a storage suborder that an object is kept for. @throws CloisterError why it gives none. */
  async receipt(sha256: string, suborder: bigint): Promise<{ size: number; signature: string }> {
    const { body } = await this.connection.ask({ method: "POST", path: `${this.pathOf(sha256)}/receipts/${suborder}` });
    const { size, signature } = (body ?? {}) as { size?: unknown; signature?: unknown };
    if (typeof size === "number" && typeof signature === "string" && /^0x(?:[0-9a-f]{2})+$/.test(signature)) return { size, signature };
    throw new CloisterError("StoreFailed", `${this.name} answered with no receipt.`, "Ask its operator.");
  }

  async stage(name: string): Promise<Staging> {
    if (!/^[\w-]{1,90}$/.test(name)) throw new Error(`"${name}" cannot name a staging file`);
    const path = `/${this.prefix}/uploads/${name}`;
    return new HttpStaging(this, this.connection, path, await stagedSize(this.connection, path));
  }

  /** Bytes from the server; where the connection breaks the rest is asked for again. */
  read(path: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    return resumed(
      this.connection,
      async (start, end) => {
        const headers = end === undefined ? undefined : { range: `bytes=${start}-${end - 1}` };
        const response = await this.connection.open({ method: "GET", path, headers });
        if ((headers !== undefined) !== (response.statusCode === 206)) throw new CloisterError("StoreFailed", `${this.name} answered another part than was asked for.`, "Ask its operator.");
        return { bytes: piecesOf(response), length: Number(response.headers["content-length"]) };
      },
      range,
    );
  }

  private pathOf(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw objectMissing(String(sha256).slice(0, 80), this.name);
    return `/${this.prefix}/${sha256}`;
  }
}

class HttpStaging implements Staging {
  private readonly parts: PartWriter;

  constructor(
    private readonly store: HttpStore,
    private readonly connection: StoreConnection,
    private readonly path: string,
    readonly size: number,
  ) {
    this.parts = new PartWriter(PART, (bytes, offset) => this.send(bytes, offset), size);
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    let done = 0;
    const length = Math.min(into.length, Math.max(0, this.size - offset));
    for await (const piece of this.store.read(this.path, { start: offset, length })) {
      into.set(piece.subarray(0, length - done), done);
      done += piece.length;
    }
    return Math.min(done, length);
  }

  write(bytes: Uint8Array, offset: number): Promise<void> {
    return this.parts.write(bytes, offset);
  }

  async commit(sha256: string, keepUntil?: number): Promise<StoredObject> {
    // An empty object has no part that would begin it.
    if ((await this.parts.finish()) === 0) await this.send(Buffer.alloc(0), 0);
    const headers: Record<string, number> = keepUntil === undefined ? {} : { "cloister-keep-until": keepUntil };
    try {
      const { body } = await this.connection.ask({ method: "POST", path: `${this.path}?sha256=${sha256}`, headers });
      return { sha256, size: Number((body as { size?: unknown } | undefined)?.size) };
    } catch (error) {
      // Where the answer to a first attempt was lost the upload is gone, because it is the object by now.
      const stored = isCloisterError(error, "UploadMissing") ? await this.store.has(sha256).catch(() => undefined) : undefined; // a token may only write
      if (stored !== undefined) return stored;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.parts.stop();
  }

  async discard(): Promise<void> {
    await this.parts.stop();
    await this.connection.ask({ method: "DELETE", path: this.path }).catch((error: unknown) => {
      if (!isCloisterError(error, "UploadMissing") && !isCloisterError(error, "ObjectMissing")) throw error;
    });
  }

  /** Sends a part; where the connection broke the server is asked how much of it arrived. */
  private async send(bytes: Buffer, offset: number): Promise<void> {
    const end = offset + bytes.length;
    let [at, before] = [offset, offset];
    let asked = false;
    await persist(
      this.connection,
      async () => {
        if (asked) at = await stagedSize(this.connection, this.path);
        asked = true;
        if (at < offset || at > end) throw new CloisterError("UploadLost", `The store server has ${at} bytes of the upload, not between ${offset} and ${end}.`, "Start the upload again.", { at, offset });
        if (at === end && end > 0) return;
        const response = await this.connection.open({ method: "PATCH", path: this.path, headers: { [OFFSET]: at }, body: bytes.subarray(at - offset) });
        for await (const piece of piecesOf(response)) void piece;
      },
      () => {
        const further = at > before;
        before = at;
        return further;
      },
    );
  }
}

async function stagedSize(connection: StoreConnection, path: string): Promise<number> {
  try {
    const { headers } = await connection.ask({ method: "HEAD", path });
    return Number(headers[OFFSET]);
  } catch (error) {
    if (isCloisterError(error, "UploadMissing") || isCloisterError(error, "ObjectMissing")) return 0;
    throw error;
  }
}
