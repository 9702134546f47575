// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { BoundedLog } from "../../../src/tee/runner/boundedLog";
import { chooseRunner } from "../../../src/tee/runner/choose";
import { isolationUnavailable } from "../../../src/tee/runner/probing";
import { composeCommand } from "../../../src/tee/runner/root";
import { quote } from "../../../src/tee/runner/shell";
import { UnisolatedRunner } from "../../../src/tee/runner/unisolated";
import { refused } from "../image/archives";
import { probeRoot, script, specFor } from "./image";

describe("chooseRunner", () => {
  it("given nothing, takes one that isolates and says in one line what it found", async () => {
    const { runner, found } = await chooseRunner();
    expect(runner.isolation).to.equal("namespaces");
    expect(found.split("\n")).to.have.length(1);
    expect(found).to.match(/^(namespaces|bubblewrap): .*memory held by/);
  });

  it("takes the unisolated one only by explicit choice", async () => {
    await refused(chooseRunner("unisolated"), "UnisolatedNotAllowed");
    expect((await chooseRunner("unisolated", true)).found).to.match(/^UNISOLATED/);
    expect((await chooseRunner("auto", true)).runner.isolation).to.equal("namespaces");
  });

  it("names the ways out where nothing is permitted", () => {
    const error = isolationUnavailable("unshare", new Error("unshare failed: Operation not permitted"));
    expect(error.code).to.equal("IsolationUnavailable");
    expect(error.fix).to.include("sysctl -w").and.include("apt install bubblewrap").and.include("--allow-unisolated");
  });
});

describe("the unisolated runner", function () {
  this.timeout(60_000);
  it("marks every line, and still collects output and holds time", async () => {
    const root = await probeRoot();
    const runner = new UnisolatedRunner();
    const write = `console.log("one\\ntwo");require("fs").writeFileSync(process.env.OUTPUT_DATA_FOLDER+"/r",require("fs").readFileSync(process.env.INPUT_DATA_FOLDER+"/input-0001/table.csv"))`;
    const spec = specFor(root, script(write));
    const outcome = await runner.run(spec);
    expect(outcome.log).to.equal("UNISOLATED one\nUNISOLATED two\n");
    expect(readFileSync(join(spec.output, "r"), "utf8")).to.equal("a\n1\n");
    expect((await runner.run(specFor(root, script("setInterval(()=>{},1e3)"), { wallSeconds: 1 }))).limitHit).to.equal("time");
    rmSync(dirname(root), { recursive: true, force: true });
  });
});

describe("composeCommand", () => {
  it("puts the order's arguments in place of the image's, behind the entry point", async () => {
    expect(composeCommand({ entrypoint: ["/e"], cmd: ["a"] })).to.deep.equal(["/e", "a"]);
    expect(composeCommand({ entrypoint: ["/e"], cmd: ["a"] }, ["b"])).to.deep.equal(["/e", "b"]);
    await refused((async () => composeCommand({ entrypoint: [], cmd: [] }))(), "ImageHasNoEntrypoint");
  });
});

describe("quote", () => {
  it("makes one word of sh of anything", () => {
    expect(quote("it's $HOME `x`")).to.equal("'it'\\''s $HOME `x`'");
  });
});

describe("BoundedLog", () => {
  it("keeps head and tail of any split", () => {
    const log = new BoundedLog(20);
    for (const byte of "a".repeat(10) + "b".repeat(1000) + "c".repeat(10)) log.push(Buffer.from(byte));
    expect(log.text()).to.equal(`${"a".repeat(10)}\n… 1000 bytes of the log are left out …\n${"c".repeat(10)}`);
  });
});
