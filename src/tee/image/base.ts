// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CloisterError } from "../../core/errors";
import { addDirectory, type Tree } from "./tree";

const run = promisify(execFile);

/** What an image is built upon: the running Node, the machine's Python 3, or nothing. */
export type Base = "node" | "python" | "empty";
export const BASES: readonly Base[] = ["node", "python", "empty"];

/** Where the interpreter of a base is inside the image. */
export const INTERPRETER: Readonly<Record<Base, string | undefined>> = { node: "/usr/local/bin/node", python: "/usr/bin/python3", empty: undefined };

const PYTHON = "/usr/bin/python3";
/** Parts of Python's library that a computation does not need, and caches that differ from run to run. */
const PYTHON_SKIPPED = new Set(["__pycache__", "test", "tests", "idlelib", "turtledemo", "tkinter", "ensurepip", "lib2to3", "pydoc_data"]);

/** The lowest layer of an image: interpreter, the shared libraries it is linked to, and the few files every program expects. */
export async function baseTree(base: Base): Promise<Tree> {
  const tree: Tree = new Map();
  for (const directory of ["tmp", "proc", "dev", "sp"]) tree.set(directory, { kind: "directory" });
  if (base === "empty") return tree;
  tree.set("etc/passwd", { kind: "text", text: "root:x:0:0:root:/tmp:/sbin/nologin\ntee:x:1000:1000:tee:/tmp:/sbin/nologin\n" });
  tree.set("etc/group", { kind: "text", text: "root:x:0:\ntee:x:1000:\n" });
  if (base === "node") {
    await addProgram(tree, await realpath(process.execPath), INTERPRETER.node as string);
    return tree;
  }
  await addPython(tree);
  return tree;
}

async function addPython(tree: Tree): Promise<void> {
  if (!existsSync(PYTHON)) {
    throw new CloisterError("BaseMissing", `The Python base needs ${PYTHON}, which this machine does not have.`, "apt install python3, or pack on --base node or empty.", { program: PYTHON });
  }
  await addProgram(tree, await realpath(PYTHON), PYTHON);
  const { stdout } = await run(PYTHON, ["-I", "-S", "-c", "import sysconfig; print(sysconfig.get_paths()['stdlib'])"]);
  const library = stdout.trim();
  if (!existsSync(join(library, "json"))) {
    throw new CloisterError("BaseMissing", `${library} is not a whole Python library (json is missing).`, "apt install python3 (python3-minimal is not enough).", { library });
  }
  await addDirectory(tree, library, library.slice(1), PYTHON_SKIPPED);
  const dynamic = join(library, "lib-dynload");
  for (const name of existsSync(dynamic) ? (await readdir(dynamic)).sort() : []) {
    if (name.endsWith(".so")) await addLibraries(tree, join(dynamic, name));
  }
  // Links that lead out of what was copied (Debian's sitecustomize) would dangle.
  for (const [path, node] of tree) if (node.kind === "link" && node.target.startsWith("/") && !tree.has(node.target.slice(1))) tree.delete(path);
}

/** Adds a program of the host and the shared libraries it is linked to. */
export async function addProgram(tree: Tree, from: string, at: string): Promise<void> {
  await addFile(tree, from, at, true);
  await addLibraries(tree, from);
}

/** The shared libraries of a program, by `ldd`, at the very paths the loader will look for them. A static program has none. */
async function addLibraries(tree: Tree, program: string): Promise<void> {
  let listing: string;
  try {
    listing = (await run("ldd", [program], { env: { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C" } })).stdout;
  } catch (error) {
    const failure = error as NodeJS.ErrnoException & { stderr?: string; stdout?: string };
    if (`${failure.stderr ?? ""}${failure.stdout ?? ""}`.includes("not a dynamic executable")) return;
    throw new CloisterError("MissingTool", "The shared libraries of a program are found with ldd, which does not run here.", "apt install libc-bin.", { tool: "ldd", package: "libc-bin" }, { cause: error });
  }
  for (const line of listing.split("\n")) {
    if (line.includes("not found")) {
      throw new CloisterError("BaseMissing", `A library of ${program} is missing: ${line.trim()}.`, "Install the library, or pack on --base empty.", { program });
    }
    const path = /(?:=>\s*)?(\/\S+) \(0x[0-9a-f]+\)$/.exec(line)?.[1];
    if (path !== undefined && !tree.has(path.slice(1))) await addFile(tree, path, path, true);
  }
}

async function addFile(tree: Tree, from: string, at: string, executable: boolean): Promise<void> {
  const real = await realpath(from);
  tree.set(at.slice(1), { kind: "copy", from: real, size: (await stat(real)).size, executable });
}
