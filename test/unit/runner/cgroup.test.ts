// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect } from "chai";

import { Cgroup } from "../../../src/tee/runner/cgroup";
import type { Limits } from "../../../src/tee/runner/runner";

const LIMITS: Limits = { wallSeconds: 10, memoryBytes: 64 * 2 ** 20, outputBytes: 2 ** 20, scratchBytes: 2 ** 20, processes: 16, cpuCores: 1, logBytes: 2 ** 16 };
/** Makes a group and removes it: what every run of another loader does. */
const OTHER = `require(${JSON.stringify(join(__dirname, "../../../src/tee/runner/cgroup.ts"))}).Cgroup.create(${JSON.stringify(LIMITS)}).remove()`;

describe("the control group of a run", () => {
  let group: Cgroup;
  let directories: string[];
  before(function () {
    const made = Cgroup.create(LIMITS);
    if (made === undefined) return this.skip();
    group = made;
    directories = group.joinFiles().map(dirname);
  });
  after(() => group?.remove());

  it("is left alone by another loader before its first process, though that cannot see who made it", function () {
    const { status, stderr } = spawnSync("unshare", ["--fork", "--pid", "--mount-proc", process.execPath, "--import", "tsx", "-e", OTHER], { encoding: "utf8" });
    if (/unshare.*(failed|denied|permitted)/.test(stderr)) return this.skip();
    expect(status, stderr).to.equal(0);
    for (const directory of directories) expect(existsSync(directory), directory).to.equal(true);
  });

  it("of a runner that was killed is removed by the next, and of another namespace an hour later", async () => {
    const place = dirname(directories[0]!);
    const own = directories[0]!.match(/cloister-(\d+)-/)![1]!;
    const [killed, fresh, old] = [`cloister-${own}-4194305`, "cloister-1-2", "cloister-1-3"].map((name) => join(place, `${name}-${process.pid}`));
    for (const path of [killed, fresh, old]) mkdirSync(path!);
    utimesSync(old!, new Date(), new Date(Date.now() - 2 * 3_600_000));
    await Cgroup.create(LIMITS)!.remove();
    expect([killed, fresh, old].map((path) => existsSync(path!))).to.deep.equal([false, true, false]);
    utimesSync(fresh!, new Date(), new Date(0));
    await Cgroup.create(LIMITS)!.remove();
    expect(existsSync(fresh!)).to.equal(false);
  });
});
