// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { unpackImage } from "../../src/tee/image/unpack";
import { ask, needs, scratch } from "./tool";

const ROOT = resolve(__dirname, "..", "..");
const { patients } = require(join(ROOT, "examples/patients-dataset/generate.js")) as { patients: (options?: { rows?: number }) => string };

describe("a Docker engine", function () {
  this.timeout(300_000);
  const { path } = scratch();
  let image = "";

  before(function () {
    needs(this, "docker", "info");
    ask(process.execPath, [join(ROOT, "dist/spctl.js"), "solutions", "pack", join(ROOT, "examples/linear-regression"), "--base", "node", "--output", path("solution.tar.gz")]);
  });

  it("loads what `solutions pack` made, and runs it on the places the guide names", () => {
    image = /Loaded image(?: ID)?: (\S+)/.exec(ask("docker", ["load", "--input", path("solution.tar.gz")]).toString())?.[1] ?? "";
    mkdirSync(path("input"));
    mkdirSync(path("output"), { mode: 0o777 });
    writeFileSync(path("input/patients.csv"), patients({ rows: 200 }));
    ask("docker", ["run", "--rm", "--network", "none", "--volume", `${path("input")}:/sp/inputs/input-0001:ro`, "--volume", `${path("output")}:/sp/output`, image]);
    expect(JSON.parse(readFileSync(path("output/result.json"), "utf8"))).to.include({ rows: 200 });
  });

  it("saves an archive that the loader unpacks to the same program", async () => {
    ask("docker", ["save", "--output", path("saved.tar"), image]);
    const saved = await unpackImage({ archive: path("saved.tar"), into: path("saved"), scratch: path("saved-layers") });
    const packed = await unpackImage({ archive: path("solution.tar.gz"), into: path("packed"), scratch: path("packed-layers") });
    expect(saved).to.deep.equal(packed);
    expect(existsSync(path("saved/usr/local/bin/node"))).to.equal(true);
  });
});
