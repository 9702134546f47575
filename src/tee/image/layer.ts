// SPDX-License-Identifier: Apache-2.0
import { chmodSync, closeSync, linkSync, mkdirSync, openSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeSync } from "node:fs";
import { CloisterError } from "../../core/errors";
import { malformed, walkTar, type Entry } from "./entries";
import type { ImageBudget } from "./limits";
import { escapes, lstat, RootPath } from "./rootPath";

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

/**
 * Applies one verified layer to a root, as Docker does: later entries replace earlier ones, `.wh.name` removes what lower
 * layers put there, `.wh..wh..opq` empties a directory of them. Differences, all on purpose: owners are not kept (the sandbox
 * has one user, who owns everything), setuid, setgid and sticky bits are dropped, the owner may always read and write (the root
 * is mounted read-only), extended attributes are ignored, and devices outside /dev are refused.
 *
 * @throws CloisterError `ImagePathEscapes`, `ImageWhiteoutRefused`, `ImageDeviceRefused`, `ImageMalformed`, `ImageTooLarge`
 */
export async function applyLayer(layerFile: string, place: RootPath, budget: ImageBudget): Promise<void> {
  /** What this layer itself put somewhere: an opaque mark does not remove it. */
  const own = new Set<string>();
  await walkTar(layerFile, budget, async (entry) => {
    budget.takeEntry();
    const { name } = entry.header;
    const parts = RootPath.parts(name);
    const last = parts.pop();
    if (last === undefined) {
      if (entry.header.type !== "directory") throw escapes(name, "it replaces the root itself");
      return;
    }
    if (last.startsWith(WHITEOUT)) return removeMarked(name, parts, last, place, own);
    if (isDevice(entry) && parts[0] === "dev") return;
    const directory = place.directory(parts, { make: true, links: true, of: name }) as string;
    await put(entry, directory, last, place);
    for (let i = 1, whole = directory === "" ? [last] : [...directory.split("/"), last]; i <= whole.length; i++) own.add(whole.slice(0, i).join("/"));
  });
}

function removeMarked(name: string, parts: string[], last: string, place: RootPath, own: ReadonlySet<string>): void {
  const target = last.slice(WHITEOUT.length);
  const opaque = last === OPAQUE;
  // `.wh...` would mean "remove ..", which once wiped the directory above.
  if (!opaque && (target === "" || target === "." || target === ".." || target.startsWith(WHITEOUT))) {
    throw new CloisterError(
      "ImageWhiteoutRefused",
      `The image archive is refused: ${JSON.stringify(name)} asks to remove ${JSON.stringify(target)}, which is no name of a file.`,
      "Nothing was removed. Build the image again from a source you trust.",
      { entry: name },
    );
  }
  const directory = place.directory(parts, { make: false, links: false, of: name });
  if (directory === undefined) return;
  const names = opaque ? readdirSync(place.at(directory, "")) : [target];
  for (const gone of names) {
    const path = directory === "" ? gone : `${directory}/${gone}`;
    if (opaque && own.has(path)) continue;
    remove(directory, gone, place);
  }
}

async function put(entry: Entry, directory: string, last: string, place: RootPath): Promise<void> {
  const { header } = entry;
  const path = place.at(directory, last);
  const mode = (header.mode ?? 0o644) & 0o777;
  const there = lstat(path);
  if (header.type === "directory") {
    if (there !== undefined && !there.isDirectory()) remove(directory, last, place);
    if (there === undefined || !there.isDirectory()) mkdirSync(path);
    chmodSync(path, mode | 0o700);
    return;
  }
  if (isDevice(entry)) {
    throw new CloisterError(
      "ImageDeviceRefused",
      `The image archive is refused: ${JSON.stringify(header.name)} is a ${header.type}.`,
      "Remove devices and pipes from the image; the sandbox has its own /dev.",
      { entry: header.name },
    );
  }
  const target = header.type === "link" ? linkTarget(header.linkname ?? "", header.name, place) : undefined;
  if (target === path) return;
  if (there !== undefined) remove(directory, last, place);
  if (header.type === "symlink") symlinkSync(linkText(header.linkname, header.name), path);
  else if (target !== undefined) linkTo(target, path);
  else if (header.type === "file" || header.type === "contiguous-file") await write(entry, path, mode | 0o600);
  else throw malformed(`${JSON.stringify(header.name)} is of a kind that is not known`);
}

/** Always a new file: one that is there (perhaps a hard link to another name) was removed before. */
async function write(entry: Entry, path: string, mode: number): Promise<void> {
  const file = openSync(path, "wx", 0o600);
  try {
    for await (const chunk of entry as AsyncIterable<Buffer>) {
      for (let done = 0; done < chunk.length; ) done += writeSync(file, chunk, done);
    }
  } finally {
    closeSync(file);
  }
  chmodSync(path, mode);
}

function linkTarget(linkname: string, of: string, place: RootPath): string {
  const parts = RootPath.parts(linkname);
  const last = parts.pop();
  if (last === undefined) throw escapes(of, "it is a hard link to the root");
  const directory = place.directory(parts, { make: false, links: true, of });
  const path = directory === undefined ? undefined : place.at(directory, last);
  const there = path === undefined ? undefined : lstat(path);
  if (path === undefined || there === undefined || there.isDirectory()) {
    throw malformed(`${JSON.stringify(of)} is a hard link to ${JSON.stringify(linkname)}, which is no file of the image`);
  }
  return path;
}

function linkTo(target: string, path: string): void {
  if (lstat(target)?.isSymbolicLink()) symlinkSync(readlinkSync(target), path);
  else linkSync(target, path);
}

function linkText(text: string | null | undefined, of: string): string {
  if (!text || text.includes("\0")) throw malformed(`the symbolic link ${JSON.stringify(of)} leads nowhere`);
  return text;
}

function isDevice(entry: Entry): boolean {
  return entry.header.type === "character-device" || entry.header.type === "block-device" || (entry.header.type as string) === "fifo";
}

function remove(directory: string, name: string, place: RootPath): void {
  const path = place.at(directory, name);
  const wasDirectory = lstat(path)?.isDirectory() === true;
  rmSync(path, { recursive: true, force: true });
  if (wasDirectory) place.forget(directory, name);
}
