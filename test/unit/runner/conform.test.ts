// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BubblewrapRunner } from "../../../src/tee/runner/bubblewrap";
import { NamespacesRunner } from "../../../src/tee/runner/namespaces";
import { readTree } from "../../../src/tee/runner/processes";
import type { Runner } from "../../../src/tee/runner/runner";
import { refused } from "../image/archives";
import { probeRoot, script, specFor } from "./image";

const mounts = () => readFileSync("/proc/self/mountinfo", "utf8");

for (const runner of [new NamespacesRunner(), new BubblewrapRunner()] as Runner[]) {
  describe(`the ${runner.name} runner`, function () {
    this.timeout(60_000);
    let root: string;
    before(async function () {
      try {
        console.log(`      ${await runner.probe()}`);
      } catch (error) {
        console.log(`      SKIPPED: ${(error as Error).message}`);
        // Only bubblewrap may be missing; a machine without any isolation fails here, with the ways out.
        if (runner.name === "bubblewrap") this.skip();
        throw error;
      }
      root = await probeRoot();
    });
    after(() => root && rmSync(dirname(root), { recursive: true, force: true }));

    it("shows a workload exactly what the committed list says", async () => {
      const outcome = await runner.run(specFor(root, script(readFileSync(join(__dirname, "probe.js"), "utf8")), {}, { env: { GREETING: 'it\'s $HOME "quoted"' } }));
      expect(outcome.exitCode, outcome.log).to.equal(0);
      const seen = JSON.parse(outcome.log) as Record<string, unknown>;
      // Read-only for the kernel's root, not permitted for anybody else.
      expect(seen.sysctl).to.be.oneOf(["EROFS", "EACCES"]);
      expect({ ...seen, sysctl: "refused" }).to.deep.equal(JSON.parse(readFileSync(join(__dirname, "sees.json"), "utf8")));
    });

    it("hands on no file descriptor but 0, 1 and 2", async () => {
      const outcome = await runner.run(specFor(root, ["/bin/sh", "-c", "ls /proc/self/fd"]));
      // 3 is the directory that ls reads.
      expect(outcome.log.trim().split("\n")).to.deep.equal(["0", "1", "2", "3"]);
    });

    it("hands out what was written to /sp/output, the exit code and the log", async () => {
      const spec = specFor(root, ["/bin/sh", "-c", "echo result > /sp/output/result.txt; echo told; echo wrong >&2; exit 7"]);
      const outcome = await runner.run(spec);
      expect(outcome).to.include({ exitCode: 7, limitHit: undefined, signal: undefined });
      expect(outcome.log).to.include("told").and.include("wrong");
      expect(readFileSync(join(spec.output, "result.txt"), "utf8")).to.equal("result\n");
      expect(outcome.used.outputBytes).to.equal(7);
      expect(outcome.limits.map(({ limit }) => limit)).to.include.members(["time", "memory", "output", "scratch", "processes", "cpu", "log"]);
    });

    it("looks a name up in the PATH of the image and says when there is none", async () => {
      expect((await runner.run(specFor(root, ["node", "-e", "console.log(6*7)"]))).log).to.include("42");
      const outcome = await runner.run(specFor(root, ["no-such-program"]));
      expect(outcome.exitCode).to.not.equal(0);
      expect(outcome.log).to.include("no-such-program");
    });

    it("does not load libraries the image names into programs of the host", async () => {
      const env = { LD_PRELOAD: "./app/evil.so", "odd-name": "kept" };
      const outcome = await runner.run(specFor(root, ["/usr/bin/env"], {}, { env }));
      expect(outcome.exitCode, outcome.log).to.equal(0);
      expect(outcome.log).to.include("LD_PRELOAD=./app/evil.so").and.include("odd-name=kept");
      // The image's own loader complains of the missing library inside; a program of the host would have found the image's.
      expect(outcome.log.match(/unshare|setpriv|bwrap: /)).to.equal(null);
    });

    it("lets nobody reach a server of the host", async () => {
      const server = createServer((socket) => socket.end("host"));
      await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
      const { port } = server.address() as { port: number };
      const attempt = `const s=require("net").connect(${port},"127.0.0.1");s.on("data",d=>console.log("REACHED"+d));s.on("error",e=>console.log(e.code))`;
      const outcome = await runner.run(specFor(root, script(attempt)));
      server.close();
      expect(outcome.log).to.match(/ECONNREFUSED|ENETUNREACH/).and.not.include("REACHED");
    });

    it("lets nobody signal a process of the host", async () => {
      const victim = spawn("sleep", ["30"]);
      const attempt = `try{process.kill(${victim.pid},9);console.log("KILLED")}catch(e){console.log(e.code)}`;
      const outcome = await runner.run(specFor(root, script(attempt)));
      expect(outcome.log.trim()).to.equal("ESRCH");
      expect(victim.exitCode).to.equal(null);
      victim.kill();
    });

    it("ends a workload that takes too long, with all of its children", async () => {
      const started = Date.now();
      const spec = specFor(root, ["/bin/sh", "-c", "echo early > /sp/output/early; (while :; do :; done) & while :; do :; done"], { wallSeconds: 1 });
      const outcome = await runner.run(spec);
      expect(outcome.limitHit).to.equal("time");
      expect(outcome.exitCode).to.equal(137);
      expect(Date.now() - started).to.be.below(5000);
      expect(existsSync(join(spec.output, "early"))).to.equal(true);
      expect(readTree(process.pid).pids.filter((pid) => commandOf(pid).includes("while :;"))).to.deep.equal([]);
    });

    it("ends on request", async () => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 500);
      expect((await runner.run(specFor(root, script("setInterval(()=>{},1000)"), {}, { abort: abort.signal }))).limitHit).to.equal("aborted");
    });

    it("holds memory", async () => {
      const outcome = await runner.run(specFor(root, script("const a=[];for(;;)a.push(Buffer.alloc(8<<20,1))"), { memoryBytes: 192 * 2 ** 20 }));
      expect(outcome.exitCode).to.not.equal(0);
      // With prlimit --data the program may be told before it is killed.
      if (outcome.limitHit !== "memory") expect(outcome.log).to.match(/memory|allocat/i);
    });

    it("holds processes against a fork bomb", async () => {
      const outcome = await runner.run(specFor(root, ["/bin/sh", "-c", "bomb() { bomb | bomb & }; bomb; while :; do :; done"], { processes: 40, wallSeconds: 4 }));
      expect(outcome.limitHit).to.be.oneOf(["processes", "time"]);
      expect(outcome.used.processes).to.be.below(3000);
    });

    it("counts no process of the same user that is not the workload's", async () => {
      const others = Array.from({ length: 40 }, () => spawn("sleep", ["60"], { stdio: "ignore" }));
      try {
        const spec = specFor(root, ["/bin/sh", "-c", "sleep 0.3 & sleep 0.3 & sleep 0.3 & wait; echo all three"], { processes: 24 });
        const outcome = await runner.run(spec);
        expect(outcome, outcome.log).to.include({ exitCode: 0, limitHit: undefined });
        expect(outcome.log).to.include("all three");
      } finally {
        for (const other of others) other.kill("SIGKILL");
      }
    });

    it("holds the disk: /tmp and /sp/output fill up, and no file grows on", async () => {
      const fill = (path: string) => script(`const fs=require("fs");const f=fs.openSync("${path}","w");let n=0;try{for(;;)n+=fs.writeSync(f,Buffer.alloc(1<<20))}catch(e){console.log(e.code)}console.log(n)`);
      const spec = specFor(root, fill("/tmp/full"));
      expect((await runner.run(spec)).log).to.match(/ENOSPC|EFBIG/);
      const output = specFor(root, fill("/sp/output/full"));
      const outcome = await runner.run(output);
      if (outcome.limitHit !== "output") expect(outcome.log).to.match(/ENOSPC|EFBIG/);
      expect(outcome.used.outputBytes).to.be.at.most(17 * 2 ** 20);
    });

    it("cuts a flood of output in the middle", async () => {
      const outcome = await runner.run(specFor(root, ["/bin/sh", "-c", "echo first; i=0; while [ $i -lt 40000 ]; do echo 0123456789; i=$((i+1)); done; echo last"], { logBytes: 10_000 }));
      expect(outcome.log.length).to.be.below(10_200);
      expect(outcome.log).to.match(/^first\n/).and.match(/last\n$/).and.include("left out");
    });

    it("hands on no links, pipes or odd names from /sp/output", async () => {
      const make = `const fs=require("fs");process.chdir("/sp/output");fs.symlinkSync("/etc/shadow","shadow");fs.mkdirSync("d");fs.symlinkSync("../../..","d/up");fs.writeFileSync(Buffer.from([0x66,0xff]),"x");fs.writeFileSync("good","good")`;
      const spec = specFor(root, script(make));
      const outcome = await runner.run(spec);
      expect(outcome.exitCode, outcome.log).to.equal(0);
      expect(readdirSync(spec.output).sort()).to.deep.equal(["d", "good"]);
      expect(readdirSync(join(spec.output, "d"))).to.deep.equal([]);
      expect(outcome.leftOut).to.have.length(3);
    });

    it("refuses an image whose mount points are links", async () => {
      const spec = specFor(root, ["/x"]);
      const hostile = join(spec.scratch, "..", "hostile");
      mkdirSync(hostile);
      symlinkSync("/etc", join(hostile, "sp"));
      await refused(runner.run({ ...spec, rootfs: hostile }), "ImageMountPointTaken");
    });

    it("leaves no mount, and no process when it is killed itself", async () => {
      const before = mounts();
      const spec = specFor(root, ["/bin/sh", "-c", "while :; do :; done"]);
      const file = join(dirname(spec.output), "runner.ts");
      const module = runner.name === "bubblewrap" ? "bubblewrap" : "namespaces";
      const name = runner.name === "bubblewrap" ? "BubblewrapRunner" : "NamespacesRunner";
      writeFileSync(file, `import { ${name} } from ${JSON.stringify(join(__dirname, "../../../src/tee/runner", module))};\nvoid new ${name}().run(${JSON.stringify(spec)});\n`);
      const child = spawn(process.execPath, ["--import", "tsx", file], { cwd: join(__dirname, "../../.."), stdio: "ignore" });
      let pids: number[] = [];
      for (let tries = 0; tries < 200 && !pids.some((pid) => commandOf(pid).startsWith("/bin/sh -c while")); tries++) {
        await new Promise((later) => setTimeout(later, 50));
        pids = [...readTree(child.pid as number).pids];
      }
      const inside = pids.filter((pid) => commandOf(pid).startsWith("/bin/sh -c while"));
      expect(inside).to.not.have.length(0);
      child.kill("SIGKILL");
      await new Promise((later) => setTimeout(later, 500));
      expect(inside.filter((pid) => commandOf(pid) !== "")).to.deep.equal([]);
      expect(mounts()).to.equal(before);
    });

    it("works inside the loader's own namespaces, with all its files in a tmpfs", () => {
      const file = join(dirname(specFor(root, []).output), "nested.ts");
      const here = (path: string) => JSON.stringify(join(__dirname, path));
      const name = runner.name === "bubblewrap" ? "BubblewrapRunner" : "NamespacesRunner";
      writeFileSync(
        file,
        `process.env.TMPDIR = "/mnt";\nimport { ${name} } from ${here(`../../../src/tee/runner/${runner.name}`)};\nimport { specFor } from ${here("image")};\n` +
          `void new ${name}().run(specFor("/mnt/root", ["/bin/sh", "-c", "cat /sp/inputs/input-0001/table.csv > /sp/output/copy; echo done"])).then((o) => console.log(JSON.stringify(o)));\n`,
      );
      const start = `mount -t tmpfs -o size=400m tmpfs /mnt && cp -r "$0" /mnt/root && exec "$1" --import tsx "$2"`;
      const text = execFileSync("unshare", ["--user", "--map-root-user", "--mount", "--fork", "--kill-child", "--", "sh", "-c", start, root, process.execPath, file], { cwd: join(__dirname, "../../.."), encoding: "utf8" });
      expect(JSON.parse(text)).to.include({ exitCode: 0, log: "done\n" });
    });
  });
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    // It ended meanwhile.
    return "";
  }
}
