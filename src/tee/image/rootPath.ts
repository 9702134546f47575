// SPDX-License-Identifier: Apache-2.0
import { lstatSync, mkdirSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { CloisterError } from "../../core/errors";
import { malformed } from "./entries";

const MOST_LINKS = 40;

/**
 * Finds places inside an unpacked root without ever leaving it: symbolic links are read as the sandbox will read them (an
 * absolute one starts at the root), and whatever would lead above the root is refused. The root is private to this process
 * while it is unpacked, so a checked directory stays what it was.
 */
export class RootPath {
  /** Directories known to be real ones, as paths relative to the root. */
  private readonly real = new Set<string>([""]);

  constructor(readonly root: string) {}

  /** Name of an archive entry as its parts. @throws CloisterError `ImagePathEscapes` for absolute names and `..`. */
  static parts(name: string): string[] {
    if (name.includes("\0")) throw malformed(`the name ${JSON.stringify(name)} holds a zero byte`);
    if (name.startsWith("/")) throw escapes(name, "it is absolute");
    const parts = name.split("/").filter((part) => part !== "" && part !== ".");
    if (parts.includes("..")) throw escapes(name, "it climbs with ..");
    return parts;
  }

  /** Absolute path of a place whose directory was already found real. */
  at(directory: string, name: string): string {
    return join(this.root, directory, name);
  }

  /** Forgets what it knew below a place that was removed. */
  forget(directory: string, name: string): void {
    const gone = directory === "" ? name : `${directory}/${name}`;
    for (const known of this.real) if (known === gone || known.startsWith(`${gone}/`)) this.real.delete(known);
  }

  /**
   * The real directory (relative to the root) that `parts` name.
   * @param make whether missing ones are made (mode 0755); only below real directories, never behind a link.
   * @param links whether symbolic links on the way may be followed (inside the root).
   * @returns undefined when it does not exist and is not to be made.
   * @throws CloisterError `ImagePathEscapes`
   */
  directory(parts: readonly string[], options: { make: boolean; links: boolean; of: string }): string | undefined {
    if (this.real.has(parts.join("/"))) return parts.join("/");
    let at: string[] = [];
    const queue = [...parts];
    let hops = 0;
    let linkSteps = 0;
    while (queue.length > 0) {
      const part = queue.shift() as string;
      const behindLink = linkSteps > 0;
      if (behindLink) linkSteps -= 1;
      if (part === "..") {
        if (at.length === 0) throw escapes(options.of, "a symbolic link on its way leads above the root");
        at.pop();
        continue;
      }
      const place = [...at, part].join("/");
      if (this.real.has(place)) {
        at.push(part);
        continue;
      }
      const found = lstat(join(this.root, place));
      if (found === undefined) {
        if (behindLink) throw escapes(options.of, `a symbolic link on its way leads to /${place}, which the image does not hold`);
        if (!options.make) return undefined;
        mkdirSync(join(this.root, place), { mode: 0o755 });
      } else if (found.isSymbolicLink()) {
        if (!options.links) throw escapes(options.of, `/${place} is a symbolic link`);
        if (++hops > MOST_LINKS) throw escapes(options.of, `its way has more than ${MOST_LINKS} symbolic links`);
        const target = readlinkSync(join(this.root, place));
        const steps = target.split("/").filter((step) => step !== "" && step !== ".");
        if (target.startsWith("/")) at = [];
        queue.unshift(...steps);
        linkSteps += steps.length;
        continue;
      } else if (!found.isDirectory()) throw escapes(options.of, `/${place} is not a directory`);
      at.push(part);
      this.real.add(place);
    }
    return at.join("/");
  }
}

/** `lstat` that says undefined where there is nothing. */
export function lstat(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** A {@link CloisterError} `ImagePathEscapes`. */
export function escapes(name: string, reason: string): CloisterError {
  return new CloisterError(
    "ImagePathEscapes",
    `The image archive is refused: its entry ${JSON.stringify(name)} would reach outside the image (${reason}).`,
    "Nothing outside was touched. Build the image again from a source you trust.",
    { entry: name },
  );
}
