// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../../core/errors";
import type { RunSpec } from "./runner";
import { HOSTNAME, INSIDE, INSIDE_ID, inputName, PROC_HIDDEN, PROC_READ_ONLY } from "./root";
import { quote } from "./shell";
import { findTool, needTool } from "./tools";

/** Places of the scripts' own files, all inside the run's scratch directory. */
export interface ScriptPlaces {
  readonly stage: string;
  /** Receives the process id of the workload's starter. */
  readonly pidFile: string;
  /** Is there once the workload itself is being started; before, whatever fails is the sandbox's fault. */
  readonly started: string;
  /** Is there when /sp/output could not be copied out. */
  readonly lost: string;
  /** Is there, with `output` or `scratch` after it, when that was full at the end. */
  readonly full: string;
  /** What the inner script complained of. */
  readonly innerLog: string;
  /** Second script, which runs inside the pid namespace. */
  readonly inner: string;
}

const DEVICES = ["null", "zero", "full", "random", "urandom"];
/** Directories below /proc that are covered with empty ones. */
const HIDDEN_DIRECTORIES = ["acpi", "asound", "scsi"];

/**
 * Runs in fresh user, mount, net, ipc and uts namespaces as their root: builds the new root from binds, starts the workload,
 * and at its end copies /sp/output out of its sized tmpfs, which only these namespaces see.
 */
export function outerScript(spec: RunSpec, places: ScriptPlaces): string {
  const tool = (name: Parameters<typeof needTool>[0]) => quote(needTool(name));
  const ip = findTool("ip");
  const root = `${places.stage}/root`;
  const q = (path: string) => quote(`${root}${path}`);
  const bind = (from: string, to: string) => `bind ${quote(from)} ${q(to)}`;
  const shared = Math.min(Math.floor(spec.limits.scratchBytes / 4), 64 * 2 ** 20);
  const tmpfs = (size: number, mode: string, to: string, more = "") =>
    `"$mount" -t tmpfs -o size=${size},mode=${mode},nosuid,nodev${more} cloister ${to}`;
  const inodes = (size: number) => `,nr_inodes=${Math.min(1_000_000, Math.max(1024, Math.ceil(size / 1024)))}`;
  return `set -eu
umask 022
mount=${tool("mount")}
# A bind keeps flags that its file system is locked to, which must then be named again.
lock() {
  for more in '' ,noexec ,noatime ,noexec,noatime ,nodiratime; do
    if "$mount" -o "remount,bind,ro,nosuid,nodev$more" "$1" 2>/dev/null; then return 0; fi
  done
  "$mount" -o remount,bind,ro,nosuid,nodev "$1"
}
bind() { "$mount" --bind "$1" "$2"; lock "$2"; }
${tool("hostname")} ${HOSTNAME}
${ip === undefined ? "" : `${quote(ip)} link set lo up`}
${tmpfs(1 << 20, "755", quote(places.stage))}
${tool("mkdir")} ${quote(root)} ${quote(`${places.stage}/output`)}
bind ${quote(spec.rootfs)} ${quote(root)}
${tmpfs(65_536, "755", q("/dev"), ",noexec").replace(",nodev", "")}
for device in ${DEVICES.join(" ")}; do
  ${tool("touch")} ${q("/dev")}/"$device"
  "$mount" --bind /dev/"$device" ${q("/dev")}/"$device"
done
for pair in fd: stdin:/0 stdout:/1 stderr:/2; do
  ${tool("ln")} -s "/proc/self/fd\${pair#*:}" ${q("/dev")}/"\${pair%%:*}"
done
${tool("mkdir")} ${q("/dev/shm")}
"$mount" -o remount,bind,ro,nosuid,noexec ${q("/dev")}
${tmpfs(shared, "1777", q("/dev/shm"), ",noexec")}
${tmpfs(spec.limits.scratchBytes, "1777", q("/tmp"), inodes(spec.limits.scratchBytes))}
${spec.inputs.map((input, i) => bind(input, `${INSIDE.inputs}/${inputName(i)}`)).join("\n")}
${spec.certs === undefined ? "" : bind(spec.certs, INSIDE.certs)}
${spec.configurations === undefined ? "" : bind(spec.configurations, INSIDE.configurations)}
${tmpfs(spec.limits.outputBytes, "755", quote(`${places.stage}/output`), inodes(spec.limits.outputBytes))}
"$mount" --bind ${quote(`${places.stage}/output`)} ${q(INSIDE.output)}
${tool("setpriv")} --pdeathsig KILL -- ${tool("unshare")} --pid --fork --kill-child=KILL -- ${tool("sh")} ${quote(places.inner)} 8>&9 9>&- 2>${quote(places.innerLog)} &
echo $! > ${quote(places.pidFile)}
code=0
wait $! || code=$?
for pair in ${quote("output:")}${quote(`${places.stage}/output`)} scratch:${q("/tmp")}; do
  free=$(${tool("stat")} -f -c '%a,%d' "\${pair#*:}")
  case "$free" in 0,*|*,0) : > ${quote(places.full)}-"\${pair%%:*}" ;; esac
done
${tool("cp")} -a --no-preserve=ownership ${quote(`${places.stage}/output/.`)} ${quote(`${spec.output}/`)} || : > ${quote(places.lost)}
exit "$code"
`;
}

/**
 * Runs as first process of the pid namespace: mounts its /proc and becomes the workload, by `unshare --root` in a user namespace
 * of its own, where uid 1000 holds no capability. That last step is a chroot, not a moved or pivoted root: the kernel makes no user
 * namespace for a process whose root is not its mount namespace's (EPERM), and programs of the host could not be found any more.
 * What makes a chroot leaky is absent: no capability, no descriptor and no process outside it, and no way to a new user namespace.
 */
export function innerScript(spec: RunSpec, places: ScriptPlaces, joinFiles: readonly string[], prefix: readonly string[], env: Readonly<Record<string, string>>): string {
  const tool = (name: Parameters<typeof needTool>[0]) => quote(needTool(name));
  const proc = quote(`${places.stage}/root/proc`);
  const { exported, carried } = splitEnvironment(env);
  const command = carried.length > 0 ? ["/usr/bin/env", ...carried, ...spec.command] : spec.command;
  const start = [
    ...prefix,
    needTool("setpriv"),
    "--no-new-privs",
    "--",
    needTool("unshare"),
    "--user",
    `--map-user=${INSIDE_ID}`,
    `--map-group=${INSIDE_ID}`,
    "--root=.",
    `--wd=${spec.workdir}`,
    "--",
    ...command,
  ];
  return `set -eu
mount=${tool("mount")}
${joinFiles.map((file) => `echo 0 > ${quote(file)}`).join("\n")}
"$mount" -t proc -o nosuid,nodev,noexec proc ${proc}
# One user namespace more is needed, for the workload itself; it shall make no others.
echo 1 > ${proc}/sys/user/max_user_namespaces
for name in ${PROC_READ_ONLY.join(" ")}; do
  if [ -e ${proc}/"$name" ]; then
    "$mount" --bind ${proc}/"$name" ${proc}/"$name"
    "$mount" -o remount,bind,ro,nosuid,nodev,noexec ${proc}/"$name"
  fi
done
for name in ${PROC_HIDDEN.join(" ")}; do
  if [ -e ${proc}/"$name" ]; then "$mount" --bind /dev/null ${proc}/"$name"; fi
done
for name in ${HIDDEN_DIRECTORIES.join(" ")}; do
  if [ -d ${proc}/"$name" ]; then "$mount" -t tmpfs -o ro,size=0 cloister ${proc}/"$name"; fi
done
cd ${quote(`${places.stage}/root`)}
unset LC_ALL PWD OLDPWD SHLVL
${Object.entries(exported)
  .map(([name, value]) => `export ${name}=${quote(value)}`)
  .join("\n")}
: > ${quote(places.started)}
exec 2>&8 8>&-
exec ${start.map(quote).join(" ")}
`;
}

/** Names that change how the host's own last program before the workload is loaded (ld.so(8), the list of AT_SECURE). */
const LOADED_WITH = /^(?:LD_.*|GLIBC_TUNABLES|GCONV_PATH|GETCONF_DIR|LOCPATH|MALLOC_.*|NLSPATH|LOCALDOMAIN|HOSTALIASES|RES_OPTIONS|RESOLV_HOST_CONF|NIS_PATH|TMPDIR|TZDIR)$/;

/**
 * The workload's variables are exported in the script, so that they appear in no process list. The names that would steer the
 * host's own loader (with the image's files as libraries, outside the sandbox still) and those that sh cannot export are set
 * inside instead, by the image's own /usr/bin/env.
 */
export function splitEnvironment(env: Readonly<Record<string, string>>): { exported: Record<string, string>; carried: string[] } {
  const exported: Record<string, string> = {};
  const carried: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (name === "" || name.includes("=") || name.includes("\0") || value.includes("\0")) {
      throw new CloisterError("EnvironmentInvalid", `The variable ${JSON.stringify(name)} cannot be set.`, "Rename it, or remove zero bytes from its value.", { name });
    }
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !LOADED_WITH.test(name)) exported[name] = value;
    else carried.push(`${name}=${value}`);
  }
  return { exported, carried };
}
