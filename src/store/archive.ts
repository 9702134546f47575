// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from "node:fs";
import { lstat, mkdir, open, readdir, readFile, readlink, symlink } from "node:fs/promises";
import { join, posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, pack } from "tar-stream";
import { CloisterError } from "../core/errors";

/** Files up to this size are read in one go: a stream for each would cost more than the reading. */
const AT_ONCE = 1 << 18;

/** One thing in a directory tree, named relative to its root with `/`. */
export interface TreeEntry {
  readonly name: string;
  readonly type: "file" | "directory" | "symlink";
  /** Bytes; 0 for what is not a file. */
  readonly size: number;
  readonly executable: boolean;
  /** Target of a symbolic link. */
  readonly target?: string;
  /** When the content was last changed, nanoseconds; only to notice a change, never archived. */
  readonly changed: bigint;
}

/**
 * Everything below a directory, depth first, names sorted by their UTF-8 bytes.
 *
 * @throws CloisterError `ArchiveUnsafe` for sockets, devices and links that lead out: they would not arrive as what they are.
 */
export async function* walkTree(directory: string, below = ""): AsyncGenerator<TreeEntry> {
  const names = await readdir(join(directory, below));
  names.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  for (const base of names) {
    const name = below === "" ? base : `${below}/${base}`;
    const path = join(directory, name);
    const found = await lstat(path, { bigint: true });
    const common = { name, changed: found.mtimeNs, executable: (found.mode & 0o111n) !== 0n };
    if (found.isDirectory()) {
      yield { ...common, type: "directory", size: 0 };
      yield* walkTree(directory, name);
    } else if (found.isFile()) {
      yield { ...common, type: "file", size: Number(found.size) };
    } else if (found.isSymbolicLink()) {
      const target = await readlink(path);
      checkLink(name, target);
      yield { ...common, type: "symlink", size: 0, target };
    } else {
      throw unsafe(name, "is neither a file, a directory nor a link");
    }
  }
}

/** Size of the archive in bytes, long names not counted: for a progress bar. */
export function archivedSize(entries: Iterable<TreeEntry>): number {
  let size = 1024;
  for (const entry of entries) size += 512 + 512 * Math.ceil(entry.size / 512);
  return size;
}

/**
 * A tar of a directory whose bytes depend on names, contents and executable bits alone: sorted, no owner, no time, modes 644 and 755.
 * Two checkouts of the same tree give the same sha256.
 *
 * @throws CloisterError `ArchiveUnsafe`, or `SourceChanged` when a file changes its size meanwhile.
 */
export async function* packDirectory(directory: string): AsyncGenerator<Uint8Array> {
  const tar = pack();
  const writing = addEntries(tar, directory).catch((error: Error) => {
    tar.destroy(error);
  });
  try {
    for await (const piece of tar as AsyncIterable<Uint8Array>) yield piece;
  } finally {
    tar.destroy();
    await writing;
  }
}

async function addEntries(tar: ReturnType<typeof pack>, directory: string): Promise<void> {
  for await (const entry of walkTree(directory)) {
    const runs = entry.type !== "file" || entry.executable;
    const header = { name: entry.name, mode: runs ? 0o755 : 0o644, mtime: new Date(0), uid: 0, gid: 0 };
    if (entry.type !== "file") {
      tar.entry({ ...header, type: entry.type, linkname: entry.target }).end(undefined);
      continue;
    }
    const path = join(directory, entry.name);
    if (entry.size <= AT_ONCE) {
      const bytes = await readFile(path);
      if (bytes.length !== entry.size) throw sourceChanged(entry.name);
      await new Promise<void>((done, fail) => tar.entry({ ...header, type: "file", size: entry.size }, bytes, (error) => (error ? fail(error) : done())));
      continue;
    }
    const body = tar.entry({ ...header, type: "file", size: entry.size });
    try {
      // One byte more than expected is enough to notice a file that grows.
      const file = createReadStream(path, { highWaterMark: 1 << 20, end: entry.size });
      await pipeline(file, body);
    } catch (error) {
      if (error instanceof Error && error.message === "Size mismatch") throw sourceChanged(entry.name);
      throw error;
    }
  }
  tar.finalize();
}

/**
 * Unpacks a tar into a directory that must be new and empty: only files, directories and links that stay inside.
 * On an error the directory is left half filled: the caller removes it.
 *
 * @throws CloisterError `ArchiveUnsafe` (a hostile entry) or `ArchiveBroken` (not a tar).
 */
export async function unpackDirectory(archive: AsyncIterable<Uint8Array>, directory: string): Promise<void> {
  const directories = new Set([""]);
  const reading = extract();
  const feeding = pipeline(Readable.from(archive, { objectMode: false }), reading);
  // Observed below; without this a failure before that would count as unhandled.
  feeding.catch(() => undefined);
  try {
    for await (const entry of reading) {
      const { name: given, type, linkname, mode } = entry.header;
      const name = type === "directory" ? given.replace(/\/+$/, "") : given;
      checkName(name);
      await addParents(directory, name, directories);
      const path = join(directory, name);
      if (type === "directory") {
        if (!directories.has(name)) await mkdir(path);
        directories.add(name);
        entry.resume();
      } else if (type === "symlink") {
        checkLink(name, linkname ?? "");
        await symlink(linkname ?? "", path);
        entry.resume();
      } else if (type === "file") {
        await writeNew(path, ((mode ?? 0) & 0o111) === 0 ? 0o644 : 0o755, entry as AsyncIterable<Uint8Array>);
      } else {
        throw unsafe(name, `is a ${String(type)}`);
      }
    }
    await feeding;
  } catch (error) {
    reading.destroy();
    // The source's own error (a damaged content) says more than the extractor's about its end.
    const cause = await feeding.then(() => error, (failure: unknown) => (failure instanceof CloisterError ? failure : error));
    throw archiveError(cause);
  }
}

/** Refuses what exists already, links included. */
async function writeNew(path: string, mode: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    for await (const piece of bytes) await file.appendFile(piece);
  } finally {
    await file.close();
  }
}

/** Makes the directories above `name`; a parent that is a file or a link is refused, since only we made what is here. */
async function addParents(directory: string, name: string, directories: Set<string>): Promise<void> {
  const parts = name.split("/").slice(0, -1);
  for (let depth = 1; depth <= parts.length; depth++) {
    const parent = parts.slice(0, depth).join("/");
    if (directories.has(parent)) continue;
    await mkdir(join(directory, parent));
    directories.add(parent);
  }
}

function checkName(name: string): void {
  const parts = name.split("/");
  if (name.includes("\0") || parts.some((part) => part === "" || part === "." || part === "..")) {
    throw unsafe(name, "has a name that leads elsewhere");
  }
}

/**
 * A link must be relative and stay inside. `..` is only accepted at its beginning: behind another link `..` could lead out
 * although the text does not say so.
 */
function checkLink(name: string, target: string): void {
  const parts = target.split("/");
  const climb = parts.findIndex((part) => part !== "..");
  const late = climb >= 0 && parts.slice(climb).includes("..");
  const inside = posix.join(posix.dirname(name), target);
  if (target === "" || target.includes("\0") || target.startsWith("/") || late || inside === ".." || inside.startsWith("../")) {
    throw unsafe(name, `is a link that leads out (${target.slice(0, 80)})`);
  }
}

function archiveError(error: unknown): unknown {
  if (error instanceof CloisterError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EEXIST" || code === "ENOTDIR" || code === "ELOOP") {
    return new CloisterError("ArchiveUnsafe", `The archive writes twice to the same place: ${error.message}.`, "Do not use it; ask its owner.", {}, { cause: error });
  }
  // Errors of the file system (a full disk) keep their own kind for the caller.
  if (code !== undefined && code !== "ERR_STREAM_PREMATURE_CLOSE") return error;
  return new CloisterError("ArchiveBroken", `The directory's archive cannot be read: ${error.message}.`, "Its owner has to upload the directory again.", {}, { cause: error });
}

function unsafe(name: string, reason: string): CloisterError {
  return new CloisterError("ArchiveUnsafe", `The entry "${name.slice(0, 120)}" ${reason}.`, "Only files, directories and links within the directory can be exchanged.", { entry: name.slice(0, 120) });
}

/** What is uploaded changed while it was read. */
export function sourceChanged(name: string): CloisterError {
  return new CloisterError("SourceChanged", `${name} changed while it was read.`, "Wait until nobody writes to it, and start again.", { name });
}
