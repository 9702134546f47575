// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "../../..");

describe("the platform process", function () {
  this.timeout(60_000);
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "cloister-platform-"));
    await writeFile(join(home, "loader.js"), "");
  });
  afterEach(() => rm(home, { recursive: true, force: true }));
  const platform = (...options: string[]) =>
    spawnSync(process.execPath, ["--import", "tsx", "src/tee/platform/main.ts", "--loader", join(home, "loader.js"), "--state", join(home, "state"), "--measure", ...options], { cwd: ROOT, encoding: "utf8" });

  it("simulates unless told otherwise, but not beside a real TEE", async () => {
    expect(platform("--tsm", join(home, "none")).stdout).to.match(/^[0-9a-f]{64}\n$/);
    await rm(join(home, "state"), { recursive: true });
    await mkdir(join(home, "report"));
    const beside = platform("--tsm", join(home, "report"));
    expect(beside.status).to.equal(1);
    expect(beside.stderr).to.include("real TEE");
    expect(await readdir(join(home, "state"))).to.deep.equal([]);
  });

  it("makes no simulated key when it is told to ask the kernel, and simulates nothing when that fails", async () => {
    const { status, stdout, stderr } = platform("--evidence", "tsm", "--tsm", join(home, "none"));
    expect(status).to.equal(1);
    expect(stdout).to.equal("");
    expect(stderr).to.include("The kernel gives no evidence");
    expect(await readdir(join(home, "state"))).to.deep.equal([]);
  });
});
