// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from "node:fs";
import { join, sep } from "node:path";

import hre from "hardhat";
import Mocha from "mocha";

import { ROOT } from "../check/files";
import type { Codes, ContractName } from "./build";

/** After so long a test hangs, and has noticed: code that never ends fills a block at most. */
const MOST_MILLISECONDS = 60_000;

/** Tests that measure gas say so; mutants are compiled without the optimizer. */
const OF_GAS = /\bgas\b/;

const TESTS = join(ROOT, "test") + sep;

/** Files whose tests noticed a mutant, the latest first: the next one of the same file is often noticed by the same. */
const noticing: string[] = [];

/**
 * Runs contract tests on a new chain with a mutant's code in the place of what Hardhat compiled, in this process, up to the first failure.
 *
 * @param paths Files or directories of tests, relative to the checkout.
 * @returns the first failure; undefined where all passed.
 */
export async function failureWith(codes: Codes, paths: readonly string[]): Promise<string | undefined> {
  const restore = replaceArtifacts(codes);
  await startAnew();
  const mocha = new Mocha({ bail: true, timeout: MOST_MILLISECONDS, reporter: Mocha.reporters.Base }).grep(OF_GAS).invert();
  const files = paths.flatMap(testsIn).map((file) => join(ROOT, file));
  for (const file of [...noticing.filter((one) => files.includes(one)), ...files.filter((one) => !noticing.includes(one))]) mocha.addFile(file);
  try {
    let failure: string | undefined;
    let passed = 0;
    await new Promise<void>((resolve) => {
      mocha
        .run(() => resolve())
        .on("pass", () => passed++)
        .on("fail", (test, error: Error) => {
          failure ??= `${test.fullTitle()}: ${error.message.split("\n")[0] ?? ""}`;
          if (test.file !== undefined) noticing.unshift(test.file, ...noticing.splice(0).filter((one) => one !== test.file));
        });
    });
    if (failure === undefined && passed === 0) throw new Error(`There are no tests in ${paths.join(", ")}.`);
    return failure;
  } finally {
    mocha.dispose();
    restore();
    await startAnew();
  }
}

/** A new chain, and tests that are loaded again: their fixtures would hold what was deployed on the chain before. */
async function startAnew(): Promise<void> {
  await hre.network.provider.send("hardhat_reset");
  for (const path of Object.keys(require.cache)) if (path.startsWith(TESTS)) Reflect.deleteProperty(require.cache, path);
}

function replaceArtifacts(codes: Codes): () => void {
  const { artifacts } = hre;
  const own = artifacts.readArtifact.bind(artifacts);
  const original = Object.getOwnPropertyDescriptor(artifacts, "readArtifact");
  artifacts.readArtifact = async (name: string) => {
    const artifact = await own(name);
    const code = codes.get(artifact.contractName as ContractName);
    return code === undefined ? artifact : { ...artifact, bytecode: code.creation, deployedBytecode: code.runtime };
  };
  return () => {
    if (original === undefined) Reflect.deleteProperty(artifacts, "readArtifact");
    else Object.defineProperty(artifacts, "readArtifact", original);
  };
}

function testsIn(path: string): string[] {
  if (path.endsWith(".ts")) return [path];
  return readdirSync(join(ROOT, path), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .sort()
    .map((name) => join(path, name));
}
