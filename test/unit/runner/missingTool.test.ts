// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

const DIST = join(__dirname, "..", "..", "..", "dist");

describe("a machine that lacks a program", function () {
  this.timeout(30_000);

  it("says which one, and the package that brings it, and starts nothing", () => {
    const state = mkdtempSync(join(tmpdir(), "cloister-lacking-"));
    try {
      // In a mount namespace of its own, setpriv is covered by something that nobody can execute.
      const script = 'mount --bind /dev/null "$(command -v setpriv)" && exec "$@"';
      const platform = [process.execPath, join(DIST, "tee-platform.js"), "--loader", join(DIST, "tee-loader.js"), "--state", state];
      const run = spawnSync("unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", ...platform], { encoding: "utf8", input: "" });
      expect(run.stderr).to.contain("MissingTool: The program setpriv is not installed. apt install util-linux");
      expect(run.stderr).not.to.match(/^\s+at /m);
      expect(run.stdout).to.equal("");
      expect(run.status).to.equal(1);
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
  });
});
