// SPDX-License-Identifier: Apache-2.0
import type { Base } from "../../tee/image/base";
import type { PackedImage } from "../../tee/image/pack";
import { CloisterError } from "../../core/errors";
import { defineCommand, positional, text } from "../command";

/** Named again here, because this file is loaded for `--help` and the packer is not. */
const BASES: readonly Base[] = ["node", "python", "empty"];

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
  const { packImage } = await import("../../tee/image/pack");
  return packImage({ ...options, base: options.base as Base });
}

export const solutionsPack = defineCommand({
  noun: "solutions",
  verb: "pack",
  summary: "Make an image from a directory, without Docker",
  role: "customer",
  example: "solutions pack ./my-solution --base node --output my-solution.tar.gz",
  notes: `The image starts --entrypoint, else package.json "main" or main.js (node), main.py (python), or an executable file run.
On the node and python bases the directory becomes /app, on the empty base the root. The same directory gives the same bytes.`,
  positionals: { directory: positional("directory with the solution") },
  options: {
    base: text("what it is built upon", { default: "node", choices: BASES }),
    entrypoint: text("file to start, relative to the directory", { placeholder: "file" }),
    output: text("where to write the archive", { required: true, placeholder: "path" }),
    name: text("name of the image for docker load (default: the directory's)", { placeholder: "name" }),
  },
  run: (context, { directory, base, entrypoint, output, name }) => {
    context.message(`Packing ${directory} on the base ${base}`);
    return packSolution({ directory: context.path(directory), base, entrypoint, output: context.path(output), name });
  },
  print({ output, size, sha256, entrypoint }, out) {
    out.line(`Image was packed into ${output} (${size} bytes), it starts ${entrypoint.join(" ")}`);
    out.line(`Solution hash: ${sha256}`);
  },
});
