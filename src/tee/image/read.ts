// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";
import { CloisterError } from "../../core/errors";
import { readShape } from "../../core/schema";
import type { ArchivedFile, ImageArchive } from "./archive";
import { malformed } from "./entries";

/** What an image says about running it: Docker's `Config`, cut to what the sandbox honours. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path, `/` where the image names none. */
  readonly workdir: string;
}

/** An image as its archive describes it, before any layer is opened. */
export interface Image {
  readonly config: ImageConfig;
  /** Lowest first; `diffId` is the hex sha-256 that the plain tar of the layer must have. */
  readonly layers: readonly { readonly file: ArchivedFile; readonly diffId: string }[];
}

const digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));
const descriptor = v.object({ digest, mediaType: v.optional(v.string(), "") });
const dockerManifest = v.array(v.object({ Config: v.string(), Layers: v.nullish(v.array(v.string()), []) }));
const ociIndex = v.object({ manifests: v.array(descriptor) });
const ociManifest = v.object({ config: descriptor, layers: v.array(descriptor) });
const strings = v.nullish(v.array(v.string()), []);
const configFile = v.object({
  os: v.optional(v.string()),
  architecture: v.optional(v.string()),
  config: v.nullish(v.object({ Entrypoint: strings, Cmd: strings, Env: strings, WorkingDir: v.nullish(v.string(), "") }), {}),
  rootfs: v.object({ diff_ids: v.nullish(v.array(digest), []) }),
});

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", arm: "arm", ppc64: "ppc64le", s390x: "s390x", riscv64: "riscv64" };

/**
 * Reads the description of the one image in an archive: `manifest.json` (Docker up to 24, and 25+ which writes it beside its OCI
 * layout), else `index.json` (a pure OCI layout). A blob whose name is its digest must have that digest.
 *
 * @throws CloisterError `ImageMalformed`, `ImageLayerAltered`, `ImageForOtherMachine`.
 */
export async function readImage(archive: ImageArchive): Promise<Image> {
  const { config: configName, layers: layerNames } = archive.has("manifest.json") ? await fromDocker(archive) : await fromOci(archive);
  assertNamedDigest(configName, archive.file(configName));
  const file = parse(configFile, await archive.json(configName), configName);
  assertRunsHere(file.os, file.architecture);
  const diffIds = file.rootfs.diff_ids;
  if (diffIds.length !== layerNames.length) {
    throw malformed(`it has ${layerNames.length} layers, its configuration names ${diffIds.length}`);
  }
  const layers = layerNames.map((name, i) => {
    const layer = archive.file(name);
    assertNamedDigest(name, layer);
    return { file: layer, diffId: (diffIds[i] as string).slice("sha256:".length) };
  });
  const run = file.config as v.InferOutput<typeof configFile>["config"] & { Entrypoint?: string[]; Cmd?: string[]; Env?: string[]; WorkingDir?: string };
  const workdir = run.WorkingDir || "/";
  if (!workdir.startsWith("/") || workdir.includes("\0")) throw malformed(`its working directory ${JSON.stringify(workdir)} is not absolute`);
  return { config: { entrypoint: run.Entrypoint ?? [], cmd: run.Cmd ?? [], env: environment(run.Env ?? []), workdir }, layers };
}

async function fromDocker(archive: ImageArchive): Promise<{ config: string; layers: string[] }> {
  const images = parse(dockerManifest, await archive.json("manifest.json"), "manifest.json");
  if (images.length !== 1) throw malformed(`it holds ${images.length} images instead of one`, "Save one image: `docker save <image> | gzip`.");
  const image = images[0] as (typeof images)[0];
  return { config: image.Config, layers: image.Layers ?? [] };
}

async function fromOci(archive: ImageArchive): Promise<{ config: string; layers: string[] }> {
  if (!archive.has("index.json")) {
    throw malformed("it has neither manifest.json nor index.json", "Give the output of `docker save <image> | gzip` or of `spctl solutions pack`.");
  }
  let name = "index.json";
  // An index may point to an index (an image for several machines); two steps are what tools write.
  for (let depth = 0; depth < 3; depth++) {
    const document = await archive.json(name);
    const index = v.safeParse(ociIndex, document);
    if (!index.success) {
      const manifest = parse(ociManifest, document, name);
      return { config: blobName(manifest.config.digest), layers: manifest.layers.map((layer) => blobName(layer.digest)) };
    }
    const present = index.output.manifests.map((entry) => blobName(entry.digest)).filter((blob) => archive.has(blob));
    if (present.length !== 1) throw malformed(`${name} names ${present.length} images that are in it instead of one`);
    name = present[0] as string;
    assertNamedDigest(name, archive.file(name));
  }
  throw malformed("its index names only further indexes");
}

function blobName(digestText: string): string {
  return `blobs/${digestText.replace(":", "/")}`;
}

function assertNamedDigest(name: string, file: ArchivedFile): void {
  const named = /^(?:blobs\/sha256\/)?([0-9a-f]{64})(?:\.json)?$/.exec(name)?.[1];
  if (named !== undefined && named !== file.sha256) throw layerAltered(name, named, file.sha256);
}

/** A {@link CloisterError} `ImageLayerAltered`: content is not what the image's own description says. */
export function layerAltered(name: string, expected: string, actual: string): CloisterError {
  return new CloisterError(
    "ImageLayerAltered",
    `${name} of the image archive has the sha-256 ${actual}, the image says ${expected}.`,
    "The archive was changed after it was made: get it again, or build it again.",
    { name, expected, actual },
  );
}

function assertRunsHere(os: string | undefined, architecture: string | undefined): void {
  const here = ARCHITECTURES[process.arch] ?? process.arch;
  if ((os === undefined || os === "linux") && (architecture === undefined || architecture === "" || architecture === here)) return;
  throw new CloisterError(
    "ImageForOtherMachine",
    `The image is for ${os ?? "linux"}/${architecture ?? here}; this machine is linux/${here}.`,
    `Build it with \`docker build --platform linux/${here}\`.`,
    { os, architecture, here },
  );
}

function environment(lines: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf("=");
    if (at < 1 || line.includes("\0")) throw malformed(`its environment holds ${JSON.stringify(line)}, which is not NAME=value`);
    env[line.slice(0, at)] = line.slice(at + 1);
  }
  return env;
}

function parse<T extends v.GenericSchema>(schema: T, value: unknown, name: string): v.InferOutput<T> {
  return readShape(schema, value, { what: `${name} of the image archive`, code: "ImageMalformed", fix: "Make the archive again with `docker save <image> | gzip`." });
}
