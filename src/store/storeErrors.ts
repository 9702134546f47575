// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";

/** An error of the file system in our words; what is already a {@link CloisterError} stays itself. */
export function storeError(error: unknown, directory: string): unknown {
  if (error instanceof CloisterError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const details = { directory, cause: code };
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return new CloisterError("StoreFull", `There is no space left in the store ${directory}.`, "Free space there or choose another storage.path, and start again.", details, { cause: error });
    case "ENOENT":
    case "ENOTDIR":
      return new CloisterError("StoreMissing", `The store directory ${directory} does not exist.`, "Create it, mount it, or correct storage.path in the configuration.", details, { cause: error });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new CloisterError("StoreDenied", `The store ${directory} does not permit this.`, "Check the owner and mode of the directory.", details, { cause: error });
    case undefined:
      return error;
    default:
      return new CloisterError("StoreFailed", `The store ${directory} failed: ${error.message}.`, "Check the disk, and start again.", details, { cause: error });
  }
}

/** An object that is not in the store. */
export function objectMissing(sha256: string, store: string): CloisterError {
  return new CloisterError("ObjectMissing", `The store ${store} has no object ${sha256}.`, "It was deleted, or the resource file belongs to another store.", { sha256, store });
}

/** Bytes whose hash is not the one they are known by. */
export function objectDamaged(expected: string, found: string, what = "The stored object"): CloisterError {
  return new CloisterError("ObjectDamaged", `${what} should have the sha256 ${expected}, but has ${found}.`, "Fetch it again; if that does not help, its owner has to upload it again.", { expected, found });
}

/** An object whose end date has passed. */
export function contentExpired(sha256: string, until: number): CloisterError {
  return new CloisterError("ContentExpired", `The content ${sha256} was kept until ${new Date(until * 1000).toISOString()} and is gone.`, "Its owner has to upload it again, with a later end date.", { sha256, until });
}

/** Bytes of an interrupted upload that are another content's, or sealed with another key. */
export function stagedBytesDiffer(name: string): CloisterError {
  return new CloisterError("StagedBytesDiffer", `What the interrupted upload ${name} left is not the beginning of this content.`, "Upload it anew.", { name });
}
