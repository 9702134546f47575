// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { Printer } from "../../../src/commands/printer";
import { showProgress } from "../../../src/commands/progress";

describe("printing", () => {
  const printed = (use: (out: Printer) => void): string => {
    let text = "";
    use(new Printer((piece) => (text += piece)));
    return text;
  };

  it("fields are lines, nested ones indented, absent ones left out", () => {
    const order = { id: 7n, status: "Done", none: undefined, parent: null, tags: ["a", "b"], deposit: { total: 5n }, list: [{ id: 1 }] };
    expect(printed((out) => out.fields(order))).to.equal("id: 7\nstatus: Done\nparent: -\ntags: a, b\ndeposit:\n  total: 5\nlist:\n  0:\n    id: 1\n");
  });

  it("a table has aligned columns under their names, also when it is empty", () => {
    const rows = [{ id: 1n, name: "short" }, { id: 12345n, name: "x" }];
    expect(printed((out) => out.table(rows))).to.equal("id     name\n-----  -----\n1      short\n12345  x\n");
    expect(printed((out) => out.table([], ["id", "name"]))).to.equal("id  name\n--  ----\n");
    expect(printed((out) => out.table(rows, ["name"]))).to.equal("name\n-----\nshort\nx\n");
  });

  it("progress is a bar on a terminal and a line each quarter elsewhere", () => {
    let text = "";
    let time = 0;
    const clock = (): number => (time += 100);
    const bar = showProgress("Uploading", (piece) => (text += piece), true, clock);
    for (const done of [0, 50, 100]) bar.update(done * 2 ** 20, 100 * 2 ** 20);
    bar.end();
    expect(text).to.contain("\rUploading [###############...............] 50% 50.0 MiB of 100.0 MiB").and.match(/100% .*\n$/);
    text = "";
    const lines = showProgress("Uploading", (piece) => (text += piece), false, clock);
    for (let done = 0; done <= 1000; done++) lines.update(done, 1000);
    lines.end();
    expect(text).to.equal("Uploading: 25% of 1000 B\nUploading: 50% of 1000 B\nUploading: 75% of 1000 B\nUploading: 100% of 1000 B\n");
  });
});
