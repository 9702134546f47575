// SPDX-License-Identifier: Apache-2.0
// Runs inside the sandbox and prints what it sees, as one line of JSON. It is compared with sees.json.
"use strict";
const fs = require("node:fs");
const os = require("node:os");

const status = Object.fromEntries(fs.readFileSync("/proc/self/status", "utf8").split("\n").map((line) => line.split(":\t")));
const list = (path) => {
  try {
    return fs.readdirSync(path).sort();
  } catch (error) {
    return error.code;
  }
};
const attempt = (what) => {
  try {
    what();
    return "yes";
  } catch (error) {
    return error.code ?? String(error);
  }
};
const writable = (directory) => attempt(() => {
  fs.writeFileSync(`${directory}/.probe`, "x");
  fs.unlinkSync(`${directory}/.probe`);
});
console.log(JSON.stringify({
  uid: process.getuid(),
  gid: process.getgid(),
  hostname: os.hostname(),
  capabilities: { effective: status.CapEff, permitted: status.CapPrm, inheritable: status.CapInh, ambient: status.CapAmb },
  noNewPrivileges: status.NoNewPrivs,
  processes: list("/proc").filter((name) => /^\d+$/.test(name)),
  interfaces: fs.readFileSync("/proc/net/dev", "utf8").split("\n").slice(2).filter(Boolean).map((line) => line.split(":")[0].trim()),
  root: list("/"),
  dev: list("/dev").filter((name) => !["console", "core", "ptmx", "pts", "tty"].includes(name)),
  inputs: list("/sp/inputs"),
  first: list("/sp/inputs/input-0001"),
  certs: list("/sp/certs"),
  configurations: list("/sp/configurations"),
  home: list("/home"),
  hostEtc: attempt(() => fs.statSync("/etc/shadow")),
  directory: process.cwd(),
  environment: Object.entries(process.env).filter(([name]) => name !== "_" && name !== "PWD" && name !== "SHLVL" && name !== "OLDPWD").map(([name, value]) => `${name}=${value}`).sort(),
  writable: Object.fromEntries(["/", "/app", "/etc", "/usr", "/sp", "/sp/inputs", "/sp/inputs/input-0001", "/sp/certs", "/sp/configurations", "/dev", "/sp/output", "/tmp", "/dev/shm"].map((path) => [path, writable(path)])),
  // Opened, not written: if a runner is wrong here, the machine shall not suffer for it.
  sysctl: attempt(() => fs.closeSync(fs.openSync("/proc/sys/kernel/core_pattern", "r+"))),
  mounts: fs.readFileSync("/proc/self/mountinfo", "utf8").split("\n").filter(Boolean).map((line) => line.split(" ")[4]).filter((at) => !/^\/(proc|dev)\b/.test(at)).sort(),
}));
