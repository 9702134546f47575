// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { ResourcePlace } from "../core/resource";
import { verified } from "./verified";
import type { ByteRange, ObjectStore, StoredObject, Staging } from "./objectStore";
import { objectMissing, storeError } from "./storeErrors";

/** Where objects wait until they are whole. Inside the store, because a rename must not cross file systems. */
const STAGING = ".staging";
/** Attempts older than this many milliseconds are given up: nobody will continue them. */
const STAGING_LIFE = 7 * 24 * 3600 * 1000;
const READ_SIZE = 1 << 20;
const SYNC_EVERY = 64 << 20;

/** A content-addressed store in a local directory: object `abcd…` is the file `ab/cd…`. */
export class DirectoryStore implements ObjectStore {
  readonly directory: string;
  readonly name: string;

  constructor(directory: string) {
    this.directory = resolve(directory);
    this.name = `DIRECTORY:${this.directory}`;
  }

  place(sha256: string): ResourcePlace {
    return { type: "STORAGE_PROVIDER", storageType: "DIRECTORY", filepath: sha256, credentials: { path: this.directory } };
  }

  async put(bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<StoredObject> {
    const staging = await this.stage(`put-${randomBytes(12).toString("hex")}`);
    try {
      const hash = createHash("sha256");
      let size = 0;
      for await (const piece of bytes) {
        signal?.throwIfAborted();
        hash.update(piece);
        await staging.write(piece, size);
        size += piece.length;
      }
      return await staging.commit(hash.digest("hex"));
    } catch (error) {
      await staging.discard();
      throw storeError(error, this.directory);
    }
  }

  async *get(sha256: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    if ((await this.has(sha256)) === undefined) throw objectMissing(sha256, this.name);
    const part = range && { start: range.start, end: range.start + range.length - 1 };
    if (range?.length === 0) return;
    const stream = createReadStream(this.pathOf(sha256), { highWaterMark: READ_SIZE, ...part });
    try {
      yield* range === undefined ? verified(stream, sha256) : (stream as AsyncIterable<Uint8Array>);
    } catch (error) {
      throw storeError(error, this.directory);
    }
  }

  async has(sha256: string): Promise<StoredObject | undefined> {
    try {
      const found = await stat(this.pathOf(sha256));
      return { sha256, size: found.size };
    } catch (error) {
      await this.checkRoot();
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw storeError(error, this.directory);
    }
  }

  async delete(sha256: string): Promise<boolean> {
    if ((await this.has(sha256)) === undefined) return false;
    try {
      await unlink(this.pathOf(sha256));
      return true;
    } catch (error) {
      throw storeError(error, this.directory);
    }
  }

  async stage(name: string): Promise<Staging> {
    if (!/^[\w-]{1,100}$/.test(name)) throw new Error(`"${name}" cannot name a staging file`);
    await this.checkRoot();
    try {
      const staging = join(this.directory, STAGING);
      await mkdir(staging, { recursive: true });
      await removeAbandoned(staging);
      const path = join(staging, name);
      const file = await open(path, "a+").then(async (created) => {
        // "a+" creates without truncating; positional writes want "r+".
        await created.close();
        return open(path, "r+");
      });
      return new DirectoryStaging(this, path, file, (await file.stat()).size);
    } catch (error) {
      throw storeError(error, this.directory);
    }
  }

  /** The file of an object; the hash is checked, since it may come from somebody's resource file. */
  pathOf(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw objectMissing(String(sha256).slice(0, 80), this.name);
    return join(this.directory, sha256.slice(0, 2), sha256.slice(2));
  }

  /** A missing root is an error, not an empty store: the disk may not be mounted. */
  private async checkRoot(): Promise<void> {
    try {
      await readdirable(this.directory);
    } catch (error) {
      throw storeError(error, this.directory);
    }
  }
}

class DirectoryStaging implements Staging {
  private closed = false;
  private unsynced = 0;
  private syncing: Promise<void> | undefined;
  private syncFailure: unknown;

  constructor(
    private readonly store: DirectoryStore,
    private readonly path: string,
    private readonly file: FileHandle,
    readonly size: number,
  ) {}

  async read(into: Uint8Array, offset: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await this.file.read(into, done, into.length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done, offset + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw storeError(error, this.store.directory);
    }
    this.unsynced += bytes.length;
    if (this.unsynced >= SYNC_EVERY && this.syncing === undefined) this.syncBeside();
  }

  /** Sends what is written to the disk while the next bytes are prepared, so that little is left to wait for at the end. */
  private syncBeside(): void {
    this.unsynced = 0;
    // The system reports a failed write-back once only: it has to be remembered for commit.
    this.syncing = this.file
      .datasync()
      .catch((error: unknown) => void (this.syncFailure ??= error))
      .finally(() => (this.syncing = undefined));
  }

  async commit(sha256: string): Promise<StoredObject> {
    try {
      await this.syncing;
      if (this.syncFailure !== undefined) throw this.syncFailure;
      await this.file.sync();
      const { size } = await this.file.stat();
      await this.close();
      const target = this.store.pathOf(sha256);
      await mkdir(dirname(target), { recursive: true });
      // An object of the same name has the same bytes, or was damaged: replacing it is right in both cases.
      await rename(this.path, target);
      await syncDirectory(dirname(target));
      return { sha256, size };
    } catch (error) {
      throw storeError(error, this.store.directory);
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.syncing;
    await this.file.close();
  }

  async discard(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
  }
}

async function readdirable(directory: string): Promise<void> {
  if (!(await stat(directory)).isDirectory()) throw Object.assign(new Error(`${directory} is not a directory`), { code: "ENOTDIR" });
}

/** A rename is on the disk only when its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeAbandoned(staging: string): Promise<void> {
  for (const name of await readdir(staging)) {
    const path = join(staging, name);
    const found = await stat(path).catch(() => undefined); // finished by its own upload meanwhile
    if (found !== undefined && Date.now() - found.mtimeMs > STAGING_LIFE) await rm(path, { force: true });
  }
}
