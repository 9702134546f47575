// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { Transform } from "node:stream";
import { malformed, walkTar, type Entry } from "./entries";
import type { ImageBudget } from "./limits";

/** One regular file of the outer archive, copied to a numbered file of our own. */
export interface ArchivedFile {
  /** Where the copy lies. */
  readonly path: string;
  readonly size: number;
  /** Hex sha-256 of the bytes as archived (of a gzip'ed layer: of the gzip'ed bytes). */
  readonly sha256: string;
}

/** The outer tar of `docker save`: its files by name, links resolved inside the archive and nowhere else. */
export interface ImageArchive {
  /** @throws CloisterError `ImageMalformed` when there is no such file. */
  file(name: string): ArchivedFile;
  has(name: string): boolean;
  /** A JSON file of at most 8 MiB. @throws CloisterError `ImageMalformed` when it is missing, larger or not JSON. */
  json(name: string): Promise<unknown>;
}

const LARGEST_JSON = 8 * 2 ** 20;
const MOST_FILES = 10_000;
const MOST_LINKS = 8;

/**
 * Copies the files of an image archive (plain or gzip'ed) into `directory`, one numbered file each: the archive may list
 * layers in any order, and a name chosen by its author never becomes a path here.
 */
export async function openImageArchive(path: string, directory: string, budget: ImageBudget): Promise<ImageArchive> {
  await mkdir(directory, { recursive: true });
  const files = new Map<string, ArchivedFile>();
  const links = new Map<string, string>();
  await walkTar(path, budget, async (entry) => {
    const name = posix.normalize(entry.header.name).replace(/^\.\//, "").replace(/\/$/, "");
    if (entry.header.type === "directory" || name === ".") return;
    if (files.has(name) || links.has(name)) throw malformed(`it holds ${JSON.stringify(name)} twice`);
    if (files.size + links.size >= MOST_FILES) throw malformed(`it holds more than ${MOST_FILES} files beside its layers' own`);
    if (entry.header.type === "symlink") links.set(name, posix.join(posix.dirname(name), entry.header.linkname ?? ""));
    else if (entry.header.type === "link") links.set(name, posix.normalize(entry.header.linkname ?? ""));
    else if (entry.header.type === "file" || entry.header.type === "contiguous-file") {
      files.set(name, await copyOut(entry, join(directory, String(files.size))));
    } else throw malformed(`${JSON.stringify(name)} is neither a file nor a link`);
  });

  const find = (name: string): ArchivedFile | undefined => {
    let at = posix.normalize(name);
    for (let hops = 0; hops <= MOST_LINKS; hops++) {
      const file = files.get(at);
      if (file !== undefined) return file;
      const next = links.get(at);
      if (next === undefined) return undefined;
      at = next;
    }
    throw malformed(`${JSON.stringify(name)} is a chain of more than ${MOST_LINKS} links`);
  };
  const file = (name: string): ArchivedFile => {
    const found = find(name);
    if (found === undefined) throw malformed(`${JSON.stringify(name)} is named but not in it`);
    return found;
  };
  return {
    file,
    has: (name) => find(name) !== undefined,
    json: async (name) => {
      const { path: copy, size } = file(name);
      if (size > LARGEST_JSON) throw malformed(`${name} is ${size} bytes, more than ${LARGEST_JSON}`);
      try {
        return JSON.parse(await readFile(copy, "utf8")) as unknown;
      } catch (error) {
        throw malformed(`${name} is not JSON`, undefined, error);
      }
    },
  };
}

async function copyOut(entry: Entry, path: string): Promise<ArchivedFile> {
  const hash = createHash("sha256");
  let size = 0;
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(entry, hashing, createWriteStream(path, { flags: "wx", mode: 0o600 }));
  return { path, size, sha256: hash.digest("hex") };
}
