// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { CloisterError } from "../../core/errors";
import { toJson } from "../printer";
import { writeWhole } from "./wholeFile";

/** The text of a file that the person named. @throws CloisterError `FileMissing`. */
export async function readTextFile(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CloisterError("FileMissing", `${path} cannot be read (${error.code}).`, "Check the path.", { path }, { cause: error });
  });
}

/** Writes a result as JSON. @throws CloisterError `TargetDenied`. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await writeTextFile(path, `${toJson(value, 2)}\n`);
}

/** Writes a text: the file is there whole, or as it was before. @throws CloisterError `TargetDenied`. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  await writeWhole(path, text).catch((error: NodeJS.ErrnoException) => {
    throw new CloisterError("TargetDenied", `${path} cannot be written (${error.code}).`, "Choose another path.", { path }, { cause: error });
  });
}
