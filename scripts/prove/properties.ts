// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

import { ROOT } from "../check/files";

/** A contract of test/proofs: one function whose assertions are to hold for all of its arguments. */
export interface Property {
  readonly file: string;
  readonly contract: string;
  /** What it says, in a sentence. */
  readonly says: string;
  /** Kept false on purpose: the checker has to refute it. */
  readonly isFalse: boolean;
}

const PROOFS = "test/proofs";

/** Every property, in the order of the files. */
export function readProperties(): Property[] {
  return readdirSync(join(ROOT, PROOFS))
    .filter((name) => name.endsWith(".sol"))
    .sort()
    .flatMap((name) => {
      const file = `${PROOFS}/${name}`;
      const found = [...readFileSync(join(ROOT, file), "utf8").matchAll(/^\/\/\/ @notice (.+)\ncontract (\w+) \{$/gm)];
      return found.map(([, says = "", contract = ""]) => ({ file, contract, says, isFalse: says.startsWith("FALSE: ") }));
    });
}

/** A source file and all that it imports, by path from the root, as the compiler's standard input wants them. */
export function sourcesOf(file: string, sources: Record<string, { content: string }> = {}): Record<string, { content: string }> {
  if (sources[file] !== undefined) return sources;
  const content = readFileSync(join(ROOT, file.startsWith("@") ? join("node_modules", file) : file), "utf8");
  sources[file] = { content };
  for (const [, path = ""] of content.matchAll(/^import [^"]*"([^"]+)";/gm)) sourcesOf(path.startsWith(".") ? normalize(join(dirname(file), path)) : path, sources);
  return sources;
}
