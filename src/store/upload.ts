// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { CloisterError, isCloisterError } from "../core/errors";
import type { Resource } from "../core/resource";
import { CHUNK, newPrologue, openChunk, SEALED_CHUNK, sealChunks, sealedSize, type AgePrologue } from "../crypto/age";
import { newIdentity, recipientOf } from "../crypto/ageKeys";
import { openContent, type Content } from "./content";
import { openHashLane, sharedBuffer } from "./hashLane";
import { JournalFile, type Journal } from "./journal";
import { nodeCipher } from "./nodeCipher";
import type { ObjectStore, Staging } from "./objectStore";

/** Chunks that are read, sealed and written at a time. */
const BLOCK_CHUNKS = 16;
const BLOCK = BLOCK_CHUNKS * CHUNK;

export interface UploadRequest {
  /** A file or a directory. */
  readonly source: string;
  readonly store: ObjectStore;
  /** The uploader's own directory for what an interrupted upload needs to go on; it will hold the content's key. */
  readonly stateDirectory: string;
  /** Name that the content gets when downloaded; the source's own by default. */
  readonly filename?: string;
  /** false stores the plain bytes; true by default. */
  readonly encrypt?: boolean;
  /** Unix seconds after which the store need not keep it; kept without end when absent. */
  readonly keepUntil?: number;
  readonly signal?: AbortSignal;
  /** Called after each block with the plain bytes done and (for a directory: about) in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What an upload did. */
export interface Uploaded {
  readonly resource: Resource;
  /** Stored bytes that an interrupted attempt had left and this one kept. */
  readonly kept: number;
}

/**
 * Hashes, encrypts and stores a file or directory in one pass and in constant memory.
 * An upload that was interrupted goes on where it ended: what is stored is read, checked against the source and kept.
 *
 * @throws CloisterError `SourceMissing`, `SourceUnreadable`, `SourceChanged`, `StoreFull`, `StoreMissing`, `UploadInProgress` …
 */
export async function upload(request: UploadRequest): Promise<Uploaded> {
  let content = await openContent(request.source);
  const subject = [content.path, request.store.name, request.encrypt === false ? "plain" : "age"];
  let file: JournalFile | undefined;
  try {
    const taken = await JournalFile.take(request.stateDirectory, subject);
    file = taken.file;
    if (taken.earlier !== undefined) {
      const continued = await attempt(request, content, file, taken.earlier);
      if (continued !== undefined) return continued;
      await content.close();
      content = await openContent(request.source);
    }
    const journal = await newJournal(request, content);
    await file.write(journal);
    const uploaded = await attempt(request, content, file, journal);
    if (uploaded === undefined) throw new Error("a fresh upload met bytes of another");
    return uploaded;
  } catch (error) {
    if (request.signal?.aborted === true) {
      throw new CloisterError("Interrupted", `The upload of ${request.source} was interrupted.`, "Start it again: it goes on where it ended.", {}, { cause: error });
    }
    throw error;
  } finally {
    file?.release();
    await content.close();
  }
}

type Entry = Omit<Journal, "version" | "owner">;

/** A fresh identity for each content: handing it out gives access to nothing else. */
async function newJournal(request: UploadRequest, content: Content): Promise<Entry> {
  const entry = { source: content.path, fingerprint: content.fingerprint, staging: `upload-${randomBytes(12).toString("hex")}` };
  if (request.encrypt === false) return entry;
  const identity = await newIdentity();
  const { bytes, payloadKey } = await newPrologue([await recipientOf(identity)]);
  return { ...entry, encryption: { identity, prologue: base64(bytes), payloadKey: base64(payloadKey) } };
}

/** One pass over the content; undefined when the staged bytes are not this content's and a fresh key is needed. */
async function attempt(request: UploadRequest, content: Content, file: JournalFile, journal: Entry): Promise<Uploaded | undefined> {
  const staging = await request.store.stage(journal.staging);
  const pass = new UploadPass(request, content, staging, journal);
  try {
    const fits = content.fingerprint === journal.fingerprint && (await pass.run());
    if (!fits) {
      await staging.discard();
      await file.remove();
      return undefined;
    }
    await content.checkUnchanged();
    const plainHash = await pass.plainHash.digest();
    const stored = await staging.commit(await pass.sealedHash.digest(), request.keepUntil);
    await file.remove();
    return { resource: describe(request, content, journal, { hash: plainHash, size: pass.plainSize }, stored.sha256), kept: Math.min(staging.size, stored.size) };
  } catch (error) {
    if (isCloisterError(error, "StagedBytesDiffer")) {
      await staging.discard();
      await file.remove();
      return undefined;
    }
    await giveUp(error, request, staging, file);
    throw error;
  } finally {
    await pass.close();
    await staging.close();
  }
}

/** Errors after which going on later would not help. */
const HOPELESS: readonly unknown[] = ["StoreFull", "SourceChanged", "StoreSpaceUsed", "TooManyObjects", "ObjectTooLarge"];

/** After an interruption everything stays for the next attempt; on a full disk or a changed source it only takes space. */
async function giveUp(error: unknown, request: UploadRequest, staging: Staging, file: JournalFile): Promise<void> {
  const code = (error as { code?: unknown }).code;
  if (request.signal?.aborted === true || !HOPELESS.includes(code)) return;
  await staging.discard();
  await file.remove();
}

/** Runs one action beside the caller: the next one waits for the one before. */
class Beside {
  private current: Promise<void> = Promise.resolve();

  async start(action: () => Promise<void>): Promise<void> {
    await this.current;
    this.current = action();
    // Awaited before the next action; without this a failure in between would count as unhandled.
    this.current.catch(() => undefined);
  }

  finish(): Promise<void> {
    return this.current;
  }
}

/** One pass: read, hash, seal, hash, write; hashing and writing a block run beside the work on the next. */
class UploadPass {
  readonly plainHash;
  readonly sealedHash;
  plainSize = 0;
  private readonly prologue?: AgePrologue;
  private offset = 0;
  /** Staged bytes that are read back and compared here. */
  private readonly present: number;
  private readonly hashingPlain = new Beside();
  private readonly hashingSealed = new Beside();
  private readonly writing = new Beside();

  constructor(
    private readonly request: UploadRequest,
    private readonly content: Content,
    private readonly staging: Staging,
    journal: Entry,
  ) {
    this.plainHash = openHashLane(content.size);
    this.sealedHash = openHashLane(content.size);
    this.present = staging.compares === true ? 0 : staging.size;
    const { encryption } = journal;
    if (encryption !== undefined) this.prologue = { bytes: Buffer.from(encryption.prologue, "base64"), payloadKey: Buffer.from(encryption.payloadKey, "base64") };
  }

  /** false when the staged bytes do not belong to this content and key. */
  async run(): Promise<boolean> {
    // Three, because one may be waiting to be hashed and written, one is worked on and one is read into.
    const plain = ring(BLOCK);
    const sealed = ring(BLOCK_CHUNKS * SEALED_CHUNK);
    try {
      if (this.prologue !== undefined && !(await this.place(shared(this.prologue.bytes)))) return false;
      let count = await this.content.fill(plain(0));
      for (let block = 0; ; block++) {
        this.request.signal?.throwIfAborted();
        const current = plain(block).subarray(0, count);
        // A block is the last when nothing follows it, which only reading on can tell.
        const following = count < BLOCK ? 0 : await this.content.fill(plain(block + 1));
        const last = following === 0;
        await this.hashingPlain.start(() => this.plainHash.update(current));
        this.plainSize += count;
        if (!(await this.placeBlock(block, current, last, sealed(block)))) return false;
        this.request.onProgress?.(this.plainSize, Math.max(this.content.size, this.plainSize));
        if (last) break;
        count = following;
      }
    } finally {
      await Promise.all([this.hashingPlain.finish(), this.hashingSealed.finish(), this.writing.finish()]);
    }
    // Longer than the whole: not what this content and key give.
    return this.staging.size <= this.offset;
  }

  private async placeBlock(block: number, plain: Buffer, last: boolean, buffer: Buffer): Promise<boolean> {
    if (this.prologue === undefined) return this.place(plain);
    const { payloadKey } = this.prologue;
    const first = block * BLOCK_CHUNKS;
    const size = sealedSize(0, plain.length);
    if (this.present >= this.offset + size) return this.keep(first, plain, last, buffer.subarray(0, size));
    return this.place(buffer.subarray(0, sealChunks(nodeCipher, payloadKey, first, last, plain, buffer)));
  }

  /**
   * Keeps a block that is stored already, if it opens to exactly this plaintext.
   * Going on with other plaintext under the same key would show the difference of the two to whoever saw both.
   */
  private async keep(first: number, plain: Buffer, last: boolean, stored: Buffer): Promise<boolean> {
    await this.staging.read(stored, this.offset);
    const chunks = Math.max(1, Math.ceil(plain.length / CHUNK));
    for (let n = 0; n < chunks; n++) {
      const opened = tryOpen(this.prologue!.payloadKey, first + n, last && n === chunks - 1, stored.subarray(n * SEALED_CHUNK, (n + 1) * SEALED_CHUNK));
      if (opened === undefined || !plain.subarray(n * CHUNK, (n + 1) * CHUNK).equals(opened)) return false;
    }
    await this.hashingSealed.start(() => this.sealedHash.update(stored));
    this.offset += stored.length;
    return true;
  }

  /** Writes what is not there yet; what is there must be the same. */
  private async place(bytes: Buffer): Promise<boolean> {
    const present = Math.min(bytes.length, Math.max(0, this.present - this.offset));
    if (present > 0) {
      const stored = Buffer.allocUnsafe(present);
      await this.staging.read(stored, this.offset);
      if (!stored.equals(bytes.subarray(0, present))) return false;
    }
    await this.hashingSealed.start(() => this.sealedHash.update(bytes));
    const at = this.offset + present;
    if (present < bytes.length) await this.writing.start(() => this.staging.write(bytes.subarray(present), at));
    this.offset += bytes.length;
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([this.plainHash.close(), this.sealedHash.close()]);
  }
}

function ring(size: number): (turn: number) => Buffer {
  const buffers = [sharedBuffer(size), sharedBuffer(size), sharedBuffer(size)];
  return (turn) => buffers[turn % buffers.length]!;
}

function shared(bytes: Uint8Array): Buffer {
  const copy = sharedBuffer(bytes.length);
  copy.set(bytes);
  return copy;
}

function tryOpen(key: Uint8Array, index: number, last: boolean, sealed: Uint8Array): Uint8Array | undefined {
  try {
    return openChunk(nodeCipher, key, index, last, sealed);
  } catch {
    return undefined; // torn by a power cut, or another content's: the upload starts anew
  }
}

function describe(request: UploadRequest, content: Content, journal: Entry, plain: { hash: string; size: number }, sha256: string): Resource {
  const { encryption } = journal;
  return {
    resource: request.store.place(sha256),
    ...(encryption && { encryption: { algo: "age", encoding: "bech32", key: encryption.identity } }),
    hash: { algo: "sha256", hash: plain.hash, encoding: "hex" },
    size: plain.size,
    filename: request.filename ?? content.name,
    kind: content.kind,
    ...(request.keepUntil !== undefined && { keptUntil: request.keepUntil }),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
