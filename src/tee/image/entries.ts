// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { CloisterError, isCloisterError } from "../../core/errors";
import type { ImageBudget } from "./limits";

/** One entry of a tar file as {@link walkTar} hands it out. */
export type Entry = Readable & { readonly header: Header };

const GZIP_MAGIC = [0x1f, 0x8b];
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** Whether the file is gzip'ed, by its first bytes. @throws CloisterError `ImageMalformed` for zstd, which is not read. */
export async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const startsWith = (magic: number[]) => bytesRead >= magic.length && magic.every((byte, i) => buffer[i] === byte);
    if (startsWith(ZSTD_MAGIC)) throw malformed("a part of it is packed with zstd", "Save it with `docker save <image> | gzip`.");
    return startsWith(GZIP_MAGIC);
  } finally {
    await file.close();
  }
}

/** Opens a file for reading from its start, through gunzip where it is gzip'ed. The streams are to be given to one pipeline, in order. */
export async function openPlain(path: string): Promise<[Readable, ...NodeJS.ReadWriteStream[]]> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  return (await isGzip(path)) ? [file, createGunzip({ chunkSize: 1 << 18 })] : [file];
}

/**
 * Walks the entries of a (gzip'ed) tar file in order, counting every plain byte against the budget. An entry that `visit`
 * does not read is skipped.
 *
 * @throws CloisterError `ImageMalformed` when the file is not a tar archive or ends early; whatever `visit` throws.
 */
export async function walkTar(path: string, budget: ImageBudget | undefined, visit: (entry: Entry) => Promise<void>): Promise<void> {
  const entries = extract();
  const streams: NodeJS.ReadWriteStream[] = [...((await openPlain(path)) as NodeJS.ReadWriteStream[])];
  if (budget !== undefined) streams.push(budget.meter());
  let pumpError: unknown;
  const pumping = pipeline([...streams, entries] as unknown as [Readable, ...NodeJS.WritableStream[]]).catch((error: unknown) => {
    pumpError = error;
  });
  let visitError: unknown;
  try {
    for await (const entry of entries as unknown as AsyncIterable<Entry>) {
      await visit(entry);
      entry.resume();
    }
  } catch (error) {
    visitError = error;
    entries.destroy();
  }
  await pumping;
  // A budget error ends the pump and shows in the walk only as a closed stream, so the pump's own word comes first.
  for (const error of [pumpError, visitError]) if (isCloisterError(error)) throw error;
  const error = visitError ?? pumpError;
  if (error !== undefined) throw explain(error);
}

function explain(error: unknown): CloisterError {
  if ((error as NodeJS.ErrnoException).code === "ENOSPC") {
    return new CloisterError("ImageTooLarge", "The image does not fit into the space there is to unpack it.", "Choose a slot with more disk.", {}, { cause: error });
  }
  return malformed(`it cannot be read to its end (${(error as Error).message})`, undefined, error);
}

/** A {@link CloisterError} `ImageMalformed` with the reason in words. */
export function malformed(reason: string, fix = "Make the archive again with `docker save <image> | gzip`, or with `spctl solutions pack`.", cause?: unknown): CloisterError {
  return new CloisterError("ImageMalformed", `The image archive is refused: ${reason}.`, fix, {}, { cause });
}
