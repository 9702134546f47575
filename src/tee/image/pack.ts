// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { mkdtemp, open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, posix, relative, resolve } from "node:path";
import { createGzip } from "node:zlib";
import { canonicalJson, type CanonicalValue } from "../../core/canonicalJson";
import { CloisterError } from "../../core/errors";
import { baseTree, INTERPRETER, type Base } from "./base";
import { addDirectory, writeTree, type Tree } from "./tree";

/** What to pack. */
export interface PackOptions {
  /** Directory with the solution. On a Node or Python base it becomes `/app`, on an empty base the root itself. */
  readonly directory: string;
  readonly base: Base;
  /** Program or script to start, relative to the directory; default: package.json "main", main.py, or an executable file `run`. */
  readonly entrypoint?: string;
  /** Archive to write, `.tar.gz`; replaced only when the new one is complete. */
  readonly output: string;
  /** Name of the image for `docker load`; default: the directory's name. */
  readonly name?: string;
}

/** What was packed. */
export interface PackedImage {
  readonly output: string;
  /** Bytes and hex sha-256 of the archive: the sha-256 is the solution hash of an order that has just this solution. */
  readonly size: number;
  readonly sha256: string;
  readonly entrypoint: readonly string[];
  readonly base: Base;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", ppc64: "ppc64le" };
const CREATED = "1970-01-01T00:00:00Z";
/** Byte 9 of a gzip header names the operating system (RFC 1952); 255 is "unknown", so that it says nothing. */
const GZIP_OS_OFFSET = 9;
const SKIPPED = new Set([".git", ".DS_Store"]);

/**
 * Makes an image archive from a directory without a container engine. It carries both descriptions that readers know (Docker's
 * manifest.json and an OCI layout over the same blobs), so `docker load` of 20 and of 25+ and `unpackImage` all take it.
 * The same directory, Node release and processor family give the same bytes (the compressor is Node's own zlib).
 *
 * @throws CloisterError `EntrypointMissing`, `NotPackable`, `BaseMissing`, `MissingTool`, `NoSuchDirectory`
 */
export async function packImage(options: PackOptions): Promise<PackedImage> {
  const directory = resolve(options.directory);
  if (!(await stat(directory).catch(() => undefined))?.isDirectory()) {
    throw new CloisterError("NoSuchDirectory", `${directory} is not a directory.`, "Name the directory that holds the solution.", { directory });
  }
  const at = options.base === "empty" ? "" : "app";
  const app: Tree = new Map();
  await addDirectory(app, directory, at, SKIPPED);
  // What was packed before, if it lies there: with it the second image would hold the first.
  app.delete(posix.join(at, relative(directory, resolve(options.output))));
  const entrypoint = await chooseEntrypoint(options, directory, app, at);
  const work = await mkdtemp(join(dirname(resolve(options.output)), ".pack-"));
  try {
    const layers: { sha256: string; size: number; path: string }[] = [];
    for (const tree of [await baseTree(options.base), app]) {
      const path = join(work, `layer-${layers.length}`);
      layers.push({ ...(await writeTree(tree, createWriteStream(path))), path });
    }
    const archive = describe(entrypoint, layers, at === "" ? "/" : `/${at}`, options.name ?? imageName(directory));
    const packed = join(work, basename(options.output));
    const gzip = createGzip({ level: 6, chunkSize: 1 << 18 });
    const [{ size, sha256 }] = await Promise.all([hashTo(gzip, packed), writeTree(archive, gzip)]);
    await rename(packed, options.output);
    return { output: options.output, size, sha256, entrypoint, base: options.base };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The files of the archive around the layers: configuration, manifest, and the two indexes. */
function describe(entrypoint: readonly string[], layers: readonly { sha256: string; size: number; path: string }[], workdir: string, name: string): Tree {
  const tree: Tree = new Map();
  const blob = (text: string) => {
    const sha256 = createHash("sha256").update(text).digest("hex");
    tree.set(`blobs/sha256/${sha256}`, { kind: "text", text });
    return { digest: `sha256:${sha256}`, size: Buffer.byteLength(text) };
  };
  const json = (value: CanonicalValue) => canonicalJson(value);
  const config = blob(
    json({
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
      os: "linux",
      created: CREATED,
      config: { Entrypoint: [...entrypoint], Env: ["PATH=/usr/local/bin:/usr/bin:/bin"], WorkingDir: workdir },
      rootfs: { type: "layers", diff_ids: layers.map((layer) => `sha256:${layer.sha256}`) },
      history: layers.map((_, i) => ({ created: CREATED, created_by: i === 0 ? "base" : "solution" })),
    }),
  );
  for (const layer of layers) tree.set(`blobs/sha256/${layer.sha256}`, { kind: "copy", from: layer.path, size: layer.size, executable: false });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = blob(
    json({
      schemaVersion: 2,
      mediaType,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
      layers: layers.map((layer) => ({ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: `sha256:${layer.sha256}`, size: layer.size })),
    }),
  );
  const annotations = { "io.containerd.image.name": `docker.io/library/${name}:latest`, "org.opencontainers.image.ref.name": "latest" };
  tree.set("oci-layout", { kind: "text", text: json({ imageLayoutVersion: "1.0.0" }) });
  tree.set("index.json", { kind: "text", text: json({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [{ mediaType, ...manifest, annotations }] }) });
  const path = (digest: string) => `blobs/${digest.replace(":", "/")}`;
  const docker = [{ Config: path(config.digest), RepoTags: [`${name}:latest`], Layers: layers.map((layer) => path(`sha256:${layer.sha256}`)) }];
  tree.set("manifest.json", { kind: "text", text: json(docker) });
  return tree;
}

async function chooseEntrypoint(options: PackOptions, directory: string, app: Tree, at: string): Promise<string[]> {
  const relative = options.entrypoint ?? (await defaultEntrypoint(options.base, directory));
  const tries = "Give --entrypoint, or add package.json with \"main\", a main.py, or an executable file `run`.";
  if (relative === undefined) throw new CloisterError("EntrypointMissing", `${directory} does not say what to start.`, tries, { directory });
  const clean = posix.normalize(relative).replace(/^\.?\//, "");
  const node = app.get(at === "" ? clean : `${at}/${clean}`);
  if (node === undefined || node.kind === "directory") {
    throw new CloisterError("EntrypointMissing", `${directory} has no file ${relative} to start.`, tries, { directory, entrypoint: relative });
  }
  const path = at === "" ? `/${clean}` : `/${at}/${clean}`;
  const interpreter = INTERPRETER[options.base];
  if (interpreter !== undefined && /\.(?:[cm]?js|py)$/.test(clean)) return [interpreter, path];
  if (node.kind === "copy" && !node.executable) {
    throw new CloisterError("EntrypointMissing", `${relative} is not executable and has no interpreter on the ${options.base} base.`, `chmod +x ${relative}`, { entrypoint: relative });
  }
  return [path];
}

async function defaultEntrypoint(base: Base, directory: string): Promise<string | undefined> {
  const description = join(directory, "package.json");
  if (base === "node" && existsSync(description)) {
    const { main } = JSON.parse(await readFile(description, "utf8")) as { main?: unknown };
    if (typeof main === "string") return main;
  }
  const candidates = { node: ["main.js", "index.js", "run"], python: ["main.py", "run"], empty: ["run"] }[base];
  return candidates.find((name) => existsSync(join(directory, name)));
}

/** Docker takes lower-case names of letters, digits and separators only. */
function imageName(directory: string): string {
  return basename(directory).toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "") || "solution";
}

/** Hashes and writes a gzip stream while it is made, its header made neutral. */
async function hashTo(gzip: AsyncIterable<Buffer>, path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  const file = await open(path, "wx");
  let size = 0;
  try {
    for await (const chunk of gzip) {
      if (size <= GZIP_OS_OFFSET && size + chunk.length > GZIP_OS_OFFSET) chunk[GZIP_OS_OFFSET - size] = 255;
      hash.update(chunk);
      await file.writeFile(chunk);
      size += chunk.length;
    }
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest("hex") };
}
