// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { spctl } from "../command/stage";

describe("ca", () => {
  let cwd: string;
  before(() => void (cwd = mkdtempSync(join(tmpdir(), "cloister-ca-commands-"))));
  after(() => rmSync(cwd, { recursive: true, force: true }));
  const run = (line: string) => spctl(["ca", ...line.split(" ")], { cwd, at: new Date() });

  it("init: where either directory is taken nothing is written into the other", async () => {
    expect((await run("init --directory one --name Example --simulated")).code).to.equal(0);
    for (const line of ["init --directory one --root-directory other --name Example", "init --directory two --root-directory one-root --name Example"]) {
      const { code, stderr } = await run(line);
      expect({ code, said: stderr.includes("(AuthorityExists)") }, line).to.deep.equal({ code: 1, said: true });
    }
    expect(existsSync(join(cwd, "other"))).to.equal(false);
    expect(existsSync(join(cwd, "two"))).to.equal(false);
  });

  it("run: names a port that is taken or none, and certificates that would not live", async () => {
    await run("init --directory served --name Example --simulated");
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    try {
      const taken = await run(`run --directory served --port ${(other.address() as AddressInfo).port}`);
      expect(taken).to.include({ code: 1, stdout: "" });
      expect(taken.stderr).to.match(/^Error: The certification authority cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\)\. \(PortTaken\)\n/);
    } finally {
      other.close();
    }
    for (const [given, said] of [["--port 99999", "--port must be 0 to 65535, not 99999."], ["--lifetime-hours 0", "must live for 1 second or more"], ["--list-hours 0", "--list-hours must be 1 or more."]] as const) {
      const { code, stderr } = await run(`run --directory served ${given}`);
      expect(code, given).to.equal(2);
      expect(stderr).to.include(said);
    }
  });
});
