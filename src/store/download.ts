// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { link, lstat, mkdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CloisterError, isCloisterError } from "../core/errors";
import type { Resource, ResourcePlace } from "../core/resource";
import { openStream } from "../crypto/age";
import { unpackDirectory } from "./archive";
import { nodeCipher } from "./nodeCipher";
import { storeOf } from "./openStore";
import { contentExpired, storeError } from "./storeErrors";
import { verified } from "./verified";

export interface DownloadRequest {
  readonly resource: Resource;
  /** The directory that the content is put into; it is made when missing. */
  readonly directory: string;
  /** Name of the content there; by default the resource's filename. */
  readonly name?: string;
  /** Replaces what has that name; otherwise it is refused. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The plain content of a resource: fetched, its ciphertext verified, decrypted, hash and size verified.
 * Only when the stream has ended without an error is the content what the resource promises.
 *
 * @throws CloisterError `ObjectMissing`, `ObjectDamaged`, `SealBroken`, `NotSealedForUs`, `StoreMissing`, `DownloadFailed` …
 */
export function plainContent(resource: Resource, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  const stored = namingExpiry(fetchBytes(resource.resource, signal), resource);
  const { encryption, hash, size } = resource;
  const plain = encryption === undefined ? stored : openStream(stored, encryption.key, nodeCipher);
  return verified(plain, hash.hash, size, "The content");
}

/**
 * Downloads a resource: a file, or a directory unpacked. It appears under its name only when it is whole and verified.
 *
 * @returns the path of the file or directory.
 * @throws CloisterError as {@link plainContent}, and `TargetExists`, `ArchiveUnsafe`.
 */
export async function download(request: DownloadRequest): Promise<string> {
  const { resource, signal } = request;
  const directory = resolve(request.directory);
  const name = request.name ?? resource.filename ?? resource.hash.hash.slice(0, 16);
  const target = join(directory, name);
  if (request.overwrite !== true && (await exists(target))) throw targetExists(target);
  // Beside the target, so that the last step is one rename; the name starts with a dot, so that nobody takes it for the content.
  const temporary = join(directory, `.${name.slice(0, 200)}.${randomBytes(6).toString("hex")}.part`);
  try {
    await mkdir(directory, { recursive: true });
    const content = counted(plainContent(resource, signal), request);
    if (resource.kind === "directory") {
      await mkdir(temporary);
      await unpackDirectory(content, temporary);
      // An unpacker may stop at the archive's end mark: what follows has to be verified as well.
      for await (const rest of content) void rest;
    } else {
      await pipeline(content, createWriteStream(temporary, { flags: "wx", mode: 0o600, highWaterMark: 4 << 20 }), { signal });
    }
    await appear(temporary, target, resource.kind, request.overwrite === true);
    return target;
  } catch (error) {
    if (signal?.aborted === true) {
      throw new CloisterError("Interrupted", `The download of ${name} was interrupted; nothing was kept.`, "Start it again.", {}, { cause: error });
    }
    throw targetError(error, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Where a content is not found, its resource may know that its time is over. */
async function* namingExpiry(stored: AsyncIterable<Uint8Array>, { resource, hash, keptUntil }: Resource): AsyncGenerator<Uint8Array> {
  try {
    yield* stored;
  } catch (error) {
    const gone = isCloisterError(error, "ObjectMissing") || isCloisterError(error, "DownloadFailed");
    if (!gone || keptUntil === undefined || keptUntil * 1000 > Date.now()) throw error;
    throw contentExpired(resource.type === "URL" ? hash.hash : resource.filepath, keptUntil);
  }
}

async function* counted(bytes: AsyncIterable<Uint8Array>, request: DownloadRequest): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const piece of bytes) {
    request.signal?.throwIfAborted();
    yield piece;
    done += piece.length;
    request.onProgress?.(done, request.resource.size);
  }
}

/** Moves the verified content to its name, never onto something that appeared there meanwhile. */
async function appear(temporary: string, target: string, kind: Resource["kind"], overwrite: boolean): Promise<void> {
  if (overwrite) {
    if (kind === "directory" || (await isDirectory(target))) await rm(target, { recursive: true, force: true });
    return rename(temporary, target);
  }
  if (kind === "directory") {
    if (await exists(target)) throw targetExists(target);
    return rename(temporary, target); // fails where a directory with content appeared in this moment
  }
  return link(temporary, target); // fails where anything appeared
}

async function* fetchBytes(place: ResourcePlace, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  if (place.type !== "URL") {
    const { store, sha256 } = storeOf(place);
    yield* store.get(sha256);
    return;
  }
  try {
    const response = await fetch(place.url, { signal });
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    for await (const piece of Readable.fromWeb(response.body as import("node:stream/web").ReadableStream<Uint8Array>)) yield piece as Uint8Array;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CloisterError("DownloadFailed", `${new URL(place.url).host} could not be read: ${reason}.`, "Check the URL and the connection.", {}, { cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw storeError(error, path);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await exists(path)) && (await lstat(path)).isDirectory();
}

function targetExists(target: string): CloisterError {
  return new CloisterError("TargetExists", `${target} exists already.`, "Move it away, choose another directory, or add --overwrite.", { target });
}

function targetError(error: unknown, target: string): unknown {
  if (error instanceof CloisterError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EEXIST" || code === "ENOTEMPTY") return targetExists(target);
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new CloisterError("DiskFull", `There is no space left for ${target}.`, "Free space, or choose another directory.", { target }, { cause: error });
  }
  if (code === undefined) return error;
  return new CloisterError("TargetDenied", `${target} cannot be written: ${error.message}.`, "Check the directory's owner and mode.", { target }, { cause: error });
}
