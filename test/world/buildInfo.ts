// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";

let patched = false;

/** Reads what the compiler said of a contract, for Ignition. */
interface BuildInfoReader {
  getBuildInfo(contract: string): Promise<{ readonly id: string } | undefined>;
}

/**
 * Ignition reads the compiler's whole output, tens of megabytes, for every contract of every deployment: half of the time of a deployment.
 * Tests deploy the same contracts again and again, so here it is read once for each.
 */
export function readBuildInfoOnce(): void {
  if (patched) return;
  patched = true;
  const path = join(__dirname, "..", "..", "node_modules", "@nomicfoundation", "hardhat-ignition", "dist", "src", "hardhat-artifact-resolver.js");
  // The package exports no such module; it is the one that Ignition itself uses.
  const { prototype } = (require(path) as { HardhatArtifactResolver: { prototype: BuildInfoReader } }).HardhatArtifactResolver;
  const read = prototype.getBuildInfo;
  const ofContract = new Map<string, ReturnType<typeof read>>();
  // Contracts that were compiled together have one output: it is kept once.
  const kept = new Map<string, Awaited<ReturnType<typeof read>>>();
  prototype.getBuildInfo = function (this: BuildInfoReader, contract) {
    const found = ofContract.get(contract) ?? read.call(this, contract).then((output) => {
      if (output === undefined) return output;
      if (!kept.has(output.id)) kept.set(output.id, output);
      return kept.get(output.id);
    });
    ofContract.set(contract, found);
    return found;
  };
}
