// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { sealStream } from "../../crypto/age";
import { packDirectory } from "../../store/archive";
import { nodeCipher } from "../../store/nodeCipher";

/** An encrypted result outside the loader. */
export interface SealedResult {
  readonly path: string;
  readonly size: number;
  /** Hex sha-256 of the ciphertext: what the device signs. */
  readonly sha256: string;
}

/**
 * Makes the result of an order, a tar.gz with `log.txt` and `output/`, and seals it to its one recipient. The plain bytes go
 * through a pipe; nothing of them is written outside the loader's tmpfs.
 *
 * @param target final path; it appears only when it is whole.
 */
export async function sealResult(options: { log: string; output?: string; work: string; recipient: string; target: string }): Promise<SealedResult> {
  const tree = join(options.work, "result");
  await mkdir(tree);
  await writeFile(join(tree, "log.txt"), options.log);
  if (options.output === undefined) await mkdir(join(tree, "output"));
  else await rename(options.output, join(tree, "output"));
  const hash = createHash("sha256");
  let size = 0;
  const temporary = `${options.target}.part`;
  try {
    await pipeline(
      Readable.from(packDirectory(tree), { objectMode: false }),
      createGzip(),
      (plain: AsyncIterable<Uint8Array>) => sealStream(plain, [options.recipient], nodeCipher),
      async function* (sealed: AsyncIterable<Uint8Array>) {
        for await (const piece of sealed) {
          hash.update(piece);
          size += piece.length;
          yield piece;
        }
      },
      createWriteStream(temporary, { mode: 0o600 }),
    );
    await rename(temporary, options.target);
  } finally {
    await rm(temporary, { force: true });
    await rm(tree, { recursive: true, force: true });
  }
  return { path: options.target, size, sha256: hash.digest("hex") };
}
