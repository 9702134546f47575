// SPDX-License-Identifier: Apache-2.0
"use strict";

const fs = require("node:fs");
const path = require("node:path");

/** What the generated blood pressure follows from, before noise. */
const COEFFICIENTS = Object.freeze({ intercept: 62, age: 0.55, bmi: 1.1, sodium_g: 2.4, exercise_h: -1.3, smoker: 6.5 });
/** Standard deviation of the noise. */
const NOISE = 5;

/** Random numbers in [0, 1) from a 32-bit seed (mulberry32): the same on every machine. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * A CSV of invented patients: age, bmi, sodium, exercise, smoker, and a systolic blood pressure that follows from them by
 * {@link COEFFICIENTS} and noise. The same seed and count give the same bytes.
 *
 * @param {{ seed?: number, rows?: number }} [options]
 * @returns {string}
 */
function patients({ seed = 7, rows = 5000 } = {}) {
  const random = randomFrom(seed);
  // Twelve uniform numbers are close to normal, and need no functions whose last digit differs between machines.
  const normal = () => Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6);
  const lines = ["age,bmi,sodium_g,exercise_h,smoker,blood_pressure"];
  for (let i = 0; i < rows; i++) {
    const patient = {
      age: Math.floor(20 + 60 * random()),
      bmi: Number((24 + 4 * normal()).toFixed(1)),
      sodium_g: Number((1 + 5 * random()).toFixed(2)),
      exercise_h: Number((8 * random()).toFixed(1)),
      smoker: random() < 0.25 ? 1 : 0,
    };
    let pressure = COEFFICIENTS.intercept + NOISE * normal();
    for (const [name, value] of Object.entries(patient)) pressure += COEFFICIENTS[name] * value;
    lines.push([...Object.values(patient), pressure.toFixed(1)].join(","));
  }
  return `${lines.join("\n")}\n`;
}

module.exports = { patients, COEFFICIENTS };

// `node generate.js <directory> [seed] [rows]` writes <directory>/patients.csv.
if (require.main === module) {
  const [directory, seed, rows] = process.argv.slice(2);
  if (directory === undefined) {
    console.error("usage: node generate.js <directory> [seed] [rows]");
    process.exitCode = 2;
  } else {
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(path.join(directory, "patients.csv"), patients({ seed: seed === undefined ? 7 : Number(seed), rows: rows === undefined ? 5000 : Number(rows) }));
  }
}
