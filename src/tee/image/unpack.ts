// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CloisterError } from "../../core/errors";
import { openImageArchive } from "./archive";
import { isGzip, malformed, openPlain } from "./entries";
import { applyLayer } from "./layer";
import { DEFAULT_IMAGE_LIMITS, ImageBudget, type ImageLimits } from "./limits";
import { layerAltered, readImage, type Image, type ImageConfig } from "./read";
import { RootPath } from "./rootPath";

/** What to unpack and where. */
export interface UnpackOptions {
  /** Output of `docker save`, plain or gzip'ed. */
  readonly archive: string;
  /** Directory that becomes the root of the image; made where missing, else it must be empty. */
  readonly into: string;
  /** Directory for copies of the layers, removed again; made here. Needs about the plain size of the archive. */
  readonly scratch: string;
  readonly limits?: ImageLimits;
}

/**
 * Unpacks an image archive of Docker 20 (layers as `<id>/layer.tar`) or 25+ (OCI layout). All layers are checked against the
 * image's diff ids before the first is applied; whatever is wrong, nothing outside `into` and `scratch` is touched.
 *
 * @returns what the image says about running it.
 * @throws CloisterError `ImageMalformed`, `ImageLayerAltered`, `ImageTooLarge`, `ImagePathEscapes`, `ImageWhiteoutRefused`,
 *   `ImageDeviceRefused`, `ImageForOtherMachine`, `ImageRootNotEmpty`.
 */
export async function unpackImage(options: UnpackOptions): Promise<ImageConfig> {
  await mkdir(options.into, { recursive: true });
  if ((await readdir(options.into)).length > 0) {
    throw new CloisterError("ImageRootNotEmpty", `${options.into} is not empty; an image is unpacked only into an empty directory.`, "Name a new directory.", { directory: options.into });
  }
  const packed = (await stat(options.archive)).size;
  const limits = options.limits ?? DEFAULT_IMAGE_LIMITS;
  try {
    const archive = await openImageArchive(options.archive, options.scratch, new ImageBudget(limits, packed));
    const image = await readImage(archive);
    await assertLayers(image, limits, packed);
    const place = new RootPath(options.into);
    const budget = new ImageBudget(limits, packed);
    for (const layer of image.layers) await applyLayer(layer.file.path, place, budget);
    return image.config;
  } finally {
    await rm(options.scratch, { recursive: true, force: true });
  }
}

async function assertLayers(image: Image, limits: ImageLimits, packed: number): Promise<void> {
  const budget = new ImageBudget(limits, packed);
  for (const [i, layer] of image.layers.entries()) {
    const name = `Layer ${i + 1}`;
    const actual = (await isGzip(layer.file.path)) ? await plainHash(layer.file.path, budget) : layer.file.sha256;
    if (actual !== layer.diffId) throw layerAltered(name, layer.diffId, actual);
  }
}

async function plainHash(path: string, budget: ImageBudget): Promise<string> {
  const hash = createHash("sha256");
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done();
    },
  });
  try {
    const streams = [...(await openPlain(path)), budget.meter(), sink];
    await pipeline(streams as unknown as [NodeJS.ReadableStream, NodeJS.WritableStream]);
  } catch (error) {
    if (error instanceof CloisterError) throw error;
    throw malformed(`a layer cannot be unpacked (${(error as Error).message})`, undefined, error);
  }
  return hash.digest("hex");
}
