// SPDX-License-Identifier: Apache-2.0
import { extname } from "node:path";

import { type Finding, projectFiles, textOf } from "./files";
import { checkSolidity, checkTypeScript } from "./imports";

/** The rules of the house that no linter knows: the licence line, the size of a file, what a text may say, who imports whom. */

const MOST_LINES = 350;
const SOURCES = new Set([".ts", ".sol", ".mjs", ".js"]);
const TEXTS = new Set([...SOURCES, ".md", ".json", ".sh", ".toml", ".cjs", ""]);

/** Files that only list: one entry after the other, no control flow. */
const LISTS = new Set(["src/chain/errorTexts.ts"]);

/** What no text of the project says. Patterns are written so that this file does not match itself. */
const UNSAID: readonly (readonly [RegExp, string])[] = [
  [/\b(previous|this) s[e]ssion\b|\bi[s]sue #?\d+ (asks|says|wants)|\bas the i[s]sue\b|\bthe l[e]ad (decides|says|wants)\b|\bd[e]veloper agent\b/i, "tells how the project was made"],
  [/(?<![\w.$}~/])\/(work|root|Users)\/[a-z]+|\/b[a]sh_jobs/, "a path of one machine"],
  [/https?:\/\/(r[e]gistry|d[e]b|s[e]curity|p[y]pi|pr[o]xy|i[n]dex)\./, "a package registry's address"],
  [/\b(T[O]DO|F[I]XME|X[X]X)\b/, "unfinished work"],
  [/^(<{7}|>{7}|={7})( |$)/, "a merge left unfinished"],
];

/** Every finding in the checkout. */
export function checkHouse(): Finding[] {
  return projectFiles().flatMap((file) => {
    const kind = extname(file);
    if (!TEXTS.has(kind) || file.startsWith("test/samples/")) return [];
    const text = textOf(file);
    if (file.endsWith("package-lock.json")) return /"resolved"/.test(text) ? [{ file, rule: "records download addresses (npm config omit-lockfile-registry-resolved=true)" }] : [];
    return [
      ...checkText(file, text),
      ...(kind === ".ts" ? checkTypeScript(file, text) : []),
      ...(kind === ".sol" ? checkSolidity(file, text) : []),
    ];
  });
}

function checkText(file: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const lines = text.split("\n");
  const kind = extname(file);
  if (SOURCES.has(kind) && kind !== ".js" && !lines.slice(0, 2).includes("// SPDX-License-Identifier: Apache-2.0")) {
    findings.push({ file, line: 1, rule: "the first line is not `// SPDX-License-Identifier: Apache-2.0`" });
  }
  if (SOURCES.has(kind) && lines.length - 1 > MOST_LINES && !LISTS.has(file)) findings.push({ file, rule: `${lines.length - 1} lines, ${MOST_LINES} at most: is it one idea?` });
  for (const [index, line] of lines.entries()) {
    for (const [pattern, rule] of UNSAID) {
      if (pattern.test(line)) findings.push({ file, line: index + 1, rule });
    }
  }
  return findings;
}
