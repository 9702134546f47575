// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";

/** A source file with one line changed. */
export interface Mutant {
  /** Decided by the whole file and the change, so that a result holds as long as the file stays. */
  readonly key: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly from: string;
  readonly to: string;
  /** The whole changed file. */
  readonly source: string;
}

/** What is written instead, once for every place where it stands. */
const SWAPS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/(?<=\s)<=(?=\s)/g, ["<"]],
  [/(?<=\s)>=(?=\s)/g, [">"]],
  [/(?<=\s)<(?=\s)/g, ["<="]],
  [/(?<=\s)>(?=\s)/g, [">="]],
  [/(?<=\s)==(?=\s)/g, ["!="]],
  [/(?<=\s)!=(?=\s)/g, ["=="]],
  [/(?<=\s)\+(?=\s)/g, ["-"]],
  [/(?<=\s)-(?=\s)/g, ["+"]],
  [/(?<=\s)\*(?=\s)/g, ["/"]],
  [/(?<=\s)\/(?=\s)/g, ["*"]],
  [/(?<=\s)\+=(?=\s)/g, ["-="]],
  [/(?<=\s)-=(?=\s)/g, ["+="]],
  [/(?<=\s)&&(?=\s)/g, ["||"]],
  [/(?<=\s)\|\|(?=\s)/g, ["&&"]],
  [/!(?=[a-z_(])/g, [""]],
  [/(?<=[\s(,])true(?=[,;)\s])/g, ["false"]],
  [/(?<=[\s(,])false(?=[,;)\s])/g, ["true"]],
  [/(?<=[\s(])0(?=[\s;),])/g, ["1"]],
  [/(?<=[\s(])1(?=[\s;),])/g, ["0"]],
  [/(?<=[\s(])(?:2|4|8|59|60|3600|10_000)(?=[\s;),])/g, ["61"]],
  [/(?<=\bOutcome\.)\w+/g, ["Neutral", "LetDown"]],
  [/(?<=\bHowItEnds\.)\w+/g, ["Fulfilled", "Canceled"]],
  [/(?<=\bOrderStatus\.)\w+/g, ["Canceled"]],
];

/** Whole lines that are written otherwise. */
const REWRITES: readonly (readonly [RegExp, readonly string[]])[] = [
  // A statement is left out: not a declaration, whose name is missed elsewhere, nor an answer.
  [/^(\s*)(?!return\b|revert\b|import\b|using\b|error\b|event\b|[\w.[\]]+ (?:memory |storage |private |internal |public |constant )*\w+(?: =|;))[\w_(][^{}]*;$/, ["$1"]],
  // Rounding: one more.
  [/^(\s*)return ([^;]+);$/, ["$1return ($2) + 1;"]],
  [/^(\s*(?:uint\d+ )?\w[\w.[\]]*) (\+?=) ([^;=]+);$/, ["$1 $2 ($3) + 1;"]],
  // A condition that always or never holds.
  [/^(\s*(?:\} )?(?:else )?if \()(.+)(\) (?:\{|return\b.*|revert\b.*|[\w(][^{]*;))$/, ["$1true || ($2)$3", "$1false && ($2)$3"]],
  // The smaller for the larger.
  [/^(.*) \? ([^:?]+) : ([^:?;)]+)([;)].*)$/, ["$1 ? $3 : $2$4"]],
];

/** What is no code of money: comments, declarations, events (books are kept by tests of their own) and what an error tells. */
const SKIPPED = /^\s*(\/\/|\/\*|\*|import\b|pragma\b|using\b|error\b|event\b|emit\b|struct\b|mapping\b|abstract\b|contract\b|library\b|function\b|constructor\b)/;

/** Every one-line mutant of a Solidity file. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const lines = source.split("\n");
  const state = createHash("sha256").update(source).digest("hex").slice(0, 16);
  const found = new Map<string, Mutant>();
  let depth = 0;
  let inEvent = false;
  for (const [index, line] of lines.entries()) {
    if (/^\s*emit\b/.test(line)) inEvent = true;
    const skipped = inEvent || SKIPPED.test(line) || depth < 1;
    if (inEvent && line.includes(");")) inEvent = false;
    depth += line.split("{").length - line.split("}").length;
    if (skipped) continue;
    for (const to of changesOf(line)) {
      const changed = [...lines.slice(0, index), to, ...lines.slice(index + 1)].join("\n");
      const key = createHash("sha256").update(`${file} ${state} ${index} ${to}`).digest("hex").slice(0, 16);
      found.set(key, { key, file, line: index + 1, from: line.trim(), to: to.trim(), source: changed });
    }
  }
  return [...found.values()];
}

function changesOf(line: string): Set<string> {
  const changes = new Set<string>();
  const code = line.replace(/\/\/.*$/, "");
  // What an error tells is not money.
  const end = /\brevert\b/.exec(code)?.index ?? code.length;
  for (const [pattern, others] of SWAPS) {
    for (const match of code.slice(0, end).matchAll(pattern)) {
      for (const other of others) changes.add(line.slice(0, match.index) + other + line.slice(match.index + match[0].length));
    }
  }
  for (const [pattern, others] of REWRITES) {
    if (pattern.test(code.trimEnd())) for (const other of others) changes.add(code.trimEnd().replace(pattern, other));
  }
  changes.delete(line);
  return changes;
}
