// SPDX-License-Identifier: Apache-2.0
import { closeSync, constants, openSync, statfsSync } from "node:fs";
import { readTree } from "./processes";

/** Type of a tmpfs in statfs(2). */
const TMPFS = 0x01021994;

/**
 * A hold on the /tmp of a sandbox that was made inside another program's mount namespace: that program ends with its workload, and its
 * mounts with it, but what is held open can still be asked whether it was full.
 */
export class ScratchHandle {
  private held: number | undefined;

  /** @param bytes the size that the tmpfs was made with. */
  constructor(private readonly bytes: number) {}

  /** Takes hold as soon as the sandbox below this process has its /tmp; asked again at every look. */
  look(starter: number): void {
    if (this.held !== undefined) return;
    for (const pid of readTree(starter).pids) {
      const found = openIfThere(`/proc/${pid}/root/tmp`);
      if (found === undefined) continue;
      // Before the sandbox stands, its process sees the /tmp of this machine.
      if (this.isOurs(found)) {
        this.held = found;
        return;
      }
      closeSync(found);
    }
  }

  /** Whether not a block of it was left, or no file more could be made. */
  isFull(): boolean {
    if (this.held === undefined) return false;
    const { bavail, ffree, files } = statfsSync(`/proc/self/fd/${this.held}`);
    return bavail === 0 || (files > 0 && ffree === 0);
  }

  close(): void {
    if (this.held !== undefined) closeSync(this.held);
    this.held = undefined;
  }

  private isOurs(descriptor: number): boolean {
    const { type, blocks, bsize } = statfsSync(`/proc/self/fd/${descriptor}`);
    return type === TMPFS && blocks === Math.ceil(this.bytes / bsize);
  }
}

/** Undefined where the process is gone, or not ours to look into. */
function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
