// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { CloisterError } from "../../core/errors";

/** The Debian package that brings each program the runners call. */
const PACKAGES = {
  bash: "bash",
  bwrap: "bubblewrap",
  cp: "coreutils",
  hostname: "hostname",
  ip: "iproute2",
  ln: "coreutils",
  mkdir: "coreutils",
  mount: "mount",
  prlimit: "util-linux",
  setpriv: "util-linux",
  sh: "dash",
  stat: "coreutils",
  taskset: "util-linux",
  touch: "coreutils",
  unshare: "util-linux",
} as const;
export type Tool = keyof typeof PACKAGES;

/** Where system programs are even if PATH does not say so (cron, systemd units, plain users and /usr/sbin). */
const USUAL = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"];

/** Absolute path of a program, or undefined. */
export function findTool(tool: Tool): string | undefined {
  const directories = [...USUAL, ...(process.env.PATH ?? "").split(delimiter).filter((directory) => directory.startsWith("/"))];
  return directories.map((directory) => join(directory, tool)).find(isExecutable);
}

/** Absolute path of a program. @throws CloisterError `MissingTool` that names the package. */
export function needTool(tool: Tool): string {
  const path = findTool(tool);
  if (path !== undefined) return path;
  const name = PACKAGES[tool];
  throw new CloisterError("MissingTool", `The program ${tool} is not installed.`, `apt install ${name}`, { tool, package: name });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there or not for us: the next directory is tried.
    return false;
  }
}
