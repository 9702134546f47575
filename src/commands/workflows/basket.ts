// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { getSlot, type SlotView } from "../../chain/offers";
import type { Basket } from "../../chain/basket";
import { CloisterError } from "../../core/errors";
import { OfferType } from "../../core/offerType";
import { chooseConfiguration, type ConfigurationRequest, defaultLease } from "./configuration";
import { readInput, readPart, type WorkflowInput } from "./inputs";

/** What is bought together, as the command line or a program names it. */
export interface BasketRequest extends ConfigurationRequest {
  /** Resource files or offers `id[,slot]`. */
  readonly solutions: readonly string[];
  readonly data: readonly string[];
  readonly storage?: string;
  readonly leaseMinutes?: number;
  readonly retentionMinutes?: number;
}

/** The inputs of a workflow, the parts that they are bought as, and what each part needs. */
export interface ReadInputs {
  readonly sealed: readonly WorkflowInput["sealed"][];
  readonly parts: Basket["parts"];
  /** The slot of each part. */
  readonly needs: readonly SlotView[];
  readonly ownSolutions: number;
  readonly ownData: number;
  readonly stored: boolean;
}

/** Reads the inputs that a request names. @throws CloisterError `SolutionMissing`, `InputRepeated` and those of {@link readInput}. */
export async function readInputs(market: Market, request: BasketRequest, path: (given: string) => string): Promise<ReadInputs> {
  if (request.solutions.length === 0) throw new CloisterError("SolutionMissing", "The workflow has no solution.", "Give one with --solution.");
  const solutions = await Promise.all(request.solutions.map((given) => readInput(market, "solution", given, path)));
  const data = await Promise.all(request.data.map((given) => readInput(market, "data", given, path)));
  const inputs = [...solutions, ...data];
  refuseRepeated(inputs);
  const storage = request.storage === undefined ? undefined : await readStorage(market, request.storage);
  const parts = [...inputs.flatMap(({ part }) => (part ? [part] : [])), ...(storage ? [storage] : [])];
  return {
    sealed: inputs.map(({ sealed }) => sealed),
    parts,
    needs: await Promise.all(parts.map(({ offer, slot }) => getSlot(market, offer, slot))),
    ownSolutions: ownCount(solutions),
    ownData: ownCount(data),
    stored: storage !== undefined,
  };
}

/** A content is given to the solution once: twice the same is a slip of the hand, which would be paid twice. */
function refuseRepeated(inputs: readonly WorkflowInput[]): void {
  const seen = new Map<string, number>();
  for (const [index, { sealed: { offer, hash } }] of inputs.entries()) {
    const what = offer === "own" ? `the own upload ${hash}` : `offer ${offer}`;
    const first = seen.get(what);
    if (first !== undefined) throw new CloisterError("InputRepeated", `Inputs ${first + 1} and ${index + 1} are both ${what}.`, "Name each solution and each data set once.", { first: first + 1, second: index + 1, what });
    seen.set(what, index);
  }
}

/** The basket of a request: the machine's configuration, and lease and retention as given or by default. */
export async function chooseBasket(market: Market, compute: bigint, request: BasketRequest, inputs: ReadInputs): Promise<{ basket: Basket; computeSlot: SlotView }> {
  const { parts, needs, ownSolutions, ownData, stored } = inputs;
  const configuration = await chooseConfiguration(market, compute, request, needs);
  const computeSlot = await getSlot(market, compute, configuration.slot);
  const leaseMinutes = request.leaseMinutes ?? defaultLease([computeSlot, ...needs]);
  const retentionMinutes = stored ? (request.retentionMinutes ?? leaseMinutes) : 0;
  return { basket: { compute, ...configuration, parts, ownSolutions, ownData, leaseMinutes, retentionMinutes }, computeSlot };
}

/** The compute offer of `id[,slot]`. */
export function teeOf(given: string): bigint {
  if (/^[1-9]\d*(?:,[1-9]\d*)?$/.test(given)) return BigInt(given.split(",")[0]!);
  throw new CloisterError("IdInvalid", `"${given}" is not a compute offer.`, "Give --tee as <offer id> or <offer id>,<slot id>.", { given });
}

async function readStorage(market: Market, given: string) {
  const [offer = "", slot] = given.split(",");
  return readPart(market, OfferType.Storage, teeOf(offer), slot);
}

function ownCount(inputs: readonly WorkflowInput[]): number {
  return inputs.filter(({ part }) => part === undefined).length;
}
