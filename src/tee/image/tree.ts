// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { pack, type Pack } from "tar-stream";
import { CloisterError } from "../../core/errors";

/** What a layer holds at one path (no leading slash): a directory, a link, bytes, or a copy of a file of the host. */
export type TreeNode =
  | { readonly kind: "directory" }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "text"; readonly text: string; readonly executable?: boolean }
  | { readonly kind: "copy"; readonly from: string; readonly size: number; readonly executable: boolean };

/** A layer about to be written: every path once, missing parents are added when it is written. */
export type Tree = Map<string, TreeNode>;

/** Reads a directory of the host into a tree under `at` ("" = the root). Names in `skip` are left out at every depth. */
export async function addDirectory(tree: Tree, directory: string, at: string, skip: ReadonlySet<string> = new Set()): Promise<void> {
  for (const name of (await readdir(directory)).sort()) {
    if (skip.has(name)) continue;
    const from = join(directory, name);
    const path = at === "" ? name : `${at}/${name}`;
    const found = await lstat(from);
    if (found.isDirectory()) {
      tree.set(path, { kind: "directory" });
      await addDirectory(tree, from, path, skip);
    } else if (found.isSymbolicLink()) tree.set(path, { kind: "link", target: await readlink(from) });
    else if (found.isFile()) tree.set(path, { kind: "copy", from, size: found.size, executable: (found.mode & 0o111) !== 0 });
    else {
      throw new CloisterError("NotPackable", `${from} is neither a file, a directory nor a symbolic link.`, "Remove it from the directory that is packed.", { path: from });
    }
  }
}

/**
 * Writes a tree as a tar whose bytes depend on nothing but paths, contents and the executable bit: sorted by code unit,
 * time 0, owner 0, modes 755 and 644.
 *
 * @returns hex sha-256 of the tar (the layer's diff id) and its size.
 */
export async function writeTree(tree: Tree, to: Writable): Promise<{ sha256: string; size: number }> {
  const whole: Tree = new Map(tree);
  for (const path of tree.keys()) {
    for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1)) {
      const parent = path.slice(0, cut);
      if (!whole.has(parent)) whole.set(parent, { kind: "directory" });
    }
  }
  const tar = pack();
  // Whoever takes the tar may break off (a full disk) at any time, also while nothing is written.
  const broken = new Promise<never>((_, failed) => to.on("error", failed));
  const hash = createHash("sha256");
  let size = 0;
  const draining = (async () => {
    for await (const chunk of tar as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
      if (!to.write(chunk)) await new Promise((drained) => to.once("drain", drained));
    }
  })();
  await Promise.race([Promise.all([fill(tar, whole), draining]), broken]).catch((error: unknown) => {
    tar.destroy();
    throw error;
  });
  await Promise.race([new Promise<void>((ended) => to.end(ended)), broken]);
  return { sha256: hash.digest("hex"), size };
}

async function fill(tar: Pack, tree: Tree): Promise<void> {
  try {
    for (const path of [...tree.keys()].sort()) await writeNode(tar, path, tree.get(path) as TreeNode);
    tar.finalize();
  } catch (error) {
    tar.destroy(error as Error);
    throw error;
  }
}

async function writeNode(tar: Pack, path: string, node: TreeNode): Promise<void> {
  const common = { mtime: new Date(0), uid: 0, gid: 0, uname: "", gname: "" };
  if (node.kind === "directory") await entry(tar, { ...common, name: `${path}/`, type: "directory", mode: 0o755 });
  else if (node.kind === "link") await entry(tar, { ...common, name: path, type: "symlink", linkname: node.target, mode: 0o777 });
  else if (node.kind === "text") await entry(tar, { ...common, name: path, type: "file", mode: node.executable ? 0o755 : 0o644 }, Buffer.from(node.text));
  else {
    const header = { ...common, name: path, type: "file" as const, mode: node.executable ? 0o755 : 0o644, size: node.size };
    await new Promise<void>((written, failed) => {
      const sink = tar.entry(header, (error) => (error ? failed(error) : written()));
      createReadStream(node.from).once("error", failed).pipe(sink as unknown as Writable);
    });
  }
}

function entry(tar: Pack, header: Parameters<Pack["entry"]>[0], body?: Buffer): Promise<void> {
  return new Promise((written, failed) => {
    const done = (error?: Error | null) => (error ? failed(error) : written());
    if (body === undefined) tar.entry(header, done);
    else tar.entry(header, body, done);
  });
}
