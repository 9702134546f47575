// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { CloisterError } from "../core/errors";
import type { ResourcePlace } from "../core/resource";
import { EndDates } from "./endDates";
import { inTurn } from "./inTurn";
import type { ByteRange, ObjectStore, PutOptions, StoredObject, Staging } from "./objectStore";
import { putStaged } from "./putStaged";
import { contentExpired, objectMissing, storeError } from "./storeErrors";
import { verified } from "./verified";

/** Where objects wait until they are whole. Inside the store, because a rename must not cross file systems. */
const STAGING = ".staging";
/** Attempts older than this many milliseconds are given up: nobody will continue them. */
const STAGING_LIFE = 7 * 24 * 3600 * 1000;
/** Seconds for which the store remembers that an object expired. */
const REMEMBERED = 365 * 24 * 3600;
const READ_SIZE = 1 << 20;
const SYNC_EVERY = 64 << 20;

/** What a sweep removed. */
export interface Swept {
  readonly objects: number;
  readonly bytes: number;
}

/** A content-addressed store in a local directory: object `abcd…` is the file `ab/cd…`. */
export class DirectoryStore implements ObjectStore {
  readonly directory: string;
  readonly name: string;
  private readonly endDates: EndDates;

  /** @param now Unix seconds; what an end date is compared with. */
  constructor(
    directory: string,
    private readonly now: () => number = () => Math.floor(Date.now() / 1000),
  ) {
    this.directory = resolve(directory);
    this.name = `DIRECTORY:${this.directory}`;
    this.endDates = new EndDates(this.directory);
  }

  place(sha256: string): ResourcePlace {
    return { type: "STORAGE_PROVIDER", storageType: "DIRECTORY", filepath: sha256, credentials: { path: this.directory } };
  }

  put(bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredObject> {
    return putStaged(this, bytes, options);
  }

  async *get(sha256: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    if ((await this.has(sha256)) === undefined) throw await this.missing(sha256);
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
      return (await this.expiredSince(sha256)) === undefined ? { sha256, size: found.size } : undefined;
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
      await this.endDates.remove(sha256);
      return true;
    } catch (error) {
      throw storeError(error, this.directory);
    }
  }

  /** @param create false refuses to begin: only what an earlier attempt left is opened. @throws CloisterError `UploadMissing`. */
  async stage(name: string, create = true): Promise<DirectoryStaging> {
    if (!/^[\w-]{1,100}$/.test(name)) throw new Error(`"${name}" cannot name a staging file`);
    await this.checkRoot();
    try {
      const staging = join(this.directory, STAGING);
      await mkdir(staging, { recursive: true });
      await removeAbandoned(staging);
      const path = join(staging, name);
      let created = false;
      const file = await open(path, "r+").catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
        if (!create) throw new CloisterError("UploadMissing", `There is no upload ${name} on its way.`, "Begin it anew.", { name });
        created = true;
        return open(path, "wx+");
      });
      return new DirectoryStaging(this, path, file, (await file.stat()).size, created);
    } catch (error) {
      throw storeError(error, this.directory);
    }
  }

  /** Moves an object's end date, where it has one, to a later one: Unix seconds. */
  async keepLonger(sha256: string, until: number): Promise<void> {
    await inTurn(this.pathOf(sha256), async () => {
      if ((await this.has(sha256)) === undefined) throw await this.missing(sha256);
      await this.endDates.note(sha256, until, true);
    });
  }

  /** Ends an object now: reads say that it expired, and the next sweep removes its bytes. One that is not there is left so. */
  async end(sha256: string): Promise<void> {
    await inTurn(this.pathOf(sha256), async () => {
      if ((await this.has(sha256)) !== undefined) await this.endDates.note(sha256, this.now(), false);
    });
  }

  /** Removes the objects whose end date has passed. What expired is remembered for a year, so that reads can say so. */
  async sweep(): Promise<Swept> {
    await this.checkRoot();
    let [objects, bytes] = [0, 0];
    try {
      for await (const { sha256, until } of this.endDates.all()) {
        if (until > this.now()) continue;
        await inTurn(this.pathOf(sha256), async () => {
          // Asked again: an upload may have moved the date meanwhile.
          if ((await this.expiredSince(sha256)) === undefined) return;
          const found = await stat(this.pathOf(sha256)).catch(() => undefined); // swept before, only its date is left
          if (found === undefined) return until + REMEMBERED < this.now() ? this.endDates.remove(sha256) : undefined;
          await unlink(this.pathOf(sha256));
          objects++;
          bytes += found.size;
        });
      }
      const staging = join(this.directory, STAGING);
      if ((await stat(staging).catch(() => undefined)) !== undefined) await removeAbandoned(staging); // none: nothing was ever staged
      return { objects, bytes };
    } catch (error) {
      throw storeError(error, this.directory);
    }
  }

  /** @internal Notes the end date of an object and makes it visible, as one step for a sweep. */
  async publish(staged: string, sha256: string, keepUntil: number | undefined): Promise<void> {
    const target = this.pathOf(sha256);
    await inTurn(target, async () => {
      await this.endDates.note(sha256, keepUntil, (await this.has(sha256)) !== undefined);
      await mkdir(dirname(target), { recursive: true });
      // An object of the same name has the same bytes, or was damaged: replacing it is right in both cases.
      await rename(staged, target);
      await syncDirectory(dirname(target));
    });
  }

  /** The error for an object that is not there: expired where that is known. */
  private async missing(sha256: string): Promise<Error> {
    const until = await this.expiredSince(sha256);
    return until === undefined ? objectMissing(sha256, this.name) : contentExpired(sha256, until);
  }

  /** The end date of an object, where it has passed: Unix seconds. */
  async expiredSince(sha256: string): Promise<number | undefined> {
    const until = await this.endDates.of(sha256);
    return until !== undefined && until <= this.now() ? until : undefined;
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

export class DirectoryStaging implements Staging {
  private closed = false;
  private unsynced = 0;
  private syncing: Promise<void> | undefined;
  private syncFailure: unknown;

  constructor(
    private readonly store: DirectoryStore,
    private readonly path: string,
    private readonly file: FileHandle,
    readonly size: number,
    /** Whether no earlier attempt left anything. */
    readonly created: boolean,
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

  async commit(sha256: string, keepUntil?: number): Promise<StoredObject> {
    try {
      await this.syncing;
      if (this.syncFailure !== undefined) throw this.syncFailure;
      await this.file.sync();
      const { size } = await this.file.stat();
      await this.close();
      await this.store.publish(this.path, sha256, keepUntil);
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
    const found = await lstat(path).catch(() => undefined); // finished by its own upload meanwhile
    if (found !== undefined && Date.now() - found.mtimeMs > STAGING_LIFE) await rm(path, { force: true });
  }
}
