// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { CloisterError } from "../../core/errors";
import { limitText, type Limits, type Runner } from "./runner";

/** Limits for a small computation, and those a probe asks about. */
export const SMALL_LIMITS: Limits = {
  wallSeconds: 3600,
  memoryBytes: 1024 * 2 ** 20,
  outputBytes: 256 * 2 ** 20,
  scratchBytes: 256 * 2 ** 20,
  processes: 256,
  cpuCores: 1,
  logBytes: 2 ** 20,
};

/** How memory, processes and CPU would be held here, for the line of a probe. */
export function heldLine(runner: Runner): string {
  const named = runner.held(SMALL_LIMITS).filter(({ limit }) => limit === "memory" || limit === "processes" || limit === "cpu");
  return named.map((held) => limitText(held).replace(/ \d+ by/, " held by")).join(", ");
}

/** Settings of the kernel by which systems refuse namespaces to plain users, and the value that permits them. */
const SYSCTLS = [
  { name: "kernel.apparmor_restrict_unprivileged_userns", refuses: "1", permits: "0" },
  { name: "kernel.unprivileged_userns_clone", refuses: "0", permits: "1" },
  { name: "user.max_user_namespaces", refuses: "0", permits: "15000" },
];

/** A {@link CloisterError} `IsolationUnavailable` with the ways out that fit this machine. */
export function isolationUnavailable(tried: string, cause: unknown): CloisterError {
  const refusing = SYSCTLS.filter(({ name, refuses }) => {
    const file = `/proc/sys/${name.replaceAll(".", "/")}`;
    return existsSync(file) && readFileSync(file, "utf8").trim() === refuses;
  });
  const sysctl = (refusing.length > 0 ? refusing : SYSCTLS.slice(2)).map(({ name, permits }) => `sysctl -w ${name}=${permits}`).join(" && ");
  const said = ((cause as { stderr?: string }).stderr || (cause as Error).message).trim().split("\n").pop() as string;
  return new CloisterError(
    "IsolationUnavailable",
    `This system permits no isolation: ${tried} says "${said}".`,
    `Permit it (as root: ${sysctl}), or apt install bubblewrap, or choose --allow-unisolated, which protects nobody's data or machine.`,
    { tried },
    { cause },
  );
}
