// SPDX-License-Identifier: Apache-2.0
import { Chance } from "./chance";
import { Chain } from "./chain";
import { differences, figuresOf } from "./figures";
import { Money } from "./money";
import { TABLE } from "./orders";
import type { Counts } from "./steps";
import type { Books } from "./terms";
import { Steps } from "./verbs";
import type { ModelWorld } from "./world";

/** The contracts and the model said different things. */
export class Difference extends Error {}

/** Steps before a difference that its message shows. */
const SHOWN = 12;

/**
 * Takes random steps with the contracts and the model, and compares after each all that both say about money: to the unit. A step is
 * refused by both, with the same error, or by none.
 *
 * @param make Of the model; tests give wrong ones.
 * @throws Difference with the seed and the last steps.
 */
export async function walk(world: ModelWorld, seed: number, steps: number, make: new (books: Books) => Money = Money): Promise<Counts> {
  const counts: Counts = new Map();
  const chain = await Chain.of(world);
  const model = new make(structuredClone(world.books));
  const chance = new Chance(seed);
  const maker = new Steps(world, chance, model);
  for (const name of [...maker.names, ...Object.keys(TABLE), "Distrusted"]) counts.set(name, { taken: 0, refused: 0 });
  model.now = await Chain.latest();
  const taken: string[] = [];
  let done = new Set<string>();
  const fail = (what: string): never => {
    throw new Difference(`Seed ${seed}, step ${taken.length}: ${what}\n${taken.slice(-SHOWN).map((line) => `  ${line}`).join("\n")}`);
  };
  for (let index = 0; index < steps; index++) {
    const second = maker.nextSecond(index / steps);
    const before = model.now;
    model.now = second;
    const step = maker.next(counts);
    taken.push(`${index + 1}. +${second - before} s: ${step.says}`);
    const expected = model.attempt(step.take);
    const given = await chain.send(step.call, second);
    const count = counts.get(step.verb)!;
    if (expected === undefined) count.taken++;
    else count.refused++;
    if (expected !== given) fail(`the model ${expected === undefined ? "takes it" : `refuses it with ${expected}`}, the contracts ${given === undefined ? "take it" : `refuse it with ${given}`}`);
    const ended = index + 1 < steps ? done : new Set<string>();
    const found = differences(figuresOf(model, ended), await chain.figures(model.books, ended));
    if (found.length > 0) fail(found.slice(0, 6).join("; "));
    // What can never move again is compared once more at the end of the walk.
    done = model.settled();
  }
  for (const [ending, times] of Object.entries(model.books.endings)) {
    counts.set(ending, { taken: times, refused: 0 });
  }
  return counts;
}
