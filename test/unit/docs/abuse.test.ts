// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "..", "..", "..");
const GROUPS = 25;
const rows = [...readFileSync(join(ROOT, "docs/abuse.md"), "utf8").matchAll(/^\| (\d+) \| [^|]+ \| ([^|]+) \|$/gm)].map(([, number, files = ""]) => ({ number: Number(number), files: files.trim().split(", ") }));

describe("docs/abuse.md", () => {
  it("has every group once, and files that are there", () => {
    expect(rows.map(({ number }) => number)).to.deep.equal(Array.from({ length: GROUPS }, (_, index) => index + 1));
    expect(rows.flatMap(({ files }) => files).filter((file) => !existsSync(join(ROOT, file)))).to.deep.equal([]);
  });

  it("names for every group a test that bears its number", () => {
    const missing = rows.filter(({ number, files }) => !files.some((file) => readFileSync(join(ROOT, file), "utf8").includes(`describe("Abuse ${number}: `)));
    expect(missing.map(({ number }) => number)).to.deep.equal([]);
  });
});
