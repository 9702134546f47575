// SPDX-License-Identifier: Apache-2.0
import { findTool, needTool } from "./tools";

/** One text as one word of sh. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Start of a command line that runs a script with no descriptor open beyond 0, 1, 2 and `keep`: what this process itself
 * inherited without close-on-exec (a loader's line to its platform, say) must not reach a workload. Only bash closes descriptors
 * above 9, so without bash the script refuses to go on when there is one.
 */
export function closedShell(script: string, keep: readonly number[] = []): string[] {
  const kept = [0, 1, 2, ...keep].join("|");
  const closing =
    `for fd in /proc/self/fd/*; do fd=\${fd##*/}; case $fd in ${kept}) ;; ?) eval "exec $fd>&-" ;; ` +
    `*) if [ -n "\${BASH_VERSION:-}" ]; then eval "exec $fd>&-"; elif [ -e /proc/self/fd/$fd ]; then echo "descriptor $fd is open, and only bash can close it (apt install bash)" >&2; exit 125; fi ;; esac; done; `;
  const bash = findTool("bash");
  return [...(bash === undefined ? [needTool("sh")] : [bash, "--norc", "--noprofile"]), "-c", `${closing}${script}`, "sh"];
}
