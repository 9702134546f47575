// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Regression {
  parseTable(text: string, name: string): { columns: string[]; rows: number[][] };
  regress(columns: string[], rows: number[][]): { target: string; rows: number; coefficients: Record<string, number>; r2: number };
}
interface Patients {
  patients(options?: { seed?: number; rows?: number }): string;
  readonly COEFFICIENTS: Readonly<Record<string, number>>;
}

const examples = join(__dirname, "../../../examples");
const { parseTable, regress } = require(join(examples, "linear-regression/regression.js")) as Regression;
const { patients, COEFFICIENTS } = require(join(examples, "patients-dataset/generate.js")) as Patients;

/** Runs the solution as an ordinary program, in the open. */
function run(tables: Record<string, string>) {
  const house = mkdtempSync(join(tmpdir(), "cloister-regression-"));
  mkdirSync(join(house, "inputs/input-0001/deep"), { recursive: true });
  mkdirSync(join(house, "output"));
  for (const [name, text] of Object.entries(tables)) writeFileSync(join(house, "inputs/input-0001", name), text);
  const env = { INPUT_DATA_FOLDER: join(house, "inputs"), OUTPUT_DATA_FOLDER: join(house, "output") };
  const { status, stderr } = spawnSync(process.execPath, [join(examples, "linear-regression/main.js")], { env, encoding: "utf8" });
  return { status, stderr, read: (name: string) => readFileSync(join(house, "output", name), "utf8") };
}

describe("the linear regression", () => {
  it("given 5,000 generated patients, finds the coefficients they were made with", () => {
    const { columns, rows } = parseTable(patients(), "patients.csv");
    const result = regress(columns, rows);
    expect(result).to.include({ target: "blood_pressure", rows: 5000 });
    for (const [name, value] of Object.entries(COEFFICIENTS)) expect(result.coefficients[name], name).to.be.closeTo(value, name === "intercept" ? 1 : 0.4);
    expect(result.r2).to.be.within(0.8, 0.95);
  });

  it("given points on a plane, finds it exactly", () => {
    const rows = Array.from({ length: 50 }, (_, i) => [i, (i * i) % 7, 3 + 2 * i - 5 * ((i * i) % 7)]);
    const { coefficients, r2 } = regress(["x", "y", "z"], rows);
    expect(coefficients.intercept).to.be.closeTo(3, 1e-9);
    expect(coefficients.x).to.be.closeTo(2, 1e-9);
    expect(coefficients.y).to.be.closeTo(-5, 1e-9);
    expect(r2).to.be.closeTo(1, 1e-12);
  });

  it("as a program, reads all tables and writes what the function says", () => {
    const half = patients({ rows: 3000, seed: 1 });
    const { status, read } = run({ "a.csv": half, "deep/b.csv": patients({ rows: 2000, seed: 2 }), "note.txt": "not a table" });
    expect(status).to.equal(0);
    const both = [...parseTable(half, "a").rows, ...parseTable(patients({ rows: 2000, seed: 2 }), "b").rows];
    expect(JSON.parse(read("result.json"))).to.deep.equal(regress(parseTable(half, "a").columns, both));
    expect(read("result.txt")).to.include("over 5000 rows");
  });

  it("says what is wrong with a table, without repeating its values", () => {
    const cases: [Record<string, string>, RegExp][] = [
      [{}, /no \.csv file/],
      [{ "a.csv": "x,y\n1,2\n1,secret\n" }, /input-0001\/a\.csv, line 3: the cell of "y" is not a number/],
      [{ "a.csv": "x,y\n1,2,3\n" }, /line 2: 3 cells, the header has 2/],
      [{ "a.csv": "x\n1\n" }, /line 1/],
      [{ "a.csv": "x,y\n1,2\n" }, /too few/],
      [{ "a.csv": "x,y,z\n1,2,3\n2,4,1\n3,6,2\n4,8,9\n" }, /follows from the others/],
      [{ "a.csv": "x,y\n1,2\n", "b.csv": "x,z\n1,2\n" }, /other columns/],
    ];
    for (const [tables, message] of cases) {
      const { status, stderr } = run(tables);
      expect(status).to.equal(1);
      expect(stderr).to.match(message).and.not.include("secret");
    }
  });

  it("is fed by the same bytes from the same seed on every machine", () => {
    const hash = createHash("sha256").update(patients()).digest("hex");
    expect(hash).to.equal("5db194ce0524ea3f1e5bff514135703d6640fae849610abd5b0db3821f55a8ae");
    expect(patients({ seed: 8 })).to.not.equal(patients());
  });
});
