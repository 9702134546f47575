// SPDX-License-Identifier: Apache-2.0
"use strict";

/**
 * Reads a table of numbers: a header line with names, then one line of numbers per row, separated by commas.
 * Empty lines are skipped.
 *
 * @param {string} text
 * @param {string} name what errors call the table
 * @returns {{ columns: string[], rows: number[][] }}
 */
function parseTable(text, name) {
  const lines = text.split(/\r?\n/);
  const columns = (lines[0] ?? "").split(",").map((column) => column.trim());
  if (columns.length < 2 || columns.some((column) => column === "")) {
    throw new Error(`${name}, line 1: expected the names of at least two columns, separated by commas`);
  }
  const rows = [];
  for (let i = 1; i < lines.length; i++) {
    if (lines[i].trim() === "") continue;
    const cells = lines[i].split(",");
    // The value itself is not repeated: the table may be somebody's secret, and this text leaves the machine.
    if (cells.length !== columns.length) throw new Error(`${name}, line ${i + 1}: ${cells.length} cells, the header has ${columns.length}`);
    rows.push(
      cells.map((cell, column) => {
        const value = cell.trim() === "" ? NaN : Number(cell);
        if (!Number.isFinite(value)) throw new Error(`${name}, line ${i + 1}: the cell of "${columns[column]}" is not a number`);
        return value;
      }),
    );
  }
  return { columns, rows };
}

/**
 * Ordinary least squares: the last column is explained by all others and a constant. Solved by Householder reflections, which
 * keep their digits where the normal equations would lose half of them.
 *
 * @param {string[]} columns
 * @param {number[][]} rows
 * @returns {{ target: string, rows: number, coefficients: Record<string, number>, r2: number }}
 */
function regress(columns, rows) {
  const target = columns[columns.length - 1];
  const names = ["intercept", ...columns.slice(0, -1)];
  const width = names.length;
  if (rows.length <= width) throw new Error(`${rows.length} rows are too few for ${width} coefficients`);
  const matrix = rows.map((row) => [1, ...row.slice(0, -1)]);
  const right = rows.map((row) => row[row.length - 1]);
  const mean = right.reduce((sum, value) => sum + value, 0) / right.length;
  const total = right.reduce((sum, value) => sum + (value - mean) ** 2, 0);

  for (let column = 0; column < width; column++) {
    let norm = 0;
    for (let i = column; i < matrix.length; i++) norm = Math.hypot(norm, matrix[i][column]);
    if (norm < 1e-9) throw new Error(`the column "${names[column]}" follows from the others, so its coefficient is not determined`);
    const alpha = matrix[column][column] > 0 ? -norm : norm;
    const mirror = matrix.map((row, i) => (i < column ? 0 : row[column]));
    mirror[column] -= alpha;
    const square = mirror.reduce((sum, value) => sum + value * value, 0);
    const reflect = (get, set) => {
      let dot = 0;
      for (let i = column; i < matrix.length; i++) dot += mirror[i] * get(i);
      for (let i = column; i < matrix.length; i++) set(i, get(i) - (2 * dot * mirror[i]) / square);
    };
    for (let other = column; other < width; other++) reflect((i) => matrix[i][other], (i, value) => (matrix[i][other] = value));
    reflect((i) => right[i], (i, value) => (right[i] = value));
  }
  const solution = new Array(width).fill(0);
  for (let i = width - 1; i >= 0; i--) {
    let rest = right[i];
    for (let j = i + 1; j < width; j++) rest -= matrix[i][j] * solution[j];
    solution[i] = rest / matrix[i][i];
  }
  // After the reflections, what lies below the triangle is the residual.
  const residual = right.slice(width).reduce((sum, value) => sum + value * value, 0);
  const coefficients = Object.fromEntries(names.map((name, i) => [name, solution[i]]));
  return { target, rows: rows.length, coefficients, r2: total === 0 ? 1 : 1 - residual / total };
}

module.exports = { parseTable, regress };
