// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "..", "..", "..");
const page = readFileSync(join(ROOT, "docs/requirements.md"), "utf8");
const [shown = "", later = ""] = page.split("## Not yet");
const cells = (text: string) => text.split("\n").filter((line) => /^\| [A-Z]\d/.test(line)).map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));

/** The titles of the tests in a file, as they are written between quotes or backticks. */
function titlesOf(file: string): Set<string> {
  const titles = new Set<string>();
  for (const [, , title = ""] of readFileSync(join(ROOT, file), "utf8").matchAll(/\bit\(\s*(["'`])((?:\\.|(?!\1).)*)\1/g)) titles.add(title.replace(/\\(.)/g, "$1"));
  return titles;
}

describe("docs/requirements.md", () => {
  it("names tests that exist", () => {
    const missing = cells(shown)
      .filter(([, , file = "", title = ""]) => !existsSync(join(ROOT, file)) || !titlesOf(file).has(title))
      .map(([number, , file, title]) => `${number}: ${file} has no test "${title}"`);
    expect(missing).to.deep.equal([]);
  });

  it("has a test for every promise of the first table, and numbers each promise once", () => {
    const rows = [...cells(shown), ...cells(later)];
    expect(cells(shown).filter((row) => row.length !== 4 || row.includes(""))).to.deep.equal([]);
    expect(new Set(rows.map(([number]) => number)).size).to.equal(rows.length);
    expect(rows.length).to.be.greaterThan(50);
  });
});
