// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { systemError } from "../../../src/commands/systemErrors";

describe("what the operating system refuses", () => {
  let home: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), "cloister-system-"));
    mkdirSync(join(home, "there"));
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  const codeOf = async (step: Promise<unknown>): Promise<[code: string | undefined, message: string | undefined]> => {
    const error = systemError(await step.then(() => undefined, (thrown: unknown) => thrown));
    return [error?.code, error?.message];
  };

  it("is named with its path: missing, a directory, taken", async () => {
    const path = join(home, "none", "file");
    expect(await codeOf(writeFile(path, ""))).to.deep.equal(["PathMissing", `${path} does not exist, or a directory on the way to it does not.`]);
    expect(await codeOf(writeFile(join(home, "there"), ""))).to.deep.equal(["PathIsDirectory", `${join(home, "there")} is a directory, a file is needed.`]);
    expect(await codeOf(mkdir(join(home, "there")))).to.deep.equal(["PathTaken", `${join(home, "there")} exists already.`]);
  });

  it("is named where a disk is full, also where no path is known", () => {
    const full = (path?: string) => systemError(Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", path }));
    expect(full()?.message).to.equal("There is no space left for what is written.");
    expect(full("/srv/x")).to.include({ code: "DiskFull", message: "There is no space left for /srv/x." });
  });

  it("leaves alone what is no refusal of a path", () => {
    for (const error of [new TypeError("x is undefined"), Object.assign(new Error("refused"), { code: "ECONNREFUSED" }), "text", undefined]) expect(systemError(error)).to.equal(undefined);
  });
});
