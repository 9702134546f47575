// SPDX-License-Identifier: Apache-2.0
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { parseTable, regress } = require("./regression.js");

const INPUT = process.env.INPUT_DATA_FOLDER ?? "/sp/inputs";
const OUTPUT = process.env.OUTPUT_DATA_FOLDER ?? "/sp/output";

/** All CSV files below a directory, sorted. */
function findTables(directory) {
  return fs
    .readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const at = path.join(directory, entry.name);
      // An input may itself be a link to where the content lies.
      if (fs.statSync(at).isDirectory()) return findTables(at);
      return entry.name.toLowerCase().endsWith(".csv") ? [at] : [];
    });
}

/** Reads all tables, which must have the same columns, and regresses over all their rows. */
function main() {
  const files = findTables(INPUT);
  if (files.length === 0) throw new Error(`there is no .csv file under ${INPUT}`);
  const tables = files.map((file) => ({ name: path.relative(INPUT, file), ...parseTable(fs.readFileSync(file, "utf8"), path.relative(INPUT, file)) }));
  const { columns } = tables[0];
  for (const table of tables) {
    if (table.columns.join() !== columns.join()) throw new Error(`${table.name} has other columns than ${tables[0].name}`);
  }
  const result = regress(columns, tables.flatMap((table) => table.rows));
  fs.writeFileSync(path.join(OUTPUT, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
  const terms = Object.entries(result.coefficients).map(([name, value]) => `  ${name.padEnd(16)} ${value.toFixed(4)}`);
  const text = [`${result.target}, explained by ordinary least squares over ${result.rows} rows:`, ...terms, `R2 ${result.r2.toFixed(4)}`].join("\n");
  fs.writeFileSync(path.join(OUTPUT, "result.txt"), `${text}\n`);
  console.log(`read ${files.length} table(s), ${result.rows} rows; R2 ${result.r2.toFixed(4)}`);
}

try {
  main();
} catch (error) {
  console.error(`linear-regression: ${error.message}`);
  process.exitCode = 1;
}
