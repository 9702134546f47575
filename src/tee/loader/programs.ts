// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { CloisterError } from "../../core/errors";
import { Fault } from "../../core/orderStatus";
import { lstat, RootPath } from "../image/rootPath";
import { OrderFailure } from "./failure";

/** Where programs upon a base image are found inside. */
const PROGRAM = "/sp/run";

/**
 * Lays the unpacked programs into a base image, one upon the other in the order of their inputs: where two bring the same name, the later
 * one's is there, and directories become one. Nothing is copied, and no link is followed.
 *
 * @throws OrderFailure of the workload, `ImageMountPointTaken`, where the image has such a place itself.
 */
export async function layPrograms(programs: readonly string[], rootfs: string): Promise<void> {
  if (programs.length === 0) return;
  const directory = new RootPath(rootfs).directory(["sp"], { make: true, links: false, of: PROGRAM }) as string;
  const target = join(rootfs, directory, "run");
  if (lstat(target) !== undefined) {
    throw new OrderFailure(Fault.Workload, new CloisterError("ImageMountPointTaken", `The image has a ${PROGRAM} of its own.`, `Remove ${PROGRAM} from the base image.`));
  }
  await mkdir(target);
  for (const program of programs) await layUpon(program, target);
}

async function layUpon(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    const both = [source, target].every((path) => lstat(path)?.isDirectory() === true);
    if (both) {
      await layUpon(source, target);
      continue;
    }
    await rm(target, { recursive: true, force: true });
    await rename(source, target);
  }
}
