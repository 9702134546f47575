// SPDX-License-Identifier: Apache-2.0
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { CloisterError } from "../core/errors";
import { ageError, decrypterFor, encrypterFor } from "./seal";

/**
 * ChaCha20-Poly1305 of one chunk: the 16-byte tag follows the ciphertext.
 * Passed in, because the fast one is Node's and this room also runs in browsers.
 */
export interface PayloadCipher {
  /** Writes ciphertext and tag to the start of `into`, straight into their place: a buffer for each chunk would cost more than the cipher. */
  seal(key: Uint8Array, nonce: Uint8Array, chunk: Uint8Array, into: Uint8Array): void;
  /** Throws on a wrong tag. */
  open(key: Uint8Array, nonce: Uint8Array, chunk: Uint8Array): Uint8Array;
}

/** The payload of an age file is a sequence of chunks of 64 KiB, the last one shorter (age-encryption.org/v1, "Payload"). */
export const CHUNK = 65536;
/** Bytes by which a sealed chunk is longer. */
export const TAG = 16;
/** A sealed full chunk. */
export const SEALED_CHUNK = CHUNK + TAG;
const NONCE = 16;

/** What begins an age file, and the key of what follows. Whoever holds `payloadKey` can read the file. */
export interface AgePrologue {
  /** Header and payload nonce: the first bytes of the file. */
  readonly bytes: Uint8Array;
  readonly payloadKey: Uint8Array;
}

/** A fresh header for these recipients. Its key is for exactly one content: never seal two different ones under it. */
export async function newPrologue(recipients: readonly string[]): Promise<AgePrologue> {
  const encrypter = encrypterFor(recipients);
  let fileKey = new Uint8Array(0);
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = Uint8Array.from(key);
      return [];
    },
  });
  // An empty file is a header, a nonce and one empty chunk: the first two begin ours.
  const empty = await encrypter.encrypt(new Uint8Array(0));
  const bytes = empty.slice(0, empty.length - TAG);
  return { bytes, payloadKey: payloadKey(fileKey, bytes.subarray(bytes.length - NONCE)) };
}

/**
 * Reads the prologue of an age file from its first bytes.
 *
 * @returns undefined when `head` ends before the prologue does: read more and try again.
 * @throws CloisterError `NotSealedForUs` or `SealBroken`.
 */
export async function readPrologue(head: Uint8Array, identity: string): Promise<AgePrologue | undefined> {
  const headerEnd = endOfHeader(head);
  if (headerEnd === undefined || head.length < headerEnd + NONCE) return undefined;
  let fileKey: Uint8Array;
  try {
    fileKey = await decrypterFor(identity).decryptHeader(head.slice(0, headerEnd));
  } catch (error) {
    throw error instanceof CloisterError ? error : ageError(error);
  }
  const bytes = head.slice(0, headerEnd + NONCE);
  return { bytes, payloadKey: payloadKey(fileKey, bytes.subarray(headerEnd)) };
}

/** Size of a whole age file with a prologue of this length. */
export function sealedSize(prologueBytes: number, plainBytes: number): number {
  return prologueBytes + plainBytes + TAG * Math.max(1, Math.ceil(plainBytes / CHUNK));
}

/**
 * Seals a run of chunks, the first of them number `index` (counted from 0), into a place of at least {@link sealedSize} of them. Only the
 * last of a file may be shorter than {@link CHUNK}, and empty only as its first.
 *
 * @param last Whether the run ends the file.
 * @returns how many bytes were written.
 */
export function sealChunks(cipher: PayloadCipher, key: Uint8Array, index: number, last: boolean, plain: Uint8Array, into: Uint8Array): number {
  const chunks = Math.max(1, Math.ceil(plain.length / CHUNK));
  for (let n = 0; n < chunks; n++) {
    cipher.seal(key, chunkNonce(index + n, last && n === chunks - 1), plain.subarray(n * CHUNK, (n + 1) * CHUNK), into.subarray(n * SEALED_CHUNK));
  }
  return sealedSize(0, plain.length);
}

/**
 * Opens chunk number `index`; moved, cut, changed and foreign chunks are refused.
 *
 * @throws CloisterError `SealBroken` naming the chunk.
 */
export function openChunk(cipher: PayloadCipher, key: Uint8Array, index: number, last: boolean, sealed: Uint8Array): Uint8Array {
  if (sealed.length < TAG) throw broken(index, "it is cut short");
  if (last && index > 0 && sealed.length === TAG) throw broken(index, "an empty chunk ends the file");
  try {
    return cipher.open(key, chunkNonce(index, last), sealed);
  } catch (error) {
    throw broken(index, last ? "it does not authenticate as the last one" : "it does not authenticate", error);
  }
}

/** Cuts bytes that come in pieces of any length into runs of whole chunks. A full chunk is held until the next byte shows that it is not the last. */
class Cutter {
  private readonly held: Uint8Array;
  private used = 0;

  /** @param size Bytes of a chunk. */
  constructor(private readonly size: number) {
    this.held = new Uint8Array(size);
  }

  /** Runs of chunks that are not the last, each to be used before the next is asked for. Where pieces are long they are not copied. */
  *push(bytes: Uint8Array): Generator<Uint8Array> {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.used === this.size) {
        yield this.held;
        this.used = 0;
      }
      const whole = this.used === 0 ? Math.floor((rest.length - 1) / this.size) * this.size : 0;
      if (whole > 0) yield rest.subarray(0, whole);
      rest = rest.subarray(whole);
      const taken = rest.subarray(0, this.size - this.used);
      this.held.set(taken, this.used);
      this.used += taken.length;
      rest = rest.subarray(taken.length);
    }
  }

  /** The last chunk, of any length up to a whole one. */
  end(): Uint8Array {
    return this.held.subarray(0, this.used);
  }
}

/** Opens a stream of the payload (all after the prologue), pushed in pieces of any size. */
export class PayloadOpener {
  private readonly cutter = new Cutter(SEALED_CHUNK);
  private index = 0;

  constructor(
    private readonly cipher: PayloadCipher,
    private readonly key: Uint8Array,
  ) {}

  /** Plaintext that the new bytes complete. */
  *push(bytes: Uint8Array): Generator<Uint8Array> {
    for (const run of this.cutter.push(bytes)) {
      for (let at = 0; at < run.length; at += SEALED_CHUNK) yield openChunk(this.cipher, this.key, this.index++, false, run.subarray(at, at + SEALED_CHUNK));
    }
  }

  /** The last plaintext; throws when the file was cut. */
  end(): Uint8Array {
    return openChunk(this.cipher, this.key, this.index, true, this.cutter.end());
  }
}

/** The header ends with the line `--- ` + base64 of the MAC. */
function endOfHeader(head: Uint8Array): number | undefined {
  const limit = 64 * 1024;
  for (let line = 0; ; ) {
    const end = head.indexOf(10, line);
    if (end < 0) {
      if (head.length > limit) throw broken(0, "it has no age header");
      return undefined;
    }
    if (line === 0 && new TextDecoder().decode(head.subarray(0, end)) !== "age-encryption.org/v1") throw broken(0, "it is not an age file");
    if (head[line] === 45 && head[line + 1] === 45 && head[line + 2] === 45) return end + 1;
    line = end + 1;
  }
}

function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Uint8Array {
  return hkdf(sha256, fileKey, nonce, new TextEncoder().encode("payload"), 32);
}

/** 11 bytes of big-endian counter, then 1 for the last chunk and 0 for all others. */
function chunkNonce(index: number, last: boolean): Uint8Array {
  const nonce = new Uint8Array(12);
  const view = new DataView(nonce.buffer);
  view.setUint32(3, Math.floor(index / 2 ** 32));
  view.setUint32(7, index >>> 0);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

function broken(index: number, reason: string, cause?: unknown): CloisterError {
  return new CloisterError("SealBroken", `Chunk ${index} of the encrypted content is damaged: ${reason}.`, "Fetch the content again; if that does not help, its owner has to upload it again.", { chunk: index }, { cause });
}

/** Seals a stream of any length for these recipients, in constant memory. Each call takes a fresh key. */
export async function* sealStream(plain: AsyncIterable<Uint8Array>, recipients: readonly string[], cipher: PayloadCipher): AsyncGenerator<Uint8Array> {
  const { bytes, payloadKey: key } = await newPrologue(recipients);
  yield bytes;
  const cutter = new Cutter(CHUNK);
  let index = 0;
  const sealed = (run: Uint8Array, last: boolean) => {
    // New each time: whoever reads may keep it.
    const into = new Uint8Array(sealedSize(0, run.length));
    sealChunks(cipher, key, index, last, run, into);
    index += run.length / CHUNK;
    return into;
  };
  for await (const piece of plain) for (const run of cutter.push(piece)) yield sealed(run, false);
  yield sealed(cutter.end(), true);
}

/**
 * Opens a stream that {@link sealStream} or any age tool made. Every yielded byte is authenticated; that nothing is missing
 * is known only when the stream ends without an error.
 *
 * @throws CloisterError `NotSealedForUs` or `SealBroken`.
 */
export async function* openStream(sealed: AsyncIterable<Uint8Array>, identity: string, cipher: PayloadCipher): AsyncGenerator<Uint8Array> {
  let head = new Uint8Array(0);
  let opener: PayloadOpener | undefined;
  for await (const bytes of sealed) {
    if (opener !== undefined) {
      yield* opener.push(bytes);
      continue;
    }
    const longer = new Uint8Array(head.length + bytes.length);
    longer.set(head);
    longer.set(bytes, head.length);
    head = longer;
    const prologue = await readPrologue(head, identity);
    if (prologue === undefined) continue;
    opener = new PayloadOpener(cipher, prologue.payloadKey);
    yield* opener.push(head.subarray(prologue.bytes.length));
  }
  if (opener === undefined) throw broken(0, "it ends within its header");
  yield opener.end();
}
