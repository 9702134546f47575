// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../../core/errors";
import { BASES, type Base } from "../../tee/image/base";
import { packImage, type PackedImage } from "../../tee/image/pack";

/** Options of `solutions pack <dir>`, as typed. */
export interface PackSolutionOptions {
  readonly directory: string;
  readonly base: string;
  readonly entrypoint?: string;
  readonly output: string;
  readonly name?: string;
}

/**
 * Makes an image archive from a directory on a Node, Python or empty base, without Docker, byte for byte reproducible.
 *
 * @throws CloisterError `UnknownBase`, and those of `packImage`.
 */
export async function packSolution(options: PackSolutionOptions): Promise<PackedImage> {
  if (!BASES.includes(options.base as Base)) {
    throw new CloisterError("UnknownBase", `There is no base ${JSON.stringify(options.base)}.`, `Use one of ${BASES.join(", ")}.`, { base: options.base });
  }
  return packImage({ ...options, base: options.base as Base });
}
