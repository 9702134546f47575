// SPDX-License-Identifier: Apache-2.0
import { sha256 } from "@noble/hashes/sha2.js";
import { canonicalJson, type CanonicalValue } from "./canonicalJson";
import { CloisterError } from "./errors";
import { fromHex, toHex } from "./hex";

/** One input of an order: a solution or a data set, from an offer of the market or the customer's own. */
export interface OrderInput {
  readonly kind: "solution" | "data";
  /** Offer id as decimal text, or `own`. */
  readonly offer: string;
  /** Version of the offer; 0 for an own input. */
  readonly version: number;
  /** sha256 of the plain content, 64 hex digits. */
  readonly hash: string;
}

/** What the customer tells the solution: all optional; `salt` keeps a guessable argument from being found by its hash. */
export interface WorkloadArguments {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly configuration?: CanonicalValue;
  readonly salt: string;
}

/** `argumentsHash` of an order without arguments: 32 zero bytes. */
export const NO_ARGUMENTS = "00".repeat(32);

/**
 * Hash over all inputs in their order, solutions first: sha256 of the canonical JSON of `[{kind, offer, version, hash} …]`.
 *
 * @throws CloisterError `InputsOutOfOrder` when a solution follows a data set, since the device would hash another sequence.
 */
export function inputsHash(inputs: readonly OrderInput[]): string {
  const firstData = inputs.findIndex((input) => input.kind === "data");
  const lateSolution = firstData < 0 ? -1 : inputs.findIndex((input, index) => index > firstData && input.kind === "solution");
  if (lateSolution >= 0) {
    throw new CloisterError("InputsOutOfOrder", `Input ${lateSolution + 1} is a solution after a data set.`, "List the solutions first, then the data.");
  }
  return sha256Canonical(inputs.map(({ kind, offer, version, hash }) => ({ kind, offer, version, hash })));
}

/**
 * Hash of an order's solution: with one solution that of its archive, with several sha256 over their 32-byte hashes in order.
 *
 * @throws CloisterError `NoSolution` for an empty list.
 */
export function solutionHash(hashes: readonly string[]): string {
  const [first, ...others] = hashes;
  if (first === undefined) throw new CloisterError("NoSolution", "The order names no solution.", "Add at least one --solution.");
  if (others.length === 0) return first;
  const joined = new Uint8Array(32 * hashes.length);
  hashes.forEach((hash, index) => joined.set(fromHex(hash), 32 * index));
  return toHex(sha256(joined));
}

/** {@link solutionHash} of an order's inputs. */
export function solutionHashOf(inputs: readonly OrderInput[]): string {
  return solutionHash(inputs.filter((input) => input.kind === "solution").map((input) => input.hash));
}

/** Hash of the arguments: sha256 of the canonical JSON of `{command, environment, configuration, salt}`; {@link NO_ARGUMENTS} when there are none. */
export function argumentsHash(given: WorkloadArguments | undefined): string {
  if (given === undefined) return NO_ARGUMENTS;
  const { command, environment, configuration, salt } = given;
  return sha256Canonical({ command, environment, configuration, salt });
}

function sha256Canonical(value: CanonicalValue): string {
  return toHex(sha256(new TextEncoder().encode(canonicalJson(value))));
}
