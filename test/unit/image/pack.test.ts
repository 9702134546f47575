// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { packSolution } from "../../../src/commands/solutions/pack";
import { type Tree, writeTree } from "../../../src/tee/image/tree";
import { unpackImage } from "../../../src/tee/image/unpack";
import { freshDirectory, refused, sha256 } from "./archives";

/** The same files, made in another order and at another time. */
function solution(order: readonly string[], time: Date): string {
  const directory = join(freshDirectory(), "My Solution");
  mkdirSync(join(directory, "data"), { recursive: true });
  const files: Record<string, string> = { "package.json": '{"main":"start.js"}', "start.js": "console.log(1)", "data/table.csv": "a,b\n1,2\n", run: "#!/bin/true\n" };
  for (const name of order) {
    writeFileSync(join(directory, name), files[name] as string);
    utimesSync(join(directory, name), time, time);
  }
  chmodSync(join(directory, "run"), 0o777);
  symlinkSync("data/table.csv", join(directory, "link.csv"));
  return directory;
}

const names = ["package.json", "start.js", "data/table.csv", "run"];
const output = () => join(freshDirectory(), "x.tar.gz");

describe("packSolution", () => {
  it("makes the same bytes from the same files, whatever their order and times", async () => {
    const one = await packSolution({ directory: solution(names, new Date(0)), base: "empty", output: output() });
    const two = await packSolution({ directory: solution([...names].reverse(), new Date(1e12)), base: "empty", output: output() });
    expect(two.sha256).to.equal(one.sha256);
    const bytes = readFileSync(one.output);
    expect(sha256(bytes)).to.equal(one.sha256);
    expect(bytes.length).to.equal(one.size);
    expect([...bytes.subarray(4, 8), bytes[9]], "gzip time and system").to.deep.equal([0, 0, 0, 0, 255]);
  });

  it("on the Node base makes an image that unpacks, whose node runs from its own libraries", async function () {
    this.timeout(60_000);
    const packed = await packSolution({ directory: solution(names, new Date(0)), base: "node", output: output() });
    expect(packed.entrypoint).to.deep.equal(["/usr/local/bin/node", "/app/start.js"]);
    const into = join(freshDirectory(), "root");
    const config = await unpackImage({ archive: packed.output, into, scratch: join(freshDirectory(), "s") });
    expect(config.entrypoint).to.deep.equal(packed.entrypoint);
    expect(config.workdir).to.equal("/app");
    expect(readFileSync(join(into, "app/data/table.csv"), "utf8")).to.equal("a,b\n1,2\n");
    expect(readdirSync(into).sort()).to.include.members(["app", "etc", "sp", "tmp", "usr"]);
    const libraries = execFileSync("ldd", [process.execPath], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g);
    for (const [, path] of libraries) expect(existsSync(join(into, path as string)), path).to.equal(true);
  });

  it("carries both descriptions, so that Docker 20 and 25+ read it", async () => {
    const { output: archive } = await packSolution({ directory: solution(names, new Date(0)), base: "empty", output: output() });
    const list = execFileSync("tar", ["-tzf", archive], { encoding: "utf8" }).split("\n");
    expect(list).to.include.members(["manifest.json", "index.json", "oci-layout"]);
    const read = (name: string) => JSON.parse(execFileSync("tar", ["-xzOf", archive, name], { encoding: "utf8" })) as never;
    const [docker] = read("manifest.json") as [{ Config: string; RepoTags: string[]; Layers: string[] }];
    expect(docker.RepoTags).to.deep.equal(["my-solution:latest"]);
    expect(list).to.include.members([docker.Config, ...docker.Layers]);
    const index = read("index.json") as { manifests: { digest: string }[] };
    const manifest = read(`blobs/${index.manifests[0]?.digest.replace(":", "/")}`) as { config: { digest: string } };
    expect(`blobs/${manifest.config.digest.replace(":", "/")}`).to.equal(docker.Config);
  });

  it("finds the entry point, or says how to name it", async () => {
    const directory = join(freshDirectory(), "s");
    mkdirSync(directory);
    await refused(packSolution({ directory, base: "node", output: output() }), "EntrypointMissing");
    await refused(packSolution({ directory, base: "empty", output: output(), entrypoint: "nothing" }), "EntrypointMissing");
    writeFileSync(join(directory, "run"), "x");
    await refused(packSolution({ directory, base: "empty", output: output() }), "EntrypointMissing");
    chmodSync(join(directory, "run"), 0o755);
    expect((await packSolution({ directory, base: "empty", output: output() })).entrypoint).to.deep.equal(["/run"]);
    await refused(packSolution({ directory, base: "ubuntu", output: output() }), "UnknownBase");
    await refused(packSolution({ directory: join(directory, "no"), base: "node", output: output() }), "NoSuchDirectory");
  });

  it("makes the same bytes again where the archive lies in the directory itself", async () => {
    const directory = solution(names, new Date(0));
    const pack = (path: string) => packSolution({ directory, base: "empty", output: join(directory, path) });
    for (const path of ["x.tar.gz", "data/x.tar.gz"]) {
      const first = await pack(path);
      expect((await pack(path)).sha256, path).to.equal(first.sha256);
      rmSync(first.output);
    }
  });

  it("ends with the error of whoever takes the tar, also while nothing is written to it", async () => {
    const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
    const tree: Tree = new Map([["a", { kind: "text", text: "x".repeat(1 << 20) }]]);
    const once = new Writable({ write: (_chunk, _encoding, done) => done(full) });
    const never = new Writable({ write: () => setTimeout(() => never.destroy(full), 20), highWaterMark: 1 });
    for (const taker of [once, never]) expect(await writeTree(tree, taker).then(() => undefined, (error: unknown) => error)).to.equal(full);
  });

  it("leaves no trace of itself beside the archive", async () => {
    const out = output();
    await packSolution({ directory: solution(names, new Date(0)), base: "empty", output: out });
    expect(readdirSync(join(out, ".."))).to.deep.equal(["x.tar.gz"]);
  });
});
