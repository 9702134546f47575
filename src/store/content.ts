// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { type FileHandle, open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { CloisterError } from "../core/errors";
import { archivedSize, packDirectory, sourceChanged, walkTree, type TreeEntry } from "./archive";

/** What is uploaded: a file, or a directory as its reproducible tar. Read once, from the beginning to the end. */
export interface Content {
  readonly kind: "file" | "directory";
  readonly path: string;
  readonly name: string;
  /** Bytes; of a directory about, because long names take more. */
  readonly size: number;
  /** Changes when the content (very likely) changed; shows whether an interrupted upload may be continued. */
  readonly fingerprint: string;
  /** Fills `into`; fewer bytes only at the end. */
  fill(into: Uint8Array): Promise<number>;
  /** @throws CloisterError `SourceChanged` when it changed since it was opened. */
  checkUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file or a directory for reading.
 *
 * @throws CloisterError `SourceMissing` or `SourceUnreadable`.
 */
export async function openContent(path: string): Promise<Content> {
  const absolute = resolve(path);
  try {
    const found = await stat(absolute);
    if (found.isDirectory()) return await openDirectory(absolute);
    if (found.isFile()) return await openFile(absolute);
  } catch (error) {
    throw sourceError(error, path);
  }
  throw new CloisterError("SourceUnreadable", `${path} is neither a file nor a directory.`, "Give the path of a file or a directory.", { path });
}

/** sha256 and size of a file, or of a directory's archive: the values that resource.json and the order's report name. */
export async function hashContent(path: string, signal?: AbortSignal): Promise<{ hash: string; size: number; kind: Content["kind"] }> {
  const content = await openContent(path);
  try {
    const hash = createHash("sha256");
    const block = Buffer.allocUnsafe(1 << 20);
    let size = 0;
    for (let count = block.length; count === block.length; ) {
      signal?.throwIfAborted();
      count = await content.fill(block);
      hash.update(block.subarray(0, count));
      size += count;
    }
    await content.checkUnchanged();
    return { hash: hash.digest("hex"), size, kind: content.kind };
  } finally {
    await content.close();
  }
}

async function openFile(path: string): Promise<Content> {
  const file = await open(path, "r");
  const before = await fileFingerprint(file);
  const { size } = await file.stat();
  let offset = 0;
  return {
    kind: "file",
    path,
    name: basename(path),
    size,
    fingerprint: before,
    async fill(into) {
      let done = 0;
      while (done < into.length) {
        const { bytesRead } = await file.read(into, done, into.length - done, offset);
        if (bytesRead === 0) break;
        done += bytesRead;
        offset += bytesRead;
      }
      return done;
    },
    async checkUnchanged() {
      if ((await fileFingerprint(file)) !== before) throw sourceChanged(path);
    },
    close: () => file.close(),
  };
}

async function fileFingerprint(file: FileHandle): Promise<string> {
  const { size, mtimeNs, ino } = await file.stat({ bigint: true });
  return `${size}:${mtimeNs}:${ino}`;
}

async function openDirectory(path: string): Promise<Content> {
  const { fingerprint, size } = await surveyTree(path);
  const pieces = packDirectory(path);
  let rest: Uint8Array = new Uint8Array(0);
  return {
    kind: "directory",
    path,
    name: basename(path),
    size,
    fingerprint,
    async fill(into) {
      let done = 0;
      try {
        while (done < into.length) {
          if (rest.length === 0) {
            const next = await pieces.next();
            if (next.done === true) break;
            rest = next.value;
          }
          const taken = rest.subarray(0, into.length - done);
          into.set(taken, done);
          done += taken.length;
          rest = rest.subarray(taken.length);
        }
      } catch (error) {
        throw sourceError(error, path);
      }
      return done;
    },
    async checkUnchanged() {
      if ((await surveyTree(path)).fingerprint !== fingerprint) throw sourceChanged(path);
    },
    async close() {
      await pieces.return(undefined);
    },
  };
}

async function surveyTree(path: string): Promise<{ fingerprint: string; size: number }> {
  const hash = createHash("sha256");
  let size = archivedSize([]);
  for await (const entry of walkTree(path)) {
    const { name, type, executable, target, changed } = entry satisfies TreeEntry;
    hash.update(`${JSON.stringify([name, type, entry.size, executable, target ?? "", String(changed)])}\n`);
    size += archivedSize([entry]) - archivedSize([]);
  }
  return { fingerprint: hash.digest("hex"), size };
}

function sourceError(error: unknown, path: string): unknown {
  if (error instanceof CloisterError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return new CloisterError("SourceMissing", `There is no file or directory ${path}.`, "Check the path.", { path }, { cause: error });
  return new CloisterError("SourceUnreadable", `${path} cannot be read: ${error.message}.`, "Check its mode and owner.", { path }, { cause: error });
}
