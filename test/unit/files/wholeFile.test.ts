// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../../../scripts/check/files";
import { writeFresh, writeWhole } from "../../../src/commands/files/wholeFile";

describe("a file that a command writes", () => {
  let home: string;
  beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "cloister-whole-"))));
  afterEach(() => rmSync(home, { recursive: true, force: true }));
  const at = (name: string) => join(home, name);

  it("replaces the one before with its mode, through a link too, and leaves nothing else", async () => {
    writeFileSync(at("one"), "before");
    chmodSync(at("one"), 0o640);
    symlinkSync("one", at("link"));
    await writeWhole(at("link"), "after");
    expect([readFileSync(at("one"), "utf8"), statSync(at("one")).mode & 0o777, readlinkSync(at("link"))]).to.deep.equal(["after", 0o640, "one"]);
    await writeWhole(at("two"), "new");
    expect(readdirSync(home).sort()).to.deep.equal(["link", "one", "two"]);
  });

  it("stays as it was, or away, where there is no space for the new one", () => {
    writeFileSync(at("report.json"), "before");
    // Blocks of 512 or 1024 bytes: no file of this process may be larger than one.
    const script = `
      const { writeFresh, writeWhole } = require(${JSON.stringify(join(ROOT, "src/commands/files/wholeFile.ts"))});
      const text = "x".repeat(1 << 16);
      const steps = [() => writeWhole("report.json", text), () => writeWhole("new.json", text), () => writeFresh("secret.json", text, 0o600)];
      Promise.all(steps.map((step) => step().then(() => "written", ({ code }) => code))).then((codes) => process.stdout.write(codes.join()));`;
    const { stdout, stderr } = spawnSync("bash", ["-c", 'ulimit -f 1; exec "$@"', "bash", process.execPath, "--require", join(ROOT, "node_modules/tsx/dist/cjs/index.cjs"), "-e", script], { cwd: home, encoding: "utf8", env: { ...process.env, TSX_DISABLE_CACHE: "1" } });
    expect(stdout, stderr).to.equal("EFBIG,EFBIG,EFBIG");
    expect(readFileSync(at("report.json"), "utf8")).to.equal("before");
    expect(readdirSync(home)).to.deep.equal(["report.json"]);
  });

  it("is not taken away where it is another's that was there before", async () => {
    writeFileSync(at("key"), "mine");
    const error: unknown = await writeFresh(at("key"), "new", 0o600).catch((thrown: unknown) => thrown);
    expect(error).to.have.property("code", "EEXIST");
    expect(readFileSync(at("key"), "utf8")).to.equal("mine");
  });
});
