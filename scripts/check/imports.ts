// SPDX-License-Identifier: Apache-2.0
import { dirname, normalize } from "node:path";
import { preProcessFile } from "typescript";

import type { Finding } from "./files";

/**
 * Who may import whom. Rooms of src/ stand on the rooms below them; what is pure stays pure; one room alone speaks with the chain.
 * In Solidity `types` <- `libraries` <- contracts, and contracts know each other only through `interfaces/`.
 */

/** For each room of src/ the rooms it may import, besides itself. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  crypto: ["core"],
  evidence: ["core", "crypto"],
  store: ["core", "crypto"],
  chain: ["core"],
  tee: ["core", "crypto", "evidence", "store", "chain"],
  commands: ["core", "crypto", "evidence", "store", "chain", "tee"],
};

/** Packages that core may import. */
const CORE_PACKAGES = /^(@noble|@scure)\/|^valibot$/;

/** Rooms that run in a browser too: nothing of Node. */
const WITHOUT_NODE = ["src/core", "src/crypto", "src/evidence"];

/** What takes time, chance or the machine from its surroundings: these rooms get them as parameters. */
const SURROUNDINGS = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.(?!$)|\bfetch\(/;

/** Where ethers and the generated types may be named: the room that speaks with the chain, deployment, tests, measurements. */
const SPEAKS_WITH_CHAIN = /^(src\/chain|deploy|test|scripts\/bench)\//;
const CHAIN_PACKAGES = /^(ethers|@nomicfoundation\/.*|hardhat.*|@openzeppelin\/.*)($|\/)|(^|\/)typechain-types($|\/)/;

/** Hardhat itself: tasks and scripts use it as the local chain. */
const RUNS_HARDHAT = /^(tasks|scripts)\/|^hardhat\.config\.ts$/;

/** Rooms outside src/ that are executables or their material: nothing in src/ imports them. */
const DOORS = /^(bin|tasks|scripts|test|deploy|examples|bench)\//;

/** Findings in one TypeScript file. */
export function checkTypeScript(file: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const report = (rule: string, position?: number) => findings.push({ file, line: position === undefined ? undefined : lineOf(text, position), rule });
  const room = /^src\/([^/]+)\//.exec(file)?.[1];
  for (const { fileName: name, pos } of preProcessFile(text, true, true).importedFiles) {
    const rule = name.startsWith(".") ? relativeRule(file, room, normalize(`${dirname(file)}/${name}`)) : packageRule(file, room, name);
    if (rule !== undefined) report(rule, pos);
  }
  if (WITHOUT_NODE.some((pure) => file.startsWith(`${pure}/`))) {
    for (const [index, line] of text.split("\n").entries()) {
      const code = line.replace(/\/\/.*$|^\s*\*.*$|^\s*\/\*.*$/, "");
      const found = SURROUNDINGS.exec(code);
      if (found !== null) findings.push({ file, line: index + 1, rule: `${found[0]} in a pure room: take it as a parameter` });
    }
  }
  return findings;
}

function relativeRule(file: string, room: string | undefined, target: string): string | undefined {
  if (target.startsWith("typechain-types")) return SPEAKS_WITH_CHAIN.test(file) ? undefined : "typechain-types is imported outside src/chain";
  if (room === undefined) {
    if (/^bin\//.test(file) && !/^(src\/commands\/|package\.json$)/.test(target)) return `an executable imports ${target}: only src/commands`;
    if (/^tasks\//.test(file) && !/^(src\/commands|tasks)\//.test(target)) return `a task imports ${target}: only src/commands`;
    return undefined;
  }
  if (DOORS.test(target)) return `src/${room} imports upwards: ${target}`;
  const other = /^src\/([^/]+)/.exec(target)?.[1];
  if (other === undefined) return `src/${room} imports ${target}, outside src/`;
  const allowed = ROOMS[room];
  if (allowed === undefined) return `src/${room} is no room of the house (scripts/check/imports.ts lists them)`;
  return other === room || allowed.includes(other) ? undefined : `src/${room} imports src/${other}`;
}

function packageRule(file: string, room: string | undefined, name: string): string | undefined {
  if (CHAIN_PACKAGES.test(name) && !SPEAKS_WITH_CHAIN.test(file)) {
    return /^hardhat($|\/)/.test(name) && RUNS_HARDHAT.test(file) || file === "hardhat.config.ts" ? undefined : `${name} is imported outside src/chain`;
  }
  if (name.startsWith("node:") && WITHOUT_NODE.some((pure) => file.startsWith(`${pure}/`))) return `src/${room} imports ${name}: nothing of Node here`;
  if (room === "core" && !CORE_PACKAGES.test(name)) return `src/core imports ${name}: only @noble, @scure and valibot`;
  return undefined;
}

/** The contract a Solidity file belongs to: a façade at the top and the folder of its stories are one. */
const HOUSES: Readonly<Record<string, string>> = { orders: "OrderBook", catalog: "OfferCatalog", attestation: "Attestation", registry: "ProviderRegistry" };

/** Contracts that hold the code of another: they belong to its house. */
const PARTS: Readonly<Record<string, string>> = { OrderAnnex: "OrderBook", OrderReader: "OrderBook" };

/** Findings in one Solidity file. */
export function checkSolidity(file: string, text: string): Finding[] {
  const findings: Finding[] = [];
  for (const match of text.matchAll(/^\s*(?:import\s|\}\s*from\s)[^;"]*"([^"]+)"/gm)) {
    const name = match[1] ?? "";
    const rule = name.startsWith(".") ? solidityRule(file, normalize(`${dirname(file)}/${name}`)) : name.startsWith("@openzeppelin/") ? undefined : `${name} is no part of the project`;
    if (rule !== undefined) findings.push({ file, line: lineOf(text, match.index), rule });
  }
  return findings;
}

function solidityRule(file: string, target: string): string | undefined {
  const from = houseOf(file);
  const to = houseOf(target);
  if (file.startsWith("test/") || from === "test" || from === to) return undefined;
  const below: Readonly<Record<string, readonly string[]>> = { types: [], libraries: ["types"], interfaces: ["types"] };
  const allowed = below[from] ?? ["types", "libraries", "interfaces"];
  return allowed.includes(to) ? undefined : `${from} imports ${target}: ${below[from] === undefined ? "contracts know each other only through interfaces/" : "that is upwards"}`;
}

function houseOf(file: string): string {
  const [, first = "", rest] = file.split("/");
  const name = first.replace(/\.sol$/, "");
  return rest === undefined ? (PARTS[name] ?? name) : (HOUSES[first] ?? first);
}

function lineOf(text: string, position: number): number {
  return text.slice(0, position).split("\n").length + (text[position] === "\n" ? 1 : 0);
}
