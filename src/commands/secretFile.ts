// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";
import { writeFresh } from "./files/wholeFile";

/**
 * Writes a secret into a new file that only its owner can read; one that is there is never replaced.
 *
 * @throws CloisterError `TargetExists`, `TargetDenied`.
 */
export async function writeSecretFile(path: string, text: string): Promise<void> {
  await writeFresh(path, text, 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") throw new CloisterError("TargetExists", `${path} exists already.`, "Move it away, or choose another path: a secret is never overwritten.", { path }, { cause: error });
    throw new CloisterError("TargetDenied", `${path} cannot be written (${error.code}).`, "Choose another path.", { path }, { cause: error });
  });
}
