// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(__dirname, "..", "..", "..");
const pages = ["README.md", ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md")).map((file) => join("docs", file))];

describe("the pages", () => {
  it("link to what is there", () => {
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(ROOT, page), "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = ""]) => join(dirname(page), link)).filter((target) => !existsSync(join(ROOT, target))),
    );
    expect(broken).to.deep.equal([]);
  });

  it("name npm scripts that exist, and say the two commands in at most 150 lines", () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/`npm (?:run )?([\w:]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => scripts[name] === undefined)).to.deep.equal([]);
    expect(readme.split("\n").length).to.be.at.most(151);
  });

  it("name, in decisions, only files that are there", () => {
    const gone = pages
      .filter((page) => page.startsWith("docs/decisions/"))
      .flatMap((page) => [...readFileSync(join(ROOT, page), "utf8").matchAll(/`((?:src|test|contracts|bench|scripts)\/[\w./-]+)`/g)].map(([, file = ""]) => file).filter((file) => !existsSync(join(ROOT, file))));
    expect(gone).to.deep.equal([]);
  });
});
