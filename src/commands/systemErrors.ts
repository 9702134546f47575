// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";

/**
 * What the operating system refused, in our words: a path that is missing, taken or forbidden, a full disk. Commands that know what a
 * file is for say so themselves; this is for the rest.
 *
 * @returns undefined where `error` is none of these.
 */
export function systemError(error: unknown): CloisterError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  const place = dest ?? path;
  if (place === undefined) return isFull(code) ? diskFull("what is written", error) : undefined;
  const details = { path: place, cause: code };
  if (isFull(code)) return diskFull(place, error);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new CloisterError("PathMissing", `${place} does not exist, or a directory on the way to it does not.`, "Check the path; directories are not made by themselves.", details, { cause: error });
    case "EISDIR":
      return new CloisterError("PathIsDirectory", `${place} is a directory, a file is needed.`, "Choose another path.", details, { cause: error });
    case "EEXIST":
    case "ENOTEMPTY":
      return new CloisterError("PathTaken", `${place} exists already.`, "Move it away, or choose another path.", details, { cause: error });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new CloisterError("PathDenied", `You may not use ${place} like this (${code}).`, "Check its owner and mode, or choose another path.", details, { cause: error });
    default:
      return undefined;
  }
}

function isFull(code: string | undefined): boolean {
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
}

function diskFull(place: string, cause: Error): CloisterError {
  return new CloisterError("DiskFull", `There is no space left for ${place}.`, "Free space there or choose another place, and start again.", { place }, { cause });
}
