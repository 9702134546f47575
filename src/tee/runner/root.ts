// SPDX-License-Identifier: Apache-2.0
import { CloisterError, isCloisterError } from "../../core/errors";
import { RootPath } from "../image/rootPath";
import type { RunSpec } from "./runner";

/** Name of the n-th input directory, counted from 0: `input-0001` is the first. */
export function inputName(index: number): string {
  return `input-${String(index + 1).padStart(4, "0")}`;
}

/** Where things are inside every sandbox. */
export const INSIDE = { inputs: "/sp/inputs", output: "/sp/output", certs: "/sp/certs", configurations: "/sp/configurations" } as const;
const CONFIGURATION_FILE = "configuration.json";

/** Name every sandbox has, and the user and group it runs as. */
export const HOSTNAME = "tee";
export const INSIDE_ID = 1000;

/** Below /proc: what is made read-only, and which files are hidden, as container engines do. */
export const PROC_READ_ONLY = ["bus", "fs", "irq", "sys", "sysrq-trigger"];
export const PROC_HIDDEN = ["interrupts", "kallsyms", "kcore", "key-users", "keys", "kmsg", "sched_debug", "timer_list", "timer_stats"];

/**
 * Makes the directories that the sandbox mounts upon, which a read-only root must already have. They must be real directories:
 * a mount upon a symbolic link would land where the image's author wants it.
 *
 * @throws CloisterError `ImageMountPointTaken`
 */
export function prepareRoot(spec: RunSpec): void {
  const place = new RootPath(spec.rootfs);
  const points = ["/proc", "/dev", "/tmp", INSIDE.inputs, INSIDE.output, INSIDE.certs, INSIDE.configurations];
  points.push(...spec.inputs.map((_, i) => `${INSIDE.inputs}/${inputName(i)}`));
  for (const point of points) {
    try {
      place.directory(RootPath.parts(point.slice(1)), { make: true, links: false, of: point });
    } catch (error) {
      if (!isCloisterError(error)) throw error;
      throw new CloisterError("ImageMountPointTaken", `The image has something else than a directory at or above ${point}, where the sandbox mounts.`, `Remove ${point} from the image.`, { path: point }, { cause: error });
    }
  }
  place.directory(RootPath.parts(spec.workdir.slice(1)), { make: true, links: true, of: spec.workdir });
}

/** Environment of a workload: its own, then the places of the sandbox, which nothing overrides. */
export function workloadEnvironment(env: Readonly<Record<string, string>>, at: typeof INSIDE | { [K in keyof typeof INSIDE]: string } = INSIDE): Record<string, string> {
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/tmp",
    ...env,
    INPUT_DATA_FOLDER: at.inputs,
    OUTPUT_DATA_FOLDER: at.output,
    CERTS_DIR: at.certs,
    CONFIGURATION_PATH: `${at.configurations}/${CONFIGURATION_FILE}`,
  };
}

/**
 * What to start: the image's entry point with the order's arguments in place of the image's own (as `docker run image args`).
 *
 * @throws CloisterError `ImageHasNoEntrypoint`
 */
export function composeCommand(image: { entrypoint: readonly string[]; cmd: readonly string[] }, given?: readonly string[]): string[] {
  const command = [...image.entrypoint, ...(given !== undefined && given.length > 0 ? given : image.cmd)];
  if (command.length === 0) {
    throw new CloisterError("ImageHasNoEntrypoint", "The image does not say what to start, and the order gives no command.", "Build it with ENTRYPOINT or CMD.");
  }
  if (command.some((part) => part.includes("\0"))) throw new CloisterError("CommandInvalid", "An argument of the command holds a zero byte.", "Remove it.");
  return command;
}
