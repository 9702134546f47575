// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fingerprint, snapshot } from "../../../src/tee/loader/snapshot";
import { BubblewrapRunner } from "../../../src/tee/runner/bubblewrap";
import { NamespacesRunner } from "../../../src/tee/runner/namespaces";
import type { LiveRun, Runner } from "../../../src/tee/runner/runner";
import { probeRoot, script, specFor } from "./image";

describe("a workload that runs on", function () {
  this.timeout(60_000);
  const runner = new NamespacesRunner();
  let root: string;
  before(async () => {
    root = await probeRoot();
  });
  after(() => root && rmSync(dirname(root), { recursive: true, force: true }));

  it("shows its output and its log while it runs, and ends when its time is over", async () => {
    let live: LiveRun | undefined;
    const stop = new AbortController();
    const write = `const fs=require("fs");let n=0;console.log("started");setInterval(()=>{fs.writeFileSync("/sp/output/new",String(++n));fs.renameSync("/sp/output/new","/sp/output/state")},50)`;
    const spec = specFor(root, script(write), {}, { abort: stop.signal, onStarted: (started) => (live = started) });
    const running = runner.run(spec);
    const house = mkdtempSync(join(tmpdir(), "cloister-live-"));
    let [first, seen] = ["", ""];
    for (const until = Date.now() + 15_000; first === "" && Date.now() < until; await new Promise((later) => setTimeout(later, 50))) {
      const output = live?.output();
      first = output === undefined ? "" : await fingerprint(output);
    }
    await snapshot(live!.output()!, join(house, "copy"), 1000);
    seen = readFileSync(join(house, "copy", "state"), "utf8");
    expect(Number(seen)).to.be.above(0);
    expect(live!.log()).to.include("started");
    await new Promise((later) => setTimeout(later, 200));
    expect(await fingerprint(live!.output()!)).to.not.equal(first);
    stop.abort("time");
    const outcome = await running;
    expect(outcome.limitHit).to.equal("time");
    expect(Number(readFileSync(join(spec.output, "state"), "utf8"))).to.be.above(Number(seen));
    rmSync(house, { recursive: true });
  });
});

for (const runner of [new NamespacesRunner(), new BubblewrapRunner()] as Runner[]) {
  describe(`a disk that is full, in the ${runner.name} runner`, function () {
    this.timeout(60_000);
    let root: string;
    before(async function () {
      try {
        await runner.probe();
      } catch (error) {
        // Only bubblewrap may be missing.
        if (runner.name !== "bubblewrap") throw error;
        console.log(`      SKIPPED: ${(error as Error).message}`);
        return this.skip();
      }
      root = await probeRoot();
    });
    after(() => root && rmSync(dirname(root), { recursive: true, force: true }));
    const fill = (path: string, then = "") => script(`const fs=require("fs");const f=fs.openSync("${path}","w");try{for(;;)fs.writeSync(f,Buffer.alloc(1<<20))}catch(e){${then === "" ? "throw e" : then}}`);

    it("is named when a program failed for it", async () => {
      expect(await runner.run(specFor(root, fill("/sp/output/full")))).to.include({ limitHit: "output", exitCode: 1 });
      expect(await runner.run(specFor(root, fill("/tmp/full")))).to.include({ limitHit: "scratch", exitCode: 1 });
    });

    it("is not blamed where the program went on well, or failed with room left", async () => {
      expect(await runner.run(specFor(root, fill("/tmp/full", "process.exit(0)")))).to.include({ limitHit: undefined, exitCode: 0 });
      expect(await runner.run(specFor(root, fill("/tmp/full", 'fs.rmSync("/tmp/full");fs.closeSync(f);process.exit(3)')))).to.include({ limitHit: undefined, exitCode: 3 });
    });
  });
}

describe("a snapshot of an output that somebody changes", () => {
  let output: string;
  let house: string;
  beforeEach(() => {
    house = mkdtempSync(join(tmpdir(), "cloister-snapshot-"));
    output = join(house, "output");
    mkdirSync(join(output, "deep"), { recursive: true });
    writeFileSync(join(output, "deep", "a"), "content");
  });
  afterEach(() => rmSync(house, { recursive: true }));

  it("takes regular files only: no link, no pipe, nothing behind a link", async () => {
    writeFileSync(join(house, "secret"), "secret");
    symlinkSync(join(house, "secret"), join(output, "link"));
    symlinkSync(house, join(output, "directory"));
    execFileSync("mkfifo", [join(output, "pipe")]);
    const copy = join(house, "copy");
    expect(await snapshot(output, copy, 1000)).to.equal(7);
    expect(readdirSync(copy)).to.deep.equal(["deep"]);
    expect(readFileSync(join(copy, "deep", "a"), "utf8")).to.equal("content");
  });

  it("copies no more bytes than it may", async () => {
    writeFileSync(join(output, "large"), Buffer.alloc(5000));
    const copy = join(house, "copy");
    expect(await snapshot(output, copy, 4999)).to.equal(7);
    expect(existsSync(join(copy, "large"))).to.equal(false);
  });

  it("has another fingerprint after each change, and none when it is empty", async () => {
    const before = await fingerprint(output);
    expect(await fingerprint(output)).to.equal(before);
    writeFileSync(join(output, "deep", "b"), "");
    const added = await fingerprint(output);
    expect(added).to.not.equal(before);
    rmSync(join(output, "deep"), { recursive: true });
    expect(await fingerprint(output)).to.equal("");
  });
});
