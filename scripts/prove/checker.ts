// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { join } from "node:path";

import { ROOT } from "../check/files";
import { type Property, sourcesOf } from "./properties";

/** How the model checker answered. */
export type Answer = "proved" | "refuted" | "not decided" | "vacuous";

export interface Verdict {
  readonly property: Property;
  readonly answer: Answer;
  readonly seconds: number;
  /** What was not proved, in the checker's words. */
  readonly reasons: readonly string[];
}

interface Message {
  readonly severity: string;
  readonly message: string;
  readonly sourceLocation?: { readonly file: string; readonly start: number };
}

/** After so long the solver is stopped: it gives up by itself much sooner. */
const MOST_SECONDS = 100;

/** The compiler of the lock file, as forge takes it too. Its SMTChecker has z3 inside. */
const COMPILER = join(ROOT, "test", "invariant", "solc");

/**
 * Lets the SMTChecker look for arguments that break a property, for all values of their types. The functions under proof have no
 * loop and no state, so one look without bound (its engine "bmc") is a proof, and it decides products and quotients, which "chc" does
 * not. Overflow, underflow and division by zero are asked as well: checked arithmetic would end the function before its assertion.
 *
 * At the end of the function stands `assert(false)`: where even that is "safe", no argument gets there, and the property says nothing.
 */
export async function check(property: Property): Promise<Verdict> {
  const { file, contract } = property;
  const sources = { ...sourcesOf(file) };
  const { text, asserts, end } = withReachable(sources[file]?.content ?? "", contract);
  sources[file] = { content: text };
  const started = Date.now();
  const messages = await compile({
    language: "Solidity",
    sources,
    settings: {
      outputSelection: {},
      // No `timeout`: it ends the compiler. The solver's own limit counts steps, so every machine decides the same.
      modelChecker: {
        engine: "bmc",
        solvers: ["z3"],
        targets: ["assert", "overflow", "underflow", "divByZero"],
        showProvedSafe: true,
        showUnproved: true,
        contracts: { [file]: [contract] },
      },
    },
  });
  const seconds = (Date.now() - started) / 1000;
  if (messages === undefined) return { property, answer: "not decided", seconds, reasons: [`no answer within ${MOST_SECONDS} s`] };
  const failures = messages.filter(({ severity }) => severity === "error").map(({ message }) => message);
  if (failures.length > 0) throw new Error(`${contract} does not compile: ${failures.join("; ")}`);

  const isEnd = ({ sourceLocation }: Message) => sourceLocation?.file === file && sourceLocation.start === end;
  const all = messages.filter(({ message }) => message.startsWith("BMC: "));
  const safe = all.filter(({ message }) => message.endsWith("check is safe!"));
  const own = all.filter((message) => !isEnd(message) && !safe.includes(message));
  const reasons = own.map(({ message, sourceLocation }) => `${message.replace(/^BMC: /, "").split("\n")[0]} (${sourceLocation?.file ?? ""})`);
  if (own.some(({ message }) => message.includes(" happens here"))) return { property, answer: "refuted", seconds, reasons };
  const proved = safe.filter((message) => message.message.includes("Assertion") && !isEnd(message)).length;
  if (own.length > 0 || proved !== asserts) return { property, answer: "not decided", seconds, reasons };
  return { property, answer: safe.some(isEnd) ? "vacuous" : "proved", seconds, reasons };
}

/** The source with `assert(false)` at the end of the contract's function, and where that stands. */
function withReachable(source: string, contract: string): { text: string; asserts: number; end: number } {
  const start = source.indexOf(`contract ${contract} {`);
  const close = source.indexOf("\n    }\n}", start);
  if (start < 0 || close < 0) throw new Error(`${contract} is not a contract with one function.`);
  const asserts = source.slice(start, close).split("assert(").length - 1;
  const added = "\n        assert(false);";
  return { text: source.slice(0, close) + added + source.slice(close), asserts, end: close + added.indexOf("assert") };
}

/** @returns the compiler's messages; undefined where it took too long. */
async function compile(input: unknown): Promise<readonly Message[] | undefined> {
  const child = spawn(process.execPath, [COMPILER, "--standard-json"], { cwd: ROOT, stdio: ["pipe", "pipe", "ignore"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const watch = setTimeout(() => child.kill("SIGKILL"), MOST_SECONDS * 1000);
  child.stdin.end(JSON.stringify(input));
  const code = await ended;
  clearTimeout(watch);
  if (code !== 0) return undefined;
  return (JSON.parse(Buffer.concat(chunks).toString("utf8")) as { errors?: Message[] }).errors ?? [];
}
